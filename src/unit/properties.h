/*
 * What the files that make a unit's properties share.
 */
#ifndef HUSK_UNIT_PROPERTIES_H
#define HUSK_UNIT_PROPERTIES_H

#include "husk/unit.h"

#define PROPERTY_INFINITY UINT64_MAX /* systemd's "no limit" */

struct properties
{
  struct arena *arena;
  struct unit_properties *out;
  bool v2;
};

/* Adds a property, or replaces the one with that name. The caller fills in the value. */
struct unit_property *property_put (struct properties *properties, const char *name, enum unit_value kind,
                                    origin_t origin);
void property_put_number (struct properties *properties, const char *name, uint64_t value, origin_t origin);
/* CPUQuotaPerSecUSec and CPUQuotaPeriodUSec. quota 0: not set, negative: unlimited; period 0: not set. */
void property_put_quota (struct properties *properties, int64_t quota, uint64_t period, origin_t origin);
/* A list of numbers ("0-3,7") as a byte mask. Anything else is left to the control file. */
void property_put_mask (struct properties *properties, const char *name, const char *list, origin_t origin);
/* A weight of 1 to 10000. */
void property_put_weight (struct properties *properties, const char *name, uint64_t weight, origin_t origin);

void properties_devices (struct properties *properties, const struct spec_resources *resources);
void properties_unified (struct properties *properties, const struct json_pairs *unified);

#endif
