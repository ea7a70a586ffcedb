/*
 * husk's own profile against the one that docker gives a container with its 14 capabilities
 * (tests/configs/docker.json), on x86_64: what that one denies, ours denies; what ours denies beyond it is listed here.
 */
#include "document.h"

#include <errno.h>
#include <linux/capability.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <sys/socket.h>

#include "husk/calls.h"
#include "husk/profile.h"

#define ONE(capability) (1ull << (capability))
#define DOCKER 0xa80425fbull

static const char *top_directory;

struct profile
{
  struct json_document document;
  struct spec spec;
  struct spec_seccomp bare;
  struct seccomp_filter filter;
};

static void
load_default (struct profile *profile, uint64_t capabilities, const char *arch)
{
  struct error error = { 0 };
  struct report report = { .error = &error };
  char *text = profile_default_json (capabilities, arch, &test_arena, &error);
  assert_non_null (text);
  assert_int_equal (parse (text, &profile->document, &error), 0);
  if (spec_decode_seccomp (&profile->document, &test_arena, &profile->bare, &report) < 0
      || seccomp_compile (&profile->document, &profile->bare, &test_arena, &profile->filter, &report) < 0)
    fail_msg ("%s: %s", error.place, error.text);
  assert_int_equal (report.warnings, 0);
}

static uint32_t
verdict (const struct profile *profile, int number, uint64_t argument)
{
  struct seccomp_data data = arch_call (arch_of_name ("SCMP_ARCH_X86_64"), number, (const uint64_t[6]){ argument });
  return seccomp_interpret (profile->filter.program, profile->filter.length, &data);
}

static bool
allows (const struct profile *profile, int number)
{
  return verdict (profile, number, 0) == SECCOMP_RET_ALLOW;
}

/* Its name on x86_64, or NULL. */
static const char *
name_of (const struct profile *profile, int number)
{
  struct profile_ruling ruling;
  struct error error = { 0 };
  char digits[16];
  (void)snprintf (digits, sizeof digits, "%d", number);
  struct seccomp_call call = { .arch = "x86_64", .name = digits };
  assert_int_equal (profile_explain (&profile->bare, &profile->filter, &call, &ruling, &error), 0);
  return arena_string (&test_arena, ruling.name);
}

static bool
listed (int number, const int *list)
{
  while (*list >= 0 && *list != number)
    list++;
  return *list >= 0;
}

static void
test_docker (void **state)
{
  static struct profile ours, theirs;
  /* io_uring makes calls that no filter sees; sockets of AF_ALG and AF_VSOCK are below */
  static const int stricter[] = { 425, 426, 427, -1 };
  /* newer than the sample */
  static const int newer[] = { 335, 451, 452, 453, 454, 455, 456, 457, 458, 459, 461, 462, 463, 464, 465, 466, -1 };
  struct error error = { 0 };
  struct report report = { .error = &error };
  char *config = read_text (top_directory, "tests/configs/docker.json");
  assert_non_null (config);
  assert_int_equal (parse (config, &theirs.document, &error), 0);
  assert_int_equal (spec_decode (&theirs.document, &test_arena, &theirs.spec, &report), 0);
  assert_int_equal (
      seccomp_compile (&theirs.document, theirs.spec.linux_->seccomp, &test_arena, &theirs.filter, &report), 0);
  load_default (&ours, DOCKER, "x86_64");
  for (int number = 0; number < 600; number++)
    {
      if (allows (&ours, number) && !allows (&theirs, number) && !listed (number, newer))
        fail_msg ("%d (%s) is allowed, docker denies it", number, name_of (&ours, number));
      if (!allows (&ours, number) && allows (&theirs, number) && !listed (number, stricter))
        fail_msg ("%d (%s) is denied, docker allows it", number, name_of (&ours, number));
    }
  for (uint64_t flag = 1; flag; flag <<= 1) /* clone and personality, by each bit of their argument */
    {
      assert_int_equal (verdict (&ours, 56, flag), verdict (&theirs, 56, flag));
      assert_int_equal (verdict (&ours, 135, flag), verdict (&theirs, 135, flag));
    }
  free (config);
  (void)state;
}

static void
test_conditions (void **state)
{
  static struct profile profile;
  const uint32_t refused = SECCOMP_RET_ERRNO | EPERM, unknown = SECCOMP_RET_ERRNO | ENOSYS;
  const uint32_t no_family = SECCOMP_RET_ERRNO | EAFNOSUPPORT;
  load_default (&profile, DOCKER, "x86_64");
  assert_int_equal (verdict (&profile, 41, AF_UNIX), SECCOMP_RET_ALLOW);
  assert_int_equal (verdict (&profile, 41, AF_INET6), SECCOMP_RET_ALLOW);
  assert_int_equal (verdict (&profile, 41, AF_ALG), no_family);
  assert_int_equal (verdict (&profile, 41, AF_VSOCK), no_family);
  assert_int_equal (verdict (&profile, 41, AF_VSOCK | 1ull << 32), no_family); /* the kernel looks at an int */
  assert_int_equal (verdict (&profile, 41, AF_INET | 1ull << 63), SECCOMP_RET_ALLOW);
  assert_int_equal (verdict (&profile, 56, CLONE_VM | CLONE_THREAD | CLONE_SETTLS | 17), SECCOMP_RET_ALLOW);
  assert_int_equal (verdict (&profile, 56, CLONE_NEWUSER | 17), refused);
  assert_int_equal (verdict (&profile, 56, CLONE_NEWNS | 1ull << 40), refused);
  assert_int_equal (verdict (&profile, 135, 0xffffffff), SECCOMP_RET_ALLOW);
  assert_int_equal (verdict (&profile, 135, 0x0040000), refused); /* ADDR_NO_RANDOMIZE */
  assert_int_equal (verdict (&profile, 435, 0), unknown);         /* clone3: libc falls back */
  assert_int_equal (verdict (&profile, 330, 0), unknown);         /* pkey_alloc: programs do without */
  assert_int_equal (verdict (&profile, 425, 0), refused);         /* io_uring_setup, as its sysctl answers */
  assert_int_equal (verdict (&profile, 999, 0), unknown);         /* newer than all */
  (void)state;
}

