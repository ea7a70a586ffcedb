/*
 * The network namespace of a new container, made ahead: the kernel takes longer for it than for all others together,
 * so a thread makes it as soon as config.json is known to want one, while husk compiles the plan and makes record and
 * cgroup. creation.c begins it, launch.c takes it into the plan, and husk-init joins it.
 *
 * It is a thread and not a process, so that nothing can be left of it: it ends with husk, however husk ends, and so
 * does the namespace, which only a descriptor of husk's holds until husk-init has joined. It shares husk's variables:
 * its stack and results are static, because husk may fail and leave its functions while it works.
 */
#include "husk/launch.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <net/if.h>
#include <sched.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "clone.h"
#include "husk/signals.h"
#include "network.h"

#define LOOK_MILLISECONDS 100 /* between two looks for a signal */

static struct
{
  _Alignas(16) char stack[1024]; /* the kernel has its own */
  pid_t alive;
  bool made;          /* it is there */
  int fd;             /* open, or -1 */
  const char *failed; /* what could not be done */
  int code;
} ahead;

static long
tried (long result, const char *what)
{
  if (result < 0 && !ahead.failed)
    {
      ahead.failed = what;
      ahead.code = (int)-result;
    }
  return result;
}

static long
bring_up (void)
{
  struct ifreq request = { .ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING };
  long fd = call_raw (SYS_socket, AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0, 0);
  if (fd == -EAFNOSUPPORT)
    fd = call_raw (SYS_socket, AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0, 0);
  if (fd < 0)
    return fd;
  long result = call_raw (SYS_ioctl, fd, SIOCSIFFLAGS, (long)(uintptr_t)&request, 0);
  (void)call_raw (SYS_close, fd, 0, 0, 0);
  return result;
}

static void
make_network (void *data)
{
  (void)data;
  ahead.made = tried (call_raw (SYS_unshare, CLONE_NEWNET, 0, 0, 0), "make the network namespace") == 0;
  if (ahead.made && tried (bring_up (), "bring lo up") == 0)
    ahead.fd = (int)tried (
        call_raw (SYS_openat, AT_FDCWD, (long)(uintptr_t) "/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC, 0),
        "open the new network namespace");
  __atomic_thread_fence (__ATOMIC_RELEASE);
  (void)call_raw (SYS_exit, 0, 0, 0, 0);
  __builtin_trap ();
}

bool
network_begin (void)
{
  ahead.alive = 1;
  ahead.fd = -1;
  return clone_thread (ahead.stack, sizeof ahead.stack, &ahead.alive, make_network, NULL) == 0;
}

/* No deadline, because the thread is in the kernel, which may be busy with the namespaces of others. It cannot die
 * alone. */
static int
wait_for_thread (struct error *error)
{
  struct timespec look = { .tv_nsec = LOOK_MILLISECONDS * 1000000L };
  while (__atomic_load_n (&ahead.alive, __ATOMIC_ACQUIRE))
    {
      int code = syscall (SYS_futex, &ahead.alive, FUTEX_WAIT, 1, &look, NULL, 0) < 0 ? errno : 0;
      if (code == ETIMEDOUT && signals_taken ())
        return error_set (error, 0, "interrupted by %s", signal_name (signals_taken ()));
      if (code && code != EAGAIN && code != EINTR && code != ETIMEDOUT)
        return error_set (error, code, "wait for the network namespace");
    }
  return 0;
}

int
network_take (const struct plan *plan, struct error *error)
{
  for (uint32_t i = 0; i < plan->step_count; i++)
    {
      const struct step *step = &plan->steps[i];
      if (step->kind != STEP_JOIN || !step->join->ahead)
        continue;
      if (wait_for_thread (error) < 0)
        return -1;
      if (ahead.failed)
        return error_set_at (error, ahead.made ? step->join->origin : step->origin, ahead.code, "%s", ahead.failed);
      step->join->fd = ahead.fd;
    }
  return 0;
}
