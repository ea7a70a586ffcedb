/*
 * System calls that are newer than a profile: which get ENOSYS, and which never do.
 */
#include "document.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <seccomp.h>

#include "husk/calls.h"
#include "husk/profile.h"

#define MISSING (SECCOMP_RET_ERRNO | ENOSYS)
#define REFUSED (SECCOMP_RET_ERRNO | EPERM)
#define X32 0x40000000
#define ARCHS                                                                                                          \
  "\"architectures\":[\"SCMP_ARCH_X86_64\",\"SCMP_ARCH_X86\",\"SCMP_ARCH_X32\",\"SCMP_ARCH_AARCH64\",\"SCMP_ARCH_"     \
  "ARM\"],"

static struct seccomp_filter
compile (const char *text, bool off)
{
  struct json_document *document = arena_new (&test_arena, struct json_document);
  struct error error = { 0 };
  struct report report = { .error = &error };
  struct spec_seccomp profile = { 0 };
  struct seccomp_filter filter;
  if (parse (text, document, &error) < 0 || spec_decode_seccomp (document, &test_arena, &profile, &report) < 0)
    fail_msg ("%s %s", error.place, error.text);
  if (seccomp_compile_as (document, &profile, off, &test_arena, &filter, &report) < 0)
    fail_msg ("%s %s", error.place, error.text);
  return filter;
}

static void
expect (const struct seccomp_filter *filter, uint32_t arch, int number, uint32_t wanted)
{
  struct seccomp_data data = { .arch = arch, .nr = number };
  uint32_t got = seccomp_interpret (filter->program, filter->length, &data);
  if (got != wanted)
    fail_msg ("arch %x number %d: %x, not %x", arch, number, got, wanted);
}

static const struct
{
  uint32_t audit, token;
  int base;
} archs[] = { { AUDIT_ARCH_X86_64, SCMP_ARCH_X86_64, 0 },
              { AUDIT_ARCH_X86_64, SCMP_ARCH_X32, X32 },
              { AUDIT_ARCH_I386, SCMP_ARCH_X86, 0 },
              { AUDIT_ARCH_AARCH64, SCMP_ARCH_AARCH64, 0 },
              { AUDIT_ARCH_ARM, SCMP_ARCH_ARM, 0 } };

/* A profile of Linux 5.6, by openat2; 5.8's faccessat2 is newer, and so is every unknown number. */
static void
newer (void **state)
{
  static const struct
  {
    const char *name;
    uint32_t wanted;
  } calls[] = { { "openat2", SECCOMP_RET_ALLOW },
                { "read", SECCOMP_RET_ALLOW },
                { "mount", REFUSED },
                { "clone3", REFUSED }, /* 5.3, not named: it was known */
                { "pidfd_getfd", REFUSED },
                { "faccessat2", MISSING },
                { "process_madvise", MISSING },
                { "epoll_pwait2", MISSING } };
  struct seccomp_filter filter
      = compile ("{\"defaultAction\":\"SCMP_ACT_ERRNO\"," ARCHS
                 "\"syscalls\":[{\"names\":[\"openat2\",\"read\"],\"action\":\"SCMP_ACT_ALLOW\"}]}",
                 false);
  assert_int_equal (filter.age, LINUX (5, 6));
  for (size_t a = 0; a < sizeof archs / sizeof *archs; a++)
    {
      for (size_t c = 0; c < sizeof calls / sizeof *calls; c++)
        expect (&filter, archs[a].audit, seccomp_syscall_resolve_name_arch (archs[a].token, calls[c].name),
                calls[c].wanted);
      for (int number = 480; number < 500; number++)
        expect (&filter, archs[a].audit, archs[a].base + (archs[a].base ? 600 : 0) + number, MISSING);
      expect (&filter, archs[a].audit, archs[a].base + 0x3fffffff, MISSING);
    }
  expect (&filter, AUDIT_ARCH_S390, 500, SECCOMP_RET_KILL_THREAD);
  (void)state;
}

/* Numbers that x86_64 does not know end where those of x32 begin, whichever calls the profile names, in either order.
 * Old calls with numbers of their own on x32 are not newer than the profile. */
