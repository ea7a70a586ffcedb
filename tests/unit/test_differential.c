/*
 * husk's filters against libseccomp's and against what the profile means: the programs of both run in an interpreter,
 * over every number of a system call and the arguments at the borders of its rules. The evaluator of meaning.h must
 * agree with husk always; libseccomp where it takes the profile and no order of rules has decided (docs/seccomp.md).
 *
 * HUSK_PROFILES is the number of generated profiles, HUSK_SEED the first one's seed.
 */
#include "generate.h"
#include "library.h"

static const char *top_directory;

struct tally
{
  unsigned long profiles, large, refused, verdicts, libseccomp, ordered;
};
static struct tally tally;
#define EXPLAINED 9973 /* one call of so many is explained too */
#define MIXED 40       /* calls of a number with arguments mixed at random, beside those at each border */

struct comparison
{
  const char *what;
  const struct meaning *meaning;
  const struct seccomp_filter *ours;
  const struct library_filter *theirs; /* NULL: not to be compared */
};

/* The rule that is reported as deciding has that action. */
static void
compare_ruling (const struct comparison *comparison, const struct seccomp_data *data, uint32_t verdict)
{
  const struct spec_seccomp *profile = comparison->meaning->profile;
  struct profile_ruling ruling;
  profile_explain_made (profile, comparison->ours, data, &ruling);
  uint32_t said = ruling.rule ? meaning_action (&ruling.rule->action, &ruling.rule->errno_ret)
                              : meaning_action (&profile->default_action, &profile->default_errno_ret);
  if (ruling.verdict != verdict || ruling.foreign != !comparison->meaning->known
      || (!ruling.foreign && (said != verdict || ruling.listed != verdict)))
    fail_msg ("%s nr %d args %llx %llx: %x, its rule says %x: %s", comparison->meaning->machine->name, data->nr,
              (unsigned long long)data->args[0], (unsigned long long)data->args[1], verdict, said, comparison->what);
}

static void
compare_call (void *context, uint32_t number, const uint64_t arguments[6])
{
  const struct comparison *comparison = context;
  const struct machine *machine = comparison->meaning->machine;
  struct seccomp_data data = { .nr = (int)number, .arch = machine->audit };
  bool swapped = machine_big_endian (machine) != (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__), ordered;
  for (int i = 0; i < 6; i++) /* halves lie as that machine has them */
    data.args[i] = swapped ? arguments[i] >> 32 | arguments[i] << 32 : arguments[i];
  uint32_t wanted = meaning_verdict (comparison->meaning, number, arguments, &ordered);
  uint32_t ours = seccomp_interpret (comparison->ours->program, comparison->ours->length, &data), theirs = wanted;
  tally.verdicts++;
  tally.ordered += ordered;
  if (comparison->theirs && !ordered)
    {
      tally.libseccomp++;
      theirs = seccomp_interpret (comparison->theirs->program, comparison->theirs->length, &data);
    }
  if (ours != wanted || theirs != wanted)
    fail_msg ("%s nr %u (0x%x) args %llx %llx %llx %llx %llx %llx: meant %x, husk %x, libseccomp %x: %s", machine->name,
              number, number, (unsigned long long)arguments[0], (unsigned long long)arguments[1],
              (unsigned long long)arguments[2], (unsigned long long)arguments[3], (unsigned long long)arguments[4],
              (unsigned long long)arguments[5], wanted, ours, theirs, comparison->what);
  if (!swapped && tally.verdicts % EXPLAINED == 0)
    compare_ruling (comparison, &data, ours);
}

/* x86_64 and x32 share their numbers: the bit decides which one a call belongs to. -1 is not a call of either: it
 * counts as x86_64's, and nothing is meant for it where that is foreign. */
