/*
 * Device rules as a BPF_PROG_TYPE_CGROUP_DEVICE program (Linux 4.15), for cgroup v2, which has no devices controller.
 */
#ifndef HUSK_LIMITS_DEVICE_PROGRAM_H
#define HUSK_LIMITS_DEVICE_PROGRAM_H

#include <linux/bpf.h>

#include "husk/limits.h"

/* It is every device, of both types. */
bool device_is_every (const struct limits_device *device);
/* Compiles a list that limits_compile has made. Pure. 0, or -1 when it is longer than a jump reaches. */
int device_program_compile (const struct limits_device *devices, uint32_t count, struct arena *arena,
                            struct device_program *out, struct error *error);
/* Loads it and attaches it to the cgroup, replacing husk's earlier one in one step: there is never a moment without
 * rules. An empty program detaches the earlier one. fresh: there is no earlier one. */
int device_program_apply (int cgroup, const struct device_program *program, bool fresh, struct error *error);

/* Device rules by devices.allow and devices.deny of v1. */
int device_rules_apply_v1 (int fd, const struct limits *limits, bool fresh, struct error *error);
#endif
