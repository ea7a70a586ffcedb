/*
 * A profile with what it has denied added: the denied calls pass, or get the ENOSYS that the C library can do without;
 * every other call gets what it got before.
 */
#include "document.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/seccomp.h>

#include "husk/calls.h"
#include "husk/profile.h"

#define MISSING (SECCOMP_RET_ERRNO | ENOSYS)
#define NAMES_MAX 8

struct subject
{
  struct json_document document;
  struct spec_seccomp profile;
  struct seccomp_filter filter;
};

static struct subject *
compile (const char *text)
{
  struct subject *subject = arena_new (&test_arena, struct subject);
  struct error error = { 0 };
  struct report report = { .error = &error };
  if (parse (text, &subject->document, &error) < 0
      || spec_decode_seccomp (&subject->document, &test_arena, &subject->profile, &report) < 0
      || seccomp_compile (&subject->document, &subject->profile, &test_arena, &subject->filter, &report) < 0)
    fail_msg ("%s: %s %s", text, error.place, error.text);
  return subject;
}

static struct seccomp_data
call (const char *arch_name, const char *name, uint64_t first, uint64_t second)
{
  const struct arch *arch = arch_of_name (arch_name);
  return arch_call (arch, call_number (arch, name), (const uint64_t[6]){ first, second });
}

static uint32_t
verdict (const struct subject *subject, const struct seccomp_data *data)
{
  return seccomp_interpret (subject->filter.program, subject->filter.length, data);
}

/* Fixes it for the calls, reads what was written, and compares the two. */
static struct subject *
fix (const struct subject *before, const struct seccomp_data *calls, uint32_t count, struct profile_fixed *out)
{
  struct profile_denials denials = { 0 };
  struct error error = { 0 };
  for (uint32_t i = 0; i < 2 * count; i++) /* the second time changes nothing */
    {
      struct profile_ruling ruling;
      profile_explain_made (&before->profile, &before->filter, &calls[i % count], &ruling);
      assert_true (verdict_denies (ruling.verdict));
      profile_denial_note (&denials, &before->profile, &ruling, &calls[i % count]);
    }
  if (profile_fix (&before->document, &before->profile, false, &denials, &test_arena, out, &error) < 0)
    fail_msg ("%s", error.text);
  free (denials.items);
  char *text = profile_json (&out->profile, &test_arena, &error);
  assert_non_null (text);
  return compile (text);
}

/* Only calls of these names, and of architectures that are new, get something else. */
static void
expect_same_but (const struct subject *before, const struct subject *after, const char *const names[])
{
  const struct arch *arch;
  for (uint32_t a = 0; (arch = arch_at (a)); a++)
    for (int number = 0; number < 700; number++)
      {
        static const uint64_t zero[6];
        struct seccomp_data data = arch_call (arch, arch_base (arch) + number, zero);
        char *name = call_name (arch, data.nr);
        bool named = false;
        for (size_t n = 0; names[n]; n++)
          named |= name && strcmp (names[n], name) == 0;
        if (!named && arch_in_profile (arch, &before->profile) && verdict (before, &data) != verdict (after, &data))
          fail_msg ("%s %d (%s): %x, then %x", arch->name, number, name ? name : "no name", verdict (before, &data),
                    verdict (after, &data));
        free (name);
      }
}

static bool
changed (const struct profile_fixed *fixed, enum profile_change_kind kind, const char *subject)
{
  for (uint32_t i = 0; i < fixed->count; i++)
    if (fixed->changes[i].kind == kind && strcmp (fixed->changes[i].subject, subject) == 0)
      return true;
  return false;
}

#define ARCHS "\"architectures\":[\"SCMP_ARCH_X86_64\",\"SCMP_ARCH_X86\",\"SCMP_ARCH_AARCH64\"],"
#define X86_64 "SCMP_ARCH_X86_64"

