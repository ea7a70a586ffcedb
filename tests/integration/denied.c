/*
 * A program whose mkdir is denied: by its first process, a child, a thread, with SIGSYS blocked, ignored or handled. It
 * prints what it got, so that ends can be compared.
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

static long
call (void)
{
  return syscall (SYS_mkdirat, -100, "/denied", 0700);
}

static void
handler (int signal, siginfo_t *information, void *context)
{
  ucontext_t *user = context;
#if defined(__x86_64__)
  long number = user->uc_mcontext.gregs[REG_RAX];
#else
  long number = (long)user->uc_mcontext.regs[8];
#endif
  (void)signal;
  printf ("handler: code %d number %d errno %d register %s\n", information->si_code, information->si_syscall,
          information->si_errno, number == information->si_syscall ? "the same" : "another");
  fflush (stdout);
  _exit (information->si_syscall == SYS_mkdirat && information->si_arch ? 7 : 8);
}

static volatile int finished;
static void *
thread (void *argument)
{
  (void)argument;
  long result = call ();
  printf ("thread: %ld %d\n", result, errno);
  finished = 1;
  return NULL;
}

static int
in_thread (void)
{
  pthread_t id;
  char line[64] = "";
  FILE *tasks;
  pthread_create (&id, NULL, thread, NULL);
  /* until it is gone altogether: what is called must not depend on who is faster */
  for (int i = 0, count = 2; i < 1000 && count > 1; i++)
    {
      struct timespec moment = { .tv_nsec = 2000000 };
      nanosleep (&moment, NULL);
      tasks = fopen ("/proc/self/status", "r");
      while (tasks && fgets (line, sizeof line, tasks))
        if (sscanf (line, "Threads: %d", &count) == 1)
          break;
      if (!tasks)
        return 9;
      fclose (tasks);
      if (count == 1)
        {
          if (!finished)
            puts ("the thread is gone");
          return 0;
        }
    }
  return 9;
}

static int
in_child (void)
{
  int status;
  pid_t child = fork ();
  if (child == 0)
    {
      long result = call ();
      _exit (result < 0 ? 10 + (errno == EPERM) : 0);
    }
  waitpid (child, &status, 0);
  if (WIFSIGNALED (status))
    printf ("killed by %d\n", WTERMSIG (status));
  else
    printf ("exit %d\n", WEXITSTATUS (status));
  return 0;
}

int
main (int argc, char **argv)
{
  const char *how = argc > 1 ? argv[1] : "first";
  sigset_t set;
  if (strcmp (how, "thread") == 0)
    return in_thread ();
  if (strcmp (how, "child") == 0)
    return in_child ();
  if (strcmp (how, "blocked") == 0)
    {
      sigemptyset (&set);
      sigaddset (&set, SIGSYS);
      sigprocmask (SIG_BLOCK, &set, NULL);
    }
  if (strcmp (how, "ignored") == 0)
    signal (SIGSYS, SIG_IGN);
  if (strcmp (how, "handled") == 0)
    {
      struct sigaction action = { .sa_sigaction = handler, .sa_flags = SA_SIGINFO };
      sigaction (SIGSYS, &action, NULL);
    }
  long result = call ();
  printf ("result %ld %d\n", result, errno);
  return 5;
}
