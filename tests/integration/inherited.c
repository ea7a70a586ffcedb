/*
 * Attributes that a process passes on over fork and execve, apart from descriptors and environment.
 * inherited taint PROGRAM ARG...: sets all of them, then executes the program.
 * inherited show: prints what it has, one line each.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/securebits.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define IO_PRIORITY (2 << 13 | 6)

static void
check (long result, const char *what)
{
  if (result >= 0)
    return;
  perror (what);
  exit (1);
}

static void
write_own (const char *path, const char *text)
{
  int fd = open (path, O_WRONLY);
  check (fd, path);
  check (write (fd, text, strlen (text)), path);
  close (fd);
}

static void
taint (void)
{
  struct rlimit core = { 4096, 8192 };
  struct sched_param none = { 0 };
  unsigned long node = 1;
  sigset_t blocked;
  for (int number = 1; number <= 64; number++) /* also those that libc keeps for itself */
    if (number != SIGKILL && number != SIGSTOP)
      {
        unsigned long ignored[8] = { (unsigned long)SIG_IGN };
        check (syscall (SYS_rt_sigaction, number, ignored, NULL, 8), "ignore a signal");
      }
  (void)sigemptyset (&blocked);
  (void)sigaddset (&blocked, SIGUSR1);
  (void)sigaddset (&blocked, SIGTERM);
  check (sigprocmask (SIG_SETMASK, &blocked, NULL), "block signals");
  check (setpriority (PRIO_PROCESS, 0, 5), "set nice");
  check (sched_setscheduler (0, SCHED_BATCH, &none), "set the policy");
  check (syscall (SYS_ioprio_set, 1, 0, IO_PRIORITY), "set the I/O priority");
  check (prctl (PR_SET_TIMERSLACK, 123456, 0, 0, 0), "set the timer slack");
  check (prctl (PR_SET_THP_DISABLE, 1, 0, 0, 0), "forbid huge pages");
  check (prctl (PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0), "become a subreaper");
  check (prctl (PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP, 0, 0, 0), "set the securebits");
  check (prctl (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "set no_new_privs");
  check (personality (ADDR_NO_RANDOMIZE), "set the personality");
  check (setrlimit (RLIMIT_CORE, &core), "set a limit");
  check (syscall (SYS_set_mempolicy, 2 /* MPOL_BIND */, &node, 64), "set the memory policy");
  write_own ("/proc/self/coredump_filter", "0x21");
  write_own ("/proc/self/oom_score_adj", "321");
  (void)umask (0111);
}

static uint64_t
signals_ignored (void)
{
  uint64_t ignored = 0;
  for (int number = 1; number <= 64; number++)
    {
      unsigned long action[8] = { 0 };
      check (syscall (SYS_rt_sigaction, number, NULL, action, 8), "look at a signal");
      if (action[0] == (unsigned long)SIG_IGN)
        ignored |= 1ull << (number - 1);
    }
  return ignored;
}

static void
show_own (const char *name, const char *path)
{
  char text[64] = "";
  int fd = open (path, O_RDONLY);
  check (fd, path);
  check (read (fd, text, sizeof text - 1), path);
  close (fd);
  text[strcspn (text, "\n")] = '\0';
  printf ("%s %s\n", name, text);
}

static void
show (void)
{
  struct rlimit core;
  uint64_t blocked = 0;
  int death = -1, subreaper = -1, policy = -1, ambient = 0;
  check (syscall (SYS_rt_sigprocmask, SIG_BLOCK, NULL, &blocked, 8), "look at the signal mask");
  check (prctl (PR_GET_PDEATHSIG, &death), "look at the signal of a parent's death");
  check (prctl (PR_GET_CHILD_SUBREAPER, &subreaper), "look for a subreaper");
  check (getrlimit (RLIMIT_CORE, &core), "look at a limit");
  check (syscall (SYS_get_mempolicy, &policy, NULL, 0, NULL, 0), "look at the memory policy");
  for (int i = 0; prctl (PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, i, 0, 0) >= 0; i++)
    ambient += prctl (PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, i, 0, 0);
  printf ("blocked %llx\nignored %llx\n", (unsigned long long)blocked, (unsigned long long)signals_ignored ());
  printf ("umask %o\n", umask (0));
  printf ("own session %d\nown group %d\n", getsid (0) == getpid (), getpgrp () == getpid ());
  printf ("terminal %d\n", open ("/dev/tty", O_RDWR) >= 0 || errno != ENXIO);
  printf ("signal of a parent's death %d\nsubreaper %d\nambient %d\n", death, subreaper, ambient);
  printf ("dumpable %d\n", prctl (PR_GET_DUMPABLE));
  printf ("nice %d\npolicy %d\n", getpriority (PRIO_PROCESS, 0), sched_getscheduler (0));
  printf ("io priority %d\n", (int)syscall (SYS_ioprio_get, 1, 0) == IO_PRIORITY);
  printf ("timer slack %d\nno huge pages %d\n", prctl (PR_GET_TIMERSLACK), prctl (PR_GET_THP_DISABLE, 0, 0, 0, 0));
  printf ("securebits %x\nno_new_privs %d\n", prctl (PR_GET_SECUREBITS), prctl (PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
  printf ("personality %x\n", (unsigned)personality (0xffffffff));
  printf ("core limit %llu %llu\n", (unsigned long long)core.rlim_cur, (unsigned long long)core.rlim_max);
  printf ("memory policy %d\n", policy);
  show_own ("core filter", "/proc/self/coredump_filter");
  show_own ("oom score", "/proc/self/oom_score_adj");
}

int
main (int argc, char **argv)
{
  if (argc > 2 && strcmp (argv[1], "taint") == 0)
    {
      taint ();
      (void)execv (argv[2], argv + 2);
      perror (argv[2]);
      return 1;
    }
  show ();
  return 0;
}
