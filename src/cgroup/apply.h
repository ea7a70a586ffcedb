/*
 * Limits onto one directory of the cgroup.
 */
#ifndef HUSK_CGROUP_APPLY_H
#define HUSK_CGROUP_APPLY_H

#include "husk/cgroup.h"

/* There is something to write in that directory. */
bool apply_has_work (const struct cgroup_limits *limits, uint32_t directory);
enum apply_stage
{
  APPLY_NEW,      /* the cgroup was made a moment ago: nobody has set anything yet */
  APPLY_EXISTING, /* an empty one that was there, or systemd's */
  APPLY_UPDATE,   /* a running container's */
};
/* Writes what belongs there. fd is its descriptor. Of a new container's cgroup what is late waits (cgroup_apply_late).
 */
int apply_directory (const struct cgroup *cgroup, const struct cgroup_limits *limits, uint32_t directory, int fd,
                     enum apply_stage stage, struct error *error);
/* Device rules by devices.allow and devices.deny of v1. */
int apply_devices_v1 (int fd, const struct cgroup_limits *limits, bool fresh, struct error *error);
/* Makes the controllers of the tree's root usable in the cgroup, by cgroup.subtree_control from the root down. Who
 * cannot be enabled is an error only if the limits need it. */
int controllers_enable (struct cgroup *cgroup, const struct cgroup_limits *limits, uint32_t directory,
                        struct error *error);

#endif
