/*
 * Writes to one directory of a cgroup, for the files that make or update all of them.
 */
#ifndef HUSK_LIMITS_APPLY_H
#define HUSK_LIMITS_APPLY_H

#include "husk/limits.h"

enum apply_stage
{
  APPLY_NEW,      /* the cgroup was just made, and nothing is set in it */
  APPLY_EXISTING, /* an empty one that existed, or systemd's */
  APPLY_UPDATE,   /* a running container's */
};
/* Whether there is something to write in that directory. */
bool limits_has_work (const struct limits *limits, uint32_t directory, enum apply_stage stage);
/* Writes the settings for that directory, whose descriptor is fd. In a new container's cgroup the late ones and
 * v2's device rules wait (limits_apply_late). */
int limits_apply_directory (const struct cgroup *cgroup, const struct limits *limits, uint32_t directory, int fd,
                            enum apply_stage stage, struct error *error);
/* Makes the controllers of the tree's root usable in the cgroup, through cgroup.subtree_control from the root down. A
 * controller that cannot be enabled is an error only if the limits need it. */
int controllers_enable (struct cgroup_directory *own, const struct limits *limits, uint32_t directory,
                        struct error *error);

#endif
