/*
 * profile_prove against an evaluator that asks about every call: of small profiles all that their conditions tell apart
 * can be tried, from the decoded rules as meaning.h has them, without a filter. The two must agree about each call of
 * each architecture. For real profiles, where that is too much, the borders of their conditions are tried.
 *
 * HUSK_PROFILES is the number of pairs, HUSK_SEED the first one's seed.
 */
#include "small.h"
#include "walk.h"

static const char *top_directory;

/* ---- one word --------------------------------------------------------------------------------------------------- */

#define BITS 8

static bool
all_hold (const struct comparison *comparisons, uint32_t count, uint64_t word)
{
  for (uint32_t i = 0; i < count; i++)
    if (!comparison_holds (&comparisons[i], word))
      return false;
  return true;
}

/* Words of few bits can all be tried. */
static void
test_values (void **state)
{
  struct chance chance = { 0x9E3779B97F4A7C15ull };
  uint32_t some = 0, none = 0, cubed = 0;
  for (int round = 0; round < 20000; round++)
    {
      struct comparison comparisons[6];
      struct cube cubes[CUBES_MAX];
      uint32_t count = chance_below (&chance, 7), expected = 0;
      uint64_t found = 0;
      for (uint32_t i = 0; i < count; i++)
        {
          uint64_t mask = chance_below (&chance, 2) ? 0xFF : chance_word (&chance) & 0xFF;
          uint64_t value = chance_below (&chance, 4) ? chance_below (&chance, 16) : chance_below (&chance, 256);
          comparisons[i] = (struct comparison){ mask, value, (enum relation)chance_below (&chance, 6) };
        }
      for (uint64_t word = 0; word < 1u << BITS; word++)
        expected += all_hold (comparisons, count, word);
      enum values answer = values_find (comparisons, count, BITS, &found, NULL);
      assert_int_equal (answer, expected ? VALUES_SOME : VALUES_NONE);
      assert_true (!expected || (found < 1u << BITS && all_hold (comparisons, count, found)));
      some += expected > 0;
      none += expected == 0;
      uint32_t cube_count = values_cubes (comparisons, count, BITS, cubes);
      for (uint64_t word = 0; cube_count <= CUBES_MAX && word < 1u << BITS; word++)
        {
          uint32_t within = 0;
          for (uint32_t i = 0; i < cube_count; i++)
            within += (word & cubes[i].mask) == cubes[i].value;
          assert_int_equal (within, all_hold (comparisons, count, word));
          cubed += word == 0;
        }
    }
  print_message ("# %u with a value, %u without, %u as cubes\n", some, none, cubed);
  assert_true (some > 5000 && none > 5000 && cubed > 15000);
  (void)state;
}

/* ---- pairs of small profiles ------------------------------------------------------------------------------------ */

#define LOOSE_MAX 256
struct pair
{
  struct meaning one, two; /* of the machine that is asked about */
  const struct profile_proof *proof;
  uint32_t loose_numbers[LOOSE_MAX], loose_count; /* on that machine, found by trying */
};

static void
try_call (void *context, const struct machine *machine, uint32_t number, const uint64_t arguments[6])
{
  struct pair *pair = context;
  bool ordered;
  (void)machine;
  if (action_rank (meaning_verdict (&pair->two, number, arguments, &ordered))
      <= action_rank (meaning_verdict (&pair->one, number, arguments, &ordered)))
    return;
  if (pair->loose_count == 0 || pair->loose_numbers[pair->loose_count - 1] != number)
    pair->loose_numbers[pair->loose_count++] = number;
  assert_true (pair->loose_count < LOOSE_MAX);
}

static bool
found_by_trying (const struct pair *pair, uint32_t number)
{
  for (uint32_t i = 0; i < pair->loose_count; i++)
    if (pair->loose_numbers[i] == number)
      return true;
  return false;
}

static bool
found_by_proof (const struct pair *pair, const char *arch, uint32_t number)
{
  bool unnamed = number % 0x40000000 == 700;
  for (uint32_t i = 0; i < pair->proof->count; i++)
    {
      const struct profile_looseness *item = &pair->proof->items[i];
      if (item->arch && strcmp (item->arch, arch) == 0 && (unnamed ? item->unnamed : item->number == (int)number))
        return true;
    }
  return false;
}

