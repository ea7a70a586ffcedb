/*
 * Who owns the cgroup of a container with a user namespace (config-linux.md, "Cgroup ownership").
 */
#ifndef HUSK_CGROUP_OWNER_H
#define HUSK_CGROUP_OWNER_H

#include "husk/cgroup.h"

#define OWNER_UNCHANGED (-1)

/* The host uid that shall own the container's v2 cgroup, or OWNER_UNCHANGED. Pure. */
int64_t owner_of (const struct spec *spec);

#endif
