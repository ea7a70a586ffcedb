/*
 * Sources of a container's mounts that are opened before the clone. Each of these stores descriptors where the plan
 * says PLAN_PREPARE, and leaves everything else as it is. 0, or -1 with an error that has the origin.
 */
#ifndef HUSK_LAUNCH_MOUNT_SOURCE_H
#define HUSK_LAUNCH_MOUNT_SOURCE_H

#include "husk/plan.h"

/* Not the host's own root. */
int source_open_rootfs (struct plan_rootfs *rootfs, origin_t origin, struct error *error);
/* The source of a bind, with its ids mapped; for another mount the user namespace of its id map. */
int source_open_mount (struct plan_mount *mount, const struct plan_parent *parent, origin_t origin,
                       struct error *error);
/* The host's node, if it is the configured device. */
int source_open_device (struct plan_device *device, origin_t origin, struct error *error);

/* What the three would find, without a clone of a tree or a user namespace: nothing is made. */
int source_look_rootfs (const struct plan_rootfs *rootfs, origin_t origin, struct error *error);
int source_look_mount (const struct plan_mount *mount, origin_t origin, struct error *error);
int source_look_device (const struct plan_device *device, origin_t origin, struct error *error);

#endif