/* On one architecture. How many calls the two see differently. */
static uint32_t
judge_machine (struct pair *pair, bool wide)
{
  const struct machine *machine = pair->one.machine;
  uint32_t numbers[32], number_count = small_numbers (machine, numbers), disagreements = 0;
  bool ordered;
  pair->loose_count = 0;
  small_visit_machine (&pair->one, &pair->two, wide, try_call, pair);
  for (uint32_t n = 0; n < number_count; n++)
    disagreements += found_by_trying (pair, numbers[n]) != found_by_proof (pair, machine->name, numbers[n]);
  for (uint32_t i = 0; i < pair->proof->count; i++) /* and each call of the proof is one */
    {
      const struct profile_looseness *item = &pair->proof->items[i];
      if (!item->arch || strcmp (item->arch, machine->name) != 0)
        continue;
      uint32_t one = meaning_verdict (&pair->one, (uint32_t)item->number, item->arguments, &ordered);
      uint32_t two = meaning_verdict (&pair->two, (uint32_t)item->number, item->arguments, &ordered);
      disagreements += one != item->base || two != item->other || action_rank (two) <= action_rank (one);
    }
  return disagreements;
}

static const struct machine *
machine_of (const char *short_name)
{
  for (size_t m = 0; m < MACHINE_COUNT; m++)
    if (strcmp (machines[m].name + strlen ("SCMP_ARCH_"), short_name) == 0)
      return &machines[m];
  fail_msg ("no machine %s", short_name);
  return NULL;
}

struct judgement
{
  uint32_t proved, looser, undecided, disagreements;
};

/* A wrong filter: one comparison is made with another constant. */
static void
damage (struct seccomp_filter *filter, struct chance *chance)
{
  for (int attempt = 0; attempt < 100; attempt++)
    {
      struct sock_filter *at = &filter->program[chance_below (chance, filter->length)];
      if (BPF_CLASS (at->code) != BPF_JMP || BPF_OP (at->code) == BPF_JA)
        continue;
      at->k ^= 1;
      return;
    }
}

static void
judge_pair (struct chance *chance, bool damaged, struct judgement *out)
{
  static struct pair pair;
  static struct generated text;
  struct small small;
  struct small_side sides[2];
  struct profile_proof proof;
  struct error error = { 0 };
  struct arena arena;
  uint32_t actions = chance_below (chance, 3) ? 2 : SMALL_ACTIONS, disagreements = 0;
  bool wide = chance_below (chance, 4) == 0, kin = chance_below (chance, 3);
  assert_int_equal (arena_open (&arena, 1ul << 28), 0);
  small_make (&small, chance, actions, wide);
  small_write (&small, &text);
  small_compile (text.text, &arena, &sides[0]);
  if (kin)
    small_change (&small, chance, actions, wide);
  else
    small_make (&small, chance, actions, wide);
  small_write (&small, &text);
  small_compile (text.text, &arena, &sides[1]);
  if (damaged)
    damage (&sides[1].filter, chance);
  const struct profile_side one = small_side_of (&sides[0]), two = small_side_of (&sides[1]);
  assert_int_equal (profile_prove (&one, &two, NULL, &arena, &proof, &error), 0);
  pair.proof = &proof;
  for (size_t a = 0; a < SMALL_ARCHS; a++)
    {
      meaning_of (&sides[0].profile, machine_of (small_archs[a]), &pair.one);
      meaning_of (&sides[1].profile, machine_of (small_archs[a]), &pair.two);
      disagreements += judge_machine (&pair, wide);
    }
  if (disagreements && !damaged && !out->disagreements)
    print_message ("# %s\n", text.text);
  out->disagreements += disagreements;
  out->undecided += proof.undecided;
  out->proved += proof.count == 0;
  out->looser += proof.count > 0;
  arena_close (&arena);
}

static void
test_small (void **state)
{
  struct judgement judgement = { 0 };
  uint64_t seed = setting ("HUSK_SEED", 1), count = setting ("HUSK_PROFILES", 2000);
  for (uint64_t i = 0; i < count; i++)
    {
      struct chance chance = { (seed + i) * 0x9E3779B97F4A7C15ull | 1 };
      uint32_t before = judgement.disagreements;
      judge_pair (&chance, false, &judgement);
      if (judgement.disagreements && !before)
        print_message ("# HUSK_SEED=%llu\n", (unsigned long long)(seed + i));
    }
  print_message ("# HUSK_SEED=%llu HUSK_PROFILES=%llu: %u proved, %u looser, %u undecided, %u disagreements\n",
                 (unsigned long long)seed, (unsigned long long)count, judgement.proved, judgement.looser,
                 judgement.undecided, judgement.disagreements);
  assert_int_equal (judgement.undecided, 0);
  assert_int_equal (judgement.disagreements, 0);
  assert_true (judgement.proved > count / 10 && judgement.looser > count / 10);
  (void)state;
}

