/*
 * Makes a container's cgroup with its limits, before a container process is in it: src/container/creation.c and
 * src/checkpoint/restore.c call this. cgroup/make.c makes the directories, and apply.c writes the limits. The owner is
 * changed last, so that it cannot interfere with files that husk has yet to write.
 */
#include "husk/limits.h"

#include <errno.h>

#include "apply.h"
#include "husk/descriptor.h"
#include "husk/tree.h"

static int
set_up_directory (struct cgroup *cgroup, const struct limits *limits, uint32_t index, bool made, struct error *error)
{
  struct cgroup_directory *directory = &cgroup->directories[index];
  bool owned = directory->v2 && cgroup->owner >= 0;
  if (directory->v2 && controllers_enable (directory, limits, index, error) < 0)
    return -1;
  enum apply_stage stage = made ? APPLY_NEW : APPLY_EXISTING;
  if (!owned && !limits_has_work (limits, index, stage))
    return 0;
  auto_close int fd = tree_open (directory);
  if (fd < 0)
    return error_set (error, errno, "open cgroup %s/%s", directory->mount, directory->path);
  if (limits_apply_directory (cgroup, limits, index, fd, stage, error) < 0)
    return -1;
  return owned ? cgroup_change_owner (fd, cgroup->owner, error) : 0;
}

int
limits_make_cgroup (struct cgroup *cgroup, const struct limits *limits, bool v2, struct error *error)
{
  bool made[CGROUP_MAX_HIERARCHIES] = { false };
  for (uint32_t i = 0; i < cgroup->count; i++)
    if (cgroup->directories[i].v2 == v2
        && (cgroup_make_directory (cgroup, i, &made[i], error) < 0
            || set_up_directory (cgroup, limits, i, made[i], error) < 0))
      {
        cgroup_unmake (cgroup, made, i + 1);
        return -1;
      }
  return 0;
}

int
limits_make_unit (struct cgroup *cgroup, const struct limits *limits, pid_t pid, struct error *error)
{
  return cgroup_start_unit (cgroup, &limits->properties, pid, error) < 0
             ? -1
             : limits_make_cgroup (cgroup, limits, true, error);
}
