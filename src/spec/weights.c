/*
 * Converts cgroup v1 weights to v2's scales, by pure arithmetic. cpu.c and block_io.c in src/limits use it for control
 * files, unit/properties.c for systemd's properties, and both must get the same number. 0 means "not set" and stays 0.
 * A block weight below 10 would wrap around; limits.c refuses it.
 */
#include "husk/spec.h"

#include <math.h>

/* Logarithm and power by their series: libm's would be 16 KB of a static husk. tests/unit/test_resources.c compares the
 * weight of every number of shares with what libm's make of it. */
static double
logarithm_of (double value)
{
  double exponent = 0, sum = 0;
  for (; value >= 2; value /= 2)
    exponent++;
  double ratio = (value - 1) / (value + 1), power = ratio;
  for (int i = 1; i < 40; i += 2, power *= ratio * ratio)
    sum += power / i;
  return exponent + 2 * sum / M_LN2;
}

static double
power_of_ten (double exponent)
{
  double power = 1, term = 1, sum = 1;
  for (; exponent >= 1; exponent--)
    power *= 10;
  for (int i = 1; i < 40; i++)
    sum += term *= exponent * M_LN10 / i;
  return power * sum;
}

uint64_t
spec_weight_of_shares (uint64_t shares)
{
  if (shares == 0)
    return 0;
  if (shares <= 2)
    return 1;
  if (shares >= 262144)
    return 10000;
  double l = logarithm_of ((double)shares);
  double weight = power_of_ten ((l * l + 125 * l) / 612.0 - 7.0 / 34.0);
  uint64_t whole = (uint64_t)weight;
  return whole + (weight > (double)whole);
}

uint64_t
spec_weight_of_block_weight (uint64_t weight)
{
  return weight == 0 ? 0 : 1 + (weight - 10) * 9999 / 990;
}
