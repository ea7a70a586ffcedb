/*
 * A copy of husk costs more than its page tables: each page that husk or the copy writes to afterwards is copied as
 * well, some twenty of them, and the copy is gone when it executes husk-init. So the child borrows husk's memory, as
 * after vfork(3). libc has no such call for clone3(2), which alone can place a child into its cgroup. The child needs a
 * stack of its own, and therefore a few instructions for each processor; on others it is a copy.
 *
 * A thread is made in the same way, because libc's would cost more than it is to save. libc does not know of it.
 */
#include "clone.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

#define STACK_SIZE 32768

#if defined __x86_64__
#define SHARES
static long
clone_sharing (struct clone_args *arguments, void (*body) (void *), void *data)
{
  register long result __asm__("rax") = SYS_clone3;
  register void (*entry) (void *) __asm__("r12") = body;
  register void *argument __asm__("r13") = data;
  __asm__ volatile("syscall\n\t"
                   "test %%rax, %%rax\n\t"
                   "jnz 1f\n\t"
                   "xor %%ebp, %%ebp\n\t"
                   "mov %%r13, %%rdi\n\t"
                   "call *%%r12\n\t"
                   "hlt\n"
                   "1:"
                   : "+r"(result)
                   : "D"(arguments), "S"(sizeof *arguments), "r"(entry), "r"(argument)
                   : "rcx", "r11", "memory", "cc");
  return result;
}
#elif defined __aarch64__
#define SHARES
static long
clone_sharing (struct clone_args *arguments, void (*body) (void *), void *data)
{
  register long number __asm__("x8") = SYS_clone3;
  register long result __asm__("x0") = (long)arguments;
  register long size __asm__("x1") = sizeof *arguments;
  register void (*entry) (void *) __asm__("x19") = body;
  register void *argument __asm__("x20") = data;
  __asm__ volatile("svc #0\n\t"
                   "cbnz x0, 1f\n\t"
                   "mov x29, xzr\n\t"
                   "mov x0, x20\n\t"
                   "blr x19\n\t"
                   "brk #1\n"
                   "1:"
                   : "+r"(result)
                   : "r"(number), "r"(size), "r"(entry), "r"(argument)
                   : "memory", "cc");
  return result;
}
#endif

long
clone_child (struct clone_args *arguments, bool shared, void (*body) (void *data), void *data)
{
#ifdef SHARES
  /* here, where earlier calls have touched the pages */
  _Alignas(16) char stack[STACK_SIZE];
  if (shared)
    {
      arguments->flags |= CLONE_VM | CLONE_VFORK;
      arguments->stack = (uint64_t)(uintptr_t)stack;
      arguments->stack_size = sizeof stack;
      long result = clone_sharing (arguments, body, data);
      if (result >= 0)
        return result;
      errno = (int)-result;
      return -1;
    }
#else
  (void)shared;
#endif
  long pid = syscall (SYS_clone3, arguments, sizeof *arguments);
  if (pid == 0)
    body (data);
  return pid;
}

int
clone_thread (void *stack, size_t size, pid_t *alive, void (*body) (void *data), void *data)
{
#ifdef SHARES
  struct clone_args arguments = {
    .flags = CLONE_VM | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_CHILD_CLEARTID,
    .child_tid = (uint64_t)(uintptr_t)alive,
    .stack = (uint64_t)(uintptr_t)stack,
    .stack_size = size,
  };
  sigset_t all, before;
  (void)sigfillset (&all);
  /* a signal that husk holds back later must not end it by way of the thread */
  if (sigprocmask (SIG_SETMASK, &all, &before) < 0)
    return -1;
  long result = clone_sharing (&arguments, body, data);
  return sigprocmask (SIG_SETMASK, &before, NULL) < 0 || result < 0 ? -1 : 0;
#else
  (void)stack, (void)size, (void)alive, (void)body, (void)data;
  return -1;
#endif
}
