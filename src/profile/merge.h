/*
 * Merging two profiles: merge.c determines the verdicts on each call, merge_rules.c finds rules for them, merge_write.c
 * writes the profile.
 */
#ifndef HUSK_PROFILE_MERGE_H
#define HUSK_PROFILE_MERGE_H

#include "husk/calls.h"
#include "husk/profile.h"
#include "regions.h"

struct ruling /* the verdict on a call with these arguments, unless an earlier ruling covers them */
{
  struct region region;
  uint32_t action;
};
struct rulings
{
  struct ruling *items;
  uint32_t count, room;
};

struct merged_condition
{
  uint32_t index;
  struct comparison comparison;
};
struct merged_rule /* of a call */
{
  uint32_t action, count;
  struct merged_condition conditions[6];
};
struct merged_rules
{
  struct merged_rule *items;
  uint32_t count, room;
  uint32_t limit; /* of count */
};
#define MERGED_RULES_MORE 128 /* how many more rules a call may have than in both profiles together */

struct merged_call
{
  const char *name;
  const char *key; /* its rules as text: calls with the same key are written together */
  struct merged_rules rules;
};
struct merge
{
  const struct profile_side *sides[2];
  bool any;
  struct arena *arena;
  struct error *error;
  uint32_t standards[2], standard;
  struct merged_call *calls;
  uint32_t count, room;
};

/* Finds rules for a profile whose default action is standard. out->limit must be set. name: of the call, for errors. 0
 * or -1. */
int merge_find_rules (const char *name, struct rulings *rulings, uint32_t standard, struct arena *arena,
                      struct merged_rules *out, struct error *error);
/* The whole profile, in the arena; NULL with an error. */
char *merge_write (const struct merge *merge);

#endif