/* Whatever the profile says of them, denied calls pass in the end, and nothing else does. */
static void
passes (void **state)
{
  static const char *const profiles[] = {
    "{\"defaultAction\":\"SCMP_ACT_ERRNO\"," ARCHS
    "\"syscalls\":[{\"names\":[\"read\"],\"action\":\"SCMP_ACT_ALLOW\"}]}",
    "{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"defaultErrnoRet\":38," ARCHS
    "\"syscalls\":[{\"names\":[\"openat2\",\"read\"],\"action\":\"SCMP_ACT_ALLOW\"}]}",
    "{\"defaultAction\":\"SCMP_ACT_KILL_PROCESS\"," ARCHS
    "\"syscalls\":[{\"names\":[\"mkdir\",\"getcpu\"],\"action\":\"SCMP_ACT_TRAP\"},{\"names\":[\"mkdir\"],\"action\":"
    "\"SCMP_ACT_ERRNO\",\"errnoRet\":5}]}",
    "{\"defaultAction\":\"SCMP_ACT_ALLOW\"," ARCHS "\"syscalls\":[{\"names\":[\"mkdir\",\"statmount\",\"memfd_secret\"]"
    ",\"action\":\"SCMP_ACT_ERRNO\",\"args\":[{\"index\":0,"
    "\"op\":\"SCMP_CMP_EQ\",\"value\":0}]},{\"names\":[\"mkdir\"],\"action\":\"SCMP_ACT_KILL\"}]}",
    "{\"defaultAction\":\"SCMP_ACT_TRAP\"," ARCHS
    "\"syscalls\":[{\"names\":[\"statmount\",\"mkdir\"],\"action\":\"SCMP_ACT_ALLOW\",\"args\":[{\"index\":1,\"op\":"
    "\"SCMP_CMP_GT\",\"value\":7}]}]}",
  };
  static const char *const names[] = { "mkdir", "statmount", "memfd_secret", NULL };
  for (size_t p = 0; p < sizeof profiles / sizeof *profiles; p++)
    {
      struct subject *before = compile (profiles[p]);
      struct seccomp_data calls[NAMES_MAX];
      struct profile_fixed fixed;
      uint32_t count = 0;
      for (size_t n = 0; names[n]; n++)
        {
          struct seccomp_data data = call (X86_64, names[n], 0, 0);
          if (verdict_denies (verdict (before, &data)))
            calls[count++] = data;
        }
      assert_true (count > 0);
      struct subject *after = fix (before, calls, count, &fixed);
      for (uint32_t i = 0; i < count; i++)
        assert_int_equal (verdict (after, &calls[i]), SECCOMP_RET_ALLOW);
      expect_same_but (before, after, names);
    }
  (void)state;
}

/* A profile of Linux 3.0 learns of 6.8; what is between keeps ENOSYS, as a rule. */
static void
ages (void **state)
{
  struct subject *before = compile ("{\"defaultAction\":\"SCMP_ACT_ERRNO\"," ARCHS "\"syscalls\":[]}");
  struct seccomp_data calls[] = { call (X86_64, "statmount", 0, 0) }, between = call (X86_64, "openat2", 0, 0);
  struct profile_fixed fixed;
  struct subject *after = fix (before, calls, 1, &fixed);
  assert_int_equal (before->filter.age, LINUX (3, 0));
  assert_int_equal (after->filter.age, LINUX (6, 8));
  assert_int_equal (verdict (after, &between), MISSING);
  assert_true (changed (&fixed, CHANGE_KEEP, "openat2") && changed (&fixed, CHANGE_ALLOW, "statmount"));
  expect_same_but (before, after, (const char *const[]){ "statmount", NULL });
  (void)state;
}

