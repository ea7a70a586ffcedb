/*
 * The types of namespaces and their files in /proc.
 */
#include <sched.h>
#include <stddef.h>
#include <unistd.h>

#include "husk/host.h"
#include "husk/kernel.h"

static const struct
{
  uint64_t flag;
  const char *file;
} types[] = {
  { CLONE_NEWPID, "/proc/self/ns/pid" },       { CLONE_NEWNET, "/proc/self/ns/net" },
  { CLONE_NEWNS, "/proc/self/ns/mnt" },        { CLONE_NEWIPC, "/proc/self/ns/ipc" },
  { CLONE_NEWUTS, "/proc/self/ns/uts" },       { CLONE_NEWUSER, "/proc/self/ns/user" },
  { CLONE_NEWCGROUP, "/proc/self/ns/cgroup" }, { CLONE_NEWTIME, "/proc/self/ns/time" },
};

const char *
host_namespace_file (uint64_t flag)
{
  for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
    if (types[i].flag == flag)
      return types[i].file;
  return NULL;
}

bool
host_has_namespace (uint64_t flag)
{
  const char *file = host_namespace_file (flag);
  return file && (access (file, F_OK) == 0 || access ("/proc/self/ns", F_OK) < 0);
}
