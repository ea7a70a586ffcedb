/*
 * Converts cgroup v1 weights to v2's scales, by pure arithmetic. cpu.c and block_io.c in src/limits use it for control
 * files, unit/properties.c for systemd's properties, and both must get the same number. 0 means "not set" and stays 0.
 * A block weight below 10 would wrap around; limits.c refuses it.
 */
#include "husk/spec.h"

#include <math.h>

uint64_t
spec_weight_of_shares (uint64_t shares)
{
  if (shares == 0)
    return 0;
  if (shares <= 2)
    return 1;
  if (shares >= 262144)
    return 10000;
  double l = log2 ((double)shares);
  return (uint64_t)ceil (pow (10, (l * l + 125 * l) / 612.0 - 7.0 / 34.0));
}

uint64_t
spec_weight_of_block_weight (uint64_t weight)
{
  return weight == 0 ? 0 : 1 + (weight - 10) * 9999 / 990;
}
