/*
 * CPU time, and the CPUs and memory nodes of a cpuset.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "husk/spec.h"
#include "read.h"

static void
numbers_add (struct statistics_numbers *numbers, struct arena *arena, uint64_t value)
{
  if ((numbers->count & (numbers->count - 1)) == 0) /* it is full at each power of two */
    {
      uint64_t *items = arena_array (arena, uint64_t, numbers->count ? numbers->count * 2 : 1);
      if (numbers->count)
        memcpy (items, numbers->items, numbers->count * sizeof *items);
      numbers->items = items;
    }
  numbers->items[numbers->count++] = value;
}

/* "12 34 56" */
static struct statistics_numbers
numbers_of (const char *text, struct arena *arena)
{
  struct statistics_numbers numbers = { 0 };
  char *end;
  for (const char *at = text;; at = end)
    {
      uint64_t value = strtoull (at, &end, 10);
      if (end == at)
        return numbers;
      numbers_add (&numbers, arena, value);
    }
}

/* "0-3,7" and a newline */
static struct statistics_numbers
numbers_of_list (const char *text, struct arena *arena)
{
  struct statistics_numbers numbers = { 0 };
  struct spec_numbers list;
  if (spec_read_numbers (arena_copy (arena, text, strcspn (text, "\n")), &list) < 0)
    return numbers;
  for (uint32_t i = 0; i < list.bits; i++)
    if (list.mask[i / 64] >> i % 64 & 1)
      numbers_add (&numbers, arena, i);
  return numbers;
}

void
statistics_read_cpu (int directory, bool v2, struct arena *arena, struct statistics *out)
{
  const char *text = statistics_read_text (directory, "cpu.stat", arena);
  out->cpu.periods = statistics_read_keyed (text, "nr_periods");
  out->cpu.throttled_periods = statistics_read_keyed (text, "nr_throttled");
  out->cpu.throttled_time
      = v2 ? statistics_read_keyed (text, "throttled_usec") * 1000 : statistics_read_keyed (text, "throttled_time");
  if (!v2)
    return;
  out->cpu.total = statistics_read_keyed (text, "usage_usec") * 1000;
  out->cpu.user = statistics_read_keyed (text, "user_usec") * 1000;
  out->cpu.kernel = statistics_read_keyed (text, "system_usec") * 1000;
  out->cpu.pressure = statistics_read_pressure (directory, "cpu.pressure");
}

void
statistics_read_cpu_account (int directory, struct arena *arena, struct statistics *out)
{
  uint64_t tick = 1000000000ull / (uint64_t)sysconf (_SC_CLK_TCK);
  const char *text = statistics_read_text (directory, "cpuacct.stat", arena);
  out->cpu.total = statistics_read_number (directory, "cpuacct.usage");
  out->cpu.user = statistics_read_keyed (text, "user") * tick;
  out->cpu.kernel = statistics_read_keyed (text, "system") * tick;
  out->cpu.per_cpu = numbers_of (statistics_read_text (directory, "cpuacct.usage_percpu", arena), arena);
  out->cpu.per_cpu_user = numbers_of (statistics_read_text (directory, "cpuacct.usage_percpu_user", arena), arena);
  out->cpu.per_cpu_kernel = numbers_of (statistics_read_text (directory, "cpuacct.usage_percpu_sys", arena), arena);
}

void
statistics_read_cpuset (int directory, struct arena *arena, struct statistics *out)
{
  struct statistics_cpuset *cpuset = &out->cpuset;
  cpuset->cpus = numbers_of_list (statistics_read_text (directory, "cpuset.cpus", arena), arena);
  cpuset->mems = numbers_of_list (statistics_read_text (directory, "cpuset.mems", arena), arena);
  cpuset->cpu_exclusive = statistics_read_number (directory, "cpuset.cpu_exclusive");
  cpuset->mem_hardwall = statistics_read_number (directory, "cpuset.mem_hardwall");
  cpuset->mem_exclusive = statistics_read_number (directory, "cpuset.mem_exclusive");
  cpuset->memory_migrate = statistics_read_number (directory, "cpuset.memory_migrate");
  cpuset->memory_spread_page = statistics_read_number (directory, "cpuset.memory_spread_page");
  cpuset->memory_spread_slab = statistics_read_number (directory, "cpuset.memory_spread_slab");
  cpuset->memory_pressure = statistics_read_number (directory, "cpuset.memory_pressure");
  cpuset->sched_load_balance = statistics_read_number (directory, "cpuset.sched_load_balance");
  cpuset->sched_relax_domain_level = (int64_t)statistics_read_number (directory, "cpuset.sched_relax_domain_level");
}