static bool
machine_has_number (const struct meaning *meaning, uint32_t number)
{
  bool bit = number >= 0x40000000 && number != UINT32_MAX;
  if (meaning->machine->audit != AUDIT_ARCH_X86_64)
    return true;
  return bit == (meaning->machine->token == SCMP_ARCH_X32) && (number != UINT32_MAX || meaning->known);
}

static void
compare_machine (struct comparison *comparison, const struct library_filter *library, struct chance *chance)
{
  for (size_t r = 0; r < sizeof machine_numbers / sizeof *machine_numbers; r++)
    for (uint32_t number = machine_numbers[r].first;; number++)
      {
        comparison->theirs = library && library_decides (comparison->meaning, number) ? library : NULL;
        if (machine_has_number (comparison->meaning, number))
          boundaries_of_number (comparison->meaning, number, MIXED, chance, compare_call, comparison);
        if (number == machine_numbers[r].last)
          break;
      }
}

static void
compare_machines (const struct spec_seccomp *profile, const struct seccomp_filter *ours, const char *what,
                  struct chance *chance)
{
  static struct meaning meaning;
  struct library_filter theirs[2] = { library_compile (profile, false, 0), library_compile (profile, true, 0) };
  tally.profiles++;
  tally.refused
      += !theirs[__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__].program; /* it has the native architecture at least */
  for (size_t m = 0; m < MACHINE_COUNT; m++)
    {
      struct comparison comparison = { what, &meaning, ours, NULL };
      meaning_of (profile, &machines[m], &meaning);
      const struct library_filter *library = &theirs[meaning.known && machine_big_endian (&machines[m])];
      bool usable = library->program && (!meaning.known || library_loads_number (library, machines[m].audit));
      compare_machine (&comparison, usable ? library : NULL, chance);
    }
  free (theirs[0].program);
  free (theirs[1].program);
}

/* A lone profile, or a whole config that has one. */
static void
compare_profile (const char *text, bool whole, const char *what, struct chance *chance)
{
  struct json_document document;
  struct error error = { 0 };
  struct report report = { .error = &error };
  struct seccomp_filter ours;
  struct spec spec = { 0 };
  struct spec_seccomp lone = { 0 };
  struct arena arena;
  assert_int_equal (arena_open (&arena, 1ul << 28), 0);
  if (json_parse (arena_string (&arena, text), strlen (text), "profile", &arena, &document, &error) < 0
      || (whole ? spec_decode (&document, &arena, &spec, &report)
                : spec_decode_seccomp (&document, &arena, &lone, &report))
             < 0)
    fail_msg ("%s %s: %s", error.place, error.text, what);
  struct spec_seccomp *profile = whole ? (spec.linux_ ? spec.linux_->seccomp : NULL) : &lone;
  /* the library knows no age of a profile: test_age.c */
  if (profile && seccomp_compile_as (&document, profile, true, &arena, &ours, &report) == 0)
    compare_machines (profile, &ours, what, chance);
  else if (profile && !strstr (error.text, "the kernel allows 4096"))
    fail_msg ("%s %s: %s", error.place, error.text, what);
  else
    tally.large += profile != NULL;
  arena_close (&arena);
}

static void
tell (const char *what)
{
  print_message (
      "# %s: %lu profiles, %lu more too large for the kernel, %lu that libseccomp refuses; %lu verdicts, %lu "
      "of them compared with libseccomp too, %lu by the order of rules\n",
      what, tally.profiles, tally.large, tally.refused, tally.verdicts, tally.libseccomp, tally.ordered);
  memset (&tally, 0, sizeof tally);
}

/* ---- tests
 * ------------------------------------------------------------------------------------------------------------ */

static uint64_t
setting (const char *name, uint64_t otherwise)
{
  const char *text = getenv (name);
  return text && *text ? strtoull (text, NULL, 0) : otherwise;
}

