/*
 * The facts about the host that a plan is compiled from. host_probe reads husk's rights and the cgroup hierarchies from
 * /proc/self and /sys/fs/cgroup, once per command; the other functions probe single facts that only some configs need.
 * host_probe must not treat what it cannot read as absent: the container would lack limits that its config asks for.
 */
#include "husk/host.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "husk/descriptor.h"
#include "husk/kernel.h"
#include "probe.h"

#define CGROUP_ROOT "/sys/fs/cgroup"
#define HIERARCHIES_MAX 32
/* unless it is locked too, it can be cleared */
#define NO_AMBIENT_RAISE (SECBIT_NO_CAP_AMBIENT_RAISE | SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED)

/* Reads a mask from /proc/self/status. A missing line is an error, not "no rights". */
static int
mask_of (const char *status, const char *key, uint64_t *out, struct error *error)
{
  const char *line = strstr (status, key);
  if (!line)
    return error_set (error, 0, "/proc/self/status has no line \"%.6s\"", key + 1);
  *out = strtoull (line + strlen (key), NULL, 16);
  return 0;
}

static unsigned
highest_bit (uint64_t mask)
{
  unsigned bit = 0;
  while (mask >>= 1)
    bit++;
  return bit;
}

/* The kernel refuses the capability after its last one with EINVAL, so two calls usually suffice. Another error,
 * perhaps from a seccomp filter around husk, proves nothing and leaves the last one uncertain. Capabilities in husk's
 * own sets are known to exist. */
void
host_probe_capabilities (struct host *host)
{
  unsigned owned = highest_bit (host->permitted | host->bounding);
  unsigned last = owned > CAP_CHECKPOINT_RESTORE ? owned : CAP_CHECKPOINT_RESTORE; /* Linux 5.9 */
  int answer = 0;
  while (last < 63 && (answer = prctl (PR_CAPBSET_READ, last + 1, 0, 0, 0)) >= 0)
    last++;
  host->capabilities_sure = answer >= 0 || errno == EINVAL;
  while (last > owned && prctl (PR_CAPBSET_READ, last, 0, 0, 0) < 0)
    {
      host->capabilities_sure &= errno == EINVAL;
      last--;
    }
  host->known_capabilities = last == 63 ? UINT64_MAX : (1ull << (last + 1)) - 1;
}

static int
probe_rights (struct host *host, struct error *error)
{
  char status[4096];
  uint64_t effective = 0;
  ssize_t size = read_small ("/proc/self/status", status, sizeof status);
  if (size < 0)
    return error_set (error, errno, "read /proc/self/status");
  host->uid = (uint32_t)getauxval (AT_EUID); /* husk never changes its ids */
  host->gid = (uint32_t)getauxval (AT_EGID);
  if (mask_of (status, "\nCapPrm:", &host->permitted, error) < 0
      || mask_of (status, "\nCapBnd:", &host->bounding, error) < 0
      || mask_of (status, "\nCapEff:", &effective, error) < 0
      || mask_of (status, "\nSigIgn:", &host->ignored_signals, error) < 0)
    return -1;
  host->can_mount = effective & CAPABILITY (CAP_SYS_ADMIN);
  host_probe_capabilities (host);
  return 0;
}

/* A failed prctl does not show that raising them is forbidden: if it were, the kernel would report the bits. */
void
host_probe_secure_bits (struct host *host)
{
  int bits = prctl (PR_GET_SECUREBITS, 0, 0, 0, 0);
  host->no_ambient = bits >= 0 && (bits & NO_AMBIENT_RAISE) == NO_AMBIENT_RAISE;
}

void
host_probe_lsm (struct host *host)
{
  char flag[4];
  struct statfs fs;
  host->apparmor = read_small ("/sys/module/apparmor/parameters/enabled", flag, sizeof flag) > 0 && flag[0] == 'Y';
  host->selinux = statfs ("/sys/fs/selinux", &fs) == 0 && (uint32_t)fs.f_type == SELINUX_MAGIC;
}

/* Reads cgroup.controllers of the tree's root, as mounted here: the controllers that can be enabled at all. */
int
host_probe_controllers (struct arena *arena, struct host *host, struct error *error)
{
  char path[256], text[1024];
  for (uint32_t i = 0; i < host->hierarchy_count; i++)
    if (host->hierarchies[i].v2)
      {
        (void)snprintf (path, sizeof path, "%s/cgroup.controllers", host->hierarchies[i].mount);
        if (read_small (path, text, sizeof text) < 0) /* this does not mean that there are none */
          return error_set (error, errno, "cannot tell which controllers cgroup2 has: read %s", path);
        text[strcspn (text, "\n")] = '\0';
        host->v2_controllers = arena_string (arena, text);
      }
  return 0;
}

/* The names in a directory, from one listing instead of a lookup per hierarchy. The directory is on a tmpfs, which
 * returns as many names at once as fit. */
struct names
{
  char *entries; /* struct linux_dirent64, one after another */
  size_t room, size;
};

