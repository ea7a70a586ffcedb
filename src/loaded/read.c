/*
 * Reads a thread's filters. The thread is seized, interrupted, read and detached, and nothing is printed or waited for
 * in between except its stop, so a signal that ends husk does not leave the thread stopped. The signals of job control
 * are blocked, because a stopped husk could not detach it. Any other end of husk, even by SIGKILL, makes
 * the kernel detach the thread and wake it.
 */
#include "loaded.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <time.h>

#include <linux/ptrace.h> /* after the C library's, whose names it defines again */

#include "husk/descriptor.h"

#define PATIENCE 10000 /* 0.2 ms each: a thread in the kernel may take a while to stop */
#define FILTERS_MAX 32768

/* Waits until the thread stops, perhaps for another signal; returns its wait status. -1 with errno: ESRCH when it has
 * ended, ETIMEDOUT when it does not stop. */
static int
wait_for_stop (pid_t thread)
{
  for (int i = 0; i < PATIENCE; i++)
    {
      int status;
      pid_t got = process_wait (thread, &status, __WALL | WNOHANG);
      if (got == thread && WIFSTOPPED (status))
        return status;
      if (got != 0)
        return errno = ESRCH, -1;
      struct timespec moment = { .tv_nsec = 200000 };
      (void)nanosleep (&moment, NULL);
    }
  return errno = ETIMEDOUT, -1;
}

/* A signal that it had stopped for is delivered, and a process that was stopped stays so. */
static void
detach_thread (pid_t thread, int status)
{
  long signal = status >> 16 ? 0 : WSTOPSIG (status);
  (void)ptrace (PTRACE_DETACH, thread, NULL, signal); /* fails only if it is dead */
}

/* One filter, the kernel's index 0 being the oldest. Its number of instructions, or -1 with errno. */
static long
read_filter (pid_t thread, uint32_t index, struct arena *arena, struct seccomp_filter *out)
{
  struct seccomp_metadata metadata = { .filter_off = index };
  long length = ptrace (PTRACE_SECCOMP_GET_FILTER, thread, (void *)(uintptr_t)index, NULL);
  if (length <= 0)
    return length;
  *out = (struct seccomp_filter){ .program = arena_array (arena, struct sock_filter, length),
                                  .length = (uint32_t)length };
  if (ptrace (PTRACE_SECCOMP_GET_FILTER, thread, (void *)(uintptr_t)index, out->program) != length)
    return -1;
  /* since Linux 4.17; without it no flag is known */
  if (ptrace (PTRACE_SECCOMP_GET_METADATA, thread, (void *)sizeof metadata, &metadata) > 0)
    out->flags = (uint32_t)metadata.flags;
  return length;
}

static void
read_arch (pid_t thread, struct loaded_filters *out)
{
  struct ptrace_syscall_info information = { 0 };
  /* since Linux 5.3 */
  if (ptrace (PTRACE_GET_SYSCALL_INFO, thread, (void *)sizeof information, &information) > 0)
    out->arch = arch_name_of_audit (information.arch);
}

/* Of a thread that is stopped. 0 or -1 with errno. */
static int
read_filters (pid_t thread, struct arena *arena, struct loaded_filters *out)
{
  struct seccomp_filter *filters = NULL;
  uint32_t room = 0;
  read_arch (thread, out);
  for (uint32_t index = 0; index < FILTERS_MAX; index++)
    {
      filters = arena_more (arena, filters, index, &room, 8, sizeof *filters);
      if (read_filter (thread, index, arena, &filters[index]) <= 0)
        break;
      out->count = index + 1;
    }
  if (errno != ENOENT || !out->count)
    return -1;
  out->filters = arena_array (arena, struct seccomp_filter, out->count);
  for (uint32_t i = 0; i < out->count; i++)
    out->filters[i] = filters[out->count - 1 - i];
  return 0;
}

/* 0 or -1 with errno, *out_what being what failed. */
static int
read_stopped (pid_t thread, struct arena *arena, struct loaded_filters *out, enum loaded_attempt *out_what)
{
  *out_what = LOADED_SEIZE;
  if (ptrace (PTRACE_SEIZE, thread, NULL, NULL) < 0)
    return -1;
  *out_what = LOADED_STOP;
  int status = ptrace (PTRACE_INTERRUPT, thread, NULL, NULL) < 0 ? -1 : wait_for_stop (thread);
  if (status < 0)
    return -1; /* one that has not stopped cannot be detached: the kernel does it when husk ends */
  *out_what = LOADED_GET;
  int result = read_filters (thread, arena, out), code = errno;
  if (result == 0 && !loaded_end_wait (thread, out))
    result = -1, code = errno;
  detach_thread (thread, status);
  errno = code;
  return result;
}

int
loaded_read (pid_t thread, struct arena *arena, struct loaded_filters *out, struct error *error)
{
  enum loaded_attempt what;
  sigset_t blocked, old;
  *out = (struct loaded_filters){ .thread = thread };
  if (loaded_inspect (out, error) < 0)
    return -1;
  (void)sigemptyset (&blocked);
  (void)sigaddset (&blocked, SIGTSTP);
  (void)sigaddset (&blocked, SIGTTIN);
  (void)sigaddset (&blocked, SIGTTOU);
  if (sigprocmask (SIG_BLOCK, &blocked, &old) < 0)
    return error_set (error, errno, "block signals");
  int result = read_stopped (thread, arena, out, &what), code = errno;
  (void)sigprocmask (SIG_SETMASK, &old, NULL);
  return result < 0 ? loaded_refuse (out, what, code, error) : 0;
}
