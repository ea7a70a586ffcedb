/*
 * What ended a container's program, as far as husk knows: its seccomp profile, or probably the kernel because memory
 * ran out. OOM kills are counted for the whole cgroup, so the program need not have been among the processes killed.
 */
#ifndef HUSK_CONTAINER_ENDING_H
#define HUSK_CONTAINER_ENDING_H

#include "husk/container.h"
#include "load_config.h"

struct ending
{
  const char *cause; /* "seccomp", "memory"; NULL: husk does not know */
  char text[1200];   /* for people */
};

/* The OOM kills that the container's cgroup counts before the container runs. */
uint64_t ending_kills_before (const struct record *record);
/* As its observer sees it. fatal: the denial that ended the program, or NULL. */
void ending_observed (const struct record *record, uint64_t kills_before, const char *fatal, struct ending *out);
/* Without an observer: what the cgroup counts, if the container has it to itself. */
void ending_counted (const struct record *record, struct ending *out);
/* In the foreground, without an observer: warns if this status is that of a kill for want of memory or by the filter.
 * The status may also be that of a child, which the program has passed on. */
void ending_warn (const struct record *record, const struct loaded_config *loaded, int status);
/* Of a container that has stopped: what its observer has noted in the record's directory, or what its cgroup counts. */
void ending_find (struct record *record, int directory, struct ending *out);

#endif
