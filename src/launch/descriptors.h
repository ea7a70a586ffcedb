/*
 * Which descriptors a plan holds for husk-init, for the child that hands them on and the parent that closes them.
 */
#ifndef HUSK_LAUNCH_DESCRIPTORS_H
#define HUSK_LAUNCH_DESCRIPTORS_H

#include "husk/plan.h"

/* Calls visit with each of them, also with PLAN_NO_FD. opened: by launch_prepare, for this plan alone. It allocates
 * nothing and makes no system call. */
void plan_each_fd (const struct plan *plan, void (*visit) (int fd, bool opened, void *data), void *data);

#endif
