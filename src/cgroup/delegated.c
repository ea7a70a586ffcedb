/*
 * Cgroups for an unprivileged caller: those that are delegated to them. There may be none, which is enough for a
 * container without limits.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "husk/cgroup.h"
#include "husk/kernel.h"
#include "owner.h"

/* A limit in the config: the controller that it needs, and the place of its value. */
struct need
{
  const char *controller; /* its v1 name; NULL: the setting exists on v2 only */
  origin_t origin;
};

#define NEED_NUMBER(member, name)                                                                                      \
  if ((member).set && (member).value > 0)                                                                              \
    return (struct need) { (name), (member).node }
#define NEED_TEXT(string, name)                                                                                        \
  if ((string).text && (string).text[0])                                                                               \
    return (struct need) { (name), (string).node }
#define NEED_LIST(list, name)                                                                                          \
  if ((list).count)                                                                                                    \
    return (struct need) { (name), (list).items[0].node }

static struct need
need_of_memory (const struct spec_memory *memory)
{
  NEED_NUMBER (memory->limit, "memory");
  NEED_NUMBER (memory->reservation, "memory");
  NEED_NUMBER (memory->swap, "memory");
  if (memory->swappiness.set)
    return (struct need){ "memory", memory->swappiness.node };
  if (memory->disable_oom_killer.value)
    return (struct need){ "memory", memory->disable_oom_killer.node };
  return (struct need){ 0 };
}

static struct need
need_of_cpu (const struct spec_cpu *cpu)
{
  NEED_NUMBER (cpu->shares, "cpu");
  NEED_NUMBER (cpu->quota, "cpu");
  NEED_NUMBER (cpu->burst, "cpu");
  NEED_NUMBER (cpu->realtime_runtime, "cpu");
  NEED_NUMBER (cpu->idle, "cpu");
  NEED_TEXT (cpu->cpus, "cpuset");
  NEED_TEXT (cpu->mems, "cpuset");
  return (struct need){ 0 };
}

static struct need
need_of_block_io (const struct spec_block_io *block_io)
{
  NEED_NUMBER (block_io->weight, "blkio");
  NEED_NUMBER (block_io->leaf_weight, "blkio");
  NEED_LIST (block_io->weight_device, "blkio");
  NEED_LIST (block_io->throttle_read_bps, "blkio");
  NEED_LIST (block_io->throttle_write_bps, "blkio");
  NEED_LIST (block_io->throttle_read_iops, "blkio");
  NEED_LIST (block_io->throttle_write_iops, "blkio");
  return (struct need){ 0 };
}

static struct need
need_of_network (const struct spec_network *network)
{
  NEED_NUMBER (network->class_id, "net_cls");
  NEED_LIST (network->priorities, "net_prio");
  return (struct need){ 0 };
}

static struct need
need_of_others (const struct spec_resources *resources)
{
  NEED_LIST (resources->hugepage_limits, "hugetlb");
  NEED_LIST (resources->rdma, "rdma");
  NEED_LIST (resources->unified, NULL);
  return (struct need){ 0 };
}

/* The first limit in one of the PARTS of the resources; origin 0: none. */
static struct need
need_of_part (const struct spec_resources *resources, int index)
{
  switch (index)
    {
    case 0:
      return resources->memory ? need_of_memory (resources->memory) : (struct need){ 0 };
    case 1:
      return resources->cpu ? need_of_cpu (resources->cpu) : (struct need){ 0 };
    case 2:
      return resources->block_io ? need_of_block_io (resources->block_io) : (struct need){ 0 };
    case 3:
      if (resources->pids && resources->pids->limit.set && resources->pids->limit.value >= 0)
        return (struct need){ "pids", resources->pids->limit.node };
      return (struct need){ 0 };
    case 4:
      return resources->network ? need_of_network (resources->network) : (struct need){ 0 };
    default:
      return need_of_others (resources);
    }
}
#define PARTS 6

/* The hierarchy in which a limit is set: a v1 hierarchy that has the controller, else v2. NULL: this host has neither.
 */
static const struct host_hierarchy *
hierarchy_of_need (const struct host *host, const struct need *need)
{
  const struct host_hierarchy *v1 = need->controller ? host_v1_hierarchy (host, need->controller) : NULL;
  return v1 ? v1 : host_v2_hierarchy (host);
}

