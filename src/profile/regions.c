/*
 * Sets of arguments, for merging profiles: intersection, containment, and how the rules of a profile can express them.
 * Arguments do not depend on each other, so everything is decided for each one separately (values.c).
 */
#include "regions.h"

#include <string.h>

#define ARGUMENT_BITS 64

struct comparison
comparison_of (const struct spec_seccomp_arg *arg)
{
  static const enum relation relations[]
      = { [SPEC_CMP_NE] = RELATION_NE, [SPEC_CMP_LT] = RELATION_LT, [SPEC_CMP_LE] = RELATION_LE,
          [SPEC_CMP_EQ] = RELATION_EQ, [SPEC_CMP_GE] = RELATION_GE, [SPEC_CMP_GT] = RELATION_GT };
  if (arg->op.value == SPEC_CMP_MASKED_EQ) /* bits of valueTwo outside the mask are ignored */
    return (struct comparison){ arg->value.value, arg->value_two.value & arg->value.value, RELATION_EQ };
  return (struct comparison){ UINT64_MAX, arg->value.value, relations[arg->op.value] };
}

bool
region_add (struct region *region, uint32_t index, struct comparison comparison)
{
  for (uint32_t i = 0; i < region->counts[index]; i++)
    {
      const struct comparison *known = &region->comparisons[index][i];
      if (known->mask == comparison.mask && known->value == comparison.value && known->relation == comparison.relation)
        return true;
    }
  if (region->counts[index] == REGION_COMPARISONS_MAX)
    return false;
  region->comparisons[index][region->counts[index]++] = comparison;
  return true;
}

bool
region_intersect (const struct region *one, const struct region *two, struct region *out)
{
  bool room = true;
  *out = *one;
  for (uint32_t index = 0; index < 6; index++)
    for (uint32_t i = 0; i < two->counts[index]; i++)
      room &= region_add (out, index, two->comparisons[index][i]);
  return room;
}

bool
region_is_empty (const struct region *region)
{
  for (uint32_t index = 0; index < 6; index++)
    if (values_find (region->comparisons[index], region->counts[index], ARGUMENT_BITS, NULL, NULL) == VALUES_NONE)
      return true;
  return false;
}

bool
region_is_all (const struct region *region)
{
  uint32_t count = 0;
  for (uint32_t index = 0; index < 6; index++)
    count += region->counts[index];
  return count == 0;
}

/* Whether these comparisons imply the other one. */
static bool
follows (const struct comparison *comparisons, uint32_t count, struct comparison comparison)
{
  struct comparison all[REGION_COMPARISONS_MAX + 1];
  memcpy (all, comparisons, count * sizeof *all);
  all[count] = comparison_opposite (comparison);
  return values_find (all, count + 1, ARGUMENT_BITS, NULL, NULL) == VALUES_NONE;
}

bool
region_within (const struct region *inner, const struct region *outer)
{
  for (uint32_t index = 0; index < 6; index++)
    for (uint32_t i = 0; i < outer->counts[index]; i++)
      if (!follows (inner->comparisons[index], inner->counts[index], outer->comparisons[index][i]))
        return false;
  return true;
}

void
region_simplify (struct region *region)
{
  for (uint32_t index = 0; index < 6; index++)
    for (uint32_t i = region->counts[index]; i-- > 0;)
      {
        struct comparison *comparisons = region->comparisons[index], one = comparisons[i];
        uint32_t last = region->counts[index] - 1;
        comparisons[i] = comparisons[last];
        if (follows (comparisons, last, one))
          region->counts[index] = last;
        else
          {
            comparisons[last] = comparisons[i];
            comparisons[i] = one;
          }
      }
}

/* ---- alternatives ---------------------------------------------------------------------------------------------- */

struct alternatives
{
  struct comparison *out;
  uint32_t count; /* CUBES_MAX + 1: there are more */
};

static void
add_alternative (struct alternatives *alternatives, struct comparison comparison)
{
  if (alternatives->count < CUBES_MAX)
    alternatives->out[alternatives->count] = comparison;
  if (alternatives->count <= CUBES_MAX)
    alternatives->count++;
}

static void
add_cubes (struct alternatives *alternatives, const struct comparison *comparisons, uint32_t count)
{
  struct cube cubes[CUBES_MAX];
  uint32_t cube_count = values_cubes (comparisons, count, ARGUMENT_BITS, cubes);
  if (cube_count > CUBES_MAX)
    alternatives->count = CUBES_MAX + 1;
  for (uint32_t i = 0; cube_count <= CUBES_MAX && i < cube_count; i++)
    add_alternative (alternatives, (struct comparison){ cubes[i].mask, cubes[i].value, RELATION_EQ });
}

/* The values from first to last. */
static void
add_interval (struct alternatives *alternatives, uint64_t first, uint64_t last)
{
  struct comparison both[] = { { UINT64_MAX, first, RELATION_GE }, { UINT64_MAX, last, RELATION_LE } };
  if (first == last)
    add_alternative (alternatives, (struct comparison){ UINT64_MAX, first, RELATION_EQ });
  else if (first == 0)
    add_alternative (alternatives, both[1]);
  else if (last == UINT64_MAX)
    add_alternative (alternatives, both[0]);
  else
    add_cubes (alternatives, both, 2);
}

/* The lowest excluded value that is not below `from`; false: there is none. */
static bool
next_gap (const struct comparison *comparisons, uint32_t count, uint64_t from, uint64_t *out)
{
  bool found = false;
  for (uint32_t i = 0; i < count; i++)
    if (comparisons[i].relation == RELATION_NE && comparisons[i].value >= from
        && (!found || comparisons[i].value < *out))
      {
        *out = comparisons[i].value;
        found = true;
      }
  return found;
}

/* Without masks: the intervals between the excluded values. */
static void
add_intervals (struct alternatives *alternatives, const struct comparison *comparisons, uint32_t count)
{
  uint64_t first = 0, last = UINT64_MAX, gap = 0;
  for (uint32_t i = 0; i < count; i++)
    {
      uint64_t value = comparisons[i].value;
      enum relation relation = comparisons[i].relation;
      /* "> the highest" and "< 0" hold for nothing: the caller has no empty regions */
      if (relation == RELATION_GT)
        value++;
      if (relation == RELATION_LT)
        value--;
      if ((relation == RELATION_EQ || relation == RELATION_GE || relation == RELATION_GT) && value > first)
        first = value;
      if ((relation == RELATION_EQ || relation == RELATION_LE || relation == RELATION_LT) && value < last)
        last = value;
    }
  while (next_gap (comparisons, count, first, &gap) && gap <= last)
    {
      if (gap > first)
        add_interval (alternatives, first, gap - 1);
      if (gap == last)
        return;
      first = gap + 1;
    }
  add_interval (alternatives, first, last);
}

uint32_t
region_alternatives (const struct region *region, uint32_t index, struct comparison out[CUBES_MAX])
{
  const struct comparison *comparisons = region->comparisons[index];
  uint32_t count = region->counts[index];
  struct alternatives alternatives = { .out = out };
  bool masked = false;
  for (uint32_t i = 0; i < count; i++)
    masked |= comparisons[i].mask != UINT64_MAX;
  if (count == 1 && (!masked || comparisons->relation == RELATION_EQ))
    out[alternatives.count++] = comparisons[0];
  else if (masked)
    add_cubes (&alternatives, comparisons, count);
  else
    add_intervals (&alternatives, comparisons, count);
  return alternatives.count;
}
