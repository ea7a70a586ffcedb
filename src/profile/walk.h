/*
 * Several filters side by side, for all calls at once: which verdicts they give to one and the same call. prove.c asks
 * it about two profiles, merge.c about two and what it has made of them.
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

struct walk_place /* a set of calls for which all filters take the same way */
{
  const uint32_t *verdicts; /* one of each filter */
  struct seccomp_data call; /* one of them, in this machine's byte order */
  uint32_t conditions;      /* 1 << WORD for each word that the filters looked at */
  const struct comparison *numbers;
  uint32_t number_count; /* what holds of its number */
};
struct walk
{
  const struct seccomp_filter *filters[WALK_FILTERS_MAX];
  uint32_t filter_count;
  /* Whether a call with these verdicts is looked for. */
  bool (*wanted) (const uint32_t *verdicts);
  /* Is given each set of them. true: enough. */
  bool (*found) (void *context, const struct walk_place *place);
  void *context;
  uint32_t steps; /* how many more comparisons may be made */
};
#define WALK_STEPS (1u << 20)

/* The calls of one architecture; NULL: of all that are not known. Exact: a set that is not found is not there. 0, or -1
 * with why that cannot be told. */
int walk_filters (struct walk *walk, const struct arch *arch, struct arena *arena, struct error *error);

#endif
