/*
 * The compiler against libseccomp: both filters of one profile run in an interpreter, over every number of a system
 * call and the arguments at the borders of its rules; the verdicts must be the same.
 */
#include "document.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "husk/seccomp.h"

static const char *top_directory;

struct filter
{
  struct sock_filter *program;
  uint32_t length;
};

static const struct
{
  const char *name;
  uint32_t token, audit;
} archs[] = {
  { "SCMP_ARCH_X86_64", SCMP_ARCH_X86_64, AUDIT_ARCH_X86_64 },
  { "SCMP_ARCH_X86", SCMP_ARCH_X86, AUDIT_ARCH_I386 },
  { "SCMP_ARCH_X32", SCMP_ARCH_X32, AUDIT_ARCH_X86_64 },
  { "SCMP_ARCH_AARCH64", SCMP_ARCH_AARCH64, AUDIT_ARCH_AARCH64 },
  { "SCMP_ARCH_ARM", SCMP_ARCH_ARM, AUDIT_ARCH_ARM },
  { "SCMP_ARCH_RISCV64", SCMP_ARCH_RISCV64, AUDIT_ARCH_RISCV64 },
  { "SCMP_ARCH_PPC64LE", SCMP_ARCH_PPC64LE, AUDIT_ARCH_PPC64LE },
};
#define ARCH_COUNT (sizeof archs / sizeof archs[0])

static uint32_t
library_action (const struct json_enum *action, const struct json_uint *code)
{
  uint32_t data = code->set ? (uint32_t)code->value : EPERM;
  static const uint32_t plain[] = { [SPEC_ACT_KILL_THREAD] = SCMP_ACT_KILL_THREAD,
                                    [SPEC_ACT_KILL_PROCESS] = SCMP_ACT_KILL_PROCESS,
                                    [SPEC_ACT_TRAP] = SCMP_ACT_TRAP,
                                    [SPEC_ACT_ALLOW] = SCMP_ACT_ALLOW,
                                    [SPEC_ACT_LOG] = SCMP_ACT_LOG,
                                    [SPEC_ACT_NOTIFY] = SCMP_ACT_NOTIFY };
  if (action->value == SPEC_ACT_ERRNO)
    return SCMP_ACT_ERRNO (data);
  return action->value == SPEC_ACT_TRACE ? SCMP_ACT_TRACE (data) : plain[action->value];
}

static enum scmp_compare
library_operator (int op)
{
  static const enum scmp_compare operators[] = { [SPEC_CMP_NE] = SCMP_CMP_NE,
                                                 [SPEC_CMP_LT] = SCMP_CMP_LT,
                                                 [SPEC_CMP_LE] = SCMP_CMP_LE,
                                                 [SPEC_CMP_EQ] = SCMP_CMP_EQ,
                                                 [SPEC_CMP_GE] = SCMP_CMP_GE,
                                                 [SPEC_CMP_GT] = SCMP_CMP_GT,
                                                 [SPEC_CMP_MASKED_EQ] = SCMP_CMP_MASKED_EQ };
  return operators[op];
}

