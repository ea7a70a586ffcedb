/*
 * The calls that would expose a wrong filter: arguments at the boundaries of every condition on a number.
 */
#ifndef HUSK_TESTS_BOUNDARIES_H
#define HUSK_TESTS_BOUNDARIES_H

#include "meaning.h"

/* xorshift64*: the same sequence everywhere. */
struct chance
{
  uint64_t state;
};

static inline uint64_t
chance_word (struct chance *chance)
{
  chance->state ^= chance->state >> 12;
  chance->state ^= chance->state << 25;
  chance->state ^= chance->state >> 27;
  return chance->state * 0x2545F4914F6CDD1Dull;
}

static inline uint32_t
chance_below (struct chance *chance, uint32_t below)
{
  return (uint32_t)(chance_word (chance) >> 33) % below;
}

#define BORDERS_MAX 512
struct borders /* of the arguments of one number */
{
  uint64_t values[6][BORDERS_MAX];
  uint32_t counts[6];
};

static inline void
borders_add (struct borders *borders, uint64_t index, uint64_t value)
{
  for (uint32_t i = 0; i < borders->counts[index]; i++)
    if (borders->values[index][i] == value)
      return;
  if (borders->counts[index] < BORDERS_MAX)
    borders->values[index][borders->counts[index]++] = value;
}

static inline void
borders_around (struct borders *borders, uint64_t index, uint64_t value)
{
  uint64_t low = (uint32_t)value, high = value >> 32 << 32;
  const uint64_t around[] = { value,
                              value - 1,
                              value + 1,
                              low,
                              high,
                              ~value,
                              value ^ 1,
                              value ^ 1ull << 32,
                              value ^ 1ull << 63,
                              value ^ 1u << 31,
                              high | UINT32_MAX,
                              high + (1ull << 32),
                              high - 1,
                              low | UINT64_MAX << 32 };
  for (size_t i = 0; i < sizeof around / sizeof *around; i++)
    borders_add (borders, index, around[i]);
}

static inline void
borders_collect (struct borders *borders, const struct meaning *meaning, uint32_t number, struct chance *chance)
{
  memset (borders->counts, 0, sizeof borders->counts);
  for (uint64_t index = 0; index < 6; index++)
    {
      borders_add (borders, index, 0);
      borders_add (borders, index, UINT64_MAX);
      borders_add (borders, index, chance_word (chance));
    }
  for (uint32_t m = 0; m < meaning->count; m++)
    {
      const struct mention *mention = &meaning->mentions[m];
      if (mention->number != number)
        continue;
      if (mention->call)
        borders_around (borders, 0, mention->call);
      for (uint32_t i = 0; i < mention->rule->args.count; i++)
        {
          const struct spec_seccomp_arg *arg = &mention->rule->args.items[i];
          borders_around (borders, arg->index.value, arg->value.value);
          if (arg->op.value != SPEC_CMP_MASKED_EQ)
            continue;
          borders_around (borders, arg->index.value, arg->value_two.value);
          /* the same under the mask, with other bits beside it */
          borders_add (borders, arg->index.value,
                       (arg->value_two.value & arg->value.value) | (chance_word (chance) & ~arg->value.value));
          borders_add (borders, arg->index.value, arg->value_two.value | ~arg->value.value);
        }
    }
}

/* Arguments that satisfy a rule if possible, so that a change of a single one matters. */
static inline void
mention_fulfil (const struct mention *mention, bool wide, const struct borders *borders, struct chance *chance,
                uint64_t out[6])
{
  for (uint32_t index = 0; index < 6; index++)
    {
      uint32_t count = borders->counts[index], first = chance_below (chance, count);
      uint64_t trial[6];
      out[index] = borders->values[index][first];
      for (uint32_t i = 0; i < count; i++)
        {
          bool good = true;
          trial[index] = borders->values[index][(first + i) % count];
          for (uint32_t c = 0; c < mention->rule->args.count; c++)
            if (mention->rule->args.items[c].index.value == index)
              good &= meaning_holds (&mention->rule->args.items[c], wide, trial);
          if (mention->call && index == 0)
            good = trial[0] == mention->call;
          if (!good)
            continue;
          out[index] = trial[index];
          break;
        }
    }
}

/* Does something with a call: the number and its arguments are set. */
typedef void boundary_visit (void *context, uint32_t number, const uint64_t arguments[6]);

/* One number with all its boundaries: each argument alone, the others satisfied, then mixed at random. */
static inline void
boundaries_of_number (const struct meaning *meaning, uint32_t number, uint32_t mixed, struct chance *chance,
                      boundary_visit *visit, void *context)
{
  static struct borders borders;
  uint64_t arguments[6] = { 0 };
  bool mentioned = false;
  visit (context, number, arguments);
  for (uint32_t m = 0; m < meaning->count; m++)
    {
      const struct mention *mention = &meaning->mentions[m];
      if (mention->number != number || (!mention->call && mention->rule->args.count == 0))
        continue;
      if (!mentioned)
        borders_collect (&borders, meaning, number, chance);
      mentioned = true;
      mention_fulfil (mention, meaning->machine->wide, &borders, chance, arguments);
      visit (context, number, arguments);
      for (uint32_t index = 0; index < 6; index++)
        {
          uint64_t kept = arguments[index];
          for (uint32_t i = 0; i < borders.counts[index]; i++)
            {
              arguments[index] = borders.values[index][i];
              visit (context, number, arguments);
            }
          arguments[index] = kept;
        }
    }
  for (uint32_t i = 0; mentioned && i < mixed; i++)
    {
      for (uint32_t index = 0; index < 6; index++)
        arguments[index] = borders.values[index][chance_below (chance, borders.counts[index])];
      visit (context, number, arguments);
    }
}

/* The numbers that a call may have on an architecture: its own, those of others, and invalid ones. */
struct number_range
{
  uint32_t first, last;
};
static const struct number_range machine_numbers[] = {
  { 0, 620 },                       /* most architectures */
  { 4000, 4480 },                   /* mips o32 */
  { 5000, 5480 },                   /* n64 */
  { 6000, 6480 },                   /* n32 */
  { 0x000F0000, 0x000F0010 },       /* arm's private ones */
  { 0x3FFFFFFF, 0x40000000 + 620 }, /* x32 */
  { 0x7FFFFFFF, 0x80000001 },
  { 0xC0000000, 0xC0000001 },
  { UINT32_MAX - 300, UINT32_MAX },
};

#endif
