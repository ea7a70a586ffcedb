/*
 * linux.resources.memory: the memory controller.
 */
#include "settings.h"

/* v1 limits memory plus swap. v2 limits swap: the difference from the memory limit, or the whole number if memory is
 * unlimited. (An update without a memory limit uses the cgroup's, so the two are compared here as well.) */
static bool
swap_fits (struct limits_compiler *compiler, const struct place *place, const struct spec_memory *memory)
{
  int64_t limit = memory->limit.value, swap = memory->swap.value;
  const char *wrong = NULL;
  if (swap > 0 && limit > 0 && swap < limit)
    wrong = "memory plus swap cannot be less than memory";
  else if (swap > 0 && limit == (place->v2 ? 0 : -1))
    wrong = "a limit of memory plus swap needs a memory limit";
  if (wrong)
    (void)report_error (compiler->report, compiler->document, memory->swap.node, NULL, "%s", wrong);
  return !wrong;
}

/* Memory plus swap on v1, swap alone on v2. 0 means not set, as engines write it. */
static void
compile_swap (struct limits_compiler *compiler, const struct place *place, const struct spec_memory *memory)
{
  int64_t limit = memory->limit.value, swap = memory->swap.value;
  origin_t node = memory->swap.node ? memory->swap.node : memory->limit.node;
  if ((swap == 0 && limit != -1) || !swap_fits (compiler, place, memory))
    return;
  if (swap == 0) /* unlimited memory means unlimited swap */
    swap = -1;
  if (place->v2 && swap > 0 && limit > 0) /* if memory has no limit, the number is for swap alone */
    swap -= limit;
  struct limits_setting *setting = settings_number (
      compiler, place, "memory", place->v2 ? "memory.swap.max" : "memory.memsw.limit_in_bytes", swap, node);
  /* a kernel without swap accounting lacks the file, and then "unlimited" needs no setting */
  setting->optional = swap <= 0;
  setting->given = arena_format (compiler->arena, "%lld", (long long)(memory->swap.value ? memory->swap.value : limit));
}

static void
compile_switches (struct limits_compiler *compiler, const struct place *place, const struct spec_memory *memory)
{
  if (memory->swappiness.set && place->v2)
    (void)settings_no_equivalent (compiler, place, "swappiness", memory->swappiness.node);
  else if (memory->swappiness.set)
    (void)settings_number (compiler, place, "memory", "memory.swappiness", (int64_t)memory->swappiness.value,
                           memory->swappiness.node);
  if (memory->disable_oom_killer.value && place->v2)
    (void)settings_no_equivalent (compiler, place, "disabling the OOM killer", memory->disable_oom_killer.node);
  else if (memory->disable_oom_killer.set && !place->v2)
    (void)settings_number (compiler, place, "memory", "memory.oom_control", memory->disable_oom_killer.value,
                           memory->disable_oom_killer.node);
  if (memory->use_hierarchy.set && !memory->use_hierarchy.value && place->v2)
    (void)settings_no_equivalent (compiler, place, "accounting without hierarchy", memory->use_hierarchy.node);
  else if (memory->use_hierarchy.set && !place->v2)
    (void)settings_number (compiler, place, "memory", "memory.use_hierarchy", memory->use_hierarchy.value,
                           memory->use_hierarchy.node);
}

/* v1 has no kernel memory limits since Linux 6.1 (they have no effect since 5.16), and v2 never had them. */
static void
compile_kernel (struct limits_compiler *compiler, const struct place *place, const struct json_int *limit,
                const char *file, const char *what)
{
  if (!limit->set || limit->value == 0 || (place->v2 && limit->value == -1))
    return;
  if (place->v2)
    {
      (void)settings_no_equivalent (compiler, place, what, limit->node);
      return;
    }
  settings_number (compiler, place, "memory", file, limit->value, limit->node)->optional = limit->value == -1;
}

void
compile_memory (struct limits_compiler *compiler, const struct spec_memory *memory)
{
  struct place place;
  if (settings_place (compiler, "memory", memory->node, &place) < 0)
    return;
  compile_switches (compiler, &place, memory); /* use_hierarchy must be set before anything is charged */
  if (memory->limit.value)
    (void)settings_number (compiler, &place, "memory", place.v2 ? "memory.max" : "memory.limit_in_bytes",
                           memory->limit.value, memory->limit.node);
  compile_swap (compiler, &place, memory);
  if (memory->reservation.value)
    (void)settings_number (compiler, &place, "memory", place.v2 ? "memory.low" : "memory.soft_limit_in_bytes",
                           memory->reservation.value, memory->reservation.node);
  compile_kernel (compiler, &place, &memory->kernel, "memory.kmem.limit_in_bytes", "a kernel memory limit");
  compile_kernel (compiler, &place, &memory->kernel_tcp, "memory.kmem.tcp.limit_in_bytes",
                  "a kernel memory limit for TCP");
  if (memory->check_before_update.value && memory->limit.value > 0)
    {
      compiler->limits->memory_checked = memory->limit.value;
      compiler->limits->memory_origin = memory->limit.node;
    }
}