/* The profile as other runtimes give it to libseccomp. */
static struct filter
library_compile (const struct spec_seccomp *profile)
{
  struct filter filter = { 0 };
  uint32_t standard = library_action (&profile->default_action, &profile->default_errno_ret);
  scmp_filter_ctx context = seccomp_init (standard);
  assert_non_null (context);
  for (uint32_t i = 0; i < profile->architectures.count; i++)
    {
      int result = seccomp_arch_add (context, seccomp_arch_resolve_name (profile->architectures.items[i]));
      for (size_t a = 0; a < ARCH_COUNT; a++)
        if (strcmp (archs[a].name, profile->architectures.items[i]) == 0)
          result = seccomp_arch_add (context, archs[a].token);
      assert_true (result == 0 || result == -EEXIST);
    }
  for (uint32_t r = 0; r < profile->syscalls.count; r++)
    {
      const struct spec_seccomp_rule *rule = &profile->syscalls.items[r];
      uint32_t action = library_action (&rule->action, &rule->errno_ret);
      struct scmp_arg_cmp conditions[16];
      uint32_t seen = 0;
      bool repeats = false; /* two conditions on one argument: each is a rule of its own */
      if (action == standard)
        continue;
      assert_true (rule->args.count <= 16);
      for (uint32_t c = 0; c < rule->args.count; c++)
        {
          const struct spec_seccomp_arg *arg = &rule->args.items[c];
          conditions[c] = (struct scmp_arg_cmp){ (unsigned)arg->index.value, library_operator (arg->op.value),
                                                 arg->value.value, arg->value_two.value };
          repeats |= seen >> arg->index.value & 1;
          seen |= 1u << arg->index.value;
        }
      for (uint32_t n = 0; n < rule->names.count; n++)
        {
          int number = seccomp_syscall_resolve_name (rule->names.items[n]);
          if (number == __NR_SCMP_ERROR)
            continue;
          for (uint32_t c = 0; repeats && c < rule->args.count; c++)
            (void)seccomp_rule_add_array (context, action, number, 1, &conditions[c]);
          if (!repeats)
            (void)seccomp_rule_add_array (context, action, number, rule->args.count, conditions);
        }
    }
  int fd = memfd_create ("bpf", 0);
  assert_int_equal (seccomp_export_bpf (context, fd), 0);
  off_t size = lseek (fd, 0, SEEK_END);
  filter.program = malloc ((size_t)size);
  assert_int_equal (pread (fd, filter.program, (size_t)size, 0), size);
  filter.length = (uint32_t)((size_t)size / sizeof *filter.program);
  (void)close (fd);
  seccomp_release (context);
  return filter;
}

struct probes /* values at the borders of all conditions */
{
  uint64_t values[256];
  uint32_t count;
};

static void
probes_add (struct probes *probes, uint64_t value)
{
  for (uint32_t i = 0; i < probes->count; i++)
    if (probes->values[i] == value)
      return;
  if (probes->count < 250)
    probes->values[probes->count++] = value;
}

static void
probes_collect (struct probes *probes, const struct spec_seccomp *profile)
{
  probes->count = 0;
  for (uint64_t call = 0; call <= 24; call++) /* socketcall and ipc */
    probes_add (probes, call);
  probes_add (probes, UINT64_MAX);
  probes_add (probes, 1ull << 32);
  for (uint32_t r = 0; r < profile->syscalls.count; r++)
    for (uint32_t c = 0; c < profile->syscalls.items[r].args.count; c++)
      {
        const struct spec_seccomp_arg *arg = &profile->syscalls.items[r].args.items[c];
        uint64_t borders[] = { arg->value.value, arg->value_two.value };
        for (int b = 0; b < 2; b++)
          {
            probes_add (probes, borders[b] - 1);
            probes_add (probes, borders[b]);
            probes_add (probes, borders[b] + 1);
            probes_add (probes, borders[b] ^ (1ull << 32));
            probes_add (probes, borders[b] ^ (1ull << 63));
          }
      }
}

static void
compare_call (const struct filter *ours, const struct filter *theirs, const struct seccomp_data *data, const char *what)
{
  uint32_t one = seccomp_interpret (ours->program, ours->length, data);
  uint32_t two = seccomp_interpret (theirs->program, theirs->length, data);
  if (one != two)
    fail_msg ("arch %x nr %d args %llx %llx %llx %llx %llx: husk %x, libseccomp %x: %s", data->arch, data->nr,
              (unsigned long long)data->args[0], (unsigned long long)data->args[1], (unsigned long long)data->args[2],
              (unsigned long long)data->args[3], (unsigned long long)data->args[4], one, two, what);
}