static void
two_numberings (void **state)
{
  static const char *const lists[]
      = { "\"SCMP_ARCH_X86_64\",\"SCMP_ARCH_X32\"", "\"SCMP_ARCH_X32\",\"SCMP_ARCH_X86_64\"" };
  static const char *const names[] = { "openat2", "openat2\",\"read", "openat2\",\"fsopen" };
  for (size_t l = 0; l < 2; l++)
    for (size_t n = 0; n < 3; n++)
      {
        struct seccomp_filter filter
            = compile (arena_format (&test_arena,
                                     "{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"architectures\":[%s],"
                                     "\"syscalls\":[{\"names\":[\"%s\"],\"action\":\"SCMP_ACT_ALLOW\"}]}",
                                     lists[l], names[n]),
                       false);
        for (size_t a = 0; a < 2; a++)
          {
            expect (&filter, AUDIT_ARCH_X86_64, archs[a].base + 1, REFUSED);   /* write */
            expect (&filter, AUDIT_ARCH_X86_64, archs[a].base + 332, REFUSED); /* statx */
            expect (&filter, AUDIT_ARCH_X86_64, archs[a].base + 437, SECCOMP_RET_ALLOW);
            expect (&filter, AUDIT_ARCH_X86_64, archs[a].base + 438, REFUSED); /* pidfd_getfd */
            expect (&filter, AUDIT_ARCH_X86_64, archs[a].base + 439, MISSING); /* faccessat2 */
            expect (&filter, AUDIT_ARCH_X86_64, archs[a].base + 0x3fffffff, MISSING);
            expect (&filter, AUDIT_ARCH_X86_64, archs[a].base + 514, archs[a].base ? REFUSED : MISSING); /* ioctl */
            expect (&filter, AUDIT_ARCH_X86_64, archs[a].base + 547, archs[a].base ? REFUSED : MISSING); /* pwritev2 */
            expect (&filter, AUDIT_ARCH_X86_64, archs[a].base + 548, MISSING);
          }
      }
  (void)state;
}

/* A default other than EPERM is intended; a name counts in any rule. */
static void
unchanged (void **state)
{
  static const struct
  {
    const char *head;
    uint32_t wanted; /* for what the profile does not name */
  } defaults[] = { { "\"SCMP_ACT_ERRNO\",\"defaultErrnoRet\":13", SECCOMP_RET_ERRNO | 13 },
                   { "\"SCMP_ACT_KILL_PROCESS\"", SECCOMP_RET_KILL_PROCESS },
                   { "\"SCMP_ACT_KILL\"", SECCOMP_RET_KILL_THREAD },
                   { "\"SCMP_ACT_TRAP\"", SECCOMP_RET_TRAP },
                   { "\"SCMP_ACT_TRACE\"", SECCOMP_RET_TRACE | EPERM },
                   { "\"SCMP_ACT_LOG\"", SECCOMP_RET_LOG },
                   { "\"SCMP_ACT_ALLOW\"", SECCOMP_RET_ALLOW } };
  char text[512];
  for (size_t i = 0; i < sizeof defaults / sizeof *defaults; i++)
    {
      (void)snprintf (text, sizeof text,
                      "{\"defaultAction\":%s,\"syscalls\":[{\"names\":[\"read\"],\"action\":"
                      "\"SCMP_ACT_ERRNO\",\"errnoRet\":5}]}",
                      defaults[i].head);
      struct seccomp_filter filter = compile (text, false);
      for (int number = 400; number < 700; number++)
        expect (&filter, seccomp_native_arch (), number, defaults[i].wanted);
    }
  struct seccomp_filter off = compile ("{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"syscalls\":[]}", true);
  for (int number = 0; number < 700; number++)
    expect (&off, seccomp_native_arch (), number, REFUSED);
  (void)state;
}

/* A rule that repeats the default counts too, and so does one that libseccomp does not know. */
static void
named (void **state)
{
  struct seccomp_filter filter = compile (
      "{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"defaultErrnoRet\":1,\"syscalls\":[{\"names\":[\"openat2\"],\"action\":"
      "\"SCMP_ACT_ALLOW\"},{\"names\":[\"epoll_pwait2\"],\"action\":\"SCMP_ACT_ERRNO\",\"errnoRet\":1}]}",
      false);
  int number = seccomp_syscall_resolve_name ("epoll_pwait2");
  assert_int_equal (filter.age, LINUX (5, 11));
  expect (&filter, seccomp_native_arch (), number, REFUSED);
  expect (&filter, seccomp_native_arch (), seccomp_syscall_resolve_name ("quotactl_fd"), MISSING);
  filter = compile ("{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"syscalls\":[{\"names\":[\"file_getattr\"],\"action\":"
                    "\"SCMP_ACT_ALLOW\"}]}",
                    false);
  assert_int_equal (filter.age, LINUX (6, 17));
  expect (&filter, seccomp_native_arch (), seccomp_syscall_resolve_name ("quotactl_fd"), REFUSED);
  expect (&filter, seccomp_native_arch (), 600, MISSING);
  /* one that no architecture of the profile has */
  filter = compile ("{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"syscalls\":[{\"names\":[\"riscv_hwprobe\",\"uprobe\"],"
                    "\"action\":\"SCMP_ACT_ALLOW\"}]}",
                    false);
  assert_int_equal (filter.age, LINUX (6, 18));
  filter = compile ("{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"syscalls\":[{\"names\":[\"riscv_hwprobe\"],\"action\":"
                    "\"SCMP_ACT_ALLOW\"}]}",
                    false);
  assert_int_equal (filter.age, LINUX (6, 4));
  expect (&filter, seccomp_native_arch (), 457, MISSING);
  (void)state;
}

int
main (void)
{
  const struct CMUnitTest tests[] = { cmocka_unit_test (newer), cmocka_unit_test (two_numberings),
                                      cmocka_unit_test (unchanged), cmocka_unit_test (named) };
  return cmocka_run_group_tests_name ("age", tests, setup_arena, NULL);
}
