/*
 * Sets of arguments, for merging profiles: a set has comparisons for each argument, which must all hold. The answers
 * "empty" and "within" are reliable. Their opposites are not, because finding out may take too long.
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
/* false: there is no room for another comparison. */
bool region_add (struct region *region, uint32_t index, struct comparison comparison);
bool region_intersect (const struct region *one, const struct region *two, struct region *out);
bool region_is_empty (const struct region *region);
bool region_is_all (const struct region *region);
bool region_within (const struct region *inner, const struct region *outer);
/* Removes comparisons that the others of the same argument imply. */
void region_simplify (struct region *region);
/* Rewrites the comparisons of one argument as alternatives, each of which fits into a rule: equality under a mask, or a
 * comparison without a mask. Returns their number, or CUBES_MAX + 1 if more would be needed. */
uint32_t region_alternatives (const struct region *region, uint32_t index, struct comparison out[CUBES_MAX]);

#endif
