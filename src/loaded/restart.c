/*
 * Keeps a thread alive that was stopped to be read while it waited. The kernel continues nanosleep, poll and futex with
 * a time limit by restart_syscall(2), which is subject to the filters like any call, and a filter may well kill it: no
 * program makes that call itself. Such a wait ends with EINTR instead, as when a signal is handled. read.c asks here
 * before it lets the thread go.
 */
#include <elf.h>
#include <errno.h>
#include <linux/futex.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <time.h>

#include "loaded.h"

/* A waker, a lock or a wait without a time limit never gets there, and its caller need not know what EINTR means. */
bool
loaded_restarts_on_aarch64 (uint64_t number, const uint64_t arguments[6])
{
  const unsigned command = (unsigned)arguments[1] & (unsigned)FUTEX_CMD_MASK;
  switch (number)
    {
    case 98: /* futex */
      return arguments[3] && (command == FUTEX_WAIT || command == FUTEX_WAIT_BITSET);
    case 115: /* clock_nanosleep */
      return !(arguments[1] & TIMER_ABSTIME);
    default:
      return number == 101 || number == 128; /* nanosleep, restart_syscall */
    }
}

#if defined(__x86_64__) || defined(__aarch64__)
static bool
may_restart (const struct loaded_filters *loaded, uint32_t x32, const uint64_t arguments[6], uint64_t address)
{
  const struct arch *arch = loaded->arch ? arch_of_name (loaded->arch) : NULL;
  int number = arch ? call_number (arch, "restart_syscall") : -1;
  if (number < 0)
    return false;
  struct seccomp_data call = arch_call (arch, number | (int)x32, arguments);
  call.instruction_pointer = address;
  uint32_t action = loaded_verdict (loaded, &call, NULL) & SECCOMP_RET_ACTION_FULL;
  return action == SECCOMP_RET_ALLOW || action == SECCOMP_RET_LOG;
}
#endif

#if defined(__x86_64__)
#define RESTART_BLOCK (-516) /* the kernel's ERESTART_RESTARTBLOCK: only a tracer sees it */

bool
loaded_end_wait (pid_t thread, const struct loaded_filters *loaded)
{
  struct user_regs_struct all;
  if (ptrace (PTRACE_GETREGS, thread, NULL, &all) < 0)
    return false;
  if ((long long)all.orig_rax < 0 || (int)all.rax != RESTART_BLOCK)
    return true;
  const bool narrow = loaded->arch && arch_of_name (loaded->arch) != arch_native ();
  const uint64_t arguments[2][6] = { { all.rdi, all.rsi, all.rdx, all.r10, all.r8, all.r9 },
                                     { all.rbx, all.rcx, all.rdx, all.rsi, all.rdi, all.rbp } };
  if (may_restart (loaded, (uint32_t)all.orig_rax & X32_BIT, arguments[narrow], all.rip))
    return true;
  all.rax = (unsigned long long)-EINTR;
  return ptrace (PTRACE_SETREGS, thread, NULL, &all) == 0;
}

#elif defined(__aarch64__)
#define SUPERVISOR_CALL 0xd4000001u

/* The kernel has prepared the restart before the thread stops: the program counter is back at the instruction, and the
 * result is gone. So every call that may be continued in this way ends with EINTR, even if it is only about to begin.
 */
bool
loaded_end_wait (pid_t thread, const struct loaded_filters *loaded)
{
  struct user_regs_struct all;
  struct iovec registers = { &all, sizeof all };
  if (ptrace (PTRACE_GETREGSET, thread, NT_PRSTATUS, &registers) < 0)
    return false;
  if (registers.iov_len != sizeof all)
    return true; /* a 32-bit program, whose registers are not known here */
  errno = 0;
  uint32_t instruction = (uint32_t)ptrace (PTRACE_PEEKTEXT, thread, (void *)all.pc, NULL);
  uint64_t arguments[6];
  for (int i = 0; i < 6; i++)
    arguments[i] = all.regs[i];
  if (errno || instruction != SUPERVISOR_CALL || !loaded_restarts_on_aarch64 (all.regs[8], arguments)
      || may_restart (loaded, 0, arguments, all.pc + 4))
    return true;
  all.pc += 4;
  all.regs[0] = (unsigned long long)-EINTR;
  return ptrace (PTRACE_SETREGSET, thread, NT_PRSTATUS, &registers) == 0;
}

#else
bool
loaded_end_wait (pid_t thread, const struct loaded_filters *loaded)
{
  (void)thread, (void)loaded;
  return true;
}
#endif
