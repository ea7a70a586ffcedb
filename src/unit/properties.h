/*
 * What the files that make properties of a unit share.
 */
#ifndef HUSK_UNIT_PROPERTIES_H
#define HUSK_UNIT_PROPERTIES_H

#include "husk/unit.h"

#define PROPERTY_INFINITY UINT64_MAX /* as systemd has "no limit" */

struct properties
{
  struct arena *arena;
  struct unit_properties *out;
  bool v2;
};

/* Adds a property, or replaces the one of that name. */
struct unit_property *property_put (struct properties *properties, const char *name, const char *type,
                                    const char *value, origin_t origin);
void property_put_number (struct properties *properties, const char *name, uint64_t value, origin_t origin);
/* CPUQuotaPerSecUSec and CPUQuotaPeriodUSec; quota 0: not set, below: no limit; period 0: not set. */
void property_put_quota (struct properties *properties, int64_t quota, uint64_t period, origin_t origin);
/* A list of numbers ("0-3,7") as a mask of bytes. What is no such list is left to the control file. */
void property_put_mask (struct properties *properties, const char *name, const char *list, origin_t origin);
/* A weight of 1 to 10000. */
void property_put_weight (struct properties *properties, const char *name, uint64_t weight, origin_t origin);
/* Ends the word with ";", in husk-systemd's notation; the result is in the arena. */
const char *property_word (struct arena *arena, const char *word);

/* An array, in husk-systemd's notation: how many, then the entries one after another. */
const char *property_array (struct arena *arena, const char *const *entries, uint32_t count);

void properties_devices (struct properties *properties, const struct spec_resources *resources);
void properties_unified (struct properties *properties, const struct json_pairs *unified);

#endif
