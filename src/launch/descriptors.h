/*
 * The descriptors that a plan holds for husk-init. The child makes them inheritable, and the parent closes them.
 */
#ifndef HUSK_LAUNCH_DESCRIPTORS_H
#define HUSK_LAUNCH_DESCRIPTORS_H

#include "husk/plan.h"

/* Calls visit for each of them, even for PLAN_NO_FD. opened: launch_prepare opened it for this plan. Allocates nothing
 * and makes no system call. */
void plan_each_fd (const struct plan *plan, void (*visit) (int fd, bool opened, void *data), void *data);

#endif