/* CV-30: conditions at the boundaries of every comparison. */
static void
test_generated (void **state)
{
  static struct generated generated;
  static char what[sizeof generated.text + 64];
  uint64_t seed = setting ("HUSK_SEED", 1), count = setting ("HUSK_PROFILES", 2000);
  print_message ("# HUSK_SEED=%llu HUSK_PROFILES=%llu\n", (unsigned long long)seed, (unsigned long long)count);
  for (uint64_t i = 0; i < count; i++)
    {
      struct chance chance = { (seed + i) * 0x9E3779B97F4A7C15ull | 1 };
      generate_profile (&generated, &chance);
      (void)snprintf (what, sizeof what, "HUSK_SEED=%llu: %s", (unsigned long long)(seed + i), generated.text);
      compare_profile (generated.text, false, what, &chance);
    }
  tell ("generated");
  (void)state;
}

static void
test_real_profiles (void **state)
{
  static const char *const configs[]
      = { "config.json.example",       "tests/configs/containerd.json", "tests/configs/crio-privileged.json",
          "tests/configs/crio.json",   "tests/configs/ctr.json",        "tests/configs/docker-privileged.json",
          "tests/configs/docker.json", "tests/configs/podman.json" };
  static const char *const engines[] = { "docker", "podman", "containerd", "crio" };
  static const char *const sets[] = { "none", "usual", "admin", "all" };
  struct chance chance = { 1 };
  for (size_t i = 0; i < sizeof configs / sizeof *configs; i++)
    {
      char *text = read_text (top_directory, configs[i]);
      assert_non_null (text);
      compare_profile (text, true, configs[i], &chance);
      free (text);
    }
  for (size_t e = 0; e < sizeof engines / sizeof *engines; e++) /* the defaults as those engines resolve them */
    for (size_t c = 0; c < sizeof sets / sizeof *sets; c++)
      {
        char path[64];
        (void)snprintf (path, sizeof path, "tests/profiles/%s.%s.json", engines[e], sets[c]);
        char *text = read_text (top_directory, path);
        assert_non_null (text);
        compare_profile (text, false, path, &chance);
        free (text);
      }
  for (int all = 0; all < 2; all++) /* husk's own, with no and with all capabilities */
    {
      struct error error = { 0 };
      struct arena arena;
      assert_int_equal (arena_open (&arena, 1ul << 24), 0);
      compare_profile (profile_default_json (all ? UINT64_MAX : 0, NULL, &arena, &error), false, "RuntimeDefault",
                       &chance);
      arena_close (&arena);
    }
  assert_int_equal (tally.refused, 0);
  assert_true (tally.profiles >= 24);
  tell ("real");
  (void)state;
}

/* Cases that random profiles seldom contain. */
static void
test_shapes (void **state)
{
  static const char *const profiles[] = {
    "{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"syscalls\":[]}",
    "{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"architectures\":[\"SCMP_ARCH_X86\"],\"syscalls\":[{\"names\":[\"socket\","
    "\"bind\",\"shmget\",\"semtimedop\"],\"action\":\"SCMP_ACT_ERRNO\"}]}",
    /* behind socketcall the first of these has a condition, the second none: it decides */
    "{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"architectures\":[\"SCMP_ARCH_X86\",\"SCMP_ARCH_S390X\"],\"syscalls\":[{"
    "\"names\":[\"socket\"],\"action\":\"SCMP_ACT_TRAP\",\"args\":[{\"index\":1,\"value\":2,\"op\":\"SCMP_CMP_EQ\"}"
    "]},{\"names\":[\"socket\"],\"action\":\"SCMP_ACT_ALLOW\",\"args\":[{\"index\":0,\"value\":40,\"op\":"
    "\"SCMP_CMP_NE\"}]}]}",
    "{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"architectures\":[\"SCMP_ARCH_X86_64\",\"SCMP_ARCH_X86\",\"SCMP_ARCH_X32\"]"
    ",\"syscalls\":[{\"names\":[\"socket\"],\"action\":\"SCMP_ACT_ALLOW\",\"args\":[{\"index\":0,\"value\":40,\"op\":"
    "\"SCMP_CMP_NE\"}]},{\"names\":[\"read\",\"write\",\"socketcall\"],\"action\":\"SCMP_ACT_ALLOW\"}]}",
    /* bits of valueTwo outside of the mask */
    "{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"names\":[\"clone\"],\"action\":\"SCMP_ACT_ERRNO\",\"args\":"
    "[{\"index\":0,\"value\":240,\"valueTwo\":4294967312,\"op\":\"SCMP_CMP_MASKED_EQ\"}]}]}",
  };
  struct chance chance = { 1 };
  for (size_t i = 0; i < sizeof profiles / sizeof profiles[0]; i++)
    compare_profile (profiles[i], false, profiles[i], &chance);
  tell ("shapes");
  (void)state;
}

