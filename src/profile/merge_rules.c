/*
 * Turns the rulings on a call into rules of a profile. The format has neither a negation nor two conditions on one
 * argument that must both hold, and a rule with the default action has no effect. So arguments that an earlier ruling
 * leaves to the default are cut out of the later ones. What remains of an argument becomes one comparison, or several
 * rules with one each. merge.c calls this and proves the result.
 */
#include <linux/seccomp.h>
#include <stdio.h>
#include <string.h>

#include "merge.h"

#define PIECES_MAX 256

static bool
overlap (const struct region *one, const struct region *two)
{
  struct region both;
  return !region_intersect (one, two, &both) || !region_is_empty (&both);
}

/* ---- fewer rulings ---------------------------------------------------------------------------------------------- */

/* A later ruling has the same verdict for these arguments, and none in between has another for any of them. */
static bool
superfluous (const struct rulings *rulings, uint32_t index)
{
  const struct ruling *one = &rulings->items[index];
  for (uint32_t i = index + 1; i < rulings->count; i++)
    {
      const struct ruling *later = &rulings->items[i];
      if (later->action == one->action && region_within (&one->region, &later->region))
        return true;
      if (later->action != one->action && overlap (&one->region, &later->region))
        return false;
    }
  return false;
}

static void
drop_superfluous (struct rulings *rulings)
{
  for (uint32_t i = rulings->count; i-- > 0;)
    if (superfluous (rulings, i))
      {
        memmove (&rulings->items[i], &rulings->items[i + 1], (rulings->count - 1 - i) * sizeof *rulings->items);
        rulings->count--;
      }
}

/* ---- without the default action -------------------------------------------------------------------------------- */

static struct region *
add_piece (struct rulings *pieces, struct arena *arena)
{
  pieces->items = arena_more (arena, pieces->items, pieces->count, &pieces->room, 8, sizeof *pieces->items);
  return &pieces->items[pieces->count++].region;
}

static int
too_many (const char *name, uint32_t limit, struct error *error)
{
  return error_set (error, 0, "%.40s: the format would need more than %u rules for it", name, limit);
}

/* The pieces with these arguments cut out. */
static int
cut_out (const char *name, const struct rulings *pieces, const struct region *without, struct arena *arena,
         struct rulings *out, struct error *error)
{
  for (uint32_t p = 0; p < pieces->count; p++)
    {
      const struct region *piece = &pieces->items[p].region;
      if (!overlap (piece, without))
        {
          *add_piece (out, arena) = *piece;
          continue;
        }
      for (uint32_t index = 0; index < 6; index++)
        for (uint32_t i = 0; i < without->counts[index]; i++)
          {
            struct region rest = *piece;
            if (!region_add (&rest, index, comparison_opposite (without->comparisons[index][i])))
              return too_many (name, PIECES_MAX, error);
            if (!region_is_empty (&rest))
              *add_piece (out, arena) = rest;
          }
      if (out->count > PIECES_MAX)
        return too_many (name, PIECES_MAX, error);
    }
  return 0;
}

/* ---- rules ------------------------------------------------------------------------------------------------------ */

static int
not_one_condition (const char *name, const struct region *region, uint32_t index, struct error *error)
{
  static const char *const operators[] = { [RELATION_EQ] = "==", [RELATION_NE] = "!=", [RELATION_LT] = "<",
                                           [RELATION_GE] = ">=", [RELATION_LE] = "<=", [RELATION_GT] = ">" };
  char text[240] = "";
  for (uint32_t i = 0; i < region->counts[index]; i++)
    {
      const struct comparison *comparison = &region->comparisons[index][i];
      size_t used = strlen (text);
      char left[48];
      (void)snprintf (left, sizeof left, comparison->mask == UINT64_MAX ? "arg%u" : "(arg%u & 0x%llx)", index,
                      (unsigned long long)comparison->mask);
      (void)snprintf (text + used, sizeof text - used, "%s%s %s 0x%llx", i ? " && " : "", left,
                      operators[comparison->relation], (unsigned long long)comparison->value);
    }
  return error_set (error, 0, "%.40s: a rule can have one condition for each argument, and this needs several: %s",
                    name, text);
}

/* One rule for each combination of the arguments' alternatives. */
static int
write_rules (const char *name, const struct ruling *ruling, struct arena *arena, struct merged_rules *out,
             struct error *error)
{
  struct comparison alternatives[6][CUBES_MAX] = { 0 };
  uint32_t counts[6], at[6] = { 0 };
  unsigned long combinations = 1;
  for (uint32_t index = 0; index < 6; index++)
    {
      counts[index]
          = ruling->region.counts[index] ? region_alternatives (&ruling->region, index, alternatives[index]) : 0;
      if (counts[index] > CUBES_MAX)
        return not_one_condition (name, &ruling->region, index, error);
      combinations *= counts[index] ? counts[index] : 1;
    }
  if (combinations + out->count > out->limit)
    return too_many (name, out->limit, error);
  for (unsigned long c = 0; c < combinations; c++)
    {
      out->items = arena_more (arena, out->items, out->count, &out->room, 8, sizeof *out->items);
      struct merged_rule *rule = &out->items[out->count++];
      *rule = (struct merged_rule){ .action = ruling->action };
      for (uint32_t index = 0; index < 6; index++)
        if (counts[index])
          rule->conditions[rule->count++] = (struct merged_condition){ index, alternatives[index][at[index]] };
      for (uint32_t index = 0; index < 6 && (!counts[index] || ++at[index] == counts[index]); index++)
        at[index] = 0;
    }
  return 0;
}

/* A rule without conditions would decide alone, so after others it gets a condition that always holds. */
static void
order_last (struct merged_rules *rules)
{
  struct merged_rule *last = rules->count ? &rules->items[rules->count - 1] : NULL;
  if (!last || last->count || rules->count == 1)
    return;
  last->conditions[last->count++]
      = (struct merged_condition){ rules->items[0].conditions[0].index, { UINT64_MAX, 0, RELATION_GE } };
}

int
merge_find_rules (const char *name, struct rulings *rulings, uint32_t standard, struct arena *arena,
                  struct merged_rules *out, struct error *error)
{
  drop_superfluous (rulings);
  for (uint32_t r = 0; r < rulings->count; r++)
    {
      const struct ruling *ruling = &rulings->items[r];
      struct rulings pieces = { 0 };
      if (ruling->action == standard)
        continue;
      *add_piece (&pieces, arena) = ruling->region;
      for (uint32_t earlier = 0; earlier < r; earlier++)
        {
          struct rulings rest = { 0 };
          if (rulings->items[earlier].action != standard)
            continue;
          if (cut_out (name, &pieces, &rulings->items[earlier].region, arena, &rest, error) < 0)
            return -1;
          pieces = rest;
        }
      for (uint32_t p = 0; p < pieces.count; p++)
        {
          pieces.items[p].action = ruling->action;
          region_simplify (&pieces.items[p].region);
        }
      drop_superfluous (&pieces);
      for (uint32_t p = 0; p < pieces.count; p++)
        if (write_rules (name, &pieces.items[p], arena, out, error) < 0)
          return -1;
    }
  order_last (out);
  return 0;
}
