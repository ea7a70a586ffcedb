/*
 * Statistics as JSON, in the form that clients of runc expect. Zeros are left out where runc leaves them out.
 */
#include "husk/statistics.h"

static void
write_some (struct json_writer *writer, const char *key, uint64_t value)
{
  if (value)
    json_write_uint (writer, key, value);
}

static void
write_numbers (struct json_writer *writer, const char *key, const struct statistics_numbers *numbers)
{
  if (!numbers->count)
    return;
  json_write_array (writer, key);
  for (uint32_t i = 0; i < numbers->count; i++)
    json_write_uint (writer, NULL, numbers->items[i]);
  json_write_array_end (writer);
}

static void
write_averages (struct json_writer *writer, const char *key, double ten, double sixty, double many, uint64_t total)
{
  json_write_object (writer, key);
  json_write_decimal (writer, "avg10", ten);
  json_write_decimal (writer, "avg60", sixty);
  json_write_decimal (writer, "avg300", many);
  json_write_uint (writer, "total", total);
  json_write_object_end (writer);
}

static void
write_pressure (struct json_writer *writer, const struct statistics_pressure *pressure)
{
  if (!pressure->present)
    return;
  json_write_object (writer, "psi");
  write_averages (writer, "some", pressure->some_10, pressure->some_60, pressure->some_300, pressure->some_total);
  write_averages (writer, "full", pressure->full_10, pressure->full_60, pressure->full_300, pressure->full_total);
  json_write_object_end (writer);
}

static void
write_cpu (struct json_writer *writer, const struct statistics *statistics)
{
  json_write_object (writer, "cpu");
  json_write_object (writer, "usage");
  write_some (writer, "total", statistics->cpu.total);
  write_numbers (writer, "percpu", &statistics->cpu.per_cpu);
  write_numbers (writer, "percpu_kernel", &statistics->cpu.per_cpu_kernel);
  write_numbers (writer, "percpu_user", &statistics->cpu.per_cpu_user);
  json_write_uint (writer, "kernel", statistics->cpu.kernel);
  json_write_uint (writer, "user", statistics->cpu.user);
  json_write_object_end (writer);
  json_write_object (writer, "throttling");
  write_some (writer, "periods", statistics->cpu.periods);
  write_some (writer, "throttledPeriods", statistics->cpu.throttled_periods);
  write_some (writer, "throttledTime", statistics->cpu.throttled_time);
  json_write_object_end (writer);
  write_pressure (writer, &statistics->cpu.pressure);
  json_write_object_end (writer);
}

static void
write_cpuset (struct json_writer *writer, const struct statistics_cpuset *cpuset)
{
  json_write_object (writer, "cpuset");
  write_numbers (writer, "cpus", &cpuset->cpus);
  json_write_uint (writer, "cpu_exclusive", cpuset->cpu_exclusive);
  write_numbers (writer, "mems", &cpuset->mems);
  json_write_uint (writer, "mem_hardwall", cpuset->mem_hardwall);
  json_write_uint (writer, "mem_exclusive", cpuset->mem_exclusive);
  json_write_uint (writer, "memory_migrate", cpuset->memory_migrate);
  json_write_uint (writer, "memory_spread_page", cpuset->memory_spread_page);
  json_write_uint (writer, "memory_spread_slab", cpuset->memory_spread_slab);
  json_write_uint (writer, "memory_pressure", cpuset->memory_pressure);
  json_write_uint (writer, "sched_load_balance", cpuset->sched_load_balance);
  json_write_int (writer, "sched_relax_domain_level", cpuset->sched_relax_domain_level);
  json_write_object_end (writer);
}

static void
write_memory_entry (struct json_writer *writer, const char *key, const struct statistics_memory *memory)
{
  json_write_object (writer, key);
  json_write_uint (writer, "limit", memory->limit);
  write_some (writer, "usage", memory->usage);
  write_some (writer, "max", memory->maximum);
  json_write_uint (writer, "failcnt", memory->failures);
  json_write_object_end (writer);
}

static void
write_memory (struct json_writer *writer, const struct statistics *statistics)
{
  json_write_object (writer, "memory");
  write_some (writer, "cache", statistics->memory.cache);
  write_memory_entry (writer, "usage", &statistics->memory.usage);
  write_memory_entry (writer, "swap", &statistics->memory.swap);
  write_memory_entry (writer, "kernel", &statistics->memory.kernel);
  write_memory_entry (writer, "kernelTCP", &statistics->memory.kernel_tcp);
  if (statistics->memory.raw.count)
    {
      json_write_object (writer, "raw");
      for (uint32_t i = 0; i < statistics->memory.raw.count; i++)
        json_write_uint (writer, statistics->memory.raw.items[i].key, statistics->memory.raw.items[i].value);
      json_write_object_end (writer);
    }
  write_pressure (writer, &statistics->memory.pressure);
  json_write_object_end (writer);
}

static void
write_entries (struct json_writer *writer, const char *key, const struct statistics_entries *entries)
{
  if (!entries->count)
    return;
  json_write_array (writer, key);
  for (uint32_t i = 0; i < entries->count; i++)
    {
      json_write_object (writer, NULL);
      write_some (writer, "major", entries->items[i].major);
      write_some (writer, "minor", entries->items[i].minor);
      json_write_string (writer, "op", entries->items[i].key);
      write_some (writer, "value", entries->items[i].value);
      json_write_object_end (writer);
    }
  json_write_array_end (writer);
}

static void
write_hugetlb (struct json_writer *writer, const struct statistics *statistics)
{
  json_write_object (writer, "hugetlb");
  for (uint32_t i = 0; i < statistics->hugetlb_count; i++)
    {
      const struct statistics_hugetlb *hugetlb = &statistics->hugetlb[i];
      json_write_object (writer, hugetlb->page_size);
      write_some (writer, "usage", hugetlb->usage);
      write_some (writer, "max", hugetlb->maximum);
      json_write_uint (writer, "failcnt", hugetlb->failures);
      json_write_object_end (writer);
    }
  json_write_object_end (writer);
}

void
statistics_write (struct json_writer *writer, const struct statistics *statistics)
{
  write_cpu (writer, statistics);
  write_cpuset (writer, &statistics->cpuset);
  write_memory (writer, statistics);
  json_write_object (writer, "pids");
  write_some (writer, "current", statistics->pids.current);
  write_some (writer, "limit", statistics->pids.limit);
  json_write_object_end (writer);
  json_write_object (writer, "blkio");
  write_entries (writer, "ioServiceBytesRecursive", &statistics->block_io.service_bytes);
  write_entries (writer, "ioServicedRecursive", &statistics->block_io.serviced);
  write_pressure (writer, &statistics->block_io.pressure);
  json_write_object_end (writer);
  write_hugetlb (writer, statistics);
}
