/*
 * The program inside containers whose filter has an action for getppid(2): shows the effect of that action. The first
 * argument selects how the call is made:
 *   call    and its result: "ok" or "errno N"
 *   child   by a child, and how it ended: "signal N" or "exit N"
 *   thread  by another thread, which this one outlives: "the thread has ended, the others go on"
 *   trap    with a handler of SIGSYS, which prints its siginfo
 *   trace   by a traced child: the tracer's message, then the result of the call
 */
#include <errno.h>
#include <linux/audit.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

#ifndef SYS_SECCOMP
#define SYS_SECCOMP 1 /* si_code: <asm-generic/siginfo.h> */
#endif

#if defined(__x86_64__)
#define NATIVE AUDIT_ARCH_X86_64
#define INSTRUCTION(context) ((uintptr_t)(context)->uc_mcontext.gregs[REG_RIP])
#elif defined(__aarch64__)
#define NATIVE AUDIT_ARCH_AARCH64
#define INSTRUCTION(context) ((uintptr_t)(context)->uc_mcontext.pc)
#endif

static int
call (void)
{
  if (syscall (SYS_getppid) < 0)
    printf ("errno %d\n", errno);
  else
    printf ("ok\n");
  return fflush (stdout);
}

static int
wait_for (pid_t child)
{
  int status;
  if (waitpid (child, &status, 0) != child)
    return 1;
  if (WIFSIGNALED (status))
    printf ("signal %d\n", WTERMSIG (status));
  else
    printf ("exit %d\n", WEXITSTATUS (status));
  return 0;
}

static int
child (void)
{
  pid_t pid = fork ();
  if (pid == 0)
    _exit (call ());
  return wait_for (pid);
}

static void *
other_thread (void *unused)
{
  (void)unused;
  (void)call ();
  return NULL;
}

static int
thread (void)
{
  pthread_t other;
  if (pthread_create (&other, NULL, other_thread, NULL) != 0 || pthread_join (other, NULL) != 0)
    return 1;
  printf ("the thread has ended, the others go on\n");
  return 0;
}

static void
trapped (int number, siginfo_t *info, void *data)
{
  const ucontext_t *context = data;
  printf ("signal %d code %s call %s arch %s address %s\n", number, info->si_code == SYS_SECCOMP ? "SYS_SECCOMP" : "?",
          info->si_syscall == SYS_getppid ? "getppid" : "?", info->si_arch == NATIVE ? "native" : "?",
          (uintptr_t)info->si_call_addr == INSTRUCTION (context) ? "of the call" : "?");
}

static int
trap (void)
{
  struct sigaction action = { .sa_sigaction = trapped, .sa_flags = SA_SIGINFO };
  if (sigaction (SIGSYS, &action, NULL) < 0)
    return 1;
  (void)syscall (SYS_getppid);
  printf ("goes on\n");
  return 0;
}

static int
trace (void)
{
  int status;
  unsigned long message = 0;
  pid_t pid = fork ();
  if (pid == 0)
    {
      if (ptrace (PTRACE_TRACEME, 0, NULL, NULL) < 0 || raise (SIGSTOP) != 0)
        _exit (1);
      _exit (call ());
    }
  if (waitpid (pid, &status, 0) != pid || !WIFSTOPPED (status)
      || ptrace (PTRACE_SETOPTIONS, pid, NULL, PTRACE_O_TRACESECCOMP | PTRACE_O_EXITKILL) < 0
      || ptrace (PTRACE_CONT, pid, NULL, NULL) < 0 || waitpid (pid, &status, 0) != pid)
    return 1;
  if (status >> 8 != (SIGTRAP | (PTRACE_EVENT_SECCOMP << 8)) || ptrace (PTRACE_GETEVENTMSG, pid, NULL, &message) < 0)
    return 2;
  printf ("event %lu\n", message);
  (void)fflush (stdout);
  if (ptrace (PTRACE_CONT, pid, NULL, NULL) < 0)
    return 3;
  return wait_for (pid);
}

int
main (int argc, char **argv)
{
  static const struct
  {
    const char *name;
    int (*run) (void);
  } ways[] = { { "call", call }, { "child", child }, { "thread", thread }, { "trap", trap }, { "trace", trace } };
  for (size_t i = 0; argc == 2 && i < sizeof ways / sizeof *ways; i++)
    if (strcmp (argv[1], ways[i].name) == 0)
      return ways[i].run ();
  return 64;
}