static void
falls_back (void **state)
{
  struct subject *before = compile ("{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"defaultErrnoRet\":13," ARCHS
                                    "\"syscalls\":[{\"names\":[\"statx\",\"mount\"],\"action\":\"SCMP_ACT_KILL\"}]}");
  struct seccomp_data calls[]
      = { call (X86_64, "clone3", 0, 0), call (X86_64, "statx", 0, 0), call (X86_64, "openat2", 0, 0) };
  struct profile_fixed fixed;
  struct subject *after = fix (before, calls, 3, &fixed);
  assert_int_equal (verdict (after, &calls[0]), MISSING);
  assert_int_equal (verdict (after, &calls[1]), MISSING);
  assert_int_equal (verdict (after, &calls[2]), SECCOMP_RET_ALLOW);
  assert_true (changed (&fixed, CHANGE_MISSING, "clone3") && changed (&fixed, CHANGE_DROP, "statx"));
  expect_same_but (before, after, (const char *const[]){ "clone3", "statx", "openat2", NULL });
  /* fixed, it has nothing left to fix */
  struct profile_fixed again;
  (void)fix (after, calls, 2, &again);
  assert_int_equal (again.profile.syscalls.count, fixed.profile.syscalls.count);
  (void)state;
}

static void
values (void **state)
{
  struct subject *before = compile (
      "{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"defaultErrnoRet\":38," ARCHS
      "\"syscalls\":[{\"names\":[\"clone\"],\"action\":\"SCMP_ACT_ALLOW\",\"args\":[{\"index\":0,\"op\":"
      "\"SCMP_CMP_MASKED_EQ\",\"value\":2114060288,\"valueTwo\":0}]},{\"names\":[\"personality\"],\"action\":"
      "\"SCMP_ACT_ALLOW\",\"args\":[{\"index\":0,\"op\":\"SCMP_CMP_EQ\",\"value\":8}]}]}");
  struct seccomp_data calls[] = { call (X86_64, "clone", 0x10000011, 0), call (X86_64, "clone", 0x10000000, 7),
                                  call (X86_64, "personality", UINT64_MAX, 0) };
  struct seccomp_data others[] = { call (X86_64, "clone", 0x20000011, 0), call (X86_64, "personality", 9, 0) };
  struct profile_fixed fixed;
  struct subject *after = fix (before, calls, 3, &fixed);
  struct seccomp_data same = call (X86_64, "clone", 0x10000fff, 0), low = call (X86_64, "personality", UINT32_MAX, 0);
  for (size_t i = 0; i < 3; i++)
    assert_int_equal (verdict (after, &calls[i]), SECCOMP_RET_ALLOW);
  assert_int_equal (verdict (after, &same), SECCOMP_RET_ALLOW);
  assert_int_equal (verdict (after, &low), SECCOMP_RET_ALLOW);
  for (size_t i = 0; i < 2; i++)
    assert_int_equal (verdict (after, &others[i]), MISSING);
  assert_int_equal (after->profile.syscalls.count, 4);
  expect_same_but (before, after, (const char *const[]){ NULL });
  (void)state;
}

/* What 32-bit x86 asks of socketcall is a call of its own in a profile; a new architecture's calls are looked at too.
 */
static void
architectures (void **state)
{
  struct subject *before = compile ("{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"defaultErrnoRet\":5,\"architectures\":["
                                    "\"SCMP_ARCH_X86_64\"],\"syscalls\":[{\"names\":[\"getpid\"],\"action\":"
                                    "\"SCMP_ACT_ALLOW\"}]}");
  struct seccomp_data calls[] = { call ("SCMP_ARCH_X86", "socketcall", 1, 0), call ("SCMP_ARCH_X86", "getpid", 0, 0) };
  struct seccomp_data other = call ("SCMP_ARCH_X86", "socketcall", 2, 0);
  struct profile_fixed fixed;
  struct subject *after = fix (before, calls, 2, &fixed);
  assert_true (changed (&fixed, CHANGE_LIST, "SCMP_ARCH_X86") && changed (&fixed, CHANGE_ALLOW, "socket"));
  assert_int_equal (verdict (after, &calls[0]), SECCOMP_RET_ALLOW);
  assert_int_equal (verdict (after, &calls[1]), SECCOMP_RET_ALLOW);
  assert_int_equal (verdict (after, &other), SECCOMP_RET_ERRNO | 5);
  expect_same_but (before, after, (const char *const[]){ "socket", NULL });
  (void)state;
}

