/*
 * How an observer that explains (denials.c) kills or traps a caller as the profile demands. It seizes the thread with
 * ptrace(2), answers its notification, and sets its registers so that the thread makes one of the calls of force.h. The
 * observer's filter returns KILL or TRAP for those. The denied call itself is never made. The thread does not run on
 * its own until it has entered that call: a process that shares its memory can replace the instruction, and the thread
 * would then execute whatever follows it. The thread is detached on every path, and if any of this fails, the caller is
 * killed with SIGKILL.
 */
#include "force.h"

#include <elf.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <time.h>

#include <linux/ptrace.h> /* after the C library's, whose names it defines again */

#include "husk/descriptor.h"

#define STOPS_MAX 16
#define PATIENCE 5000 /* times 0.2 ms: a second */

/* ---- registers ----------------------------------------------------------------------------------------------------
 */

#if defined(__x86_64__)
/* `syscall` and `int 0x80` are two bytes long; after `sysenter` the kernel returns to just after an `int 0x80` in the
 * vdso. */
static int
call_again (pid_t thread, const struct seccomp_data *data, long number)
{
  struct user_regs_struct registers;
  (void)data;
  if (ptrace (PTRACE_GETREGS, thread, NULL, &registers) < 0)
    return -1;
  registers.orig_rax = (unsigned long long)-1; /* the kernel must not restart the call */
  registers.rax = (unsigned long long)number;
  registers.rip -= 2;
  return ptrace (PTRACE_SETREGS, thread, NULL, &registers) < 0 ? -1 : 0;
}

/* A handler of SIGSYS finds the call's number where the caller had put it, as it would without a tracer. */
static int
restore_number (pid_t thread, const struct seccomp_data *data)
{
  struct user_regs_struct registers;
  if (ptrace (PTRACE_GETREGS, thread, NULL, &registers) < 0)
    return -1;
  registers.rax = registers.orig_rax = (unsigned long long)(uint32_t)data->nr;
  return ptrace (PTRACE_SETREGS, thread, NULL, &registers) < 0 ? -1 : 0;
}

#elif defined(__aarch64__)
static int
registers_change (pid_t thread, const struct seccomp_data *data, long number, bool again)
{
  struct user_regs_struct registers;
  struct iovec all = { &registers, sizeof registers };
  int none = -1;
  struct iovec call = { &none, sizeof none };
  if (ptrace (PTRACE_GETREGSET, thread, NT_PRSTATUS, &all) < 0 || all.iov_len != sizeof registers)
    return -1; /* a 32-bit program */
  registers.regs[8] = (unsigned long long)number;
  registers.regs[0] = data->args[0]; /* the result has overwritten it */
  registers.pc -= again ? 4 : 0;
  if (ptrace (PTRACE_SETREGSET, thread, NT_PRSTATUS, &all) < 0)
    return -1;
  return again && ptrace (PTRACE_SETREGSET, thread, NT_ARM_SYSTEM_CALL, &call) < 0 ? -1 : 0;
}

static int
call_again (pid_t thread, const struct seccomp_data *data, long number)
{
  return registers_change (thread, data, number, true);
}

static int
restore_number (pid_t thread, const struct seccomp_data *data)
{
  return registers_change (thread, data, data->nr, false);
}

#else
static int
call_again (pid_t thread, const struct seccomp_data *data, long number)
{
  (void)thread, (void)data, (void)number;
  return -1;
}

static int
restore_number (pid_t thread, const struct seccomp_data *data)
{
  (void)thread, (void)data;
  return -1;
}
#endif

/* ---- stops --------------------------------------------------------------------------------------------------------
 */

/* The thread's next stop: its wait status, or -1. */
static int
next_stop (pid_t thread)
{
  for (int i = 0; i < PATIENCE; i++)
    {
      int status;
      pid_t got = process_wait (thread, &status, __WALL | WNOHANG);
      if (got == thread)
        return WIFSTOPPED (status) ? status : -1;
      if (got < 0 && errno != EINTR)
        return -1;
      struct timespec moment = { .tv_nsec = 200000 };
      (void)nanosleep (&moment, NULL);
    }
  return -1;
}

/* Waits for the stop that PTRACE_INTERRUPT asked for, and passes on signals that arrive before it. */
static int
wait_for_interrupt (pid_t thread)
{
  for (int i = 0; i < STOPS_MAX; i++)
    {
      int status = next_stop (thread);
      if (status < 0)
        return -1;
      if (status >> 16 == PTRACE_EVENT_STOP)
        return 0;
      (void)ptrace (PTRACE_CONT, thread, NULL, (long)WSTOPSIG (status));
    }
  return -1;
}

/* Lets the thread run as far as the entry of the call with this number. The kernel runs the filter after this stop, on
 * the registers that are looked at here. Signals are blocked by now, except SIGSTOP, which is passed on, and those of a
 * faulty instruction, which are not. */
static int
enter_call (pid_t thread, long number)
{
  long signal = 0;
  for (int i = 0; i < STOPS_MAX; i++)
    {
      struct ptrace_syscall_info call = { 0 };
      int status = ptrace (PTRACE_SYSCALL, thread, NULL, signal) < 0 ? -1 : next_stop (thread);
      if (status < 0)
        return -1;
      if (status >> 8 == (SIGTRAP | 0x80))
        return ptrace (PTRACE_GET_SYSCALL_INFO, thread, (void *)sizeof call, &call) > 0
                       && call.op == PTRACE_SYSCALL_INFO_ENTRY && call.entry.nr == (uint64_t)number
                   ? 0
                   : -1;
      signal = status >> 8 == SIGSTOP ? SIGSTOP : 0;
    }
  return -1;
}

