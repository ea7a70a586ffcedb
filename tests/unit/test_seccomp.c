/*
 * A compiled filter in the kernel: its answers are the interpreter's verdicts. (test_differential.c has the
 * interpreter's verdicts against libseccomp's and against what the profile means.)
 */
#include "generate.h"

#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sanitized.h"

static const char *top_directory;

/* A second filter below husk's gives every call this errno, so that no call of a probe is made: where husk's lets it
 * pass, this shows; a stricter verdict of husk's wins, and of two errnos that of the younger filter. */
#define PASSED 4001
#define TRAPPED 4002
#define CALLS_MAX 30000

struct probe
{
  const struct seccomp_filter *filter;
  uint32_t count;
  volatile uint32_t done;
  struct
  {
    uint32_t number, wanted;
    volatile uint32_t got;
    uint64_t arguments[6];
  } calls[CALLS_MAX];
};

static void
probe_add (void *context, uint32_t number, const uint64_t arguments[6])
{
  struct probe *probe = context;
  struct seccomp_data data = { .nr = (int)number, .arch = seccomp_native_arch () };
  memcpy (data.args, arguments, sizeof data.args);
  uint32_t verdict = seccomp_interpret (probe->filter->program, probe->filter->length, &data);
  uint32_t action = verdict & SECCOMP_RET_ACTION_FULL;
  if (number == SYS_seccomp) /* the only one that the filter below lets through */
    return;
#ifdef __x86_64__
  if (number == 335 || number == 336) /* uretprobe, uprobe: Linux 6.14 and later run no filter for them */
    return;
#endif
  if (probe->count == CALLS_MAX || action == SECCOMP_RET_KILL_THREAD || action == SECCOMP_RET_KILL_PROCESS)
    return;
  probe->calls[probe->count].number = number;
  probe->calls[probe->count].wanted = action == SECCOMP_RET_ERRNO  ? verdict & SECCOMP_RET_DATA
                                      : action == SECCOMP_RET_TRAP ? TRAPPED
                                                                   : PASSED;
  memcpy (probe->calls[probe->count++].arguments, arguments, 6 * sizeof *arguments);
}

static sigjmp_buf trapped;

static void
on_trap (int number)
{
  (void)number;
  siglongjmp (trapped, 1); /* without a system call: a return from the handler would be one */
}

