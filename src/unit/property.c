/*
 * Adds a property of a unit in systemd's form, and prints it. properties.c, device_properties.c and
 * unified_properties.c decide which ones there are.
 */
#include "properties.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct unit_property *
property_put (struct properties *properties, const char *name, enum unit_value kind, origin_t origin)
{
  struct unit_properties *out = properties->out;
  uint32_t i = 0;
  while (i < out->count && strcmp (out->items[i].name, name) != 0)
    i++;
  out->items = arena_more (properties->arena, out->items, out->count, &out->room, 16, sizeof *out->items);
  if (i == out->count)
    out->count++;
  out->items[i] = (struct unit_property){ .name = name, .kind = kind, .optional = true, .origin = origin };
  return &out->items[i];
}

void
property_put_number (struct properties *properties, const char *name, uint64_t value, origin_t origin)
{
  property_put (properties, name, UNIT_NUMBER, origin)->number = value;
}

static void
print_devices (const struct unit_property *property, FILE *out)
{
  for (uint32_t i = 0; i < property->count; i++)
    {
      const struct unit_device *device = &property->devices[i];
      (void)fprintf (out, "%s%s ", i ? ", " : "", device->device);
      if (property->kind == UNIT_ACCESS)
        (void)fputs (device->access, out);
      else
        (void)fprintf (out, "%llu", (unsigned long long)device->number);
    }
}

char *
unit_property_text (const struct unit_property *property)
{
  char *text = NULL;
  size_t size;
  FILE *out = open_memstream (&text, &size);
  if (!out)
    return NULL;
  if (property->kind == UNIT_NUMBER && property->number == PROPERTY_INFINITY)
    (void)fputs ("infinity", out);
  else if (property->kind == UNIT_NUMBER)
    (void)fprintf (out, "%llu", (unsigned long long)property->number);
  else if (property->kind == UNIT_TEXT || property->kind == UNIT_VARIANT)
    (void)fputs (property->text, out);
  else if (property->kind == UNIT_MASK)
    for (uint32_t i = 0; i < property->count; i++)
      (void)fprintf (out, "%02x", property->mask[i]);
  else
    print_devices (property, out);
  if (fclose (out) == 0)
    return text;
  free (text);
  return NULL;
}

void
property_put_weight (struct properties *properties, const char *name, uint64_t weight, origin_t origin)
{
  property_put_number (properties, name, weight < 1 ? 1 : weight > 10000 ? 10000 : weight, origin);
}

/* systemd counts in hundredths of a CPU. This rounds up, so that it never allows less than the config. */
void
property_put_quota (struct properties *properties, int64_t quota, uint64_t period, origin_t origin)
{
  const uint64_t step = 10000;
  if (period >= 1000 && period <= 1000000)
    property_put_number (properties, "CPUQuotaPeriodUSec", period, origin);
  if (quota < 0)
    property_put_number (properties, "CPUQuotaPerSecUSec", PROPERTY_INFINITY, origin);
  if (quota <= 0 || quota > INT64_MAX / 1000000)
    return;
  uint64_t each = (uint64_t)quota * 1000000 / (period ? period : 100000);
  property_put_number (properties, "CPUQuotaPerSecUSec", (each + step - 1) / step * step, origin);
}

void
property_put_mask (struct properties *properties, const char *name, const char *list, origin_t origin)
{
  struct spec_numbers numbers;
  if (spec_read_numbers (list, &numbers) < 0 || numbers.bits == 0)
    return;
  uint32_t bytes = (numbers.bits + 7) / 8;
  uint8_t *mask = arena_array (properties->arena, uint8_t, bytes);
  for (uint32_t i = 0; i < bytes; i++)
    mask[i] = (uint8_t)(numbers.mask[i / 8] >> i % 8 * 8);
  struct unit_property *property = property_put (properties, name, UNIT_MASK, origin);
  property->mask = mask;
  property->count = bytes;
}
