/*
 * A command that is observed without a container. Like husk-init, the child makes no system call between seccomp(2) and
 * execve: it passes the number of its listener in shared memory.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <linux/seccomp.h>

#include "husk/descriptor.h"
#include "husk/observer.h"
#include "husk/kernel.h"

struct command_page
{
  int listener; /* its descriptor number in the child, plus one */
  int taken;
  int code; /* errno of what failed in the child */
};

static int
load_filter (const struct seccomp_filter *filter)
{
  struct sock_fprog program = { (unsigned short)filter->length, filter->program };
  unsigned long flags = filter->flags | SECCOMP_FILTER_FLAG_NEW_LISTENER;
  long got = syscall (SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags | SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV, &program);
  return got < 0 && errno == EINVAL ? (int)syscall (SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program) : (int)got;
}

static _Noreturn void
run_command (char **arguments, const struct seccomp_filter *filter, const sigset_t *mask, struct command_page *shared,
             pid_t parent)
{
  /* without husk its calls would fail, so it dies with husk, which may be gone already */
  bool tied = prctl (PR_SET_PDEATHSIG, SIGKILL) == 0 && sigprocmask (SIG_SETMASK, mask, NULL) == 0;
  if (!tied || getppid () != parent)
    {
      shared->code = tied ? ESRCH : errno;
      _exit (127);
    }
  int listener = load_filter (filter);
  if (listener < 0 && errno == EACCES && prctl (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0)
    listener = load_filter (filter); /* an ordinary user needs no_new_privs */
  if (listener < 0)
    {
      shared->code = errno;
      _exit (127);
    }
  __atomic_store_n (&shared->listener, listener + 1, __ATOMIC_RELEASE);
  while (!__atomic_load_n (&shared->taken, __ATOMIC_ACQUIRE)) /* no deadline: if husk dies, so does this process */
    ;
  (void)execvp (arguments[0], arguments);
  shared->code = errno;
  _exit (127);
}

static int
take_listener (struct observer *observer, struct command_page *shared, struct error *error)
{
  while (!__atomic_load_n (&shared->listener, __ATOMIC_ACQUIRE)) /* no deadline: the command's death ends the wait */
    {
      struct pollfd dead = { observer->pidfd, POLLIN, 0 };
      struct timespec moment = { .tv_nsec = 50000 };
      if (descriptor_poll (&dead, 1, 0) > 0)
        return error_set (error, shared->code, "load the recording filter");
      (void)nanosleep (&moment, NULL);
    }
  observer->listener = (int)syscall (SYS_pidfd_getfd, observer->pidfd, shared->listener - 1, 0);
  __atomic_store_n (&shared->taken, 1, __ATOMIC_RELEASE);
  return observer->listener < 0 ? error_set (error, errno, "get the listener of the command") : 0;
}

static int
watch_command (char **arguments, struct observer *observer, struct command_page *shared, struct error *error)
{
  if (take_listener (observer, shared, error) < 0 || observe (observer, error) < 0)
    return -1;
  return shared->code
             ? error_set_kind (error, error_kind_of_exec (shared->code), shared->code, "exec: \"%s\"", arguments[0])
             : 0;
}

int
observe_command (char **arguments, struct observer *observer, int *out_status, struct error *error)
{
  struct arena arena;
  sigset_t passed, mask;
  struct command_page *shared = mmap (NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (shared == MAP_FAILED || arena_open (&arena, 1ul << 20) < 0)
    return error_set (error, errno, "reserve memory");
  struct seccomp_filter filter = observe_record_filter (&arena);
  observer->failure = &shared->code;
  (void)sigemptyset (&passed);
  static const int signals[] = { SIGTERM, SIGHUP, SIGUSR1, SIGUSR2 };
  for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
    (void)sigaddset (&passed, signals[i]);
  observer->signals = signalfd (-1, &passed, SFD_CLOEXEC | SFD_NONBLOCK);
  /* not passed on: the terminal sends these to the command as well */
  (void)sigaddset (&passed, SIGINT);
  (void)sigaddset (&passed, SIGQUIT);
  const pid_t parent = getpid ();
  if (observer->signals < 0 || sigprocmask (SIG_BLOCK, &passed, &mask) < 0)
    return error_set (error, errno, "block signals");
  observer->child = fork ();
  if (observer->child == 0)
    run_command (arguments, &filter, &mask, shared, parent);
  pid_t child = observer->child;
  if (child < 0 || (observer->pidfd = (int)syscall (SYS_pidfd_open, child, 0)) < 0)
    return error_set (error, errno, "run a command");
  int result = watch_command (arguments, observer, shared, error);
  if (observer->child)
    {
      if (result < 0)
        (void)kill (child, SIGKILL);
      if (process_wait_within (child, observer->pidfd, &observer->status, result < 0 ? KILLED_MILLISECONDS : -1) < 0)
        result = error_set (error, errno, "wait for the end of the command");
    }
  *out_status = observer->status;
  (void)munmap (shared, sizeof *shared);
  return result;
}
