/*
 * profile_merge: of small profiles by chance every call is asked about, on each architecture. What the two mean is
 * evaluated from their rules (meaning.h); the result's filter has to give the stricter of both, or the looser. That the
 * format cannot express a result may be so, but not often for what people write.
 *
 * HUSK_PROFILES is the number of pairs, HUSK_SEED the first one's seed.
 */
#include "small.h"

#include "husk/calls.h"

struct tally
{
  uint32_t merged, refused, wrong;
  unsigned long calls;
};
struct trial
{
  struct meaning one, two;
  const struct seccomp_filter *result;
  const struct arch *arch;
  bool any;
  struct tally *tally;
};

static uint32_t
expected (bool any, uint32_t one, uint32_t two)
{
  int first = action_rank (one), second = action_rank (two);
  return (any ? second > first : second < first) ? two : one;
}

static void
try_call (void *context, const struct machine *machine, uint32_t number, const uint64_t arguments[6])
{
  struct trial *trial = context;
  bool ordered;
  uint32_t right = expected (trial->any, meaning_verdict (&trial->one, number, arguments, &ordered),
                             meaning_verdict (&trial->two, number, arguments, &ordered));
  struct seccomp_data data = arch_call (trial->arch, (int)number, arguments);
  uint32_t result = seccomp_interpret (trial->result->program, trial->result->length, &data);
  bool kill = action_rank (right) <= 2 && action_rank (result) <= 2; /* thread or process: an architecture decides */
  (void)machine;
  trial->tally->calls++;
  trial->tally->wrong += right != result && !kill;
}

static void
try_machines (struct trial *trial, const struct small_side sides[2], bool wide)
{
  for (size_t m = 0; m < MACHINE_COUNT; m++)
    for (size_t a = 0; a < SMALL_ARCHS; a++)
      if (strcmp (machines[m].name + strlen ("SCMP_ARCH_"), small_archs[a]) == 0)
        {
          trial->arch = arch_of_name (machines[m].name);
          meaning_of (&sides[0].profile, &machines[m], &trial->one);
          meaning_of (&sides[1].profile, &machines[m], &trial->two);
          small_visit_machine (&trial->one, &trial->two, wide, try_call, trial);
        }
}

/* Any architecture's call, or one of small_names, which libseccomp may not know. */
static bool
names_a_call (const char *text)
{
  char word[64] = "";
  (void)sscanf (text, "%63[a-z0-9_]", word);
  for (size_t i = 0; i < SMALL_NAMES; i++)
    if (strcmp (word, small_names[i]) == 0)
      return true;
  return seccomp_syscall_resolve_name (word) != __NR_SCMP_ERROR || machine_recent (&machines[0], word) >= 0
         || strncmp (text, "a number without a name on ", 27) == 0;
}

/* actions: see small_make. other: what is expected is what was not asked for. */
static void
try_pair (struct chance *chance, uint32_t actions, bool wide, bool same_archs, bool other, struct tally *tally)
{
  static struct trial trial;
  static struct generated text;
  struct small small, second;
  struct small_side sides[2], result;
  struct error error = { 0 };
  struct arena arena;
  assert_int_equal (arena_open (&arena, 1ul << 28), 0);
  small_make (&small, chance, actions, wide);
  small_make (&second, chance, actions, wide);
  if (same_archs)
    second.archs = small.archs;
  small_write (&small, &text);
  small_compile (text.text, &arena, &sides[0]);
  small_write (&second, &text);
  small_compile (text.text, &arena, &sides[1]);
  trial.any = chance_below (chance, 2);
  trial.tally = tally;
  const struct profile_side one = small_side_of (&sides[0]), two = small_side_of (&sides[1]);
  const char *merged = profile_merge (&one, &two, trial.any, &arena, &error);
  trial.any ^= other;
  if (merged)
    {
      tally->merged++;
      small_compile (merged, &arena, &result);
      trial.result = &result.filter;
      try_machines (&trial, sides, wide);
    }
  else
    {
      tally->refused++;
      if (!names_a_call (error.text))
        fail_msg ("no call is named: %s", error.text);
    }
  arena_close (&arena);
}

static struct tally
try_pairs (const char *what, uint64_t count, uint32_t actions, bool wide, bool same_archs, bool other)
{
  struct tally tally = { 0 };
  uint64_t seed = setting ("HUSK_SEED", 1);
  for (uint64_t i = 0; i < count; i++)
    {
      struct chance chance = { (seed + i) * 0x9E3779B97F4A7C15ull | 1 };
      uint32_t before = tally.wrong;
      try_pair (&chance, actions, wide, same_archs, other, &tally);
      if (tally.wrong && !before && !other)
        print_message ("# HUSK_SEED=%llu\n", (unsigned long long)(seed + i));
    }
  print_message ("# %s: %u merged, %u that the format cannot express, %lu calls, %u wrong\n", what, tally.merged,
                 tally.refused, tally.calls, tally.wrong);
  return tally;
}

