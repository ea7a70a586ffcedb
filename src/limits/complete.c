/*
 * An update of a running container may set half of a file's value. The other half is read from the file.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "husk/descriptor.h"
#include "settings.h"
#include "husk/tree.h"

static ssize_t
read_v2 (const struct cgroup *cgroup, const char *file, char *out, size_t size)
{
  for (uint32_t i = 0; i < cgroup->count; i++)
    if (cgroup->directories[i].v2)
      {
        auto_close int fd = tree_open (&cgroup->directories[i]);
        return fd < 0 ? -1 : tree_read (fd, file, out, size);
      }
  return -1;
}

/* cpu.max is "quota period". The kernel keeps the period if only a quota is written. */
static struct spec_cpu *
complete_cpu (const struct cgroup *cgroup, const struct spec_cpu *cpu, struct arena *arena)
{
  char text[64];
  struct spec_cpu *complete = arena_new (arena, struct spec_cpu);
  *complete = *cpu;
  if (cpu->period.value && !cpu->quota.value && read_v2 (cgroup, "cpu.max", text, sizeof text) > 0)
    complete->quota
        = (struct json_int){ true, strncmp (text, "max", 3) == 0 ? -1 : strtoll (text, NULL, 10), cpu->period.node };
  return complete;
}

/* v2 limits swap separately, so a limit on memory plus swap needs the memory limit. */
static struct spec_memory *
complete_memory (const struct cgroup *cgroup, const struct spec_memory *memory, struct arena *arena)
{
  char text[64];
  struct spec_memory *complete = arena_new (arena, struct spec_memory);
  *complete = *memory;
  if (memory->swap.value > 0 && memory->limit.value == 0 && read_v2 (cgroup, "memory.max", text, sizeof text) > 0
      && strncmp (text, "max", 3) != 0)
    complete->limit = (struct json_int){ true, strtoll (text, NULL, 10), memory->swap.node };
  return complete;
}

struct spec_resources *
limits_complete (const struct cgroup *cgroup, const struct spec_resources *resources, struct arena *arena)
{
  struct spec_resources *complete = arena_new (arena, struct spec_resources);
  *complete = *resources;
  if (resources->cpu)
    complete->cpu = complete_cpu (cgroup, resources->cpu, arena);
  if (resources->memory)
    complete->memory = complete_memory (cgroup, resources->memory, arena);
  if (resources->devices.count) /* they replace all earlier rules */
    complete->devices = deny_other_devices (resources, 0, arena)->devices;
  return complete;
}
