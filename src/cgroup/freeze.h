/*
 * The freezer for src/cgroup itself: signals and removal freeze a cgroup for a moment.
 */
#ifndef HUSK_CGROUP_FREEZE_H
#define HUSK_CGROUP_FREEZE_H

#include "husk/cgroup.h"

/* A frozen cgroup and the open file that thaws it. */
struct freezer
{
  int command; /* -1: nothing */
  const struct cgroup_directory *directory;
};

/* Freezes within the time. After a failure, call freeze_undo too. */
int freeze_within (const struct cgroup *cgroup, long milliseconds, struct freezer *out, struct error *error);
/* Thaws it again; -1 when it stays frozen. */
int freeze_undo (struct freezer *frozen, struct error *error);
/* Thaws the cgroup in every hierarchy, and sub-cgroups that were frozen separately, so that killed processes end. */
int thaw_everything (const struct cgroup *cgroup, struct error *error);

#endif