/* The SIGSYS from the kernel carries the number FORCE_TRAP: replaces it by the number of the denied call. */
static int
repair_signal (pid_t thread, const struct seccomp_data *data)
{
  siginfo_t information;
  for (int i = 0; i < STOPS_MAX; i++)
    {
      int status = next_stop (thread);
      if (status < 0)
        return -1;
      if (WSTOPSIG (status) == SIGSYS && status >> 16 == 0
          && ptrace (PTRACE_GETSIGINFO, thread, NULL, &information) == 0 && information.si_syscall == FORCE_TRAP)
        {
          information.si_syscall = data->nr;
          return ptrace (PTRACE_SETSIGINFO, thread, NULL, &information) < 0 ? -1 : restore_number (thread, data);
        }
      (void)ptrace (PTRACE_CONT, thread, NULL, status >> 16 ? 0L : (long)WSTOPSIG (status));
    }
  return -1;
}

/* A SIGSYS that is blocked or not caught ends the process. The kernel does not do that to the init of a pid namespace
 * while it is traced, so KILL_PROCESS is used instead: the process ends in the same way. */
bool
force_is_caught (pid_t thread)
{
  char path[64], text[4096];
  const uint64_t bit = 1ull << (SIGSYS - 1);
  (void)snprintf (path, sizeof path, "/proc/%d/status", (int)thread);
  if (read_small (path, text, sizeof text) <= 0)
    return false;
  const char *blocked = strstr (text, "\nSigBlk:"), *caught = strstr (text, "\nSigCgt:");
  return blocked && caught && !(strtoull (blocked + 8, NULL, 16) & bit) && strtoull (caught + 8, NULL, 16) & bit;
}

static bool
force_traced (struct notification *notification, int listener, uint32_t verdict)
{
  const struct seccomp_data *data = &notification->call->data;
  pid_t thread = (pid_t)notification->call->pid;
  uint32_t action = verdict & SECCOMP_RET_ACTION_FULL;
  if (action == SECCOMP_RET_TRAP && !force_is_caught (thread))
    action = SECCOMP_RET_KILL_PROCESS;
  long number = action == SECCOMP_RET_TRAP           ? FORCE_TRAP
                : action == SECCOMP_RET_KILL_PROCESS ? FORCE_KILL_PROCESS
                                                     : FORCE_KILL_THREAD;
  uint64_t blocked, all = ~(1ull << (SIGSYS - 1));
  /* the answer wakes the thread, and it stops on its way out of the kernel */
  if (ptrace (PTRACE_INTERRUPT, thread, NULL, NULL) < 0 || notification_refuse (notification, listener, EPERM) < 0
      || wait_for_interrupt (thread) < 0 || call_again (thread, data, number) < 0
      || ptrace (PTRACE_GETSIGMASK, thread, (void *)sizeof blocked, &blocked) < 0
      || ptrace (PTRACE_SETSIGMASK, thread, (void *)sizeof all, &all) < 0
      || ptrace (PTRACE_SETOPTIONS, thread, NULL, (long)PTRACE_O_TRACESYSGOOD) < 0 || enter_call (thread, number) < 0)
    return false;
  if (action != SECCOMP_RET_TRAP)
    return ptrace (PTRACE_DETACH, thread, NULL, 0L) == 0;
  if (ptrace (PTRACE_CONT, thread, NULL, 0L) < 0 || repair_signal (thread, data) < 0
      || ptrace (PTRACE_SETSIGMASK, thread, (void *)sizeof blocked, &blocked) < 0)
    return false;
  return ptrace (PTRACE_DETACH, thread, NULL, (long)SIGSYS) == 0;
}

/* Kills a thread's process and waits for its end: an ended process that is traced is hidden from its parent until its
 * tracer has seen the end. If that is so already, the pid may have been reused. */
static void
kill_traced (pid_t thread)
{
  int status;
  for (int i = 0; i < PATIENCE; i++)
    {
      pid_t got = process_wait (thread, &status, __WALL | WNOHANG);
      if ((got == thread && !WIFSTOPPED (status)) || (got < 0 && errno != EINTR))
        return;
      (void)kill (thread, SIGKILL);
      struct timespec moment = { .tv_nsec = 200000 };
      (void)nanosleep (&moment, NULL);
    }
}

bool
force (struct notification *notification, int listener, uint32_t verdict)
{
  pid_t thread = (pid_t)notification->call->pid;
  bool seized = ptrace (PTRACE_SEIZE, thread, NULL, NULL) == 0;
  /* the pid may have been reused by now */
  if (seized && !notification_waits (notification, listener))
    {
      (void)ptrace (PTRACE_DETACH, thread, NULL, 0L);
      return true;
    }
  if (seized && force_traced (notification, listener, verdict))
    return true;
  if (seized)
    {
      kill_traced (thread);
      return false;
    }
  notification_kill (notification, listener);
  (void)notification_refuse (notification, listener, EPERM);
  return false;
}
