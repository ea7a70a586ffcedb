/*
 * What a container has used, read from its cgroup: the numbers of `husk events --stats`. A number that this cgroup
 * layout lacks is 0.
 */
#ifndef HUSK_STATISTICS_H
#define HUSK_STATISTICS_H

#include <stdbool.h>
#include <stdint.h>

#include "husk/cgroup.h"

#define STATISTICS_LIMIT_NONE UINT64_MAX /* "max" */

struct statistics_memory /* bytes */
{
  uint64_t usage, maximum, limit, failures;
};

struct statistics_entry /* "8:0 Read 4096", or a key and a number (major and minor 0) */
{
  const char *key;
  uint64_t major, minor, value;
};
struct statistics_entries
{
  struct statistics_entry *items;
  uint32_t count, room;
};

struct statistics_pressure /* PSI, v2 only: percent and microseconds */
{
  bool present;
  double some_10, some_60, some_300, full_10, full_60, full_300;
  uint64_t some_total, full_total;
};

struct statistics_numbers
{
  uint64_t *items;
  uint32_t count;
};

/* v1 only; "0-3" is 0, 1, 2, 3 */
struct statistics_cpuset
{
  struct statistics_numbers cpus, mems;
  uint64_t cpu_exclusive, mem_hardwall, mem_exclusive, memory_migrate, memory_spread_page, memory_spread_slab,
      memory_pressure, sched_load_balance;
  int64_t sched_relax_domain_level;
};

struct statistics_hugetlb
{
  const char *page_size; /* "2MB" */
  uint64_t usage, maximum, failures;
};

struct statistics
{
  struct
  {
    uint64_t total, kernel, user;                                    /* nanoseconds */
    struct statistics_numbers per_cpu, per_cpu_kernel, per_cpu_user; /* v1 only */
    uint64_t periods, throttled_periods, throttled_time;             /* nanoseconds */
    struct statistics_pressure pressure;
  } cpu;
  struct statistics_cpuset cpuset;
  struct
  {
    struct statistics_memory usage, swap, kernel, kernel_tcp;
    uint64_t cache;
    struct statistics_entries raw; /* memory.stat */
    struct statistics_pressure pressure;
  } memory;
  struct
  {
    uint64_t current, limit; /* 0: no limit */
  } pids;
  struct
  {
    struct statistics_entries service_bytes, serviced; /* by device and operation */
    struct statistics_pressure pressure;
  } block_io;
  struct statistics_hugetlb *hugetlb;
  uint32_t hugetlb_count;
};

/* Reads them all. A missing controller leaves zeros. */
int cgroup_statistics (const struct cgroup *cgroup, struct arena *arena, struct statistics *out, struct error *error);
/* Writes them as members that clients of runc expect: "cpu", "cpuset", "memory", "pids", "blkio", "hugetlb". The caller
 * has begun the object. */
void statistics_write (struct json_writer *writer, const struct statistics *statistics);

/* A descriptor to poll for *out_events. It becomes ready when the OOM killer has killed a process of the cgroup, or may
 * have: on v1 an eventfd for memory.oom_control, on v2 an inotify watch of memory.events. -1 with an error that names
 * the memory controller when there is none. */
int cgroup_oom_open (const struct cgroup *cgroup, short *out_events, struct error *error);
/* How many processes have been killed in it and below (oom_kill in memory.events or memory.oom_control) since *known,
 * which becomes the new count. Clears the readiness of fd. v1 reports just before it kills, so call this again a moment
 * later. 0, and *known stays, where the count cannot be read: the cgroup may just have been removed. With
 * OOM_KILLS_UNKNOWN the first count that can be read only becomes known. */
#define OOM_KILLS_UNKNOWN UINT64_MAX
uint64_t cgroup_new_oom_kills (const struct cgroup *cgroup, int fd, uint64_t *known);

#endif
