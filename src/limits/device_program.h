/*
 * Device rules as a BPF_PROG_TYPE_CGROUP_DEVICE program (Linux 4.15) for cgroup v2, which has no devices controller;
 * and as lines for v1.
 */
#ifndef HUSK_LIMITS_DEVICE_PROGRAM_H
#define HUSK_LIMITS_DEVICE_PROGRAM_H

#include <linux/bpf.h>

#include "husk/limits.h"

/* Whether the rule is for every device, of both types. */
bool device_is_every (const struct limits_device *device);
/* Compiles limits_compile's list. Pure. 0, or -1 if the program is longer than the kernel allows. */
int device_program_compile (const struct limits_device *devices, uint32_t count, struct arena *arena,
                            struct device_program *out, struct error *error);
/* Loads the program and attaches it to the cgroup, replacing husk's earlier one atomically, so that rules always apply.
 * An empty program detaches the earlier one. fresh: there is no earlier one. */
int device_program_apply (int cgroup, const struct device_program *program, bool fresh, struct error *error);

/* Writes device rules to v1's devices.allow and devices.deny. */
int device_rules_apply_v1 (int fd, const struct limits *limits, bool fresh, struct error *error);
#endif
