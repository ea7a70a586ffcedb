/*
 * Waits in a call that the kernel continues by restart_syscall after an interruption, under a filter for that call:
 * sleeper nanosleep|poll|futex allow|kill. "ready N": the number of the call, "restart N": that of restart_syscall,
 * "interrupted": the wait has ended with EINTR. Then it waits in pause.
 */
#include <errno.h>
#include <linux/filter.h>
#include <linux/futex.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static int
load (unsigned action)
{
  struct sock_filter program[] = {
    BPF_STMT (BPF_LD | BPF_W | BPF_ABS, offsetof (struct seccomp_data, nr)),
    BPF_JUMP (BPF_JMP | BPF_JEQ | BPF_K, SYS_restart_syscall, 0, 1),
    BPF_STMT (BPF_RET | BPF_K, action),
    BPF_STMT (BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  struct sock_fprog all = { sizeof program / sizeof *program, program };
  return prctl (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ? -1 : prctl (PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &all);
}

int
main (int argc, char **argv)
{
  struct timespec long_time = { .tv_sec = 100000 };
  struct pollfd none = { .fd = -1 };
  int word = 0;
  if (argc != 3 || load (strcmp (argv[2], "kill") == 0 ? SECCOMP_RET_KILL_PROCESS : SECCOMP_RET_ALLOW) < 0)
    return 1;
#ifdef SYS_poll
  long waits = SYS_poll;
#else
  long waits = SYS_nanosleep; /* ppoll is not continued but made again */
#endif
  waits = argv[1][0] == 'f' ? SYS_futex : argv[1][0] == 'n' ? SYS_nanosleep : waits;
  printf ("restart %d\nready %ld\n", SYS_restart_syscall, waits);
  fflush (stdout);
  long result = waits == SYS_futex       ? syscall (waits, &word, FUTEX_WAIT, 0, &long_time, NULL, 0)
                : waits == SYS_nanosleep ? syscall (waits, &long_time, NULL)
                                         : syscall (waits, &none, 1, 100000000);
  puts (result < 0 && errno == EINTR ? "interrupted" : "not interrupted");
  fflush (stdout);
  for (;;)
    pause ();
}
