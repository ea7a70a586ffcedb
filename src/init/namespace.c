/*
 * Steps that enter or make namespaces, or change what belongs to one (host name, lo); and the session.
 */
#include "init.h"
#include "syscalls.h"

#include <errno.h>
#include <linux/keyctl.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>

/* Only children are in a joined pid namespace, so the plan continues in a child of husk's. Without an execve its memory
 * still belongs to the host's user namespace, so no process in the container can trace it. */
static int
continue_in_child (struct init *init)
{
  long pid = syscall (SYS_clone, CLONE_PARENT, NULL, NULL, NULL, NULL);
  if (pid < 0)
    return fail (init, errno, "enter the container's pid namespace");
  if (pid > 0)
    _exit (0);
  if (prctl (PR_SET_PDEATHSIG, SIGKILL) < 0)
    return fail (init, errno, "set the parent death signal of husk-init");
  return init_ask (init, init->control, ASK_FORKED);
}

int
step_join (struct init *init)
{
  const struct plan_join *join = init->step->join;
  if (!join->path) /* exec: from here on names are the container's */
    proc_close (init);
  /* drops the caller's groups now, because setgroups may be denied inside. Here it is denied to an ordinary user
   * (EPERM) */
  if (join->flags & CLONE_NEWUSER && !init->plan->keep_groups && syscall (SYS_SETGROUPS, 0, NULL) < 0 && errno != EPERM)
    return fail (init, errno, "drop the caller's groups");
  if (setns (join->fd, (int)join->flags) < 0)
    return fail (init, errno, "join ", join->path ? join->path : "the container's namespaces");
  (void)close (join->fd);
  init->at_root |= join->flags & CLONE_NEWNS ? 1 : 0; /* setns(2) also sets root and working directory */
  return join->flags & CLONE_NEWPID ? continue_in_child (init) : 0;
}

int
step_unshare (struct init *init)
{
  if (unshare ((int)init->step->number) < 0)
    return fail (init, errno, "make the ", init->step->number == CLONE_NEWNET ? "network" : "container's",
                 init->step->number == CLONE_NEWNET ? " namespace" : " namespaces");
  return 0;
}

int
step_mapped_root (struct init *init)
{
  /* EPERM: setgroups is denied in that namespace */
  if (!init->plan->keep_groups && syscall (SYS_SETGROUPS, 0, NULL) < 0 && errno != EPERM)
    return fail (init, errno, "drop the groups");
  /* EINVAL: root is not mapped. A process that has entered still has all capabilities until execve */
  if ((syscall (SYS_SETRESGID, 0, 0, 0) < 0 && errno != EINVAL)
      || (syscall (SYS_SETRESUID, 0, 0, 0) < 0 && errno != EINVAL))
    return fail (init, errno, "become root of the user namespace");
  if (prctl (PR_SET_DUMPABLE, 0) < 0) /* a change of ids may have changed it */
    return fail (init, errno, "forbid tracing husk-init");
  return 0;
}

static int
fail_keyring (struct init *init, int code, const char *keyring)
{
  (void)fail (init, code, "make the session keyring ", keyring);
  init_hint (init, code == EDQUOT
                       ? "the user's quota of keys (/proc/sys/kernel/keys/maxkeys, maxbytes; root_* for uid 0) "
                         "is used up; a container created with --no-new-keyring shares its caller's"
                       : "a container created with --no-new-keyring shares its caller's");
  return -1;
}

int
step_session (struct init *init)
{
  const char *keyring = init->step->session->keyring;
  /* EPERM: it already leads one */
  if (setsid () < 0 && (errno != EPERM || getsid (0) != getpid ()))
    return fail (init, errno, "start a session");
  /* Without a new keyring the container could read the caller's keys. ENOSYS: this kernel has no keys. */
  if (!keyring || syscall (SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, keyring) >= 0)
    return 0;
  if (errno != ENOSYS)
    return fail_keyring (init, errno, keyring);
  init_note (init, "no new session keyring: this kernel has no keys");
  return 0;
}

static size_t
length (const char *text)
{
  size_t count = 0;
  while (text[count])
    count++;
  return count;
}

int
step_hostname (struct init *init)
{
  const char *name = init->step->text;
  return sethostname (name, length (name)) < 0 ? fail (init, errno, "set the host name to ", name) : 0;
}

int
step_domainname (struct init *init)
{
  const char *name = init->step->text;
  return setdomainname (name, length (name)) < 0 ? fail (init, errno, "set the domain name to ", name) : 0;
}

int
step_loopback (struct init *init)
{
  struct ifreq request = { .ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING };
  int fd = socket (AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0 && errno == EAFNOSUPPORT)
    fd = socket (AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0 || ioctl (fd, SIOCSIFFLAGS, &request) < 0)
    return fail (init, errno, "bring lo up");
  (void)close (fd);
  return 0;
}

int
step_propagation (struct init *init)
{
  if (mount (NULL, "/", NULL, init->step->number, NULL) < 0)
    return fail (init, errno, "change the propagation of /");
  return 0;
}
