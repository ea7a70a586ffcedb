/*
 * The freezer for src/cgroup itself: signals and removal hold a cgroup still for a moment.
 */
#ifndef HUSK_CGROUP_FREEZE_H
#define HUSK_CGROUP_FREEZE_H

#include "husk/cgroup.h"

/* Freezes within so many milliseconds, or thaws what could not be frozen and gives -1. */
int freeze_within (const struct cgroup *cgroup, long milliseconds, struct error *error);
/* Thaws it in every hierarchy, with all sub-cgroups that were frozen by themselves: so that killed processes end. */
void thaw_everything (const struct cgroup *cgroup);

#endif
