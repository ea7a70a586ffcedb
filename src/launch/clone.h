/*
 * The clone of a child that executes another program at once.
 */
#ifndef HUSK_LAUNCH_CLONE_H
#define HUSK_LAUNCH_CLONE_H

#include <linux/sched.h>
#include <stdbool.h>

/* clone3(2) for a child that calls body, which must not return. With `shared` it has the caller's memory, and the
 * caller sleeps until it has executed a program or ended: body must not wait for the caller, and leaves no change in
 * memory that the caller would mind. Returns the pid, or -1 with errno. */
long clone_child (struct clone_args *arguments, bool shared, void (*body) (void *data), void *data);

#endif
