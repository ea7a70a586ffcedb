/*
 * The decision procedure for one word: a search from the highest bit down. A comparison is open as long as all bits so
 * far equal those of its value; the first bit that differs decides it. A bit that no open comparison looks at is not
 * tried both ways, and equalities fix their bits in advance, so that the search seldom backtracks. It is exact: a
 * search that takes more than STEPS_MAX steps, or looks at more than WORK_MAX comparisons, has no answer.
 */
#include "values.h"

#include <stddef.h>

#define STEPS_MAX (1u << 18)
#define WORK_MAX (1u << 25)

bool
comparison_holds (const struct comparison *comparison, uint64_t word)
{
  uint64_t given = word & comparison->mask, value = comparison->value;
  switch (comparison->relation)
    {
    case RELATION_EQ:
      return given == value;
    case RELATION_NE:
      return given != value;
    case RELATION_LT:
      return given < value;
    case RELATION_GE:
      return given >= value;
    case RELATION_LE:
      return given <= value;
    default:
      return given > value;
    }
}

struct search
{
  const struct comparison *comparisons;
  uint64_t fixed, fixed_value; /* bits that equalities fix, and their values */
  uint32_t steps;
  uint64_t work; /* comparisons that were looked at */
  struct cube *cubes;
  uint32_t count, room;
};

/* Whether a comparison holds if the first bit that differs makes the word greater, or less. */
static bool
differing_holds (enum relation relation, bool more)
{
  switch (relation)
    {
    case RELATION_NE:
      return true;
    case RELATION_LT:
    case RELATION_LE:
      return !more;
    case RELATION_GT:
    case RELATION_GE:
      return more;
    default:
      return false;
    }
}

/* Whether a comparison holds if no bit differs. */
static bool
equal_holds (enum relation relation)
{
  return relation == RELATION_EQ || relation == RELATION_LE || relation == RELATION_GE;
}

/* Whether a comparison holds for any values of the bits from this one down, if all bits above are equal. */
static bool
holds_anyway (const struct comparison *comparison, int bit)
{
  uint64_t rest = bit < 63 ? (2ull << bit) - 1 : UINT64_MAX;
  return (comparison->relation == RELATION_GE && (comparison->value & rest) == 0)
         || (comparison->relation == RELATION_LE && (comparison->mask & ~comparison->value & rest) == 0);
}

/* Sets or clears the bit. false: a comparison fails. */
static bool
decide_bit (const struct search *search, int bit, bool set, const uint16_t *open, uint32_t count, uint16_t *next,
            uint32_t *next_count)
{
  *next_count = 0;
  for (uint32_t i = 0; i < count; i++)
    {
      const struct comparison *comparison = &search->comparisons[open[i]];
      bool here = set && comparison->mask >> bit & 1, there = comparison->value >> bit & 1;
      if (here == there && bit && holds_anyway (comparison, bit - 1))
        continue;
      if (here == there)
        next[(*next_count)++] = open[i];
      else if (!differing_holds (comparison->relation, here))
        return false;
    }
  return true;
}

static bool
looked_at (const struct search *search, int bit, const uint16_t *open, uint32_t count)
{
  for (uint32_t i = 0; i < count; i++)
    if (search->comparisons[open[i]].mask >> bit & 1)
      return true;
  return false;
}

/* Adds a cube for whose values all comparisons hold. true: enough have been found. */
static bool
add_cube (struct search *search, struct cube cube)
{
  if (search->count < search->room)
    search->cubes[search->count] = (struct cube){ cube.mask | search->fixed, cube.value | search->fixed_value };
  return ++search->count >= search->room;
}

/* true: the search is over. */
static bool
descend (struct search *search, int bit, const uint16_t *open, uint32_t count, struct cube cube)
{
  uint16_t next[COMPARISONS_MAX];
  uint32_t next_count;
  if (count == 0)
    return add_cube (search, cube);
  if (bit < 0)
    {
      for (uint32_t i = 0; i < count; i++)
        if (!equal_holds (search->comparisons[open[i]].relation))
          return false;
      return add_cube (search, cube);
    }
  if (search->steps++ >= STEPS_MAX || search->work >= WORK_MAX)
    {
      search->steps = STEPS_MAX + 1;
      return true;
    }
  search->work += count;
  bool fixed = search->fixed >> bit & 1, asked = looked_at (search, bit, open, count);
  for (int set = 0; set < 2; set++)
    {
      struct cube part = cube;
      if (fixed ? (search->fixed_value >> bit & 1) != (uint64_t)set : set && !asked)
        continue;
      if (asked && !fixed)
        {
          part.mask |= 1ull << bit;
          part.value |= (uint64_t)set << bit;
        }
      if (decide_bit (search, bit, set, open, count, next, &next_count)
          && descend (search, bit - 1, next, next_count, part))
        return true;
    }
  return false;
}

/* Handles the equalities. false: they contradict each other, or another comparison. */
static bool
fix_bits (struct search *search, uint32_t count, int bits, uint16_t *open, uint32_t *open_count)
{
  *open_count = 0;
  for (uint32_t i = 0; i < count; i++)
    {
      const struct comparison *comparison = &search->comparisons[i];
      if (comparison->relation != RELATION_EQ)
        continue;
      if (comparison->value & ~comparison->mask
          || (search->fixed & comparison->mask & (search->fixed_value ^ comparison->value)))
        return false;
      search->fixed |= comparison->mask;
      search->fixed_value |= comparison->value;
    }
  for (uint32_t i = 0; i < count; i++)
    {
      const struct comparison *comparison = &search->comparisons[i];
      if (comparison->relation == RELATION_EQ)
        continue;
      if (holds_anyway (comparison, bits - 1))
        continue;
      if (comparison->mask & ~search->fixed)
        open[(*open_count)++] = (uint16_t)i;
      else if (!comparison_holds (comparison, search->fixed_value))
        return false;
    }
  return true;
}

/* Finds cubes until there is no more room. */
static void
search_run (struct search *search, uint32_t count, int bits)
{
  uint16_t open[COMPARISONS_MAX];
  uint32_t open_count;
  if (fix_bits (search, count, bits, open, &open_count))
    (void)descend (search, bits - 1, open, open_count, (struct cube){ 0 });
}

enum values
values_find (const struct comparison *comparisons, uint32_t count, int bits, uint64_t *out, uint64_t *work)
{
  struct cube cube = { 0 };
  struct search search = { .comparisons = comparisons, .cubes = &cube, .room = 1 };
  if (count > COMPARISONS_MAX)
    return VALUES_UNKNOWN;
  search_run (&search, count, bits);
  if (out)
    *out = cube.value;
  if (work)
    *work += search.work + count;
  return search.count ? VALUES_SOME : search.steps > STEPS_MAX ? VALUES_UNKNOWN : VALUES_NONE;
}

uint32_t
values_cubes (const struct comparison *comparisons, uint32_t count, int bits, struct cube out[CUBES_MAX])
{
  struct cube found[CUBES_MAX + 1];
  struct search search = { .comparisons = comparisons, .cubes = found, .room = CUBES_MAX + 1 };
  if (count > COMPARISONS_MAX)
    return CUBES_MAX + 1;
  search_run (&search, count, bits);
  if (search.steps > STEPS_MAX || search.count > CUBES_MAX)
    return CUBES_MAX + 1;
  for (uint32_t i = 0; i < search.count; i++)
    out[i] = found[i];
  return search.count;
}
