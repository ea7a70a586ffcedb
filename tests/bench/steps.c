/*
 * Which instructions of a program are executed: `steps FIRST END OUT COMMAND...` executes a command step by step, and
 * appends the addresses between FIRST and END that it was at to OUT, one per line. Children are followed until they
 * execute another program. order uses it. Exits with the command's status.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#define SPAN_MAX (64ul << 20)

#ifdef __x86_64__
/* The signal with which the thread continues. */
static int
note_stop (pid_t thread, int status, unsigned long first, unsigned char *seen, unsigned long span)
{
  struct user_regs_struct registers;
  int signal = WSTOPSIG (status);
  if (ptrace (PTRACE_GETREGS, thread, NULL, &registers) == 0 && registers.rip - first < span)
    seen[registers.rip - first] = 1;
  return signal == SIGTRAP || signal == SIGSTOP ? 0 : signal;
}

/* Until the program ends: its wait status. */
static int
follow (pid_t program, unsigned long first, unsigned char *seen, unsigned long span)
{
  int status;
  for (;;)
    {
      pid_t thread = waitpid (-1, &status, __WALL); /* without a deadline: whoever runs it watches it */
      if (thread < 0 && errno == EINTR)
        continue;
      if (thread < 0 || ((WIFEXITED (status) || WIFSIGNALED (status)) && thread == program))
        return thread < 0 ? 1 << 8 : status;
      if (!WIFSTOPPED (status))
        continue;
      if (status >> 16 == PTRACE_EVENT_EXEC && thread != program)
        (void)ptrace (PTRACE_DETACH, thread, NULL, NULL);
      else if (status >> 16)
        (void)ptrace (PTRACE_SINGLESTEP, thread, NULL, NULL);
      else
        {
          int signal = note_stop (thread, status, first, seen, span);
          (void)ptrace (PTRACE_SINGLESTEP, thread, NULL, (long)signal);
        }
    }
}

int
main (int argc, char **argv)
{
  int status;
  if (argc < 5)
    return 2;
  unsigned long first = strtoul (argv[1], NULL, 16), span = strtoul (argv[2], NULL, 16) - first;
  unsigned char *seen = span <= SPAN_MAX ? calloc (span, 1) : NULL;
  FILE *out = fopen (argv[3], "ae");
  if (!seen || !out)
    return 2;
  pid_t program = fork ();
  if (program == 0)
    {
      (void)ptrace (PTRACE_TRACEME, 0, NULL, NULL);
      (void)execv (argv[4], argv + 4);
      _exit (127);
    }
  if (waitpid (program, &status, 0) < 0 || !WIFSTOPPED (status))
    return 2;
  (void)ptrace (
      PTRACE_SETOPTIONS, program, NULL,
      (long)(PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL));
  (void)ptrace (PTRACE_SINGLESTEP, program, NULL, NULL);
  status = follow (program, first, seen, span);
  for (unsigned long i = 0; i < span; i++)
    if (seen[i])
      (void)fprintf (out, "%lx\n", first + i);
  if (fclose (out) != 0)
    return 2;
  return WIFEXITED (status) ? WEXITSTATUS (status) : 1;
}
#else
int
main (void)
{
  (void)fprintf (stderr, "steps knows the registers of x86_64 only\n");
  return 2;
}
#endif