/* A call behind socketcall or ipc whose rules have conditions: they stay where they can be tested. */
static void
multiplexed (void **state)
{
  struct subject *before = compile (
      "{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"defaultErrnoRet\":5,\"architectures\":[\"SCMP_ARCH_X86_64\","
      "\"SCMP_ARCH_X86\"],\"syscalls\":[{\"names\":[\"socket\",\"shmget\"],\"action\":\"SCMP_ACT_ALLOW\",\"args\":["
      "{\"index\":0,\"op\":\"SCMP_CMP_EQ\",\"value\":1},{\"index\":1,\"op\":\"SCMP_CMP_EQ\",\"value\":1}]},"
      "{\"names\":[\"ipc\"],\"action\":\"SCMP_ACT_ALLOW\",\"args\":["
      "{\"index\":0,\"op\":\"SCMP_CMP_EQ\",\"value\":24}]}]}");
  struct seccomp_data calls[] = { call ("SCMP_ARCH_X86", "socketcall", 1, 0), call ("SCMP_ARCH_X86", "ipc", 23, 0),
                                  call ("SCMP_ARCH_X86", "ipc", 13, 0) };
  struct seccomp_data others[] = { call ("SCMP_ARCH_X86", "socketcall", 2, 0),
                                   call ("SCMP_ARCH_X86", "ipc", 1, 0),
                                   call (X86_64, "socket", 10, 3),
                                   call (X86_64, "shmget", 10, 3),
                                   call (X86_64, "msgget", 10, 3),
                                   call ("SCMP_ARCH_X86", "socket", 10, 3) };
  struct profile_fixed fixed;
  struct subject *after = fix (before, calls, 3, &fixed);
  for (size_t i = 0; i < sizeof others / sizeof *others; i++)
    assert_int_equal (verdict (after, &others[i]), SECCOMP_RET_ERRNO | 5);
  for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
    assert_int_equal (verdict (after, &calls[i]), SECCOMP_RET_ALLOW);
  assert_true (changed (&fixed, CHANGE_VALUES, "socketcall") && changed (&fixed, CHANGE_VALUES, "ipc"));
  assert_false (changed (&fixed, CHANGE_ALLOW, "socket") || changed (&fixed, CHANGE_ALLOW, "shmget"));
  expect_same_but (before, after, (const char *const[]){ NULL });
  (void)state;
}

/* The notes about calls are about calls that exist. */
static void
notes (void **state)
{
  static const char *const looked_at[]
      = { "io_uring_setup", "bpf", "ptrace", "mount", "keyctl", "perf_event_open", "userfaultfd" };
  for (size_t i = 0; i < sizeof looked_at / sizeof *looked_at; i++)
    assert_non_null (profile_call_risk (looked_at[i]));
  assert_null (profile_call_risk ("read"));
  assert_null (profile_call_risk ("uring_setup"));
  assert_null (profile_call_risk (""));
  assert_non_null (profile_call_fallback ("clone3"));
  assert_null (profile_call_fallback ("clone"));
  (void)state;
}

int
main (void)
{
  if (!arch_of_name (X86_64) || arch_native () != arch_of_name (X86_64))
    return puts ("1..0 # SKIP the profiles are for x86_64") < 0; /* the native one is always in a profile */
  const struct CMUnitTest tests[]
      = { cmocka_unit_test (passes), cmocka_unit_test (ages),          cmocka_unit_test (falls_back),
          cmocka_unit_test (values), cmocka_unit_test (architectures), cmocka_unit_test (multiplexed),
          cmocka_unit_test (notes) };
  return cmocka_run_group_tests_name ("fix", tests, setup_arena, NULL);
}