static int
load (const struct sock_filter *instructions, uint32_t length, unsigned flags)
{
  struct sock_fprog program = { (unsigned short)length, (struct sock_filter *)instructions };
  return (int)syscall (SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
}

/* In a child, which ends by a trap, since every system call is denied by then. */
static _Noreturn void
probe_child (struct probe *probe)
{
  /* seccomp(2) must still reach the kernel to load the second filter */
  static const struct sock_filter below[]
      = { BPF_STMT (BPF_LD | BPF_W | BPF_ABS, offsetof (struct seccomp_data, nr)),
          BPF_JUMP (BPF_JMP | BPF_JEQ | BPF_K, SYS_seccomp, 0, 1), BPF_STMT (BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
          BPF_STMT (BPF_RET | BPF_K, SECCOMP_RET_ERRNO | PASSED) };
  struct sigaction action = { .sa_handler = on_trap, .sa_flags = SA_NODEFER };
  struct rlimit none = { 0, 0 };
  (void)setrlimit (RLIMIT_CORE, &none);
  (void)signal (SIGILL, SIG_DFL);
  (void)signal (SIGTRAP, SIG_DFL);
  (void)signal (SIGFPE, SIG_DFL); /* of a trap on s390x */
  (void)sigaction (SIGSYS, &action, NULL);
  if (prctl (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || load (below, sizeof below / sizeof *below, 0) < 0
      || load (probe->filter->program, probe->filter->length, 0) < 0)
    __builtin_trap ();
  for (volatile uint32_t i = 0; i < probe->count; i++)
    {
      const uint64_t *arguments = probe->calls[i].arguments;
      if (sigsetjmp (trapped, 0))
        {
          probe->calls[i].got = TRAPPED;
          continue;
        }
      long result = syscall ((int)probe->calls[i].number, arguments[0], arguments[1], arguments[2], arguments[3],
                             arguments[4], arguments[5]);
      probe->calls[i].got = result == -1 ? (uint32_t)errno : 0; /* ERRNO with 0 is success */
    }
  probe->done = 1;
  __builtin_trap ();
}

static void
probe_run (struct probe *probe, const char *what)
{
  int status;
  pid_t child = fork ();
  if (child == 0)
    probe_child (probe);
  assert_int_equal (waitpid (child, &status, 0), child);
  if (!probe->done)
    fail_msg ("the filter was not loaded, or the probe ended with status %x: %s", status, what);
  for (uint32_t i = 0; i < probe->count; i++)
    if (probe->calls[i].got != probe->calls[i].wanted)
      fail_msg ("nr %u args %llx %llx %llx %llx: the kernel %u, the interpreter %u: %s", probe->calls[i].number,
                (unsigned long long)probe->calls[i].arguments[0], (unsigned long long)probe->calls[i].arguments[1],
                (unsigned long long)probe->calls[i].arguments[2], (unsigned long long)probe->calls[i].arguments[3],
                probe->calls[i].got, probe->calls[i].wanted, what);
}

/* An action that would end the probe becomes an errno of its own. */
static void
tame (struct json_enum *action, struct json_uint *code, uint32_t place)
{
  bool ends = action->value == SPEC_ACT_KILL_THREAD || action->value == SPEC_ACT_KILL_PROCESS;
  if (!ends && !(SANITIZED && action->value == SPEC_ACT_TRAP))
    return;
  action->value = SPEC_ACT_ERRNO;
  code->set = true;
  code->value = 200 + place % 3000;
}

static uint32_t
probe_profile (const struct json_document *document, struct spec_seccomp *profile, const char *what,
               struct chance *chance)
{
  static struct meaning meaning;
  struct error error = { 0 };
  struct report report = { .error = &error };
  struct seccomp_filter filter;
  struct arena arena;
  const struct machine *machine = machines;
  while (!machine_native (machine))
    machine++;
  assert_int_equal (arena_open (&arena, 1ul << 28), 0);
  tame (&profile->default_action, &profile->default_errno_ret, 0);
  for (uint32_t r = 0; r < profile->syscalls.count; r++)
    tame (&profile->syscalls.items[r].action, &profile->syscalls.items[r].errno_ret, r + 1);
  if (seccomp_compile (document, profile, &arena, &filter, &report) < 0)
    {
      arena_close (&arena); /* beyond the kernel's limit */
      return 0;
    }
  struct probe *probe = mmap (NULL, sizeof *probe, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  assert_ptr_not_equal (probe, MAP_FAILED);
  probe->filter = &filter;
  meaning_of (profile, machine, &meaning);
  for (size_t r = 0; r < sizeof machine_numbers / sizeof *machine_numbers; r++)
    for (uint32_t number = machine_numbers[r].first; number < machine_numbers[r].last; number++)
      boundaries_of_number (&meaning, number, 10, chance, probe_add, probe);
  probe_run (probe, what);
  uint32_t count = probe->count;
  (void)munmap (probe, sizeof *probe);
  arena_close (&arena);
  return count;
}

static struct spec_seccomp
decode (const char *text, struct json_document *document)
{
  struct error error;
  struct spec_seccomp profile = { 0 };
  struct report report = { .error = &error };
  if (parse (text, document, &error) < 0 || spec_decode_seccomp (document, &test_arena, &profile, &report) < 0)
    fail_msg ("%s %s", error.place, error.text);
  return profile;
}

/* ---- tests
 * ------------------------------------------------------------------------------------------------------------ */

static void
test_real_in_the_kernel (void **state)
{
  static const char *const configs[]
      = { "config.json.example", "tests/configs/containerd.json", "tests/configs/crio.json",
          "tests/configs/docker.json", "tests/configs/podman.json" };
  struct chance chance = { 1 };
  for (size_t i = 0; i < sizeof configs / sizeof *configs; i++)
    {
      struct json_document document;
      struct error error;
      struct report report = { .error = &error };
      struct spec spec = { 0 };
      char *text = read_text (top_directory, configs[i]);
      assert_non_null (text);
      assert_int_equal (parse (text, &document, &error), 0);
      assert_int_equal (spec_decode (&document, &test_arena, &spec, &report), 0);
      assert_true (probe_profile (&document, spec.linux_->seccomp, configs[i], &chance) > 500);
      free (text);
    }
  (void)state;
}

/* CV-30: the kernel decides as the interpreter does. */
static void
test_generated_in_the_kernel (void **state)
{
  static struct generated generated;
  static char what[sizeof generated.text + 64];
  uint32_t count = 0;
  for (uint32_t seed = 1; seed <= 100; seed++)
    {
      struct json_document document;
      struct chance chance = { seed * 0x9E3779B97F4A7C15ull | 1 };
      generate_profile (&generated, &chance);
      (void)snprintf (what, sizeof what, "seed %u: %s", seed, generated.text);
      struct spec_seccomp profile = decode (generated.text, &document);
      count += probe_profile (&document, &profile, what, &chance);
    }
  print_message ("# %u calls in the kernel\n", count);
  assert_true (count > 50000);
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

/* The verdict on a call of a machine with the other byte order, and a valueTwo with bits outside the mask. */
static void
test_explain (void **state)
{
  static const char *const archs[] = { "s390x", "aarch64" };
  struct json_document document;
  struct error error = { 0 };
  struct report report = { .error = &error };
  struct seccomp_filter filter;
  struct spec_seccomp profile
      = decode ("{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"architectures\":[\"SCMP_ARCH_S390X\",\"SCMP_ARCH_AARCH64\"],"
                "\"syscalls\":[{\"names\":[\"ioctl\"],\"action\":\"SCMP_ACT_ERRNO\",\"args\":[{\"index\":1,"
                "\"value\":4294967536,\"valueTwo\":8589934608,\"op\":\"SCMP_CMP_MASKED_EQ\"}]}]}",
                &document);
  assert_int_equal (seccomp_compile (&document, &profile, &test_arena, &filter, &report), 0);
  for (size_t i = 0; i < 2; i++)
    {
      struct profile_ruling ruling;
      struct seccomp_call call = { .arch = archs[i], .name = "ioctl", .arguments = { 0, 0x10 } };
      assert_int_equal (profile_explain (&profile, &filter, &call, &ruling, &error), 0);
      assert_int_equal (ruling.verdict, SECCOMP_RET_ERRNO | EPERM);
      assert_ptr_equal (ruling.rule, profile.syscalls.items);
      call.arguments[1] = 0x100000010;
      assert_int_equal (profile_explain (&profile, &filter, &call, &ruling, &error), 0);
      assert_int_equal (ruling.verdict, SECCOMP_RET_ALLOW);
      assert_null (ruling.rule);
    }
  (void)state;
}

int
main (int argc, char **argv)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (test_foreign_calls),
    cmocka_unit_test (test_explain),
    cmocka_unit_test (test_real_in_the_kernel),
    cmocka_unit_test (test_generated_in_the_kernel),
  };
  top_directory = argc > 1 ? argv[1] : ".";
  call_source = top_directory;
  return cmocka_run_group_tests_name ("seccomp", tests, setup_arena, NULL);
}
