/*
 * The new process between clone and execveat. launch.c calls child_become_init there, which sets up signals, cgroup,
 * securebits, ids and limits and executes husk-init. It makes only system calls and leaves errors in the page.
 * husk-init inherits the descriptors that the plan names (descriptors.c) and no others. The cgroup comes before the
 * ids, because changing ids loses the right to make the cgroup namespace.
 */
#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/securebits.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "descriptors.h"
#include "husk/descriptor.h"
#include "husk/kernel.h"
#include "namespace.h"

static void
inherit (int fd, bool opened, void *failed)
{
  (void)opened;
  if (fd >= 0 && fcntl (fd, F_SETFD, 0) < 0)
    *(bool *)failed = true;
}

/* If one were not inherited, its number could mean another file in husk-init. */
static int
inherit_all (const struct launch *launch)
{
  bool failed = false;
  inherit (launch->plan_fd, false, &failed);
  plan_each_fd (launch->plan, inherit, &failed);
  return failed ? -1 : 0;
}

/* execve drops the capabilities of a process that is not root of the namespace, except for ambient ones. */
static int
keep_capabilities (void)
{
  struct
  {
    uint32_t version;
    int32_t pid;
  } header = { _LINUX_CAPABILITY_VERSION_3, 0 };
  struct
  {
    uint32_t effective, permitted, inheritable;
  } data[2];
  if (syscall (SYS_capget, &header, data) < 0)
    return -1;
  data[0].inheritable = data[0].effective = data[0].permitted;
  data[1].inheritable = data[1].effective = data[1].permitted;
  if (syscall (SYS_capset, &header, data) < 0)
    return -1;
  for (unsigned i = 0; i < 64; i++)
    if ((data[i / 32].permitted >> (i % 32)) & 1)
      (void)prctl (PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, i, 0, 0);
  return 0;
}

/* Before its maps are written a process has no id in its user namespace, and execve would drop all its capabilities. */
static int
take_mapped_ids (const struct launch *launch)
{
  const struct plan_parent *parent = &launch->plan->parent;
  struct ask_message go;
  /* the clone has a copy of husk's end, which would hide husk's death from it */
  if (close (launch->control) < 0)
    return -1;
  if (descriptor_receive (launch->plan->control, &go, sizeof go, 0) != (ssize_t)sizeof go)
    return -1;
  if (parent->mapped_uid && prctl (PR_SET_KEEPCAPS, 1, 0, 0, 0) < 0)
    return -1;
  if (syscall (SYS_setresgid, parent->mapped_gid, parent->mapped_gid, parent->mapped_gid) < 0
      || syscall (SYS_setresuid, parent->mapped_uid, parent->mapped_uid, parent->mapped_uid) < 0)
    return -1;
  return parent->mapped_uid ? keep_capabilities () : 0;
}

/* In an existing container's pid namespace the container's processes can see this one, and must not be able to trace it
 * before husk-init forbids that (CVE-2016-9962). The clone inherits "not dumpable" from its parent. execve would reset
 * that, but not while the real group differs from the effective one. An ordinary user may not change it (EPERM), and a
 * user namespace may map no other group (EINVAL). */
static int
stay_untraceable (const struct launch *launch)
{
  if (!launch->plan->parent.join_before_count || syscall (SYS_setresgid, 65534, -1, -1) == 0)
    return 0;
  return errno == EINVAL || (errno == EPERM && geteuid () != 0) ? 0 : -1;
}

/* An ignored signal stays ignored after execve. The container must not inherit what husk's caller ignores (nohup, a
 * shell's background job) or SIGPIPE, which husk ignores. The system call is used because libc reserves some
 * signals. */
static int
reset_signals (const struct launch *launch)
{
  unsigned long by_default[8] = { 0 }; /* the kernel's struct sigaction: SIG_DFL is 0 everywhere */
  uint64_t ignored = launch->plan->parent.ignored_signals | 1ull << (SIGPIPE - 1);
  sigset_t none;
  (void)sigemptyset (&none);
  for (int number = 1; number <= 64; number++)
    if ((ignored >> (number - 1) & 1) && syscall (SYS_rt_sigaction, number, by_default, NULL, 8) < 0)
      return -1;
  return sigprocmask (SIG_SETMASK, &none, NULL);
}

/* The process sets its own limits while it still has the rights, so it need not wait for the parent. */
int
child_take_limits (const struct launch *launch)
{
  const struct plan_rlimits *rlimits = launch->plan->parent.rlimits;
  for (uint32_t i = 0; rlimits && i < rlimits->count; i++)
    {
      struct rlimit limit = { rlimits->items[i].soft, rlimits->items[i].hard };
      if (setrlimit (rlimits->items[i].resource, &limit) < 0)
        return error_set_at (&launch->page->error, rlimits->items[i].origin, errno, "set the resource limit");
    }
  return 0;
}

