/*
 * Reading statistics: the kernel's text formats, and who fills which part.
 */
#ifndef HUSK_STATS_STATS_H
#define HUSK_STATS_STATS_H

#include "husk/statistics.h"

/* A control file's text; empty when it is not there. */
char *stats_text (int directory, const char *file, struct arena *arena);
/* A file of one number: STATISTICS_LIMIT_NONE for "max", 0 when it is not there. */
uint64_t stats_number (int directory, const char *file);
/* The number of the line "key N"; 0 when there is none. */
uint64_t stats_keyed (const char *text, const char *key);
struct statistics_pressure stats_pressure (int directory, const char *file);
void stats_add (struct statistics_entries *entries, struct arena *arena, const struct statistics_entry *entry);

/* directory: of the controller's v1 hierarchy, or of v2. */
void stats_cpu (int directory, bool v2, struct arena *arena, struct statistics *out);
void stats_cpu_account (int directory, struct arena *arena, struct statistics *out); /* v1: cpuacct */
void stats_cpuset (int directory, struct arena *arena, struct statistics *out);      /* v1 */
void stats_memory (int directory, bool v2, struct arena *arena, struct statistics *out);
void stats_pids (int directory, struct statistics *out);
void stats_block_io (int directory, bool v2, struct arena *arena, struct statistics *out);
void stats_hugetlb (int directory, bool v2, struct arena *arena, struct statistics *out);

#endif
