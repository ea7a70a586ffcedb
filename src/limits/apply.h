/*
 * What is written into one directory of a cgroup, for those who make or update the whole.
 */
#ifndef HUSK_LIMITS_APPLY_H
#define HUSK_LIMITS_APPLY_H

#include "husk/limits.h"

/* There is something to write in that directory. */
bool limits_has_work (const struct limits *limits, uint32_t directory);
enum apply_stage
{
  APPLY_NEW,      /* the cgroup was made a moment ago: nothing is set in it yet */
  APPLY_EXISTING, /* an empty one that was there, or systemd's */
  APPLY_UPDATE,   /* a running container's */
};
/* Writes what belongs there. fd is its descriptor. Of a new container's cgroup what is late waits (limits_apply_late).
 */
int limits_apply_directory (const struct cgroup *cgroup, const struct limits *limits, uint32_t directory, int fd,
                            enum apply_stage stage, struct error *error);
/* Makes the controllers of the tree's root usable in the cgroup, through cgroup.subtree_control from the root down. A
 * controller that cannot be enabled is an error only if the limits need it. */
int controllers_enable (struct cgroup_directory *own, const struct limits *limits, uint32_t directory,
                        struct error *error);

#endif
