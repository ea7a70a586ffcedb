/*
 * Several filters at once: the kernel is asked what it makes of each pair of actions, and loaded_verdict says the same.
 * And what is learnt of filters whose source is not known.
 */
#include "document.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "husk/loaded.h"
#include "loaded.h"

#define NUMBER BPF_STMT (BPF_LD | BPF_W | BPF_ABS, offsetof (struct seccomp_data, nr))
#define HALF(n) BPF_STMT (BPF_LD | BPF_W | BPF_ABS, offsetof (struct seccomp_data, args) + 4 * (n))
#define LOW(argument) HALF (2 * (argument) + (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__))
#define RETURN(word) BPF_STMT (BPF_RET | BPF_K, word)
#define ASKED SYS_getpriority

/* ---- pairs of actions ----------------------------------------------------------------------------------------- */

#define FILTER(answer)                                                                                                 \
  {                                                                                                                    \
    NUMBER, BPF_JUMP (BPF_JMP | BPF_JEQ | BPF_K, ASKED, 0, 1), RETURN (answer), RETURN (SECCOMP_RET_ALLOW)             \
  }

/* How a call ends: 0, its errno, or 1000 and the data of a trap; 2000 where it kills. */
static int
outcome_of (uint32_t verdict)
{
  switch (verdict & SECCOMP_RET_ACTION_FULL)
    {
    case SECCOMP_RET_ERRNO:
      return (int)(verdict & SECCOMP_RET_DATA);
    case SECCOMP_RET_TRACE: /* without a tracer, without a listener */
    case SECCOMP_RET_USER_NOTIF:
      return ENOSYS;
    case SECCOMP_RET_TRAP:
      return 1000;
    case SECCOMP_RET_LOG:
    case SECCOMP_RET_ALLOW:
      return 0;
    default:
      return 2000;
    }
}

static void
caught (int signal)
{
  (void)signal;
  _exit (101);
}