static bool
keeps (const struct cgroup *cgroup, const char *mount)
{
  for (uint32_t i = 0; i < cgroup->count; i++)
    if (strcmp (cgroup->directories[i].mount, mount) == 0)
      return true;
  return false;
}

static int
refuse_undelegated (const struct host *host, const struct spec *spec, const struct cgroup *located, int hierarchy,
                    origin_t origin, struct report *report)
{
  const struct cgroup_directory *directory = &located->directories[hierarchy];
  const char *slash = strrchr (directory->path, '/');
  return report_error (report, spec->document, origin,
                       "run it under systemd-run --user --scope -p Delegate=yes, or with --systemd-cgroup",
                       "uid %u cannot make a cgroup in %s%s%.*s", host->outer_uid, directory->mount, slash ? "/" : "",
                       slash ? (int)(slash - directory->path) : 0, directory->path);
}

int
cgroup_keep_delegated (const struct host *host, const struct spec *spec, const bool *delegated, struct cgroup *cgroup,
                       struct report *report)
{
  const struct cgroup located = *cgroup;
  const struct spec_resources *resources = spec->linux_->resources;
  cgroup->count = 0;
  for (uint32_t i = 0; i < located.count; i++)
    if (delegated[i])
      cgroup->directories[cgroup->count++] = located.directories[i];
  /* an unprivileged caller cannot give the directory to another uid */
  if (cgroup->owner != (int64_t)host->uid)
    cgroup->owner = OWNER_UNCHANGED;
  for (int part = 0; resources && part < PARTS; part++)
    {
      struct need need = need_of_part (resources, part);
      const struct host_hierarchy *hierarchy = need.origin ? hierarchy_of_need (host, &need) : NULL;
      if (hierarchy && !keeps (cgroup, hierarchy->mount))
        return refuse_undelegated (host, spec, &located, (int)(hierarchy - host->hierarchies), need.origin, report);
    }
  return 0;
}

bool
caller_may_run (const struct host *host, const struct spec *spec)
{
  return host->permitted & CAPABILITY (CAP_SYS_ADMIN) || spec_namespace (spec, SPEC_NAMESPACE_USER);
}

int
caller_check (const struct host *host, const struct spec *spec, struct report *report)
{
  if (caller_may_run (host, spec))
    return 0;
  return report_error (report, spec->document, spec->linux_->namespaces.node, "see husk spec --rootless",
                       "%s needs a user namespace to create a container",
                       host->uid ? "an ordinary user" : "root without CAP_SYS_ADMIN");
}

/* ---- delegation ------------------------------------------------------------------------------------------------- */

static bool
may_write (const char *path)
{
  return faccessat (AT_FDCWD, path, W_OK, AT_EACCESS) == 0;
}

/* The length of the path of their common ancestor. */
static size_t
common_length (const char *a, const char *b)
{
  size_t end = 0;
  for (size_t i = 0;; i++)
    {
      bool a_ends = !a[i] || a[i] == '/', b_ends = !b[i] || b[i] == '/';
      if (a_ends && b_ends)
        end = i;
      if (a[i] != b[i] || !a[i])
        return end;
    }
}

/* cgroup-v2.rst, "Delegation Containment": moving a process between two cgroups takes the right to write to
 * cgroup.procs of their common ancestor. The directory itself is made in the nearest existing one above it. */
static bool
is_delegated (const struct cgroup_directory *directory, const char *own)
{
  char path[8192];
  size_t mount = strlen (directory->mount), common = common_length (directory->path, own + strspn (own, "/"));
  if (directory->v2)
    {
      (void)snprintf (path, sizeof path, "%s/%.*s/cgroup.procs", directory->mount, (int)common, directory->path);
      if (!may_write (path))
        return false;
    }
  int size = snprintf (path, sizeof path, "%s/%s", directory->mount, directory->path);
  if (size < 0 || size >= (int)sizeof path)
    return false;
  for (char *slash = strrchr (path, '/'); slash && (size_t)(slash - path) >= mount; slash = strrchr (path, '/'))
    {
      *slash = '\0';
      struct stat status;
      if (lstat (path, &status) == 0)
        return S_ISDIR (status.st_mode) && may_write (path);
    }
  return false;
}

void
cgroup_find_delegated (const struct host *host, const struct cgroup *cgroup, bool *out)
{
  for (uint32_t i = 0; i < cgroup->count; i++)
    out[i] = is_delegated (&cgroup->directories[i], host->hierarchies[i].own);
}