/* One more capability allows exactly its calls. */
static void
test_capabilities (void **state)
{
  static const struct
  {
    uint64_t capabilities;
    int opens[32];
  } cases[] = {
    { ONE (CAP_SYS_ADMIN), { 435, 165, 166, 429, 428, 430, 431, 432, 433, 442, 467, 155,
                             170, 171, 308, 272, 300, 212, 179, 443, 321, 298, 103, -1 } },
    { ONE (CAP_SYS_PTRACE), { 312, 438, 440, 310, 311, 323, -1 } },
    { ONE (CAP_SYS_MODULE), { 175, 176, 313, -1 } },
    { ONE (CAP_SYS_BOOT), { 169, -1 } },
    { ONE (CAP_SYS_PACCT), { 163, -1 } },
    { ONE (CAP_SYS_RAWIO), { 172, 173, -1 } },
    { ONE (CAP_SYS_TIME), { 164, 227, -1 } },
    { ONE (CAP_SYS_TTY_CONFIG), { 153, -1 } },
    { ONE (CAP_SYS_NICE), { 237, 238, 239, 256, 279, 450, -1 } },
    { ONE (CAP_DAC_READ_SEARCH), { 303, 304, -1 } },
    { ONE (CAP_SYSLOG), { 103, -1 } },
    { ONE (CAP_BPF), { 321, -1 } },
    { ONE (CAP_PERFMON), { 298, -1 } },
    { ONE (CAP_NET_ADMIN), { -1 } },
  };
  static struct profile usual, more;
  load_default (&usual, DOCKER, "x86_64");
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    {
      load_default (&more, DOCKER | cases[i].capabilities, "x86_64");
      for (int number = 0; number < 600; number++)
        if (allows (&more, number) != (allows (&usual, number) || listed (number, cases[i].opens))
            && number < 450) /* libseccomp at hand may not know the newest */
          fail_msg ("capabilities %llx: %d", (unsigned long long)cases[i].capabilities, number);
    }
  assert_int_equal (verdict (&usual, 161, 0), SECCOMP_RET_ALLOW); /* chroot */
  load_default (&more, DOCKER & ~ONE (CAP_SYS_CHROOT), "x86_64");
  assert_int_equal (verdict (&more, 161, 0), SECCOMP_RET_ERRNO | EPERM);
  load_default (&more, ONE (CAP_SYS_ADMIN), "x86_64");
  assert_int_equal (verdict (&more, 56, CLONE_NEWUSER | 17), SECCOMP_RET_ALLOW);
  (void)state;
}

static void
test_architectures (void **state)
{
  static const char *const archs[] = { "x86_64", "aarch64", "arm", "riscv64", "ppc64le", "s390x" };
  static struct profile profile;
  struct error error = { 0 };
  struct profile_ruling ruling;
  for (size_t i = 0; i < sizeof archs / sizeof *archs; i++)
    {
      struct seccomp_call call = { .arch = archs[i], .name = "execve" };
      load_default (&profile, DOCKER, archs[i]);
      assert_int_equal (profile_explain (&profile.bare, &profile.filter, &call, &ruling, &error), 0);
      assert_int_equal (ruling.verdict, SECCOMP_RET_ALLOW);
      call.name = "clone";
      call.arguments[strcmp (archs[i], "s390x") == 0] = CLONE_NEWNET;
      assert_int_equal (profile_explain (&profile.bare, &profile.filter, &call, &ruling, &error), 0);
      assert_int_equal (ruling.verdict, SECCOMP_RET_ERRNO | EPERM);
    }
  struct seccomp_call call = { .arch = "arm", .name = "set_tls" };
  load_default (&profile, DOCKER, "aarch64");
  assert_int_equal (profile_explain (&profile.bare, &profile.filter, &call, &ruling, &error), 0);
  assert_int_equal (ruling.verdict, SECCOMP_RET_ALLOW);
  assert_null (profile_default_json (0, "z80", &test_arena, &error));
  assert_true (error.set);
  (void)state;
}

int
main (int argc, char **argv)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (test_docker),
    cmocka_unit_test (test_conditions),
    cmocka_unit_test (test_capabilities),
    cmocka_unit_test (test_architectures),
  };
  top_directory = argc > 1 ? argv[1] : ".";
  return cmocka_run_group_tests_name ("default", tests, setup_arena, NULL);
}
