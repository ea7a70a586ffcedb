/*
 * Reading statistics: the kernel's text formats, and the functions that fill each part.
 */
#ifndef HUSK_STATISTICS_READ_H
#define HUSK_STATISTICS_READ_H

#include "husk/statistics.h"

/* The text of a control file; empty when it does not exist. */
char *statistics_read_text (int directory, const char *file, struct arena *arena);
/* The number in a file: STATISTICS_LIMIT_NONE for "max", 0 when the file does not exist. */
uint64_t statistics_read_number (int directory, const char *file);
/* N of the line "key N"; 0 when there is none. */
uint64_t statistics_read_keyed (const char *text, const char *key);
struct statistics_pressure statistics_read_pressure (int directory, const char *file);
void statistics_add (struct statistics_entries *entries, struct arena *arena, const struct statistics_entry *entry);

/* directory: the cgroup's in the controller's v1 hierarchy, or in v2. */
void statistics_read_cpu (int directory, bool v2, struct arena *arena, struct statistics *out);
void statistics_read_cpu_account (int directory, struct arena *arena, struct statistics *out); /* v1: cpuacct */
void statistics_read_cpuset (int directory, struct arena *arena, struct statistics *out);      /* v1 */
void statistics_read_memory (int directory, bool v2, struct arena *arena, struct statistics *out);
void statistics_read_pids (int directory, struct statistics *out);
void statistics_read_block_io (int directory, bool v2, struct arena *arena, struct statistics *out);
void statistics_read_hugetlb (int directory, bool v2, struct arena *arena, struct statistics *out);

#endif
