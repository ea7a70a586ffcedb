/*
 * Programs that husk runs: their input, what is kept of their output, and how their end is reported.
 */
#include "document.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "husk/descriptor.h"
#include "husk/program.h"

#define FOREVER "exec sleep 100000" /* no child of a shell, which would outlive it */
#define LONG_ENOUGH 60000           /* milliseconds, for a program that ends by itself */
#define SOON 2000                   /* for one that does not, but prints something first */

static char said[256];

/* A script of sh as the program "it", whose errors are kept. */
static struct program
script (const char *text)
{
  static char *arguments[] = { (char *)"sh", (char *)"-c", NULL, NULL };
  arguments[2] = (char *)text;
  return (struct program){ .name = "it",
                           .path = "/bin/sh",
                           .arguments = arguments,
                           .environment = environ,
                           .patience = LONG_ENOUGH,
                           .errors = { .text = said, .size = sizeof said } };
}

static struct program_end
run (struct program *program)
{
  struct error error = { 0 };
  struct program_end end;
  if (program_run (program, &end, &error) < 0)
    fail_msg ("%s: %s", error.text, strerror (error.code));
  return end;
}

static void
fails (struct program *program, const struct program_end *end, const char *wanted)
{
  struct error error = { 0 };
  assert_int_equal (program_fail (program, end, &error), -1);
  assert_string_equal (error.text, wanted);
}

static void
test_ends (void **state)
{
  static const struct
  {
    const char *script, *words;
  } table[] = {
    { "exit 3", "it exited with status 3" },
    { "echo one; echo two >&2; exit 1", "it exited with status 1: one two" },
    { "printf 'a\\n\\n b \\n \\n'; exit 1", "it exited with status 1: a   b" },
    { "printf 'a\\0b'; exit 1", "it exited with status 1: a b" },
    { "kill -KILL $$", "it was killed by signal 9 (SIGKILL)" },
    { "echo last words; kill -SEGV $$", "it was killed by signal 11 (SIGSEGV): last words" },
    { "kill -40 $$", "it was killed by signal 40" },
  };
  for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
    {
      struct program program = script (table[i].script);
      struct program_end end = run (&program);
      assert_false (program_succeeded (&end));
      fails (&program, &end, table[i].words);
    }
  struct program program = script ("echo fine");
  struct program_end end = run (&program);
  assert_true (program_succeeded (&end));
  assert_string_equal (said, "fine\n");
  assert_false (program.errors.cut);
  (void)state;
}

static void
test_words_of_an_end (void **state)
{
  static char long_words[2000];
  char text[PROGRAM_END_SIZE], wanted[PROGRAM_END_SIZE];
  static const struct
  {
    struct program_end end;
    const char *words;
  } table[] = {
    { { .way = PROGRAM_LATE, .number = 5000 }, "was still running after 5 s and was killed" },
    { { .way = PROGRAM_LATE, .number = 250 }, "was still running after 250 ms and was killed" },
    { { .way = PROGRAM_LATE, .number = 5000, .alive = true },
      "was still running after 5 s, was killed, and has not ended" },
    { { .way = PROGRAM_LATE, .number = 5000, .alive = true, .spared = true },
      "was still running after 5 s, and cannot be killed" },
    { { .way = PROGRAM_INTERRUPTED, .number = SIGTERM },
      "was still running when husk was interrupted by SIGTERM and was killed" },
  };
  for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
    assert_string_equal (program_end_text (&table[i].end, NULL, text), table[i].words);
  /* a character of two bytes is not cut */
  for (size_t i = 0; i + 1 < sizeof long_words; i += 2)
    memcpy (long_words + i, "\u00e9", 2);
  memcpy (long_words + sizeof long_words - 2, "x", 2);
  struct program_end end = { .way = PROGRAM_EXITED, .number = 1 };
  (void)snprintf (wanted, sizeof wanted, "exited with status 1: %s", long_words + sizeof long_words - 1 - 299);
  assert_string_equal (program_end_text (&end, long_words, text), wanted);
  assert_memory_equal (text + strlen ("exited with status 1: "), "\u00e9", 2);
  assert_int_equal (program_end_of (SIGSYS).way, PROGRAM_KILLED);
  assert_int_equal (program_end_of (7 << 8).number, 7);
  (void)state;
}