static void
compare (const struct spec_seccomp *profile, const struct filter *ours, const struct filter *theirs, const char *what)
{
  struct probes probes;
  uint32_t seed = 1;
  probes_collect (&probes, profile);
  for (size_t a = 0; a < ARCH_COUNT; a++)
    for (int64_t step = -2; step < 1100; step++)
      {
        struct seccomp_data data = { .arch = archs[a].audit };
        uint32_t base = archs[a].token == SCMP_ARCH_X32 ? 0x40000000u : 0;
        data.nr = (int)(base + (uint32_t)(step < 600 ? step : 0x0f0000 - 10 + (step - 600))); /* ARM has private ones */
        compare_call (ours, theirs, &data, what);
        for (uint32_t p = 0; p < probes.count; p++)
          {
            for (int i = 0; i < 6; i++)
              {
                seed = seed * 1664525 + 1013904223;
                data.args[i] = probes.values[(seed >> 8) % probes.count];
              }
            data.args[p % 3] = probes.values[p];
            /* a 32-bit process has no upper halves: the kernel gives them as zero */
            for (int i = 0; i < 6 && (data.arch == AUDIT_ARCH_I386 || data.arch == AUDIT_ARCH_ARM); i++)
              data.args[i] = (uint32_t)data.args[i];
            compare_call (ours, theirs, &data, what);
          }
      }
}

static struct spec_seccomp
decode (const char *text, struct json_document *document)
{
  struct error error;
  struct spec_seccomp profile = { 0 };
  struct report report = { .error = &error };
  if (parse (text, document, &error) < 0 || spec_decode_seccomp (document, &test_arena, &profile, &report) < 0)
    fail_msg ("%s %s", error.place, error.text);
  profile.errno_for_newer = true; /* the library knows no age of a profile */
  return profile;
}

static void
differ (const char *text, const char *what)
{
  struct json_document document;
  struct error error = { 0 };
  struct report report = { .error = &error };
  struct seccomp_filter filter;
  struct spec_seccomp profile = decode (text, &document);
  struct arena scratch;
  assert_int_equal (arena_open (&scratch, 1ul << 26), 0);
  if (seccomp_compile (&document, &profile, &scratch, &filter, &report) < 0)
    fail_msg ("%s: %s", what, error.text);
  struct filter theirs = library_compile (&profile);
  struct filter ours = { filter.program, filter.length };
  compare (&profile, &ours, &theirs, what);
  free (theirs.program);
  arena_close (&scratch);
}

/* ---- tests
 * ------------------------------------------------------------------------------------------------------------ */

static void
test_example_profile (void **state)
{
  char *config = read_text (top_directory, "config.json.example");
  char *profile = strstr (config, "\"seccomp\": ");
  assert_non_null (profile);
  profile += strlen ("\"seccomp\": ");
  char *end = profile + strlen (profile);
  for (int closers = 0; closers < 3; closers++) /* of the whole, of linux, and to the profile's own */
    do
      *end-- = '\0';
    while (*end != '}');
  differ (profile, "the example's profile");
  free (config);
  (void)state;
}

/* husk's own, with few and with all capabilities. */
static void
test_default_profile (void **state)
{
  struct error error = { 0 };
  differ (seccomp_default_json (0, NULL, &test_arena, &error), "the default profile, no capabilities");
  differ (seccomp_default_json (UINT64_MAX, NULL, &test_arena, &error), "the default profile, all capabilities");
  (void)state;
}

