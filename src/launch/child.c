/*
 * The new process between clone and execveat: launch.c calls child_become_init there, which sets up signals, cgroup,
 * securebits, ids and limits and executes husk-init. It makes system calls only and leaves an error in the page.
 * husk-init inherits the descriptors that the plan names (descriptors.c) and no others. The cgroup comes before the
 * ids, because with them goes the right to make the cgroup namespace.
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

/* One that did not come along would be another file's number in husk-init. */
static int
inherit_all (const struct launch *launch)
{
  bool failed = false;
  inherit (launch->plan_fd, false, &failed);
  plan_each_fd (launch->plan, inherit, &failed);
  return failed ? -1 : 0;
}

/* exec drops the capabilities of a process that is not root of the namespace: ambient ones stay. */
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

/* Before its maps are written a process has no id in its user namespace, and exec would cost it all capabilities. */
static int
take_mapped_ids (const struct launch *launch)
{
  const struct plan_parent *parent = &launch->plan->parent;
  struct ask_message go;
  /* the clone has a copy of husk's own end, which would keep the death of husk from it */
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

/* A process that is born into a container's pid namespace can be seen by the container's own. Until husk-init forbids
 * it to be traced, and over the exec that would allow it again, it must not be (CVE-2016-9962): a parent that is not
 * dumpable hands that on to its clone, and an exec with a real group other than the effective one keeps it. An ordinary
 * user may not have another (EPERM), nor does one in a user namespace that maps none (EINVAL). */
static int
stay_untraceable (const struct launch *launch)
{
  if (!launch->plan->parent.join_before_count || syscall (SYS_setresgid, 65534, -1, -1) == 0)
    return 0;
  return errno == EINVAL || (errno == EPERM && geteuid () != 0) ? 0 : -1;
}

/* An ignored signal stays ignored over exec. What husk's caller ignores (a shell's job in the background, nohup) is not
 * the container's, nor is SIGPIPE, which husk ignores. By the kernel's own call: libc keeps signals for itself. */
static int
reset_signals (const struct launch *launch)
{
  unsigned long by_default[8] = { 0 }; /* struct sigaction of the kernel: SIG_DFL is 0 everywhere */
  uint64_t ignored = launch->plan->parent.ignored_signals | 1ull << (SIGPIPE - 1);
  sigset_t none;
  (void)sigemptyset (&none);
  for (int number = 1; number <= 64; number++)
    if ((ignored >> (number - 1) & 1) && syscall (SYS_rt_sigaction, number, by_default, NULL, 8) < 0)
      return -1;
  return sigprocmask (SIG_SETMASK, &none, NULL);
}

/* This does not wait for the parent: the limits are set while this process still has its rights. */
int
child_take_limits (const struct launch *launch)
{
  const struct plan_rlimits *rlimits = launch->plan->parent.rlimits;
  for (uint32_t i = 0; rlimits && i < rlimits->count; i++)
    {
      struct rlimit limit = { rlimits->items[i].soft, rlimits->items[i].hard };
      if (setrlimit ((enum __rlimit_resource)rlimits->items[i].resource, &limit) < 0)
        return error_set_at (&launch->page->error, rlimits->items[i].origin, errno, "set the resource limit");
    }
  return 0;
}

/* Born in a user namespace that has its maps: its root, if that is mapped. Otherwise it keeps its capabilities. */
static int
take_root (void)
{
  bool mapped = syscall (SYS_setresgid, 0, 0, 0) == 0 && syscall (SYS_setresuid, 0, 0, 0) == 0;
  return mapped ? 0 : keep_capabilities ();
}

/* For when the clone could not do it. The file was opened with husk's rights, and the kernel checks those. */
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

/* securebits(7) of husk's caller would be the program's: with NOROOT root would have none of the config's capabilities,
 * with NO_SETUID_FIXUP a process that changes its id would keep them. A new user namespace, or a joined one, begins
 * without. */
static int
reset_secure_bits (const struct launch *launch)
{
  int bits = prctl (PR_GET_SECUREBITS, 0, 0, 0, 0);
  int locks = bits & SECURE_ALL_LOCKS,
      left = (bits & ~(int)(SECURE_ALL_BITS | SECURE_ALL_LOCKS)) | locks | (bits & locks >> 1);
  if (bits > 0 && left & (SECBIT_NOROOT | SECBIT_NO_SETUID_FIXUP) && !joins_user_namespace (launch->plan))
    {
      (void)error_set (&launch->page->error, 0,
                       "husk's caller has locked securebits (0x%x): capabilities would not be what "
                       "the config says",
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

/* The cgroup first: its namespace needs the rights that a new user namespace grants until the ids change. */
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
  /* the maker of the user namespace, who owns this file of /proc, writes its offsets */
  if (parent->time_inside && namespaces_enter_new_time (parent->time_offsets, &launch->page->error) < 0)
    return -1;
  if (take_ids (launch) < 0)
    return error_set (&launch->page->error, errno, "become root of the user namespace");
  return parent->uid_map || parent->join_user ? 0 : child_take_limits (launch);
}

void
child_become_init (const struct launch *launch, int image)
{
  char *const argv[] = { (char *)"husk:init", (char *)launch->plan_number, NULL };
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
