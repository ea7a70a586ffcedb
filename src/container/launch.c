#include "husk/launch.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "husk/descriptor.h"
#include "idmap.h"
#include "namespace.h"

#ifndef CLONE_INTO_CGROUP
#define CLONE_INTO_CGROUP 0x200000000ULL
#endif
#ifndef MFD_EXEC
#define MFD_EXEC 0x0010U
#endif
#ifndef F_SEAL_FUTURE_WRITE
#define F_SEAL_FUTURE_WRITE 0x0010
#endif

extern const char init_image_start[], init_image_end[];

/* A sealed copy: what a container's processes may reach as /proc/PID/exe can neither be written nor is the host's own
 * (CVE-2019-5736). */
static int
seal_image (struct error *error)
{
  auto_close int fd = memfd_create ("husk-init", MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_EXEC);
  if (fd < 0 && errno == EINVAL) /* before Linux 6.3 every memfd is executable */
    fd = memfd_create ("husk-init", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (fd < 0)
    {
      (void)error_set (error, errno, "make a memfd for husk-init");
      if (errno == EACCES)
        error_hint (error, "the sysctl vm.memfd_noexec forbids executable memfds in this pid namespace");
      return -1;
    }
  if (write_all (fd, init_image_start, (size_t)(init_image_end - init_image_start)) < 0
      || fcntl (fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) < 0)
    return error_set (error, errno, "seal husk-init");
  return take_fd (&fd);
}

static int
open_page (struct launch *launch, struct error *error)
{
  if (launch->page_fd < 0)
    {
      launch->page_fd = memfd_create ("husk-page", MFD_CLOEXEC);
      if (launch->page_fd < 0 || ftruncate (launch->page_fd, sizeof (struct page)) < 0)
        return error_set (error, errno, "make the shared page");
    }
  void *page = mmap (NULL, sizeof (struct page), PROT_READ | PROT_WRITE, MAP_SHARED, launch->page_fd, 0);
  if (page == MAP_FAILED)
    return error_set (error, errno, "map the shared page");
  launch->page = page;
  return 0;
}

/* Our own mapping stays writable (F_SEAL_FUTURE_WRITE, Linux 5.1): husk-init's never is. */
static int
seal_plan (struct launch *launch, int control, struct error *error)
{
  struct plan *plan = launch->plan;
  plan->control = control;
  plan->listen = launch->listen_fd;
  plan->page = launch->page_fd;
  for (uint32_t i = 0; i < plan->step_count; i++)
    if (plan->steps[i].kind == STEP_CONSOLE)
      plan->steps[i].console->fd = launch->console_fd;
  if (ftruncate (launch->plan_fd, plan->size) < 0
      || fcntl (launch->plan_fd, F_ADD_SEALS, F_SEAL_FUTURE_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) < 0)
    return error_set (error, errno, "seal the plan");
  return 0;
}

/* ---- in the child ------------------------------------------------------------------------------------------------ */

static void
inherit (int fd)
{
  if (fd >= 0)
    (void)fcntl (fd, F_SETFD, 0);
}

static void
inherit_all (const struct launch *launch)
{
  const struct plan *plan = launch->plan;
  inherit (launch->plan_fd);
  inherit (plan->control);
  inherit (plan->listen);
  inherit (plan->page);
  inherit (plan->proc);
  for (uint32_t i = 0; i < plan->step_count; i++)
    {
      const struct step *step = &plan->steps[i];
      if (step->kind == STEP_JOIN)
        inherit (step->join->fd);
      else if (step->kind == STEP_ROOTFS)
        inherit (step->rootfs->fd);
      else if (step->kind == STEP_DEVICE)
        inherit (step->device->fd);
      else if (step->kind == STEP_CONSOLE)
        inherit (step->console->fd);
      else if (step->kind == STEP_MOUNT)
        {
          inherit (step->mount->fd);
          inherit (step->mount->idmap_fd);
        }
    }
}

/* exec drops the capabilities of whoever is not root of the namespace: ambient ones stay. */
static int
keep_capabilities (void)
{
  struct
  {
    uint32_t version;
    int32_t pid;
  } header = { 0x20080522, 0 };
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
  if (recv (launch->plan->control, &go, sizeof go, 0) != (ssize_t)sizeof go)
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
 * dumpable hands that on to its clone, and an exec with a real group other than the effective one keeps it. */
static void
stay_untraceable (const struct launch *launch)
{
  if (launch->plan->parent.join_before_count)
    (void)syscall (SYS_setresgid, 65534, -1, -1);
}

/* Nobody waits for the parent here: the limits are set while this process still has its rights. */
static int
take_limits (const struct launch *launch)
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

static void __attribute__ ((noreturn)) become_init (const struct launch *launch, int image)
{
  char number[16];
  char *const argv[] = { (char *)"husk:init", number, NULL };
  char *const envp[] = { NULL };
  sigset_t none;
  (void)sigemptyset (&none);
  (void)sigprocmask (SIG_SETMASK, &none, NULL);
  (void)signal (SIGPIPE, SIG_DFL); /* husk ignores it; an ignored signal would stay ignored over exec */
  (void)snprintf (number, sizeof number, "%d", launch->plan_fd);
  if (launch->plan->parent.uid_map && take_mapped_ids (launch) < 0)
    (void)error_set (&launch->page->error, errno, "become root of the user namespace");
  else if (launch->plan->parent.uid_map || take_limits (launch) == 0)
    {
      inherit_all (launch);
      stay_untraceable (launch);
      (void)syscall (SYS_execveat, image, "", argv, envp, AT_EMPTY_PATH);
      (void)error_set (&launch->page->error, errno, "execute husk-init");
    }
  launch->page->state = PAGE_FAILED;
  _exit (125);
}

/* ---- in the parent ------------------------------------------------------------------------------------------------
 */

static int
clone_init (struct launch *launch, int image, int cgroup, struct error *error)
{
  int pidfd = -1;
  struct clone_args arguments = {
    .flags = launch->plan->parent.clone_flags | CLONE_PIDFD | (cgroup >= 0 ? CLONE_INTO_CGROUP : 0),
    .pidfd = (uint64_t)(uintptr_t)&pidfd,
    .exit_signal = SIGCHLD,
    .cgroup = cgroup >= 0 ? (uint64_t)cgroup : 0,
  };
  if (launch->plan->parent.join_before_count)
    (void)prctl (PR_SET_DUMPABLE, 0);
  long pid = syscall (SYS_clone3, &arguments, sizeof arguments);
  if (pid == 0)
    become_init (launch, image);
  if (pid < 0)
    {
      (void)error_set (error, errno, "make the container's namespaces");
      if (errno == ENOSPC || errno == EUSERS)
        error_hint (error, "a limit in /proc/sys/user/max_*_namespaces is reached");
      return -1;
    }
  launch->pid = (pid_t)pid;
  launch->pidfd = pidfd;
  return 0;
}

static int
set_rlimits (const struct launch *launch, struct error *error)
{
  const struct plan_rlimits *rlimits = launch->plan->parent.uid_map ? launch->plan->parent.rlimits : NULL;
  for (uint32_t i = 0; rlimits && i < rlimits->count; i++)
    {
      struct rlimit limit = { rlimits->items[i].soft, rlimits->items[i].hard };
      if (prlimit (launch->pid, (enum __rlimit_resource)rlimits->items[i].resource, &limit, NULL) < 0)
        return error_set_at (error, rlimits->items[i].origin, errno, "set the resource limit");
    }
  return 0;
}

/* What needs the host's rights over the new process, before it goes on. */
static int
dress_init (struct launch *launch, struct error *error)
{
  const struct plan_parent *parent = &launch->plan->parent;
  struct ask_message go = { 0 };
  char path[48];
  if (parent->uid_map && idmap_write (launch->pid, parent->uid_map, parent->gid_map, parent->deny_setgroups, error) < 0)
    return -1;
  (void)snprintf (path, sizeof path, "/proc/%d/oom_score_adj", (int)launch->pid);
  if (parent->oom_score_adj && write_file_at (AT_FDCWD, path, parent->oom_score_adj) < 0)
    return error_set (error, errno, "set oom_score_adj to %s", parent->oom_score_adj);
  if (set_rlimits (launch, error) < 0)
    return -1;
  if (parent->uid_map && send (launch->control, &go, sizeof go, MSG_NOSIGNAL) < 0)
    return error_set (error, errno, "tell husk-init to go on");
  return 0;
}

int
launch_start (struct launch *launch, struct error *error)
{
  int pair[2];
  struct namespaces_kept kept = { .count = 0 };
  auto_close int image = seal_image (error);
  if (image < 0 || open_page (launch, error) < 0)
    return -1;
  if (socketpair (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
    return error_set (error, errno, "make the socket to husk-init");
  launch->control = pair[0];
  auto_close int theirs = pair[1];
  if (seal_plan (launch, theirs, error) < 0)
    return -1;
  auto_close int cgroup = cgroup_open_v2 (launch->cgroup);
  int result = namespaces_enter (&launch->plan->parent, &kept, error);
  if (result == 0)
    result = clone_init (launch, image, cgroup, error);
  if (namespaces_leave (&kept, error) < 0)
    result = -1;
  descriptor_close (&theirs);
  if (result == 0)
    result = dress_init (launch, error);
  if (result < 0 && launch->pid > 0)
    launch_kill (launch);
  return result;
}

void
launch_kill (struct launch *launch)
{
  if (launch->pid <= 0)
    return;
  (void)kill (launch->pid, SIGKILL); /* not reaped yet: the pid is still its own */
  while (waitpid (launch->pid, NULL, 0) < 0 && errno == EINTR)
    ;
  launch->pid = 0;
}

void
launch_close (struct launch *launch)
{
  descriptor_close (&launch->pidfd);
  descriptor_close (&launch->control);
}