static void
test_known_shapes (void **state)
{
  static const char *const profiles[] = {
    "{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"syscalls\":[]}",
    "{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"architectures\":[\"SCMP_ARCH_X86\"],\"syscalls\":[{\"names\":[\"socket\","
    "\"bind\",\"shmget\",\"semtimedop\"],\"action\":\"SCMP_ACT_ERRNO\"}]}",
    "{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"architectures\":[\"SCMP_ARCH_X86_64\",\"SCMP_ARCH_X86\",\"SCMP_ARCH_X32\"]"
    ","
    "\"syscalls\":[{\"names\":[\"socket\"],\"action\":\"SCMP_ACT_ALLOW\",\"args\":[{\"index\":0,\"value\":40,\"op\":"
    "\"SCMP_CMP_NE\"}]},{\"names\":[\"read\",\"write\",\"socketcall\"],\"action\":\"SCMP_ACT_ALLOW\"}]}",
    "{\"defaultAction\":\"SCMP_ACT_KILL_PROCESS\",\"architectures\":[\"SCMP_ARCH_AARCH64\",\"SCMP_ARCH_ARM\"],"
    "\"syscalls\":[{\"names\":[\"personality\"],\"action\":\"SCMP_ACT_ALLOW\",\"args\":[{\"index\":0,\"value\":"
    "4294967301,\"op\":\"SCMP_CMP_GE\"}]}]}",
    "{\"defaultAction\":\"SCMP_ACT_TRAP\",\"syscalls\":[{\"names\":[\"clone\"],\"action\":\"SCMP_ACT_ALLOW\",\"args\":"
    "[{\"index\":0,\"value\":2114060288,\"valueTwo\":0,\"op\":\"SCMP_CMP_MASKED_EQ\"}]},{\"names\":[\"clone\"],"
    "\"action\":\"SCMP_ACT_ALLOW\"}]}",
    "{\"defaultAction\":\"SCMP_ACT_LOG\",\"architectures\":[\"SCMP_ARCH_RISCV64\",\"SCMP_ARCH_PPC64LE\"],\"syscalls\":"
    "[{\"names\":[\"ioctl\",\"mmap\",\"accept\"],\"action\":\"SCMP_ACT_ERRNO\",\"errnoRet\":38}]}",
  };
  for (size_t i = 0; i < sizeof profiles / sizeof profiles[0]; i++)
    differ (profiles[i], profiles[i]);
  (void)state;
}

static uint32_t
random_below (uint32_t *seed, uint32_t below)
{
  *seed = *seed * 1664525 + 1013904223;
  return (*seed >> 9) % below;
}

/* Calls that every architecture has under a number of its own; test_known_shapes has the multiplexed ones. */
static const char *const names[]
    = { "read",           "write",  "openat", "close", "clone",   "personality", "ioctl", "execve",
        "io_uring_setup", "getpid", "prctl",  "futex", "mkdirat", "dup3",        "statx", "bpf" };
#define NAME_COUNT ((uint32_t)(sizeof names / sizeof names[0]))

/* A profile of one action beside the default. Conditions of a rule are on different arguments, as rules have them. */
static void
generate (uint32_t seed, uint32_t most_conditions, bool names_once, char *text, size_t size)
{
  static const char *const operators[] = { "NE", "EQ", "MASKED_EQ", "LT", "LE", "GE", "GT" };
  static const char *const values[] = { "0",
                                        "1",
                                        "2",
                                        "40",
                                        "4294967295",
                                        "4294967296",
                                        "4294967301",
                                        "18446744073709551615",
                                        "9223372036854775808",
                                        "2114060288" };
  static const char *const actions[] = { "ALLOW", "ERRNO", "KILL_PROCESS", "TRAP", "LOG" };
  size_t used = 0;
#define ADD(...) used += (size_t)snprintf (text + used, size - used, __VA_ARGS__)
  uint32_t standard = random_below (&seed, 5), action = (standard + 1 + random_below (&seed, 4)) % 5;
  uint32_t name = random_below (&seed, NAME_COUNT);
  ADD ("{\"defaultAction\":\"SCMP_ACT_%s\",\"architectures\":[", actions[standard]);
  for (size_t a = 0, count = 0; a < ARCH_COUNT - 1; a++) /* PPC64LE is in test_known_shapes */
    if (random_below (&seed, 3) == 0)
      ADD ("%s\"%s\"", count++ ? "," : "", archs[a].name);
  ADD ("],\"syscalls\":[");
  uint32_t rules = 1 + random_below (&seed, 12);
  for (uint32_t r = 0; r < rules; r++)
    {
      uint32_t conditions = random_below (&seed, most_conditions + 1), first = random_below (&seed, 6);
      name = names_once ? (name + 1) % NAME_COUNT : random_below (&seed, 4);
      ADD ("%s{\"names\":[\"%s\"],\"action\":\"SCMP_ACT_%s\",\"args\":[", r ? "," : "", names[name], actions[action]);
      for (uint32_t c = 0; c < conditions; c++)
        {
          /* drawn one by one: the order in which arguments of a call are evaluated is the compiler's */
          const char *value = values[random_below (&seed, 10)], *second = values[random_below (&seed, 10)];
          const char *comparison = operators[random_below (&seed, names_once ? 3 : 7)];
          if (names_once)
            second = "0"; /* no bits outside of a mask */
          ADD ("%s{\"index\":%u,\"value\":%s,\"valueTwo\":%s,\"op\":\"SCMP_CMP_%s\"}", c ? "," : "", (first + c) % 6,
               value, second, comparison);
        }
      ADD ("]}");
    }
  ADD ("]}");
#undef ADD
}

