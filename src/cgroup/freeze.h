/*
 * The freezer for src/cgroup itself: signals and removal hold a cgroup still for a moment.
 */
#ifndef HUSK_CGROUP_FREEZE_H
#define HUSK_CGROUP_FREEZE_H

#include "husk/cgroup.h"

/* What was frozen to be thawed again: the file that does it, open. */
struct freezer
{
  int command; /* -1: nothing */
  const struct cgroup_directory *directory;
};

/* Freezes within so many milliseconds. What it has begun when it fails is to be undone too. */
int freeze_within (const struct cgroup *cgroup, long milliseconds, struct freezer *out, struct error *error);
/* Thaws that; -1 when it stays frozen. */
int freeze_undo (struct freezer *frozen, struct error *error);
/* Thaws it in every hierarchy, including sub-cgroups that were frozen separately, so that killed processes end. */
int thaw_everything (const struct cgroup *cgroup, struct error *error);

#endif
