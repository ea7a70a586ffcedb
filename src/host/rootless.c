/*
 * Determines whose rights husk has: those of the machine's root, of an ordinary user, or of a "root" only within a user
 * namespace.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "husk/descriptor.h"
#include "husk/host.h"
#include "husk/kernel.h"
#include "probe.h"

#define INITIAL_USER_NAMESPACE 0xEFFFFFFDu /* its inode, on every kernel */

static enum host_rootless choice;

void
host_rootless (enum host_rootless chosen)
{
  choice = chosen;
}

/* Asks the kernel once. -1: that failed. */
static int
in_user_namespace (void)
{
  static enum { UNKNOWN, INITIAL, INNER } answer;
  struct stat status;
  if (answer == UNKNOWN && stat ("/proc/self/ns/user", &status) < 0)
    return errno == ENOENT ? 0 : -1; /* a kernel without user namespaces */
  if (answer == UNKNOWN)
    answer = status.st_ino != INITIAL_USER_NAMESPACE ? INNER : INITIAL;
  return answer == INNER;
}

bool
host_in_user_namespace (void)
{
  return in_user_namespace () > 0;
}

uint32_t
host_outer_id (uint32_t id)
{
  char map[4096];
  if (!host_in_user_namespace () || read_small ("/proc/self/uid_map", map, sizeof map) <= 0)
    return id;
  for (char *at = map, *end; *at; at = end + strspn (end, "\n"))
    {
      unsigned long inside = strtoul (at, &end, 10), outside = strtoul (end, &end, 10), count = strtoul (end, &end, 10);
      if (end == at)
        break;
      if (id >= inside && id - inside < count)
        return (uint32_t)(outside + (id - inside));
    }
  return id;
}

/* A process that made a user namespace keeps its old mount namespace, over which it has no rights. */
static bool
owns_mount_namespace (void)
{
  struct stat own, owner;
  auto_close int namespace = descriptor_open ("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);
  auto_close int user = namespace < 0 ? -1 : ioctl (namespace, NS_GET_USERNS);
  return user >= 0 && fstat (user, &owner) == 0 && stat ("/proc/self/ns/user", &own) == 0 && own.st_ino == owner.st_ino;
}

int
probe_rootless (struct host *host, struct error *error)
{
  int inner = in_user_namespace ();
  if (inner < 0)
    return error_set (error, errno, "stat /proc/self/ns/user");
  host->user_namespace = inner;
  host->outer_uid = host->user_namespace ? host_outer_id (host->uid) : host->uid;
  if (host->user_namespace && host->can_mount)
    host->can_mount = owns_mount_namespace ();
  host->rootless = choice == HOST_ROOTLESS_AUTO ? host->uid != 0 || host->user_namespace : choice == HOST_ROOTLESS_YES;
  return 0;
}

bool
host_may_raise (const struct host *host)
{
  return !host->user_namespace && host->permitted & CAPABILITY (CAP_SYS_RESOURCE); /* over the whole machine */
}

void
host_probe_limits (struct host *host)
{
  for (int resource = 0; resource < HOST_LIMITS; resource++)
    {
      struct rlimit own = { RLIM_INFINITY, RLIM_INFINITY };
      (void)getrlimit (resource, &own); /* a limit unknown to the kernel counts as none */
      host->limits[resource] = own.rlim_max == RLIM_INFINITY ? UINT64_MAX : own.rlim_max;
    }
}

void
host_probe_oom_score (struct host *host)
{
  char text[16];
  /* unknown: -1000, so that every value is tried and the kernel decides */
  host->oom_score_adj
      = read_small ("/proc/self/oom_score_adj", text, sizeof text) > 0 ? (int)strtol (text, NULL, 10) : -1000;
}
