/*
 * Finds the hierarchy that has a controller, for src/limits and src/cgroup, in the kernel's lists: v1's in
 * /proc/self/cgroup ("cpu,cpuacct") and v2's in cgroup.controllers ("cpuset cpu io"). v1 comes first: a controller that
 * a v1 hierarchy has cannot be in cgroup2.
 */
#include <string.h>

#include "husk/host.h"

#define SEPARATORS ", \n"

bool
host_lists_controller (const char *list, const char *name, size_t length)
{
  for (const char *at = list; at && *at; at += strspn (at, SEPARATORS))
    {
      size_t size = strcspn (at, SEPARATORS);
      if (size == length && strncmp (at, name, length) == 0)
        return true;
      at += size;
    }
  return false;
}

const struct host_hierarchy *
host_v1_hierarchy (const struct host *host, const char *controller)
{
  for (uint32_t i = 0; i < host->hierarchy_count; i++)
    if (!host->hierarchies[i].v2
        && host_lists_controller (host->hierarchies[i].controllers, controller, strlen (controller)))
      return &host->hierarchies[i];
  return NULL;
}

const struct host_hierarchy *
host_v2_hierarchy (const struct host *host)
{
  for (uint32_t i = 0; i < host->hierarchy_count; i++)
    if (host->hierarchies[i].v2)
      return &host->hierarchies[i];
  return NULL;
}
