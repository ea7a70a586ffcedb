/*
 * linux.resources.cpu: the controllers cpu and cpuset.
 */
#include "husk/limits.h"
#include "settings.h"

static void
compile_shares (struct limits_compiler *compiler, const struct place *place, const struct spec_cpu *cpu)
{
  /* an idle group has no weight, and the kernel refuses one */
  if (cpu->shares.value == 0 || cpu->idle.value == 1)
    return;
  uint64_t value = place->v2 ? spec_weight_of_shares (cpu->shares.value) : cpu->shares.value;
  settings_number (compiler, place, "cpu", place->v2 ? "cpu.weight" : "cpu.shares", (int64_t)value, cpu->shares.node)
      ->given
      = arena_format (compiler->arena, "%llu", (unsigned long long)cpu->shares.value);
}

/* v2 has one file: the quota or "max", then the period if it is set. */
static void
compile_bandwidth_v2 (struct limits_compiler *compiler, const struct place *place, const struct spec_cpu *cpu)
{
  int64_t quota = cpu->quota.value;
  uint64_t period = cpu->period.value;
  if (quota == 0 && period == 0)
    return;
  const char *text = quota > 0 ? arena_format (compiler->arena, "%lld", (long long)quota) : "max";
  if (period)
    text = arena_format (compiler->arena, "%s %llu", text, (unsigned long long)period);
  (void)settings_add (compiler, place, "cpu", "cpu.max", text, quota ? cpu->quota.node : cpu->period.node);
}

static void
compile_bandwidth_v1 (struct limits_compiler *compiler, const struct place *place, const struct spec_cpu *cpu)
{
  if (cpu->period.value)
    (void)settings_number (compiler, place, "cpu", "cpu.cfs_period_us", (int64_t)cpu->period.value, cpu->period.node);
  if (cpu->quota.value)
    (void)settings_number (compiler, place, "cpu", "cpu.cfs_quota_us", cpu->quota.value, cpu->quota.node);
}

static void
compile_realtime (struct limits_compiler *compiler, const struct place *place, const struct spec_cpu *cpu)
{
  if (cpu->realtime_period.value && place->v2)
    (void)settings_no_equivalent (compiler, place, "a realtime period", cpu->realtime_period.node);
  else if (cpu->realtime_period.value)
    (void)settings_number (compiler, place, "cpu", "cpu.rt_period_us", (int64_t)cpu->realtime_period.value,
                           cpu->realtime_period.node);
  if (cpu->realtime_runtime.value && place->v2)
    (void)settings_no_equivalent (compiler, place, "a realtime runtime", cpu->realtime_runtime.node);
  else if (cpu->realtime_runtime.value)
    (void)settings_number (compiler, place, "cpu", "cpu.rt_runtime_us", cpu->realtime_runtime.value,
                           cpu->realtime_runtime.node);
}

static void
compile_time (struct limits_compiler *compiler, const struct spec_cpu *cpu)
{
  struct place place;
  if (!cpu->shares.value && !cpu->quota.value && !cpu->period.value && !cpu->burst.set && !cpu->idle.set
      && !cpu->realtime_period.value && !cpu->realtime_runtime.value)
    return;
  if (settings_place (compiler, "cpu", cpu->node, &place) < 0)
    return;
  compile_shares (compiler, &place, cpu);
  if (place.v2)
    compile_bandwidth_v2 (compiler, &place, cpu);
  else
    compile_bandwidth_v1 (compiler, &place, cpu);
  if (cpu->burst.set) /* Linux 5.14 */
    settings_number (compiler, &place, "cpu", place.v2 ? "cpu.max.burst" : "cpu.cfs_burst_us",
                     (int64_t)cpu->burst.value, cpu->burst.node)
        ->optional
        = cpu->burst.value == 0;
  compile_realtime (compiler, &place, cpu);
  if (cpu->idle.set) /* Linux 5.15 */
    settings_number (compiler, &place, "cpu", "cpu.idle", cpu->idle.value, cpu->idle.node)->optional
        = cpu->idle.value == 0;
}

static void
compile_set (struct limits_compiler *compiler, const struct json_string *list, const char *file)
{
  struct place place;
  struct spec_numbers numbers;
  if (list->text && spec_read_numbers (list->text, &numbers) == 0 && numbers.bits
      && settings_place (compiler, "cpuset", list->node, &place) == 0)
    (void)settings_add (compiler, &place, "cpuset", file, spec_numbers_text (&numbers, compiler->arena), list->node);
}

void
compile_cpu (struct limits_compiler *compiler, const struct spec_cpu *cpu)
{
  compile_time (compiler, cpu);
  compile_set (compiler, &cpu->cpus, "cpuset.cpus");
  compile_set (compiler, &cpu->mems, "cpuset.mems");
}
