/*
 * Tries a call with the arguments that matter. Only the program of a filter is known, so its execution is watched:
 * each comparison of half of an argument with a word makes the words at its borders candidates for that half, and the
 * call is tried again with all combinations until a round learns nothing new. That is complete if all comparisons of a
 * half are of the same kind: of the whole half, of whether bits are set, or for equality under one mask. If kinds are
 * mixed, a value that satisfies several of them may be none of the candidates, and the probe is not complete.
 */
#include <linux/bpf_common.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <string.h>

#include "loaded.h"

#define VALUES_MAX 192        /* of one half */
#define COMBINED_MAX 24       /* up to this many values are also combined with each other */
#define CALLS_MAX (1ul << 17) /* of one round */

struct half
{
  uint32_t values[VALUES_MAX];
  uint32_t count;
  bool compared;
  int operation; /* of its first comparison, with the mask and the word */
  uint32_t mask, word;
};
struct probe
{
  struct half halves[LOADED_WORDS];
  bool grown, crowded;
  bool incomplete; /* a value may matter that is not tried */
};

static void
add_value (struct probe *probe, struct half *half, uint32_t value)
{
  for (uint32_t i = 0; i < half->count; i++)
    if (half->values[i] == value)
      return;
  if (half->count == VALUES_MAX)
    probe->crowded = true;
  else
    {
      half->values[half->count++] = value;
      probe->grown = true;
    }
}

/* Several questions about bits of one half: values that have bits of each. */
static void
combine_values (struct probe *probe, struct half *half)
{
  uint32_t count = half->count;
  if (count > COMBINED_MAX)
    probe->incomplete = true;
  for (uint32_t i = 0; i < count && count <= COMBINED_MAX; i++)
    for (uint32_t j = i + 1; j < count; j++)
      add_value (probe, half, half->values[i] | half->values[j]);
}

/* Whether the values at the borders of this comparison are still enough, beside those of the earlier ones. */
static bool
goes_together (const struct half *half, uint32_t mask, int operation, uint32_t word)
{
  if ((operation == BPF_JSET) != (half->operation == BPF_JSET))
    return false;
  if (operation == BPF_JSET || (mask == UINT32_MAX && half->mask == UINT32_MAX))
    return true;
  return mask == half->mask
         && ((word == half->word && operation == half->operation)
             || (operation == BPF_JEQ && half->operation == BPF_JEQ));
}

static void
add_borders (struct probe *probe, struct half *half, uint32_t mask, bool bits, uint32_t word)
{
  if (bits)
    mask &= word;
  add_value (probe, half, bits ? 0 : word);
  add_value (probe, half, bits ? mask : word - 1);
  add_value (probe, half, bits ? ~mask : word + 1);
  for (uint32_t bit = 1; bit && (bits || mask != UINT32_MAX); bit <<= 1)
    if (mask & bit)
      add_value (probe, half, bits ? bit : word ^ bit);
  if (mask != UINT32_MAX)
    add_value (probe, half, word | ~mask);
}

static void
note_comparison (uint32_t offset, uint32_t mask, int operation, uint32_t word, void *data)
{
  struct probe *probe = data;
  if (mask == 0)
    {
      probe->crowded = true;
      return;
    }
  if ((operation == BPF_JGE && word == 0) || (operation == BPF_JGT && word >= mask))
    return; /* always true, or never: "at least 0" is how profiles name any argument */
  struct half *half = &probe->halves[(offset - offsetof (struct seccomp_data, args)) / 4];
  uint32_t before = half->count;
  bool first = !half->compared;
  if (first)
    {
      half->compared = true;
      half->operation = operation;
      half->mask = mask;
      half->word = word;
    }
  bool together = goes_together (half, mask, operation, word);
  probe->incomplete |= !together;
  add_borders (probe, half, mask, operation == BPF_JSET, word);
  if (half->count > before && !first && (operation == BPF_JSET || !together))
    combine_values (probe, half);
}

/* The next combination; false after the last. */
static bool
advance (const struct probe *probe, const uint32_t counts[LOADED_WORDS], uint32_t at[LOADED_WORDS],
         struct seccomp_data *call)
{
  for (int i = 0; i < LOADED_WORDS; i++)
    {
      bool more = ++at[i] < counts[i];
      at[i] = more ? at[i] : 0;
      memcpy ((char *)call->args + 4ul * (unsigned)i, &probe->halves[i].values[at[i]], 4);
      if (more)
        return true;
    }
  return false;
}

/* Runs one round with the values known at its start. false: each asked to stop. */
static bool
try_round (struct probe *probe, const struct loaded_filters *const sides[2], struct seccomp_data *call,
           bool (*each) (const uint32_t verdicts[2], const struct seccomp_data *call, void *data), void *data)
{
  const struct seccomp_watch watch = { note_comparison, probe };
  uint32_t counts[LOADED_WORDS], at[LOADED_WORDS] = { 0 };
  unsigned long calls = 0;
  for (int i = 0; i < LOADED_WORDS; i++)
    counts[i] = probe->halves[i].count;
  memset (call->args, 0, sizeof call->args);
  do
    {
      uint32_t verdicts[2] = { 0 };
      for (int side = 0; side < 2 && sides[side]; side++)
        verdicts[side] = loaded_strictest (sides[side], call, &watch, NULL);
      if (!each (verdicts, call, data))
        return false;
    }
  while (advance (probe, counts, at, call) && ++calls < CALLS_MAX);
  probe->crowded |= calls == CALLS_MAX;
  return true;
}

bool
loaded_try (const struct loaded_filters *const sides[2], const struct arch *arch, int number,
            bool (*each) (const uint32_t verdicts[2], const struct seccomp_data *call, void *data), void *data)
{
  struct probe probe = { .grown = false };
  struct seccomp_data call = { .nr = number, .arch = arch->audit };
  for (int i = 0; i < LOADED_WORDS; i++)
    probe.halves[i] = (struct half){ .count = 1 };
  do
    probe.grown = false;
  while (try_round (&probe, sides, &call, each, data) && probe.grown && !probe.crowded);
  return !probe.crowded && !probe.incomplete;
}