/* The comparison above can fail: a filter with one wrong constant is found out. */
static void
test_damaged (void **state)
{
  struct judgement judgement = { 0 };
  uint32_t found = 0;
  for (uint64_t i = 0; i < 60; i++)
    {
      struct chance chance = { (i + 1) * 0x9E3779B97F4A7C15ull | 1 };
      uint32_t before = judgement.disagreements;
      judge_pair (&chance, true, &judgement);
      found += judgement.disagreements != before;
    }
  print_message ("# %u of 60 damaged filters found\n", found);
  assert_true (found >= 15);
  (void)state;
}

/* ---- real profiles ---------------------------------------------------------------------------------------------- */

struct real
{
  struct json_document document;
  struct spec spec;
  struct spec_seccomp own, *profile;
  struct seccomp_filter filter;
};

/* The profile of a config, or husk's own. */
static void
real_compile (const char *name, struct arena *arena, struct real *out)
{
  struct error error = { 0 };
  struct report report = { .error = &error };
  char *text = name ? read_text (top_directory, name) : NULL;
  char *copy = name ? arena_string (arena, text) : profile_default_json (0, NULL, arena, &error);
  free (text);
  memset (out, 0, sizeof *out);
  out->profile = &out->own;
  if (!copy || json_parse (copy, strlen (copy), "profile", arena, &out->document, &error) < 0
      || (name ? spec_decode (&out->document, arena, &out->spec, &report)
               : spec_decode_seccomp (&out->document, arena, &out->own, &report))
             < 0)
    fail_msg ("%s: %s %s", name ? name : "own", error.place, error.text);
  if (name)
    out->profile = out->spec.linux_->seccomp;
  assert_int_equal (seccomp_compile_as (&out->document, out->profile, true, arena, &out->filter, &report), 0);
}

static void
try_border (void *context, uint32_t number, const uint64_t arguments[6])
{
  struct pair *pair = context;
  bool ordered;
  if (action_rank (meaning_verdict (&pair->two, number, arguments, &ordered))
          > action_rank (meaning_verdict (&pair->one, number, arguments, &ordered))
      && !found_by_trying (pair, number))
    pair->loose_numbers[pair->loose_count++ % LOOSE_MAX] = number;
}

/* What is found at the borders of both profiles' conditions has been found by the proof, and the reverse. */
static uint32_t
judge_real (const struct real *one, const struct real *two, const struct profile_proof *proof)
{
  static struct pair pair;
  uint32_t disagreements = 0;
  struct chance chance = { 1 };
  pair.proof = proof;
  for (size_t m = 0; m < 3; m++) /* x86_64, x86, x32 */
    {
      const struct machine *machine = &machines[m];
      uint32_t base = machine->token == SCMP_ARCH_X32 ? 0x40000000 : 0;
      meaning_of (one->profile, machine, &pair.one);
      meaning_of (two->profile, machine, &pair.two);
      for (uint32_t number = base; number < base + 1000; number++)
        {
          char *name = seccomp_syscall_resolve_num_arch (machine->token, (int)number);
          pair.loose_count = 0;
          boundaries_of_number (&pair.one, number, 40, &chance, try_border, &pair);
          boundaries_of_number (&pair.two, number, 40, &chance, try_border, &pair);
          disagreements += name && (pair.loose_count > 0) != found_by_proof (&pair, machine->name, number);
          free (name);
        }
    }
  return disagreements;
}

static void
test_real (void **state)
{
  static const char *const names[] = { "tests/configs/containerd.json", "tests/configs/crio.json",
                                       "tests/configs/docker.json", "tests/configs/podman.json", NULL };
  static struct real reals[5];
  struct arena arena;
  struct error error = { 0 };
  assert_int_equal (arena_open (&arena, 1ul << 30), 0);
  for (size_t i = 0; i < 5; i++)
    real_compile (names[i], &arena, &reals[i]);
  for (size_t i = 0; i < 5; i++)
    for (size_t j = 0; j < 5; j++)
      {
        const struct profile_side one = { &reals[i].document, reals[i].profile, &reals[i].filter };
        const struct profile_side two = { &reals[j].document, reals[j].profile, &reals[j].filter };
        struct profile_proof proof;
        assert_int_equal (profile_prove (&one, &two, NULL, &arena, &proof, &error), 0);
        assert_false (proof.undecided);
        assert_true (i != j || proof.count == 0);
        assert_int_equal (judge_real (&reals[i], &reals[j], &proof), 0);
        print_message ("# %s against %s: %u calls looser\n", names[j] ? names[j] : "husk's own",
                       names[i] ? names[i] : "husk's own", proof.count);
      }
  arena_close (&arena);
  (void)state;
}

/* ---- what cannot be decided ------------------------------------------------------------------------------------- */

#define ENTANGLED 24

