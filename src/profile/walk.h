/*
 * Follows several filters at once, for all calls or for one: which verdicts they return for the same call. prove.c and
 * diff.c compare two profiles, and merge.c two profiles and its result.
 */
#ifndef HUSK_PROFILE_WALK_H
#define HUSK_PROFILE_WALK_H

#include <linux/seccomp.h>

#include "husk/calls.h"
#include "husk/profile.h"
#include "tails.h"
#include "values.h"

#define WALK_FILTERS_MAX TAILS_FILTERS_MAX
#define WALK_WORDS 16 /* struct seccomp_data as filters load it: number, architecture, address, arguments */
enum walk_word
{
  WORD_NUMBER = 0,
  WORD_ARCH = 1,
  WORD_ARGUMENTS = 4, /* two words each */
};

struct walk_place /* a set of calls that take the same path through each filter */
{
  const uint32_t *verdicts;         /* one of each filter */
  struct seccomp_data call;         /* one of them, in this machine's byte order */
  uint32_t conditions;              /* 1 << WORD for each word that the filters looked at */
  const struct comparison *numbers; /* comparisons that hold for the number of each call in the set */
  uint32_t number_count;
};
struct walk
{
  const struct seccomp_filter *filters[WALK_FILTERS_MAX];
  uint32_t filter_count;
  const int *number; /* only this call; NULL: every call */
  /* Whether to report a call with these verdicts. */
  bool (*wanted) (const uint32_t *verdicts);
  /* Called for each set of such calls. true: stop. */
  bool (*found) (void *context, const struct walk_place *place);
  void *context;
  uint64_t steps; /* how much more work may be done: mostly comparisons to be looked at */
};
#define WALK_STEPS (1ull << 26) /* about a second */

/* Follows the calls of one architecture; NULL: of all unknown architectures. Exact: a set that is not reported does not
 * exist. 0, or -1 with an error if that cannot be decided. */
int walk_filters (struct walk *walk, const struct arch *arch, struct arena *arena, struct error *error);

#endif
