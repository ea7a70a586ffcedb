/*
 * What a cgroup has used, for `husk events`: cgroup_statistics goes through the controllers and reads each with a
 * function of cpu.c, memory.c or io.c. A missing controller leaves zeros and is never an error. The only error is a
 * cgroup in which no controller's directory can be opened.
 */
#include "read.h"

#include <errno.h>
#include <string.h>

#include "husk/descriptor.h"
#include "husk/tree.h"

static int
open_controller (const struct cgroup *cgroup, const char *controller, bool *out_v2)
{
  const struct cgroup_directory *directory = tree_directory (cgroup, controller);
  *out_v2 = directory && directory->v2;
  return directory ? tree_open (directory) : -1;
}

int
cgroup_statistics (const struct cgroup *cgroup, struct arena *arena, struct statistics *out, struct error *error)
{
  static const char *const controllers[] = { "cpu", "cpuacct", "cpuset", "memory", "pids", "blkio", "hugetlb" };
  int found = 0;
  memset (out, 0, sizeof *out);
  for (size_t i = 0; i < sizeof controllers / sizeof controllers[0]; i++)
    {
      const char *controller = controllers[i];
      bool v2;
      auto_close int directory = open_controller (cgroup, controller, &v2);
      if (directory < 0)
        continue;
      found++;
      if (strcmp (controller, "cpu") == 0)
        statistics_read_cpu (directory, v2, arena, out);
      else if (strcmp (controller, "cpuacct") == 0 && !v2)
        statistics_read_cpu_account (directory, arena, out);
      else if (strcmp (controller, "cpuset") == 0 && !v2)
        statistics_read_cpuset (directory, arena, out);
      else if (strcmp (controller, "memory") == 0)
        statistics_read_memory (directory, v2, arena, out);
      else if (strcmp (controller, "pids") == 0)
        statistics_read_pids (directory, out);
      else if (strcmp (controller, "blkio") == 0)
        statistics_read_block_io (directory, v2, arena, out);
      else if (strcmp (controller, "hugetlb") == 0)
        statistics_read_hugetlb (directory, v2, arena, out);
    }
  if (found)
    return 0;
  if (cgroup->count)
    return error_set (error, errno, "open cgroup %s", cgroup->directories[0].path);
  (void)error_set (error, 0, "there is no cgroup to read usage from");
  error_hint (error, CGROUP_NONE_MADE);
  return -1;
}