/* One condition a rule, one rule a name, equality; test_arithmetic has the other comparisons. */
static void
test_generated (void **state)
{
  for (uint32_t seed = 1; seed <= 300; seed++)
    {
      char text[16384], what[16500];
      generate (seed * 7919, 1, true, text, sizeof text);
      (void)snprintf (what, sizeof what, "generated profile %u: %s", seed, text);
      differ (text, what);
    }
  (void)state;
}

static bool
holds (const struct spec_seccomp_arg *arg, uint64_t value)
{
  uint64_t one = arg->value.value;
  switch (arg->op.value)
    {
    case SPEC_CMP_NE:
      return value != one;
    case SPEC_CMP_LT:
      return value < one;
    case SPEC_CMP_LE:
      return value <= one;
    case SPEC_CMP_EQ:
      return value == one;
    case SPEC_CMP_GE:
      return value >= one;
    case SPEC_CMP_GT:
      return value > one;
    default:
      return (value & one) == (arg->value_two.value & one);
    }
}

static bool
applies (const struct spec_seccomp_rule *rule, const struct seccomp_data *data)
{
  int number = seccomp_syscall_resolve_name_arch (SCMP_ARCH_AARCH64, rule->names.items[0]);
  bool all = number == data->nr;
  for (uint32_t c = 0; all && c < rule->args.count; c++)
    all = holds (&rule->args.items[c], data->args[rule->args.items[c].index.value]);
  return all;
}

/* CV-30: several conditions, several rules for one call, against arithmetic itself. */
static void
test_arithmetic (void **state)
{
  for (uint32_t seed = 1; seed <= 300; seed++)
    {
      char text[16384];
      struct json_document document;
      struct error error = { 0 };
      struct report report = { .error = &error };
      struct seccomp_filter filter;
      struct probes probes;
      uint32_t random = seed;
      generate (seed * 104729, 3, false, text, sizeof text);
      struct spec_seccomp profile = decode (text, &document);
      probes_collect (&probes, &profile);
      profile.architectures.count = 1;
      profile.architectures.items[0] = "SCMP_ARCH_AARCH64";
      assert_int_equal (seccomp_compile (&document, &profile, &test_arena, &filter, &report), 0);
      for (int step = 0; step < 4000; step++)
        {
          struct seccomp_data data = { .arch = AUDIT_ARCH_AARCH64 };
          const struct spec_seccomp_rule *rule = &profile.syscalls.items[(uint32_t)step % profile.syscalls.count];
          data.nr = seccomp_syscall_resolve_name_arch (SCMP_ARCH_AARCH64, rule->names.items[0]);
          for (int i = 0; i < 6; i++)
            data.args[i] = probes.values[random_below (&random, probes.count)];
          uint32_t wanted = library_action (&profile.default_action, &profile.default_errno_ret);
          for (uint32_t r = 0; r < profile.syscalls.count && data.nr >= 0; r++)
            if (applies (&profile.syscalls.items[r], &data))
              wanted = library_action (&profile.syscalls.items[r].action, &profile.syscalls.items[r].errno_ret);
          if (seccomp_interpret (filter.program, filter.length, &data) != wanted)
            fail_msg ("profile %u: %s: nr %d", seed, text, data.nr);
        }
    }
  (void)state;
}