/* More than a pipe holds, both ways at once. */
static void
test_fed (void **state)
{
  const size_t size = 3000000;
  char *input = test_malloc (size);
  for (size_t i = 0; i < size; i++)
    input[i] = (char)('a' + i * 7 % 26);
  struct program program = script ("cat");
  program.input = input;
  program.input_size = size;
  program.out.all = true;
  struct program_end end = run (&program);
  assert_true (program_succeeded (&end));
  assert_int_equal (program.out.used, size);
  assert_memory_equal (program.out.text, input, size);
  assert_string_equal (said, "");
  free (program.out.text);
  /* one that reads nothing, or a part */
  program = script ("exec <&-; exit 0");
  program.input = input;
  program.input_size = size;
  end = run (&program);
  assert_true (program_succeeded (&end));
  program = script ("head -c 4");
  program.input = input;
  program.input_size = size;
  end = run (&program);
  assert_true (program_succeeded (&end));
  assert_memory_equal (said, input, 4);
  /* without input it reads end of file, and so with an empty one */
  for (int i = 0; i < 2; i++)
    {
      program = script ("wc -c");
      program.input = i ? "" : NULL;
      end = run (&program);
      assert_true (program_succeeded (&end));
      assert_int_equal (atoi (said), 0);
    }
  test_free (input);
  (void)state;
}

static void
test_tail (void **state)
{
  struct program program = script ("i=0; while [ $i -lt 30000 ]; do echo line $i; i=$((i+1)); done; echo the end");
  char out[101];
  program.out = (struct program_output){ .text = out, .size = sizeof out };
  struct program_end end = run (&program);
  assert_true (program_succeeded (&end));
  assert_int_equal (program.out.used, 100);
  assert_int_equal (strlen (out), 100);
  assert_true (program.out.cut);
  assert_string_equal (out + 100 - strlen ("line 29998\nline 29999\nthe end\n"), "line 29998\nline 29999\nthe end\n");
  assert_string_equal (said, "");
  assert_false (program.errors.cut);
  /* what just fits is whole */
  program = script ("printf %0100d 7");
  program.out = (struct program_output){ .text = out, .size = sizeof out };
  end = run (&program);
  assert_true (program_succeeded (&end) && !program.out.cut);
  assert_int_equal (strspn (out, "0"), 99);
  (void)state;
}

/* Whether the process that a line of out names is gone, an orphaned zombie included: it is given the time. */
static bool
is_gone (const char *pid)
{
  char path[64], status[1024];
  (void)snprintf (path, sizeof path, "/proc/%d/stat", atoi (pid));
  for (int i = 0; i < 500; i++)
    {
      if (read_small (path, status, sizeof status) <= 0 || strstr (status, ") Z ") || strstr (status, ") X "))
        return true;
      (void)usleep (20000);
    }
  return false;
}

static void
test_late (void **state)
{
  struct program program = script ("echo waiting; " FOREVER);
  program.patience = SOON;
  struct program_end end = run (&program);
  fails (&program, &end, "it was still running after 2 s and was killed: waiting");
  /* with its children, when it has a group of its own */
  program = script (FOREVER " & echo $!; wait");
  program.patience = SOON;
  program.own_group = true;
  end = run (&program);
  assert_int_equal (end.way, PROGRAM_LATE);
  assert_true (atoi (said) > 0);
  assert_true (is_gone (said));
  /* closed outputs are not its end */
  program = script ("exec >&- 2>&-; " FOREVER);
  program.patience = 150;
  end = run (&program);
  fails (&program, &end, "it was still running after 150 ms and was killed");
  program = script ("exec >&- 2>&-; exit 6");
  end = run (&program);
  assert_int_equal (end.way, PROGRAM_EXITED);
  assert_int_equal (end.number, 6);
  /* it is not late if it has ended by the time that a stopped husk continues */
  program = script ("kill -STOP $PPID; echo in time; (sleep 2.5; kill -CONT $PPID) >/dev/null 2>&1 & exit 7");
  program.patience = SOON;
  end = run (&program);
  fails (&program, &end, "it exited with status 7: in time");
  /* its deadline can start again with each output */
  program = script ("for i in 1 2 3; do echo $i; sleep 0.7; done; " FOREVER);
  program.out.all = true;
  program.patience = 1500;
  program.patient_with_words = true;
  end = run (&program);
  assert_int_equal (end.way, PROGRAM_LATE);
  assert_string_equal (program.out.text, "1\n2\n3\n");
  free (program.out.text);
  (void)state;
}

/* Its children may keep its outputs open and write to them. */
static void
test_left_behind (void **state)
{
  static const char *const scripts[] = { FOREVER " & echo $! >&3; exit 4", "yes & echo $! >&3; exit 4" };
  for (size_t i = 0; i < 2; i++)
    {
      char name[] = "/tmp/husk-test-program-XXXXXX", text[256], pid[32];
      auto_close int file = mkstemp (name);
      assert_true (file >= 0);
      (void)snprintf (text, sizeof text, "exec 3>%s; %s", name, scripts[i]);
      struct program program = script (text);
      struct program_end end = run (&program);
      assert_int_equal (end.way, PROGRAM_EXITED);
      assert_int_equal (end.number, 4);
      assert_true (read_small (name, pid, sizeof pid) > 0);
      assert_int_equal (kill (atoi (pid), SIGKILL), 0);
      (void)unlink (name);
    }
  (void)state;
}

