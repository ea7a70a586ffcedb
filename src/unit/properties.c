/*
 * linux.resources as properties of a unit. systemd writes them to the same control files as husk does afterwards. It
 * needs them because it rewrites a unit's files whenever it is reloaded.
 */
#include "properties.h"

#include <string.h>

/* ---- memory, pids ---------------------------------------------------------------------------------------------- */

static uint64_t
limit_of (int64_t value)
{
  return value < 0 ? PROPERTY_INFINITY : (uint64_t)value;
}

/* 0 means not set, as engines write it. systemd has a property for v2's swap limit but none for v1's memory plus
 * swap. */
static void
put_memory (struct properties *properties, const struct spec_memory *memory)
{
  int64_t limit = memory->limit.value, swap = memory->swap.value;
  if (limit)
    property_put_number (properties, properties->v2 ? "MemoryMax" : "MemoryLimit", limit_of (limit),
                         memory->limit.node);
  if (!properties->v2)
    return;
  if (memory->reservation.value > 0)
    property_put_number (properties, "MemoryLow", (uint64_t)memory->reservation.value, memory->reservation.node);
  if (swap < 0 || (limit < 0 && swap == 0)) /* unlimited memory means unlimited memory and swap */
    property_put_number (properties, "MemorySwapMax", PROPERTY_INFINITY, swap ? memory->swap.node : memory->limit.node);
  else if (swap > 0 && limit < 0)
    property_put_number (properties, "MemorySwapMax", (uint64_t)swap, memory->swap.node);
  else if (swap > 0 && limit > 0 && swap >= limit)
    property_put_number (properties, "MemorySwapMax", (uint64_t)(swap - limit), memory->swap.node);
}

/* systemd accepts only 1 or more: 0 is left to the control file. */
static void
put_pids (struct properties *properties, const struct spec_pids *pids)
{
  if (pids->limit.value)
    property_put_number (properties, "TasksMax", limit_of (pids->limit.value), pids->limit.node);
}

/* ---- cpu --------------------------------------------------------------------------------------------------------- */

static void
put_cpu (struct properties *properties, const struct spec_cpu *cpu)
{
  uint64_t shares = cpu->shares.value;
  if (shares && properties->v2)
    property_put_weight (properties, "CPUWeight", spec_weight_of_shares (shares), cpu->shares.node);
  else if (shares)
    property_put_number (properties, "CPUShares", shares < 2 ? 2 : shares > 262144 ? 262144 : shares, cpu->shares.node);
  if (properties->v2 && cpu->idle.value == 1) /* 0 is systemd's "idle", below all weights */
    property_put_number (properties, "CPUWeight", 0, cpu->idle.node);
  property_put_quota (properties, cpu->quota.value, cpu->period.value,
                      cpu->quota.set ? cpu->quota.node : cpu->period.node);
  if (!properties->v2)
    return; /* systemd does not use v1's cpuset */
  if (cpu->cpus.text)
    property_put_mask (properties, "AllowedCPUs", cpu->cpus.text, cpu->cpus.node);
  if (cpu->mems.text)
    property_put_mask (properties, "AllowedMemoryNodes", cpu->mems.text, cpu->mems.node);
}

/* ---- block i/o --------------------------------------------------------------------------------------------------- */

static struct unit_device
device_rate (struct arena *arena, int64_t major, int64_t minor, uint64_t number)
{
  return (struct unit_device){ .device
                               = arena_format (arena, "/dev/block/%lld:%lld", (long long)major, (long long)minor),
                               .number = number };
}

static void
put_rates (struct properties *properties, const char *name, const struct unit_device *devices, uint32_t count,
           origin_t origin)
{
  if (count == 0)
    return;
  struct unit_property *property = property_put (properties, name, UNIT_RATES, origin);
  property->devices = devices;
  property->count = count;
}

static void
put_throttles (struct properties *properties, const char *name, const spec_throttle_devices *throttles)
{
  struct unit_device *devices = arena_array (properties->arena, struct unit_device, throttles->count + 1);
  uint32_t count = 0;
  for (uint32_t i = 0; i < throttles->count; i++)
    if (throttles->items[i].rate.value && throttles->items[i].major.value >= 0 && throttles->items[i].minor.value >= 0)
      devices[count++] = device_rate (properties->arena, throttles->items[i].major.value,
                                      throttles->items[i].minor.value, throttles->items[i].rate.value);
  put_rates (properties, name, devices, count, throttles->node);
}

static bool
is_block_weight (uint64_t weight)
{
  return weight >= 10 && weight <= 1000;
}

static void
put_device_weights (struct properties *properties, const struct spec_block_io *block_io)
{
  struct unit_device *devices = arena_array (properties->arena, struct unit_device, block_io->weight_device.count + 1);
  uint32_t count = 0;
  for (uint32_t i = 0; i < block_io->weight_device.count; i++)
    {
      const struct spec_weight_device *device = &block_io->weight_device.items[i];
      uint64_t weight = device->weight.value;
      if (is_block_weight (weight) && device->major.value >= 0 && device->minor.value >= 0)
        devices[count++] = device_rate (properties->arena, device->major.value, device->minor.value,
                                        properties->v2 ? spec_weight_of_block_weight (weight) : weight);
    }
  put_rates (properties, properties->v2 ? "IODeviceWeight" : "BlockIODeviceWeight", devices, count,
             block_io->weight_device.node);
}

static void
put_block_io (struct properties *properties, const struct spec_block_io *block_io)
{
  bool v2 = properties->v2;
  uint64_t weight = block_io->weight.value;
  if (is_block_weight (weight))
    property_put_number (properties, v2 ? "IOWeight" : "BlockIOWeight",
                         v2 ? spec_weight_of_block_weight (weight) : weight, block_io->weight.node);
  put_device_weights (properties, block_io);
  put_throttles (properties, v2 ? "IOReadBandwidthMax" : "BlockIOReadBandwidth", &block_io->throttle_read_bps);
  put_throttles (properties, v2 ? "IOWriteBandwidthMax" : "BlockIOWriteBandwidth", &block_io->throttle_write_bps);
  if (!v2)
    return;
  put_throttles (properties, "IOReadIOPSMax", &block_io->throttle_read_iops);
  put_throttles (properties, "IOWriteIOPSMax", &block_io->throttle_write_iops);
}

int
unit_properties (const struct spec_resources *resources, const struct json_document *document, bool v2,
                 struct arena *arena, struct unit_properties *out, struct report *report)
{
  struct properties properties = { .arena = arena, .out = out, .v2 = v2 };
  (void)document;
  (void)report;
  if (!resources)
    return 0;
  if (resources->memory)
    put_memory (&properties, resources->memory);
  if (resources->cpu)
    put_cpu (&properties, resources->cpu);
  if (resources->block_io)
    put_block_io (&properties, resources->block_io);
  if (resources->pids)
    put_pids (&properties, resources->pids);
  properties_devices (&properties, resources);
  if (v2) /* last, because it is meant to override the others */
    properties_unified (&properties, &resources->unified);
  return 0;
}
