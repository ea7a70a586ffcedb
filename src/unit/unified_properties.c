/*
 * linux.resources.unified: the v2 files that systemd has properties for. A value that is not a plain number is left to
 * the control file, where the kernel checks it.
 */
#include <stdlib.h>
#include <string.h>

#include "properties.h"

struct unified_file
{
  const char *file, *property;
  void (*put) (struct properties *properties, const struct unified_file *file, const struct json_pair *pair);
};

/* A copy without the leading and trailing white space, which the kernel also removes. */
static const char *
trimmed (struct properties *properties, const char *text)
{
  size_t length;
  text += strspn (text, " \t\n");
  length = strlen (text);
  while (length && strchr (" \t\n", text[length - 1]))
    length--;
  return arena_copy (properties->arena, text, length);
}

/* A number and nothing else, or "max". */
static bool
read_limit (const char *text, uint64_t *out)
{
  size_t digits = strspn (text, "0123456789");
  *out = PROPERTY_INFINITY;
  if (strcmp (text, "max") == 0)
    return true;
  if (digits == 0 || digits > 18 || text[digits])
    return false;
  *out = strtoull (text, NULL, 10);
  return true;
}

static void
put_limit (struct properties *properties, const struct unified_file *file, const struct json_pair *pair)
{
  uint64_t limit;
  if (!read_limit (trimmed (properties, pair->value), &limit))
    return;
  if (limit || strcmp (file->file, "pids.max") != 0) /* systemd requires at least 1 task */
    property_put_number (properties, file->property, limit, pair->node);
}

/* "WEIGHT" or "default WEIGHT"; other values are for one device. */
static void
put_weight (struct properties *properties, const struct unified_file *file, const struct json_pair *pair)
{
  uint64_t weight;
  const char *text = trimmed (properties, pair->value);
  if (strncmp (text, "default ", 8) == 0)
    text += 8;
  if (read_limit (text, &weight) && weight >= 1 && weight <= 10000)
    property_put_number (properties, file->property, weight, pair->node);
}

static void
put_idle (struct properties *properties, const struct unified_file *file, const struct json_pair *pair)
{
  if (strcmp (trimmed (properties, pair->value), "1") == 0)
    property_put_number (properties, file->property, 0, pair->node);
}

/* "QUOTA", "QUOTA PERIOD", "max PERIOD" */
static void
put_cpu_max (struct properties *properties, const struct unified_file *file, const struct json_pair *pair)
{
  const char *text = trimmed (properties, pair->value);
  size_t length = strcspn (text, " ");
  uint64_t quota, period = 0;
  if (!read_limit (arena_copy (properties->arena, text, length), &quota)
      || (text[length] && (!read_limit (text + length + 1, &period) || period == PROPERTY_INFINITY)))
    return;
  property_put_quota (properties, quota == PROPERTY_INFINITY ? -1 : (int64_t)quota, period, pair->node);
}

static void
put_set (struct properties *properties, const struct unified_file *file, const struct json_pair *pair)
{
  property_put_mask (properties, file->property, trimmed (properties, pair->value), pair->node);
}

/* cpu.idle must follow cpu.weight, because both set the same property */
static const struct unified_file files[] = {
  { "memory.max", "MemoryMax", put_limit },  { "memory.high", "MemoryHigh", put_limit },
  { "memory.low", "MemoryLow", put_limit },  { "memory.min", "MemoryMin", put_limit },
  { "pids.max", "TasksMax", put_limit },     { "memory.swap.max", "MemorySwapMax", put_limit },
  { "cpu.max", "CPUQuota", put_cpu_max },    { "cpu.weight", "CPUWeight", put_weight },
  { "cpu.idle", "CPUWeight", put_idle },     { "io.weight", "IOWeight", put_weight },
  { "cpuset.cpus", "AllowedCPUs", put_set }, { "cpuset.mems", "AllowedMemoryNodes", put_set },
};

void
properties_unified (struct properties *properties, const struct json_pairs *unified)
{
  for (size_t i = 0; i < sizeof files / sizeof files[0]; i++)
    {
      const struct json_pair *pair = json_pair_of (unified, files[i].file);
      if (pair)
        files[i].put (properties, &files[i], pair);
    }
}
