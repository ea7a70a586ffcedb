/*
 * The last steps: the filter and the program. Between seccomp(2) and execve there are only stores to memory, so
 * husk-init needs a profile to allow only execve.
 */
#include "init.h"
#include "syscalls.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/futex.h>
#include <linux/seccomp.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>

/* envp is in the sealed plan, so adding HOME, found only now, needs a copy. */
static char **
environment (struct init *init, const struct plan_exec *exec)
{
  size_t count = 0;
  if (exec->home_slot < 0)
    return exec->envp;
  while (exec->envp[count])
    count++;
  size_t size = (count + 2) * sizeof (char *);
  char **copy = mmap (NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (copy == MAP_FAILED)
    return NULL;
  memcpy (copy, exec->envp, (count + 1) * sizeof (char *));
  copy[exec->home_slot] = init->home;
  return copy;
}

/* husk takes the listener from this process, which makes no system call once the filter is loaded. If husk dies, the
 * container dies too: only husk can pass the listener to the agent. No deadline: reading a clock could need a system
 * call, and husk's own steps have deadlines. */
static void
wait_until_taken (struct init *init, int listener)
{
  struct page *page = init->page;
  __atomic_store_n (&page->listener, listener, __ATOMIC_RELEASE);
  while (!__atomic_load_n (&page->listener_taken, __ATOMIC_ACQUIRE))
    if (__atomic_load_n (&page->guard, __ATOMIC_ACQUIRE) & FUTEX_OWNER_DIED)
      __builtin_trap ();
}

static int
load_filter (struct init *init, const struct plan_filter *filter)
{
  struct sock_fprog program = { (unsigned short)filter->length, (struct sock_filter *)filter->program };
  if (filter->notify && init_ask (init, init->start >= 0 ? init->start : init->control, ASK_LISTENER) < 0)
    return -1;
  long result = syscall (SYS_seccomp, SECCOMP_SET_MODE_FILTER, filter->flags | filter->optional, &program);
  if (result < 0 && errno == EINVAL && filter->optional)
    result = syscall (SYS_seccomp, SECCOMP_SET_MODE_FILTER, filter->flags, &program);
  if (result < 0)
    return fail (init, errno, "load the seccomp filter");
  ((volatile struct page *)init->page)->step++;
  if (filter->notify)
    wait_until_taken (init, (int)result);
  return 0;
}

static int
run_program (struct init *init, const struct plan_filter *filter, const struct step *exec_step)
{
  const struct plan_exec *exec = exec_step->exec;
  char **envp = environment (init, exec);
  volatile struct page *page = init->page;
  /* it would survive execve, and `exec --detach` ends before its program */
  if (!init->outlives && prctl (PR_SET_PDEATHSIG, 0) < 0)
    return fail (init, errno, "clear the parent death signal of husk-init");
  if (!envp)
    return fail (init, errno, "make room for the environment");
  if (take_late_limit (init) < 0 || (filter && load_filter (init, filter) < 0))
    return -1;
  /* the message for `start`, which has no plan, if execve fails. It is valid once exec_errno is set */
  size_t used = text_append (init->page->error.text, sizeof init->page->error.text, 0, "exec: \"");
  used = text_append (init->page->error.text, sizeof init->page->error.text, used, exec->file);
  (void)text_append (init->page->error.text, sizeof init->page->error.text, used, "\"");
  page->exec_denied = filter && filter->denies_exec;
  init->page->error.origin = page->exec_denied ? exec_step[-1].origin : exec_step->origin;
  page->state = PAGE_EXEC;
  (void)execve (init->program, exec->argv, envp);
  int code = errno;
  if (code == E2BIG && exec->excess)
    {
      init_hint (init, exec->excess);
      if (exec->excess_origin)
        init->page->error.origin = exec->excess_origin;
    }
  __atomic_store_n (&init->page->exec_errno, code, __ATOMIC_RELEASE); /* this makes the rest valid, but for the hint */
  if (!filter || filter->allows_look)
    explain_exec (init, code, init->program);
  if (filter)
    __builtin_trap (); /* the filter may deny exit, but a trap always ends the process */
  return fail_exec (init, code, exec->file, "\"");
}

int
step_seccomp (struct init *init)
{
  const struct step *next = init->step + 1;
  if (next >= init->plan->steps + init->plan->step_count || next->kind != STEP_EXEC)
    return fail (init, 0, "the plan loads a filter too early");
  return run_program (init, init->step->filter, next);
}

int
step_exec (struct init *init)
{
  return run_program (init, NULL, init->step);
}
