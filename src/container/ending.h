/*
 * What ended a container's program, where husk knows: its seccomp profile, or the kernel for want of memory.
 */
#ifndef HUSK_CONTAINER_ENDING_H
#define HUSK_CONTAINER_ENDING_H

#include "husk/container.h"

struct ending
{
  const char *cause; /* "seccomp", "memory"; NULL: husk does not know */
  char text[1200];   /* for people */
};

/* As its observer sees it. fatal: the denial that ended the program, or NULL. */
void ending_observed (const struct record *record, const char *fatal, struct ending *out);
/* Of a container that has stopped: what its observer has noted in the record's directory, or what its cgroup counts. */
void ending_find (struct record *record, int directory, struct ending *out);

#endif