/* A process cloned into a joined user namespace becomes its root if root is mapped. Otherwise it keeps its
 * capabilities. */
static int
take_root (void)
{
  bool mapped = syscall (SYS_setresgid, 0, 0, 0) == 0 && syscall (SYS_setresuid, 0, 0, 0) == 0;
  return mapped ? 0 : keep_capabilities ();
}

/* Enters the cgroup if the clone could not. The file was opened with husk's rights, and the kernel checks those. */
static int
enter_cgroup (const struct launch *launch)
{
  uint64_t namespace = launch->plan->parent.clone_flags & CLONE_NEWCGROUP;
  if (launch->enter < 0)
    return 0;
  if (descriptor_write (launch->enter, "0", 1) < 0)
    return error_set (&launch->page->error, errno, "enter the container's cgroup");
  if (namespace && unshare ((int)namespace) < 0)
    return error_set (&launch->page->error, errno, "make the container's cgroup namespace");
  return 0;
}

static bool
joins_user_namespace (const struct plan *plan)
{
  for (uint32_t i = 0; i < plan->step_count; i++)
    if (plan->steps[i].kind == STEP_JOIN && plan->steps[i].join->flags & CLONE_NEWUSER)
      return true;
  return false;
}

/* The program would inherit the securebits of husk's caller: with NOROOT root would get none of the config's
 * capabilities, with NO_SETUID_FIXUP a process that changes its id would keep them. In a new or joined user namespace
 * they start cleared. */
static int
reset_secure_bits (const struct launch *launch)
{
  int bits = prctl (PR_GET_SECUREBITS, 0, 0, 0, 0);
  int locks = bits & SECURE_ALL_LOCKS,
      left = (bits & ~(int)(SECURE_ALL_BITS | SECURE_ALL_LOCKS)) | locks | (bits & locks >> 1);
  if (bits > 0 && left & (SECBIT_NOROOT | SECBIT_NO_SETUID_FIXUP) && !joins_user_namespace (launch->plan))
    {
      (void)error_set (&launch->page->error, 0,
                       "husk's caller has locked securebits (0x%x): capabilities would differ from the "
                       "config",
                       bits);
      error_hint (&launch->page->error, "a container with a user namespace is not affected");
      return -1;
    }
  return bits < 0 || (left != bits && prctl (PR_SET_SECUREBITS, left, 0, 0, 0) < 0)
             ? error_set (&launch->page->error, errno, "clear the securebits of husk's caller")
             : 0;
}

static int
take_ids (const struct launch *launch)
{
  const struct plan_parent *parent = &launch->plan->parent;
  if (parent->uid_map)
    return take_mapped_ids (launch);
  return parent->join_user ? take_root () : 0;
}

/* The cgroup comes first: making its namespace needs rights that a new user namespace grants only until the ids
 * change. */
static int
prepare_child (const struct launch *launch)
{
  const struct plan_parent *parent = &launch->plan->parent;
  if (reset_signals (launch) < 0)
    return error_set (&launch->page->error, errno, "reset the signals of husk-init");
  if (enter_cgroup (launch) < 0 || reset_secure_bits (launch) < 0)
    return -1;
  if (parent->oom_score_early && write_file_at (AT_FDCWD, "/proc/self/oom_score_adj", parent->oom_score_adj) < 0)
    return error_set (&launch->page->error, errno, "set oom_score_adj to %s", parent->oom_score_adj);
  /* before the ids change, while this process is the user that owns the file in /proc */
  if (parent->time_inside && namespaces_enter_new_time (parent->time_offsets, &launch->page->error) < 0)
    return -1;
  if (take_ids (launch) < 0)
    return error_set (&launch->page->error, errno, "become root of the user namespace");
  return parent->uid_map || parent->join_user ? 0 : child_take_limits (launch);
}

void
child_become_init (const struct launch *launch, int image)
{
  char *const argv[] = { (char *)"husk:init", (char *)launch->plan_number, (char *)launch->plan_size, NULL };
  char *const envp[] = { NULL };
  if (prepare_child (launch) == 0)
    {
      if (inherit_all (launch) == 0 && stay_untraceable (launch) == 0)
        (void)syscall (SYS_execveat, image, "", argv, envp, AT_EMPTY_PATH);
      (void)error_set (&launch->page->error, errno, "execute husk-init");
    }
  launch->page->state = PAGE_FAILED;
  _exit (125);
}