static int
read_names (const char *path, struct names *names, struct error *error)
{
  auto_close int fd = descriptor_open (path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  ssize_t got = -1;
  for (names->size = 0; fd >= 0; names->size += (size_t)got)
    {
      size_t room = names->room - names->size;
      if ((got = syscall (SYS_getdents64, fd, names->entries + names->size, room)) <= 0)
        break;
      if (room - (size_t)got >= sizeof (struct dirent))
        {
          names->size += (size_t)got;
          break;
        }
    }
  return got < 0 ? error_set (error, errno, "read %s", path) : 0;
}

static bool
has_name (const struct names *names, const char *name)
{
  for (size_t at = 0; at < names->size;)
    {
      const struct dirent *entry = (const struct dirent *)(names->entries + at);
      if (strcmp (entry->d_name, name) == 0)
        return true;
      at += entry->d_reclen;
    }
  return false;
}

/* Whether it is a cgroup2 tree: a plain directory may have that name. 1 or 0; -1 if that is unknown. */
static int
is_cgroup2 (const char *path, struct error *error)
{
  struct statfs fs;
  if (statfs (path, &fs) < 0)
    return errno == ENOENT ? 0 : error_set (error, errno, "stat %s", path);
  return fs.f_type == CGROUP2_SUPER_MAGIC;
}

/* Lines are "4:memory:/a/b", "1:name=systemd:/" or "0::/a". Hierarchies are mounted below /sys/fs/cgroup under the
 * controllers' names. */
static int
add_hierarchy (struct arena *arena, struct host *host, char *line, const struct names *mounted, struct error *error)
{
  struct host_hierarchy *hierarchy = &host->hierarchies[host->hierarchy_count];
  char *controllers = strchr (line, ':'), *path = controllers ? strchr (controllers + 1, ':') : NULL;
  if (!path || host->hierarchy_count == HIERARCHIES_MAX)
    return 0;
  *path++ = '\0';
  controllers++;
  hierarchy->v2 = controllers[0] == '\0';
  hierarchy->controllers = arena_string (arena, controllers);
  hierarchy->own = arena_string (arena, path);
  hierarchy->name = hierarchy->v2                            ? "unified"
                    : strncmp (controllers, "name=", 5) == 0 ? hierarchy->controllers + 5
                                                             : hierarchy->controllers;
  hierarchy->mount = arena_format (arena, CGROUP_ROOT "/%s", hierarchy->name);
  if (!has_name (mounted, hierarchy->name))
    return 0;
  int tree = hierarchy->v2 ? is_cgroup2 (hierarchy->mount, error) : 1;
  if (tree > 0 && hierarchy->v2)
    host->cgroup_layout = CGROUP_HYBRID;
  host->hierarchy_count += tree > 0;
  return tree < 0 ? -1 : 0;
}

#define OWN_CGROUPS_MAX 16384

/* A kernel or a /proc without cgroups is a fact. If they merely cannot be read, that is an error: a container would
 * lack its limits. */
static int
read_own_cgroups (char *out, size_t size, struct error *error)
{
  ssize_t got = read_small ("/proc/self/cgroup", out, size);
  if (got < 0 && errno != ENOENT)
    return error_set (error, errno, "read /proc/self/cgroup");
  return (size_t)got + 1 == size ? error_set (error, EFBIG, "read /proc/self/cgroup") : 0;
}

static int
probe_cgroups (struct arena *arena, struct host *host, struct error *error)
{
  /* not on the stack, where every page would be touched (-fstack-clash-protection). The names follow the text, since
   * both together usually fit in a page. */
  static char text[81920] __attribute__ ((aligned (8)));
  char *rest = NULL;
  struct statfs fs;
  host->hierarchies = arena_array (arena, struct host_hierarchy, HIERARCHIES_MAX);
  if (statfs (CGROUP_ROOT, &fs) < 0)
    return errno == ENOENT ? 0 : error_set (error, errno, "stat " CGROUP_ROOT);
  if (read_own_cgroups (text, OWN_CGROUPS_MAX, error) < 0)
    return -1;
  if (!text[0])
    return 0;
  if (fs.f_type == CGROUP2_SUPER_MAGIC)
    {
      const char *line = strncmp (text, "0::", 3) == 0 ? text : strstr (text, "\n0::");
      const char *own = line ? strchr (line, '/') : NULL;
      host->cgroup_layout = CGROUP_V2;
      host->hierarchy_count = 1;
      host->hierarchies[0] = (struct host_hierarchy){ CGROUP_ROOT, "", "",
                                                      own ? arena_copy (arena, own, strcspn (own, "\n")) : "/", true };
      return 0;
    }
  if (fs.f_type != TMPFS_MAGIC)
    return 0;
  host->cgroup_layout = CGROUP_V1;
  size_t used = (strlen (text) + 1 + 7) & ~(size_t)7;
  struct names mounted = { text + used, sizeof text - used, 0 };
  if (read_names (CGROUP_ROOT, &mounted, error) < 0)
    return -1;
  for (char *line = strtok_r (text, "\n", &rest); line; line = strtok_r (NULL, "\n", &rest))
    if (add_hierarchy (arena, host, line, &mounted, error) < 0)
      return -1;
  if (host->hierarchy_count == 0)
    host->cgroup_layout = CGROUP_NONE;
  return 0;
}

int
host_probe (struct arena *arena, struct host *out, struct error *error)
{
  memset (out, 0, sizeof *out);
  if (probe_rights (out, error) < 0 || probe_rootless (out, error) < 0)
    return -1;
  return probe_cgroups (arena, out, error);
}
