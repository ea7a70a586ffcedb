/*
 * Runs a command and kills it (SIGKILL) as it enters its N-th system call: `stepper N COMMAND...`. With N 0 it runs to
 * its end and prints how many there were. Only the command itself is stepped, not the processes that it makes.
 *
 * `stepper -SIGNAL N COMMAND...` sends that signal instead, lets the command continue, and returns its status, as a
 * shell does.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

static int
traced (char **argv)
{
  if (ptrace (PTRACE_TRACEME, 0, NULL, NULL) < 0)
    return 125;
  (void)raise (SIGSTOP);
  (void)execvp (argv[0], argv);
  return 127;
}

/* Until it ends, with the signals that it gets. */
static int
go_on (pid_t child, int status)
{
  while (WIFSTOPPED (status))
    {
      int pass = WSTOPSIG (status) == SIGTRAP ? 0 : WSTOPSIG (status);
      (void)ptrace (PTRACE_CONT, child, NULL, pass);
      if (waitpid (child, &status, 0) < 0)
        return 1;
    }
  return WIFEXITED (status) ? WEXITSTATUS (status) : 128 + WTERMSIG (status);
}

static int
step (pid_t child, int signal, long stop_at)
{
  int status, entering = 1, pass = 0;
  long count = 0;
  (void)waitpid (child, &status, 0);
  (void)ptrace (PTRACE_SETOPTIONS, child, NULL, PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL);
  for (;;)
    {
      (void)ptrace (PTRACE_SYSCALL, child, NULL, pass);
      if (waitpid (child, &status, 0) < 0 || !WIFSTOPPED (status))
        break;
      pass = 0;
      if (WSTOPSIG (status) != (SIGTRAP | 0x80))
        {
          pass = WSTOPSIG (status) == SIGTRAP ? 0 : WSTOPSIG (status);
          continue;
        }
      if (entering && ++count == stop_at)
        {
          (void)kill (child, signal);
          if (signal != SIGKILL)
            {
              (void)ptrace (PTRACE_CONT, child, NULL, 0);
              (void)waitpid (child, &status, 0);
              return go_on (child, status);
            }
          (void)waitpid (child, &status, 0);
          return 0;
        }
      entering = !entering;
    }
  if (stop_at == 0)
    (void)fprintf (stderr, "%ld\n", count);
  return WIFEXITED (status) ? WEXITSTATUS (status) : 1;
}

int
main (int argc, char **argv)
{
  int signal = SIGKILL;
  if (argc > 1 && argv[1][0] == '-')
    {
      signal = atoi (argv[1] + 1);
      argv++, argc--;
    }
  if (argc < 3)
    return 2;
  pid_t child = fork ();
  if (child == 0)
    return traced (argv + 2);
  return step (child, signal, strtol (argv[1], NULL, 10));
}