/* ---- systemd's groups of system calls, where systemd is there to list them
 * ------------------------------------------------------------------------------------------------------------ */

#define LINES_MAX 4096
struct group_lines /* "@name" at a line's start begins a group, what is indented belongs to it */
{
  char *items[LINES_MAX];
  uint32_t count;
};

static void
groups_read (struct group_lines *lines)
{
  char line[256];
  FILE *from = popen ("systemd-analyze --no-pager syscall-filter 2>/dev/null", "r");
  while (from && lines->count < LINES_MAX && fgets (line, sizeof line, from))
    {
      line[strcspn (line, "\n")] = '\0';
      size_t indent = strspn (line, " ");
      if (line[indent] && line[indent] != '#')
        lines->items[lines->count++] = strdup (line);
    }
  if (from)
    (void)pclose (from);
}

static void
group_names (const struct group_lines *lines, const char *name, struct generated *to, int depth)
{
  bool inside = false;
  for (uint32_t i = 0; depth < 8 && i < lines->count; i++)
    {
      const char *member = lines->items[i] + strspn (lines->items[i], " ");
      if (lines->items[i][0] == '@')
        inside = strcmp (lines->items[i], name) == 0;
      else if (inside && member[0] == '@')
        group_names (lines, member, to, depth + 1);
      else if (inside)
        generated_add (to, "\"%s\",", member);
    }
}

static void
test_groups (void **state)
{
  static struct group_lines lines;
  static struct generated names, profile;
  static const char *const shapes[][2] = { { "\"SCMP_ACT_ERRNO\"", "\"SCMP_ACT_ALLOW\"" },
                                           { "\"SCMP_ACT_ALLOW\"", "\"SCMP_ACT_ERRNO\",\"errnoRet\":38" } };
  struct chance chance = { 1 };
  groups_read (&lines);
  if (lines.count == 0)
    skip ();
  for (uint32_t i = 0; i < lines.count; i++)
    for (int shape = 0; shape < 2 && lines.items[i][0] == '@'; shape++)
      {
        names.used = profile.used = 0;
        group_names (&lines, lines.items[i], &names, 0);
        if (names.used == 0)
          continue;
        generated_add (
            &profile,
            "{\"defaultAction\":%s,\"architectures\":[\"SCMP_ARCH_X86\",\"SCMP_ARCH_X32\",\"SCMP_ARCH_AARCH64\","
            "\"SCMP_ARCH_S390X\"],\"syscalls\":[{\"names\":[%.*s],\"action\":%s}]}",
            shapes[shape][0], (int)names.used - 1, names.text, shapes[shape][1]);
        compare_profile (profile.text, false, lines.items[i], &chance);
      }
  for (uint32_t i = 0; i < lines.count; i++)
    free (lines.items[i]);
  tell ("groups");
  (void)state;
}

int
main (int argc, char **argv)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (test_real_profiles),
    cmocka_unit_test (test_shapes),
    cmocka_unit_test (test_groups),
    cmocka_unit_test (test_generated),
  };
  top_directory = argc > 1 ? argv[1] : ".";
  call_source = top_directory;
  return cmocka_run_group_tests_name ("differential", tests, NULL, NULL);
}