/* The kernel's own verdict on a compiled filter, in a child of this test. */
static void
test_in_the_kernel (void **state)
{
  struct json_document document;
  struct error error;
  struct report report = { .error = &error };
  struct seccomp_filter filter;
  int status;
  struct spec_seccomp profile
      = decode ("{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"names\":[\"getppid\"],\"action\":"
                "\"SCMP_ACT_ERRNO\",\"errnoRet\":77},{\"names\":[\"getpgid\"],\"action\":\"SCMP_ACT_ERRNO\","
                "\"errnoRet\":78,\"args\":[{\"index\":0,\"value\":5,\"op\":\"SCMP_CMP_GT\"}]}]}",
                &document);
  assert_int_equal (seccomp_compile (&document, &profile, &test_arena, &filter, &report), 0);
  pid_t child = fork ();
  if (child == 0)
    {
      struct sock_fprog program = { (unsigned short)filter.length, filter.program };
      if (prctl (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0
          || syscall (SYS_seccomp, SECCOMP_SET_MODE_FILTER, filter.flags, &program) < 0)
        _exit (2);
      bool good = syscall (SYS_getppid) == -1 && errno == 77;
      /* 0 is a group of an outer pid namespace */
      good = good && syscall (SYS_getpgid, 0) >= 0 && syscall (SYS_getpgid, 6) == -1 && errno == 78;
      _exit (good ? 0 : 1);
    }
  assert_int_equal (waitpid (child, &status, 0), child);
  assert_int_equal (status, 0);
  (void)state;
}

/* SC-05, SC-18: the native architecture is always filtered, foreign ones and x32 never pass by. */
static void
test_foreign_calls (void **state)
{
  struct json_document document;
  struct error error;
  struct report report = { .error = &error };
  struct seccomp_filter filter;
  struct spec_seccomp profile = decode ("{\"defaultAction\":\"SCMP_ACT_ALLOW\"}", &document);
  assert_int_equal (seccomp_compile (&document, &profile, &test_arena, &filter, &report), 0);
  struct seccomp_data data = { .arch = seccomp_native_arch (), .nr = 1 };
  assert_int_equal (seccomp_interpret (filter.program, filter.length, &data), SECCOMP_RET_ALLOW);
  data.arch = AUDIT_ARCH_S390;
  assert_int_equal (seccomp_interpret (filter.program, filter.length, &data), SECCOMP_RET_KILL_THREAD);
  data.arch = AUDIT_ARCH_X86_64;
  data.nr = 0x40000001;
  assert_int_equal (seccomp_interpret (filter.program, filter.length, &data), SECCOMP_RET_KILL_THREAD);
  assert_int_equal (filter.flags, SECCOMP_FILTER_FLAG_SPEC_ALLOW);
  (void)state;
}

int
main (int argc, char **argv)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (test_example_profile), cmocka_unit_test (test_known_shapes),
    cmocka_unit_test (test_generated),       cmocka_unit_test (test_foreign_calls),
    cmocka_unit_test (test_default_profile), cmocka_unit_test (test_arithmetic),
    cmocka_unit_test (test_in_the_kernel),
  };
  top_directory = argc > 1 ? argv[1] : ".";
  return cmocka_run_group_tests_name ("seccomp", tests, setup_arena, NULL);
}