static int
ask_kernel (uint32_t older, uint32_t newer)
{
  int status, pipes[2], result = 2000;
  assert_int_equal (pipe (pipes), 0);
  pid_t child = fork ();
  if (child == 0)
    {
      struct sock_filter programs[2][4] = { FILTER (older), FILTER (newer) };
      (void)signal (SIGSYS, caught);
      if (prctl (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        _exit (102);
      for (int i = 0; i < 2; i++)
        {
          struct sock_fprog all = { 4, programs[i] };
          if (prctl (PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &all) < 0)
            _exit (102);
        }
      errno = 0;
      long got = syscall (ASKED, 0, 0);
      int code = got < 0 ? errno : 0;
      _exit (write (pipes[1], &code, sizeof code) == sizeof code ? 0 : 102);
    }
  (void)close (pipes[1]);
  assert_int_equal (waitpid (child, &status, 0), child);
  if (WIFEXITED (status) && WEXITSTATUS (status) == 0)
    assert_int_equal (read (pipes[0], &result, sizeof result), sizeof result);
  else if (WIFEXITED (status) && WEXITSTATUS (status) == 101)
    result = 1000;
  else
    assert_true (WIFSIGNALED (status) && WTERMSIG (status) == SIGSYS);
  (void)close (pipes[0]);
  return result;
}

static void
test_pairs (void **state)
{
  static const uint32_t answers[] = {
    SECCOMP_RET_KILL_PROCESS,
    SECCOMP_RET_KILL_THREAD,
    SECCOMP_RET_TRAP,
    SECCOMP_RET_ERRNO | 5,
    SECCOMP_RET_ERRNO | 6,
    SECCOMP_RET_ERRNO | 0xffff,
    SECCOMP_RET_ERRNO,
    SECCOMP_RET_USER_NOTIF,
    SECCOMP_RET_TRACE | 3,
    SECCOMP_RET_LOG,
    SECCOMP_RET_ALLOW,
    0x00060000,
    0x7fff1234,
  };
  const struct arch *arch = arch_native ();
  (void)state;
  for (size_t i = 0; i < sizeof answers / sizeof *answers; i++)
    for (size_t j = 0; j < sizeof answers / sizeof *answers; j++)
      {
        struct sock_filter programs[2][4] = { FILTER (answers[j]), FILTER (answers[i]) };
        struct seccomp_filter filters[]
            = { { .program = programs[0], .length = 4 }, { .program = programs[1], .length = 4 } };
        struct loaded_filters loaded = { .filters = filters, .count = 2 };
        struct seccomp_data data = arch_call (arch, ASKED, (const uint64_t[6]){ 0 });
        uint32_t by, verdict = loaded_verdict (&loaded, &data, &by);
        int wanted = ask_kernel (answers[i], answers[j]);
        if (outcome_of (verdict) != wanted)
          fail_msg ("older %x newer %x: %x, the kernel %d", answers[i], answers[j], verdict, wanted);
        if (answers[i] == answers[j])
          assert_int_equal (by, 0);
      }
}

/* ---- what arguments decide ------------------------------------------------------------------------------------ */

static struct loaded_filters
one_filter (struct sock_filter *program, uint32_t length)
{
  struct loaded_filters loaded = { .count = 1 };
  loaded.filters = arena_new (&test_arena, struct seccomp_filter);
  *loaded.filters = (struct seccomp_filter){ .program = program, .length = length };
  return loaded;
}
#define ONE(program) one_filter (program, sizeof (program) / sizeof *(program))

/* A value that a mask and a comparison behind each other let pass is found. */
static void
test_arguments (void **state)
{
  struct sock_filter nested[] = {
    LOW (0),
    BPF_JUMP (BPF_JMP | BPF_JSET | BPF_K, 0x40, 0, 5),
    BPF_JUMP (BPF_JMP | BPF_JSET | BPF_K, 0x8, 4, 0),
    HALF (3),
    BPF_STMT (BPF_ALU | BPF_AND | BPF_K, 0xff00),
    BPF_JUMP (BPF_JMP | BPF_JEQ | BPF_K, 0x1200, 0, 1),
    RETURN (SECCOMP_RET_ERRNO | 11),
    RETURN (SECCOMP_RET_ALLOW),
  };
  struct sock_filter nothing[]
      = { LOW (0), BPF_STMT (BPF_ALU | BPF_AND | BPF_K, 0), BPF_JUMP (BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 1),
          RETURN (SECCOMP_RET_LOG), RETURN (SECCOMP_RET_ALLOW) };
  struct sock_filter halves[] = { LOW (0),
                                  BPF_STMT (BPF_MISC | BPF_TAX, 0),
                                  LOW (1),
                                  BPF_JUMP (BPF_JMP | BPF_JEQ | BPF_X, 0, 0, 1),
                                  RETURN (SECCOMP_RET_LOG),
                                  RETURN (SECCOMP_RET_ALLOW) };
  struct loaded_filters loaded = ONE (nested);
  struct loaded_answer answer;
  (void)state;
  loaded_ask (&loaded, arch_native (), 1, &answer);
  assert_int_equal (answer.count, 2);
  assert_false (answer.unsure);
  assert_int_equal (answer.verdicts[0], SECCOMP_RET_ALLOW);
  assert_int_equal (answer.verdicts[1], SECCOMP_RET_ERRNO | 11);
  loaded = ONE (nothing);
  loaded_ask (&loaded, arch_native (), 1, &answer);
  assert_int_equal (answer.count, 1);
  assert_false (answer.unsure);
  loaded = ONE (halves); /* one argument with another: it is not pretended that all was tried */
  loaded_ask (&loaded, arch_native (), 1, &answer);
  assert_true (answer.unsure);
}

static bool
is_complete (struct loaded_filters loaded)
{
  struct loaded_answer answer;
  loaded_ask (&loaded, arch_native (), 1, &answer);
  return !answer.unsure;
}

/* Where a value could be missed, it is said. */
static void
test_unsure (void **state)
{
  struct sock_filter mixed[] = { LOW (0),
                                 BPF_JUMP (BPF_JMP | BPF_JGT | BPF_K, 100, 0, 4),
                                 BPF_JUMP (BPF_JMP | BPF_JGE | BPF_K, 4096, 3, 0),
                                 BPF_STMT (BPF_ALU | BPF_AND | BPF_K, 0xff),
                                 BPF_JUMP (BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 1),
                                 RETURN (SECCOMP_RET_ERRNO | 6),
                                 RETURN (SECCOMP_RET_ALLOW) };
  struct sock_filter all[] = { RETURN (SECCOMP_RET_ALLOW) };
  struct sock_filter address[]
      = { BPF_STMT (BPF_LD | BPF_W | BPF_ABS, 12), BPF_JUMP (BPF_JMP | BPF_JEQ | BPF_K, 1, 0, 1),
          RETURN (SECCOMP_RET_LOG), RETURN (SECCOMP_RET_ALLOW) };
  struct sock_filter returned[] = { LOW (0), BPF_STMT (BPF_RET | BPF_A, 0) };
  struct sock_filter divided[] = { LOW (0), BPF_STMT (BPF_MISC | BPF_TAX, 0), BPF_STMT (BPF_LD | BPF_IMM, 1),
                                   BPF_STMT (BPF_ALU | BPF_DIV | BPF_X, 0), RETURN (SECCOMP_RET_ALLOW) };
  struct sock_filter masked[] = { LOW (0),
                                  BPF_STMT (BPF_ALU | BPF_AND | BPF_K, 0xf),
                                  BPF_JUMP (BPF_JMP | BPF_JEQ | BPF_K, 1, 2, 0),
                                  BPF_JUMP (BPF_JMP | BPF_JEQ | BPF_K, 2, 1, 0),
                                  RETURN (SECCOMP_RET_LOG),
                                  RETURN (SECCOMP_RET_ALLOW) };
  struct sock_filter bits[23];
  struct loaded_filters one = ONE (mixed), two = ONE (all);
  struct profile_differences differences;
  struct error error = { 0 };
  (void)state;
  assert_false (is_complete (one));
  assert_int_equal (loaded_diff (&one, &two, arch_native ()->name, &test_arena, &differences, &error), 0);
  assert_true (differences.count > 0);
  assert_false (is_complete (ONE (address)));
  assert_false (is_complete (ONE (returned)));
  assert_false (is_complete (ONE (divided)));
  assert_true (is_complete (ONE (masked)));
  bits[0] = (struct sock_filter)LOW (0); /* twenty bits, of which all must be set */
  for (uint32_t i = 1; i <= 20; i++)
    bits[i] = (struct sock_filter)BPF_JUMP (BPF_JMP | BPF_JSET | BPF_K, 1u << i, 0, (uint8_t)(21 - i));
  bits[21] = (struct sock_filter)RETURN (SECCOMP_RET_LOG);
  bits[22] = (struct sock_filter)RETURN (SECCOMP_RET_ALLOW);
  assert_false (is_complete (ONE (bits)));
}

/* ---- in words -------------------------------------------------------------------------------------------------- */

static void
test_words (void **state)
{
  static const char *const words[]
      = { "number",     "architecture",           "instruction pointer, first half", "instruction pointer, second half",
          "argument 0", "argument 0, second half" };
  (void)state;
  for (uint32_t i = 0; i < sizeof words / sizeof *words; i++)
    {
      struct sock_filter load[] = { BPF_STMT (BPF_LD | BPF_W | BPF_ABS, 4 * i) };
      struct seccomp_filter filter = { .program = load, .length = 1 };
      char text[128];
      instruction_text (&filter, 0, text);
      assert_memory_equal (text, "load ", 5);
      assert_int_equal (strncmp (text + 5, words[i], strlen (words[i])), 0);
    }
}

/* ---- differences ---------------------------------------------------------------------------------------------- */

static void
test_diff (void **state)
{
  struct sock_filter equal[] = { NUMBER,
                                 BPF_JUMP (BPF_JMP | BPF_JEQ | BPF_K, SYS_mkdirat, 0, 2),
                                 LOW (2),
                                 BPF_JUMP (BPF_JMP | BPF_JEQ | BPF_K, 0x1ed, 0, 1),
                                 RETURN (SECCOMP_RET_ALLOW),
                                 RETURN (SECCOMP_RET_LOG) };
  struct sock_filter above[] = { NUMBER,
                                 BPF_JUMP (BPF_JMP | BPF_JEQ | BPF_K, SYS_mkdirat, 0, 4),
                                 LOW (2),
                                 BPF_JUMP (BPF_JMP | BPF_JGT | BPF_K, 0x1ed, 1, 0),
                                 BPF_JUMP (BPF_JMP | BPF_JGE | BPF_K, 0x1ed, 1, 0),
                                 RETURN (SECCOMP_RET_LOG),
                                 RETURN (SECCOMP_RET_ALLOW) };
  struct sock_filter zero[] = { NUMBER,
                                BPF_JUMP (BPF_JMP | BPF_JEQ | BPF_K, SYS_mkdirat, 0, 4),
                                LOW (2),
                                BPF_JUMP (BPF_JMP | BPF_JGT | BPF_K, 0x1ed, 1, 0),
                                BPF_JUMP (BPF_JMP | BPF_JGE | BPF_K, 0x1ec, 1, 0),
                                RETURN (SECCOMP_RET_LOG),
                                RETURN (SECCOMP_RET_ALLOW) };
  struct loaded_filters one = ONE (equal), same = ONE (above), other = ONE (zero);
  struct profile_differences differences;
  struct error error = { 0 };
  (void)state;
  assert_int_equal (loaded_diff (&one, &same, arch_native ()->name, &test_arena, &differences, &error), 0);
  assert_int_equal (differences.count, 0);
  assert_int_equal (loaded_diff (&one, &other, arch_native ()->name, &test_arena, &differences, &error), 0);
  assert_int_equal (differences.count, 1);
  assert_string_equal (differences.items[0].what, "mkdirat");
  assert_non_null (strstr (differences.items[0].one, "LOG for mkdirat(0x0, 0x0, 0x1ec)"));
  assert_non_null (strstr (differences.items[0].two, "ALLOW for mkdirat(0x0, 0x0, 0x1ec)"));
}

/* ---- numbers without a name ----------------------------------------------------------------------------------- */

/* How the two differ on the native architecture. */
static struct profile_differences
differences_of (struct loaded_filters one, struct loaded_filters two)
{
  struct profile_differences differences;
  struct error error = { 0 };
  assert_int_equal (loaded_diff (&one, &two, arch_native ()->name, &test_arena, &differences, &error), 0);
  return differences;
}

/* A filter that logs one number, or all from one on, or those that have bits. */
static struct loaded_filters
logs (uint16_t comparison, uint32_t number)
{
  struct sock_filter *program = arena_array (&test_arena, struct sock_filter, 4);
  program[0] = (struct sock_filter)NUMBER;
  program[1] = (struct sock_filter)BPF_JUMP (BPF_JMP | comparison | BPF_K, number, 0, 1);
  program[2] = (struct sock_filter)RETURN (SECCOMP_RET_LOG);
  program[3] = (struct sock_filter)RETURN (SECCOMP_RET_ALLOW);
  return one_filter (program, 4);
}

static void
differ_for (struct loaded_filters one, struct loaded_filters two, const char *numbers)
{
  struct profile_differences differences = differences_of (one, two);
  assert_int_equal (differences.count, 1);
  assert_string_equal (differences.items[0].what, numbers);
}

/* Filters that differ for numbers only that no kernel has are not equal. */
static void
test_nameless (void **state)
{
  static const uint32_t numbers[] = { 999, 1023, 1024, 5000, 0x3ffffffe, UINT32_MAX };
  struct loaded_filters none = logs (BPF_JEQ, 9);
  (void)state;
  none.filters->program[2] = (struct sock_filter)RETURN (SECCOMP_RET_ALLOW);
  for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
    {
      char text[32];
      (void)snprintf (text, sizeof text, "%d", (int)numbers[i]);
      differ_for (none, logs (BPF_JEQ, numbers[i]), text);
      differ_for (logs (BPF_JEQ, numbers[i]), none, text);
      assert_int_equal (differences_of (logs (BPF_JEQ, numbers[i]), logs (BPF_JEQ, numbers[i])).count, 0);
    }
  struct profile_differences differences = differences_of (none, logs (BPF_JGE, 5000));
  assert_true (differences.count >= 1);
#ifdef __x86_64__ /* x32 has what is between */
  assert_int_equal (differences.count, 2);
  assert_string_equal (differences.items[0].what, "5000 to 1073741823");
  assert_string_equal (differences.items[1].what, "-1");
#else
  assert_int_equal (differences.count, 2);
  assert_string_equal (differences.items[0].what, "5000 to 2147483647");
  assert_string_equal (differences.items[1].what, "-2147483648 to -1");
#endif
  differ_for (logs (BPF_JGE, 5000), logs (BPF_JGT, 5000), "5000");
}

/* The table of a filter has every number, and knows what those get that the filter does not ask for. */
static void
test_table (void **state)
{
  struct loaded_filters filters = logs (BPF_JEQ, 5000);
  struct loaded_table table;
  uint32_t logged = 0;
  (void)state;
  loaded_tabulate (&filters, arch_native (), &test_arena, &table);
  assert_false (table.incomplete);
  assert_string_equal (table.rows[table.usual].text, "ALLOW");
  assert_int_equal (table.rows[0].number, 0);
  for (uint32_t i = 0; i < table.count; i++)
    {
      const struct loaded_row *row = &table.rows[i];
      assert_true (row->number == -1 || i == 0 || row->number == table.rows[i - 1].last + 1
                   || row->number == INT32_MIN);
      if (row->answer.verdicts[0] == SECCOMP_RET_ALLOW)
        continue;
      logged++;
      assert_string_equal (row->name, "5000");
    }
  assert_int_equal (logged, 1);
  assert_int_equal (table.rows[table.count - 1].last, -1);
  filters = logs (BPF_JSET, 0x10000);
  loaded_tabulate (&filters, arch_native (), &test_arena, &table);
  assert_true (table.incomplete);
}

/* One that kills all calls but a number without a name does not kill every system call. */
static void
test_killing (void **state)
{
  struct loaded_filters all = logs (BPF_JEQ, 7), most = logs (BPF_JEQ, 77777);
  (void)state;
  all.filters->program[2] = all.filters->program[3] = most.filters->program[3]
      = (struct sock_filter)RETURN (SECCOMP_RET_KILL_PROCESS);
  differ_for (all, most, "every system call");
}

/* The accumulator is followed over jumps and other loads. What is not a comparison with the number is not tried. */
static void
test_calculated (void **state)
{
#ifdef __x86_64__
  struct sock_filter across[] = {
    NUMBER,
    BPF_JUMP (BPF_JMP | BPF_JA | BPF_K, 1, 0, 0),
    LOW (0),
    BPF_STMT (BPF_ALU | BPF_AND | BPF_K, ~0x40000000u),
    BPF_JUMP (BPF_JMP | BPF_JEQ | BPF_K, 70000, 0, 1),
    RETURN (SECCOMP_RET_LOG),
    RETURN (SECCOMP_RET_ALLOW),
  };
#endif
  struct sock_filter halved[] = {
    NUMBER,
    BPF_STMT (BPF_ALU | BPF_RSH | BPF_K, 1),
    BPF_JUMP (BPF_JMP | BPF_JEQ | BPF_K, 35000, 0, 1),
    RETURN (SECCOMP_RET_LOG),
    RETURN (SECCOMP_RET_ALLOW),
  };
  struct sock_filter argument[] = {
    NUMBER,
    LOW (0),
    BPF_STMT (BPF_ALU | BPF_AND | BPF_K, 0xf),
    BPF_JUMP (BPF_JMP | BPF_JEQ | BPF_K, 0x10, 0, 1),
    RETURN (SECCOMP_RET_LOG),
    RETURN (SECCOMP_RET_ALLOW),
  };
  struct sock_filter moved[] = {
    NUMBER,
    BPF_STMT (BPF_MISC | BPF_TAX, 0),
    BPF_JUMP (BPF_JMP | BPF_JEQ | BPF_K, 70000, 0, 1),
    RETURN (SECCOMP_RET_LOG),
    RETURN (SECCOMP_RET_ALLOW),
  };
  struct sock_filter many[4096] = { NUMBER };
  for (uint32_t i = 1; i < 4095; i++)
    many[i] = (struct sock_filter)BPF_JUMP (BPF_JMP | BPF_JEQ | BPF_K, 70000 + 2 * i, 0, 0);
  many[4095] = (struct sock_filter)RETURN (SECCOMP_RET_ALLOW);
  (void)state;
  struct loaded_filters none = logs (BPF_JEQ, 9); /* it has none of the numbers that the others ask for */
  none.filters->program[2] = (struct sock_filter)RETURN (SECCOMP_RET_ALLOW);
#ifdef __x86_64__
  differ_for (ONE (across), none, "70000");
#endif
  assert_int_equal (differences_of (ONE (argument), none).count, 0);
  struct profile_differences differences = differences_of (ONE (halved), none);
  assert_true (differences.count >= 1);
  assert_string_equal (differences.items[0].what, "numbers without a name");
  assert_non_null (strstr (differences.items[0].one, "not all could be tried"));
  differences = differences_of (ONE (many), none);
  assert_int_equal (differences.count, 1);
  assert_string_equal (differences.items[0].what, "numbers without a name");
  differences = differences_of (ONE (moved), none);
  assert_string_equal (differences.items[0].what, "numbers without a name");
#ifdef __x86_64__
  assert_string_equal (differences.items[differences.count - 1].what, "70000");
#endif
  differences = differences_of (logs (BPF_JSET, 0x10), none);
  assert_string_equal (differences.items[0].what, "numbers without a name");
  differences = differences_of (logs (BPF_JSET, 0x40000000), none);
  assert_true (differences.count == 0 || strcmp (differences.items[0].what, "numbers without a name") != 0);
}

/* The kernel refuses to trace a zombie with EPERM, which is not a matter of rights. */
static void
test_ended (void **state)
{
  struct error error = { 0 };
  siginfo_t information;
  pid_t child = fork ();
  if (child == 0)
    _exit (0);
  assert_int_equal (waitid (P_PID, (id_t)child, &information, WEXITED | WNOWAIT), 0);
  const struct loaded_filters loaded = { .process = child, .thread = child, .name = "z" };
  errno = 0;
  assert_int_equal (ptrace (PTRACE_SEIZE, child, NULL, NULL), -1);
  for (int attempt = LOADED_SEIZE; attempt <= LOADED_GET; attempt++)
    {
      error = (struct error){ 0 };
      assert_int_equal (loaded_refuse (&loaded, (enum loaded_attempt)attempt, errno, &error), -1);
      assert_non_null (strstr (error.text, "has just ended"));
    }
  assert_int_equal (waitpid (child, NULL, 0), child);
  (void)state;
}

/* What of aarch64 can be known here: of futex only a wait with a time limit, of clock_nanosleep only one for a time. */
static void
test_restarts (void **state)
{
  static const struct
  {
    uint64_t number, arguments[6];
    bool restarts;
  } calls[] = {
    { 98, { 4096, 0x80, 0, 4096 }, true },  /* FUTEX_WAIT_PRIVATE */
    { 98, { 4096, 0x189, 0, 4096 }, true }, /* FUTEX_WAIT_BITSET_PRIVATE, by the wall clock */
    { 98, { 4096, 0x80, 0, 0 }, false },
    { 98, { 4096, 0x81, 1, 4096 }, false }, /* FUTEX_WAKE_PRIVATE: the argument has no meaning */
    { 98, { 4096, 0x86, 0, 4096 }, false }, /* FUTEX_LOCK_PI_PRIVATE */
    { 98, { 4096, 11, 0, 4096 }, false },   /* FUTEX_WAIT_REQUEUE_PI */
    { 115, { 1, 0, 4096, 0 }, true },
    { 115, { 1, 1, 4096, 0 }, false }, /* TIMER_ABSTIME */
    { 101, { 4096, 4096 }, true },
    { 128, { 0 }, true },
    { 73, { 4096, 1, 4096 }, false }, /* ppoll */
  };
  (void)state;
  for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
    if (loaded_restarts_on_aarch64 (calls[i].number, calls[i].arguments) != calls[i].restarts)
      fail_msg ("call %zu", i);
}

int
main (void)
{
  const struct CMUnitTest tests[]
      = { cmocka_unit_test (test_pairs), cmocka_unit_test (test_arguments), cmocka_unit_test (test_unsure),
          cmocka_unit_test (test_words), cmocka_unit_test (test_diff),      cmocka_unit_test (test_nameless),
          cmocka_unit_test (test_table), cmocka_unit_test (test_killing),   cmocka_unit_test (test_calculated),
          cmocka_unit_test (test_ended), cmocka_unit_test (test_restarts) };
  return cmocka_run_group_tests (tests, setup_arena, NULL);
}