/* ALLOW and ERRNO, conditions of 32 bits, the same architectures: as profiles of the wild are. */
static void
test_usual (void **state)
{
  uint64_t count = setting ("HUSK_PROFILES", 1000);
  struct tally tally = try_pairs ("usual", count, 2, false, true, false);
  assert_int_equal (tally.wrong, 0);
  assert_true (tally.merged > count * 9 / 10);
  (void)state;
}

static void
test_all_actions (void **state)
{
  struct tally tally = try_pairs ("all actions", setting ("HUSK_PROFILES", 1000), SMALL_ACTIONS, true, false, false);
  assert_int_equal (tally.wrong, 0);
  assert_true (tally.merged > 0 && tally.refused > 0);
  (void)state;
}

/* What the format has no words for is written in others: how many rules come of it. A result that is not right is none,
 * so that its being there is what is tested. */
static void
test_expressed (void **state)
{
#define PROFILE(action, rules) "{\"defaultAction\":\"SCMP_ACT_" action "\",\"syscalls\":[" rules "]}"
#define RULE(action, args) "{\"names\":[\"read\"],\"action\":\"SCMP_ACT_" action "\",\"args\":[" args "]}"
#define ARG(index, op, value, second)                                                                                  \
  "{\"index\":" index ",\"op\":\"SCMP_CMP_" op "\",\"value\":" value ",\"valueTwo\":" second "}"
  static const struct
  {
    const char *one, *two;
    bool any;
    uint32_t rules;
  } cases[] = {
    /* not 5, with another argument: one rule */
    { PROFILE ("ERRNO", RULE ("ALLOW", ARG ("1", "EQ", "2", "0"))),
      PROFILE ("ALLOW", RULE ("ERRNO", ARG ("0", "EQ", "5", "0"))), false, 1 },
    /* not 2 under the mask 3: bit 0 is set, or bit 1 is not */
    { PROFILE ("ERRNO", RULE ("ALLOW", "")), PROFILE ("ALLOW", RULE ("ERRNO", ARG ("0", "MASKED_EQ", "3", "2"))), false,
      2 },
    /* up to 3, and from 5 to 9: 5, 6 and 7, 8 and 9 */
    { PROFILE ("ERRNO", RULE ("ALLOW", ARG ("0", "LT", "10", "0"))),
      PROFILE ("ERRNO", RULE ("ALLOW", ARG ("0", "NE", "4", "0"))), false, 4 },
    /* a rule without conditions decides, wherever it is */
    { PROFILE ("ERRNO", RULE ("TRAP", ARG ("0", "EQ", "1", "0")) "," RULE ("ALLOW", "")),
      PROFILE ("ERRNO", RULE ("LOG", "")), true, 1 },
    /* another action for some arguments, and one for all others */
    { PROFILE ("ERRNO", RULE ("TRAP", ARG ("0", "EQ", "1", "0")) "," RULE ("ALLOW", ARG ("0", "GE", "0", "0"))),
      PROFILE ("ERRNO", RULE ("LOG", "")), false, 2 },
    /* either of two conditions on one argument is enough */
    { PROFILE ("ERRNO", RULE ("ALLOW", ARG ("0", "EQ", "1", "0") "," ARG ("0", "EQ", "2", "0"))),
      PROFILE ("ERRNO", RULE ("ALLOW", ARG ("0", "GT", "1", "0"))), false, 1 },
    { PROFILE ("ERRNO", RULE ("ALLOW", ARG ("0", "EQ", "1", "0"))),
      PROFILE ("ERRNO", RULE ("ALLOW", ARG ("0", "NE", "1", "0"))), false, 0 },
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    {
      struct small_side sides[2], result;
      struct error error = { 0 };
      struct arena arena;
      assert_int_equal (arena_open (&arena, 1ul << 28), 0);
      small_compile (cases[i].one, &arena, &sides[0]);
      small_compile (cases[i].two, &arena, &sides[1]);
      const struct profile_side one = small_side_of (&sides[0]), two = small_side_of (&sides[1]);
      const char *merged = profile_merge (&one, &two, cases[i].any, &arena, &error);
      if (!merged)
        fail_msg ("%zu: %s", i, error.text);
      small_compile (merged, &arena, &result);
      if (result.profile.syscalls.count != cases[i].rules)
        fail_msg ("%zu: %s", i, merged);
      arena_close (&arena);
    }
  (void)state;
}

/* The comparison above can fail. */
static void
test_mistaken (void **state)
{
  assert_true (try_pairs ("the other of the two", 50, 2, false, true, true).wrong > 1000);
  (void)state;
}

int
main (int argc, char **argv)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (test_usual),
    cmocka_unit_test (test_all_actions),
    cmocka_unit_test (test_expressed),
    cmocka_unit_test (test_mistaken),
  };
  call_source = argc > 1 ? argv[1] : ".";
  return cmocka_run_group_tests_name ("merge", tests, NULL, NULL);
}
