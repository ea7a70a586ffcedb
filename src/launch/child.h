/*
 * The child between clone and exec: a copy of husk in the new namespaces, which executes husk-init. It makes only
 * system calls: no allocation, no log.
 */
#ifndef HUSK_LAUNCH_CHILD_H
#define HUSK_LAUNCH_CHILD_H

#include "husk/launch.h"

/* Becomes root of a user namespace if there is one, makes the plan's descriptors inheritable and executes husk-init;
 * leaves the error in the page. */
void child_become_init (const struct launch *launch, int image) __attribute__ ((noreturn));
/* Sets the plan's rlimits for this process and its children. */
int child_take_limits (const struct launch *launch);

#endif