static void
test_cannot_run (void **state)
{
  static char huge[200000];
  static char *arguments[] = { (char *)"it", huge, NULL };
  struct error error = { 0 };
  struct program_end end;
  static const struct
  {
    const char *path;
    int code;
  } table[] = { { "/no/such/program", ENOENT }, { "/etc/passwd", EACCES }, { "/etc", EACCES } };
  for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
    {
      struct program program = script ("exit 0");
      program.path = table[i].path;
      program.origin = 42;
      error = (struct error){ 0 };
      assert_int_equal (program_run (&program, &end, &error), -1);
      assert_int_equal (error.code, table[i].code);
      assert_int_equal (error.origin, 42);
      assert_string_equal (error.text, "run it");
    }
  memset (huge, 'x', sizeof huge - 1);
  struct program program = script ("exit 0");
  program.arguments = arguments;
  error = (struct error){ 0 };
  assert_int_equal (program_run (&program, &end, &error), -1);
  assert_int_equal (error.code, E2BIG);
  assert_non_null (strstr (error.hint, "args[1] is 199999 bytes long"));
  (void)state;
}

/* The program does not inherit what the caller has left open, which stays open for others; nor its blocked and
 * ignored signals. */
static void
test_surroundings (void **state)
{
  sigset_t blocked, before;
  auto_close int open_in_all = open ("/dev/null", O_RDONLY), own = open ("/dev/null", O_RDONLY | O_CLOEXEC);
  assert_true (open_in_all > 2);
  (void)sigemptyset (&blocked);
  (void)sigaddset (&blocked, SIGTERM);
  (void)sigprocmask (SIG_BLOCK, &blocked, &before);
  (void)signal (SIGUSR1, SIG_IGN);
  char text[200];
  (void)snprintf (text, sizeof text, "[ ! -e /proc/$$/fd/%d ] && grep -E '^Sig(Blk|Ign)' /proc/self/status",
                  open_in_all);
  struct program program = script (text);
  program.input = "x";
  program.input_size = 1;
  program.out.all = true;
  struct program_end end = run (&program);
  (void)signal (SIGUSR1, SIG_DFL);
  (void)sigprocmask (SIG_SETMASK, &before, NULL);
  assert_true (program_succeeded (&end));
  assert_int_equal (fcntl (open_in_all, F_GETFD), 0);
  assert_int_equal (fcntl (own, F_GETFD), FD_CLOEXEC);
  assert_string_equal (program.out.text, "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n");
  free (program.out.text);
  program = script ("pwd");
  program.directory = "/usr";
  end = run (&program);
  assert_string_equal (said, "/usr\n");
  (void)state;
}

/* Others' descriptors get the numbers that follow 2, whatever theirs were; one that is left out stays closed. */
static void
test_other_descriptors (void **state)
{
  int ends[2];
  assert_int_equal (pipe (ends), 0);
  auto_close int ours = ends[0], theirs = ends[1];
  auto_close int four = fcntl (theirs, F_DUPFD, 4), null = open ("/dev/null", O_RDONLY);
  static char *arguments[] = { (char *)"sh", (char *)"-c", (char *)"echo third >&5; ls -l /proc/$$/fd >&3", NULL };
  for (int swapped = 0; swapped < 2; swapped++)
    {
      const int others[] = { swapped ? four : theirs, -1, swapped ? theirs : four };
      struct program_start start = { .path = "/bin/sh",
                                     .arguments = arguments,
                                     .environment = environ,
                                     .input = -1,
                                     .out = null,
                                     .errors = null,
                                     .others = others,
                                     .others_count = 3 };
      char text[4096] = "";
      pid_t pid;
      int status;
      assert_int_equal (program_start (&start, &pid), 0);
      assert_int_equal (waitpid (pid, &status, 0), pid);
      assert_true (read (ours, text, sizeof text - 1) > 0);
      assert_memory_equal (text, "third\n", 6);
      assert_non_null (strstr (text, " 3 -> pipe:"));
      assert_non_null (strstr (text, " 5 -> pipe:"));
      assert_null (strstr (text, " 4 -> "));
    }
  (void)state;
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (test_ends),
    cmocka_unit_test (test_words_of_an_end),
    cmocka_unit_test (test_fed),
    cmocka_unit_test (test_tail),
    cmocka_unit_test (test_late),
    cmocka_unit_test (test_left_behind),
    cmocka_unit_test (test_cannot_run),
    cmocka_unit_test (test_surroundings),
    cmocka_unit_test (test_other_descriptors),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
