/*
 * Sets of arguments, as merge.c calculates with them: of each argument some comparisons, all of which hold. What is
 * said to be empty or within another is so; the reverse is not promised where it would take too long to know.
 */
#ifndef HUSK_PROFILE_REGIONS_H
#define HUSK_PROFILE_REGIONS_H

#include "husk/spec.h"
#include "values.h"

#define REGION_COMPARISONS_MAX 24
struct region /* without comparisons: all arguments */
{
  struct comparison comparisons[6][REGION_COMPARISONS_MAX];
  uint32_t counts[6];
};

struct comparison comparison_of (const struct spec_seccomp_arg *arg);
/* false: there is no room for it. */
bool region_add (struct region *region, uint32_t index, struct comparison comparison);
bool region_intersect (const struct region *one, const struct region *two, struct region *out);
bool region_is_empty (const struct region *region);
bool region_is_all (const struct region *region);
bool region_within (const struct region *inner, const struct region *outer);
/* Leaves out what the other comparisons of an argument imply. */
void region_simplify (struct region *region);
/* The comparisons of one argument as alternatives of which a rule can have each: equal under a mask, or one without a
 * mask. Their number, or CUBES_MAX + 1: more would be needed. */
uint32_t region_alternatives (const struct region *region, uint32_t index, struct comparison out[CUBES_MAX]);

#endif