/* Each rule fails in one of three ways, and each of those leaves the next rule three: 3 to the power of 24 in all. */
static void
make_entangled (bool backwards, struct arena *arena, struct small_side *out)
{
  static struct generated text;
  text.used = 0;
  generated_add (&text,
                 "{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"architectures\":[\"SCMP_ARCH_X86_64\"],\"syscalls\":[");
  for (uint32_t rule = 0; rule < ENTANGLED; rule++)
    {
      uint32_t bit = 1u << (backwards ? ENTANGLED - 1 - rule : rule);
      generated_add (&text, "%s{\"names\":[\"read\"],\"action\":\"SCMP_ACT_ALLOW\",\"args\":[", rule ? "," : "");
      for (uint32_t index = 0; index < 3; index++)
        generated_add (&text, "%s{\"index\":%u,\"op\":\"SCMP_CMP_MASKED_EQ\",\"value\":%u,\"valueTwo\":%u}",
                       index ? "," : "", index, bit, bit);
      generated_add (&text, "]}");
    }
  generated_add (&text, "]}");
  small_compile (text.text, arena, out);
}

/* The same rules in another order cannot be told to be the same; in the same order they can. */
static void
test_undecided (void **state)
{
  struct small_side sides[2];
  struct profile_proof proof;
  struct error error = { 0 };
  struct arena arena;
  assert_int_equal (arena_open (&arena, 1ul << 30), 0);
  make_entangled (false, &arena, &sides[0]);
  make_entangled (true, &arena, &sides[1]);
  const struct profile_side one = small_side_of (&sides[0]), two = small_side_of (&sides[1]);
  assert_int_equal (profile_prove (&one, &one, NULL, &arena, &proof, &error), 0);
  assert_true (proof.count == 0 && !proof.undecided);
  assert_int_equal (profile_prove (&one, &two, NULL, &arena, &proof, &error), 0);
  assert_true (proof.undecided);
  assert_int_equal (proof.count, 0);
  assert_string_equal (proof.reason, "on x86_64: there are too many combinations of conditions");
  arena_close (&arena);
  (void)state;
}

static uint32_t asked;

static bool
count_asked (const uint32_t *verdicts)
{
  asked++;
  return verdicts[0] != verdicts[1];
}

static bool
find_place (void *context, const struct walk_place *place)
{
  *(bool *)context = place->verdicts[0] != place->verdicts[1];
  return true;
}

static bool
ignore_place (void *context, const struct walk_place *place)
{
  (void)context, (void)place;
  return false;
}

/* The budget of a walk is for its work, not for its branches: with many conditions on one argument, one branch is long.
 */
static void
test_budget (void **state)
{
  struct small_side sides[2];
  struct error error = { 0 };
  struct arena arena;
  assert_int_equal (arena_open (&arena, 1ul << 30), 0);
  make_entangled (false, &arena, &sides[0]);
  make_entangled (true, &arena, &sides[1]);
  struct walk walk = { .filters = { &sides[0].filter, &sides[1].filter },
                       .filter_count = 2,
                       .wanted = count_asked,
                       .found = ignore_place,
                       .steps = 1u << 20 };
  assert_int_equal (walk_filters (&walk, arch_of_name ("SCMP_ARCH_X86_64"), &arena, &error), -1);
  assert_int_equal (walk.steps, 0);
  assert_in_range (asked, 100, 1u << 16);
  arena_close (&arena);
  (void)state;
}

/* A walk of one call is not about any other. */
static void
test_one_call (void **state)
{
  struct small_side sides[2];
  struct error error = { 0 };
  struct arena arena;
  assert_int_equal (arena_open (&arena, 1ul << 30), 0);
  make_entangled (false, &arena, &sides[0]);
  small_compile ("{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"architectures\":[\"SCMP_ARCH_X86_64\"],\"syscalls\":[]}",
                 &arena, &sides[1]);
  const struct arch *arch = arch_of_name ("SCMP_ARCH_X86_64");
  for (int number = 0; number < 2; number++)
    {
      struct walk walk = { .filters = { &sides[0].filter, &sides[1].filter },
                           .filter_count = 2,
                           .number = &number,
                           .wanted = count_asked,
                           .found = find_place,
                           .steps = WALK_STEPS };
      bool found = false;
      walk.context = &found;
      assert_int_equal (walk_filters (&walk, arch, &arena, &error), 0);
      assert_int_equal (found, number == 0); /* read is 0, write 1 */
    }
  arena_close (&arena);
  (void)state;
}

int
main (int argc, char **argv)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (test_values),   cmocka_unit_test (test_small),     cmocka_unit_test (test_damaged),
    cmocka_unit_test (test_real),     cmocka_unit_test (test_undecided), cmocka_unit_test (test_budget),
    cmocka_unit_test (test_one_call),
  };
  top_directory = argc > 1 ? argv[1] : ".";
  call_source = top_directory;
  return cmocka_run_group_tests_name ("prove", tests, NULL, NULL);
}
