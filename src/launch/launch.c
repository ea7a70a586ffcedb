/*
 * From a prepared plan to a running husk-init, and the plan's memory before that. creation.c and exec.c call
 * launch_start after launch_prepare; child.c runs in the clone. The plan must be complete before seal_plan, and
 * descriptors left open by husk's caller must be close-on-exec before the clone. Even after a failure husk leaves the
 * namespaces that it entered for the clone, and no process remains. A process in between clones with CLONE_PARENT, so
 * that husk-init is husk's own child.
 */
#include "husk/launch.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "child.h"
#include "clone.h"
#include "husk/descriptor.h"
#include "husk/log.h"
#include "idmap.h"
#include "namespace.h"
#include "network.h"

#define BETWEEN_MILLISECONDS 10000

extern const char init_image_start[], init_image_end[];

/* Makes a sealed copy: container processes may reach it as /proc/PID/exe, so it must not be writable or be the host's
 * file (CVE-2019-5736). */
static int
seal_image (struct page *page, struct error *error)
{
  struct stat status;
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
      || fcntl (fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) < 0
      || fstat (fd, &status) < 0)
    return error_set (error, errno, "seal husk-init");
  page->init_device = status.st_dev;
  page->init_inode = status.st_ino;
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
  launch->page->magic = PAGE_MAGIC;
  launch->page->size = sizeof (struct page);
  return 0;
}

/* The size must be set before the program asks for it. The relay passes on later changes. */
static void
prepare_console (const struct launch *launch, struct plan_console *console)
{
  struct winsize size;
  console->fd = launch->console_fd;
  console->relayed = launch->relayed;
  if (!launch->relayed || ioctl (0, TIOCGWINSZ, &size) < 0)
    return;
  console->height = size.ws_row;
  console->width = size.ws_col;
}

int
launch_arena_open (struct arena *arena, int *out_fd, struct error *error)
{
  /* MFD_NOEXEC_SEAL is new in Linux 6.3; older kernels refuse it with EINVAL and do not need it */
  auto_close int fd = memfd_create ("husk-plan", MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_NOEXEC_SEAL);
  if (fd < 0 && errno == EINVAL)
    fd = memfd_create ("husk-plan", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (fd < 0 || ftruncate (fd, PLAN_SIZE_MAX) < 0)
    return error_set (error, errno, "make the plan's memory");
  void *start
      = mmap ((void *)PLAN_ADDRESS, PLAN_SIZE_MAX, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED_NOREPLACE, fd, 0);
  if (start != (void *)PLAN_ADDRESS)
    return error_set (error, start == MAP_FAILED ? errno : EEXIST, "map the plan's memory");
  arena_over (arena, start, PLAN_SIZE_MAX);
  *out_fd = take_fd (&fd);
  return 0;
}

/* husk's own mapping stays writable (F_SEAL_FUTURE_WRITE, Linux 5.1); husk-init's never is. */
static int
seal_plan (struct launch *launch, int control, struct error *error)
{
  struct plan *plan = launch->plan;
  plan->control = control;
  plan->listen = launch->listen_fd;
  plan->page = launch->page_fd;
  plan->hook_output = launch->hook_output;
  plan->hook_errors = launch->hook_errors;
  plan->page_size = sizeof (struct page);
  for (uint32_t i = 0; i < plan->step_count; i++)
    if (plan->steps[i].kind == STEP_CONSOLE)
      prepare_console (launch, plan->steps[i].console);
  if (ftruncate (launch->plan_fd, plan->size) < 0
      || fcntl (launch->plan_fd, F_ADD_SEALS, F_SEAL_FUTURE_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) < 0)
    return error_set (error, errno, "seal the plan");
  return 0;
}

/* ---- in the parent ------------------------------------------------------------------------------------------------
 */

struct newborn
{
  const struct launch *launch;
  int image;
};

static void
become_init (void *data)
{
  const struct newborn *newborn = data;
  child_become_init (newborn->launch, newborn->image);
}

/* A child that waits for its id maps needs memory of its own, because husk goes on meanwhile. So does one that
 * processes of a container can see: if they stopped it, husk would sleep for ever. And older kernels let none
 * enter a new time namespace that shares its memory, where the clock's page is mapped. */
static bool
may_share_memory (const struct plan_parent *parent)
{
  return parent->clone_flags & CLONE_NEWPID && !parent->uid_map && !parent->in_between && !parent->time_offsets;
}

/* Returns husk-init's pid, or -1 with errno. */
static long
clone_process (const struct launch *launch, int image, uint64_t flags, int cgroup, int *out_pidfd)
{
  struct newborn newborn = { launch, image };
  /* a cgroup namespace's root is its maker's cgroup, so the child makes it after entering its own */
  uint64_t namespaces = launch->plan->parent.clone_flags & ~(launch->enter >= 0 ? (uint64_t)CLONE_NEWCGROUP : 0);
  struct clone_args arguments = {
    .flags = namespaces | flags | CLONE_PIDFD | (cgroup >= 0 ? CLONE_INTO_CGROUP : 0),
    .pidfd = (uint64_t)(uintptr_t)out_pidfd,
    .exit_signal = flags & CLONE_PARENT ? 0 : SIGCHLD, /* with CLONE_PARENT the kernel uses the caller's */
    .cgroup = cgroup >= 0 ? (uint64_t)cgroup : 0,
  };
  return clone_child (&arguments, may_share_memory (&launch->plan->parent), become_init, &newborn);
}

/* A pid namespace belongs to the user namespace of the process that makes it, and a process cannot return from a user
 * namespace that it joined, nor from others without rights over husk's own. So a process in between joins, makes
 * husk-init a child of husk's and ends. It shares husk's descriptors, so that husk gets the pidfd. */
struct birth
{
  int pidfd, code; /* the pidfd, or -1 and an errno */
};

static int
join_user (const struct launch *launch)
{
  const struct plan_join *user = launch->plan->parent.join_user;
  if (!user)
    return 0;
  if (child_take_limits (launch) < 0) /* while it still has the host's rights */
    return -1;
  if (!launch->plan->keep_groups && syscall (SYS_setgroups, 0, NULL) < 0
      && errno != EPERM) /* an ordinary user cannot drop theirs */
    return -1;
  return setns (user->fd, (int)user->flags);
}

static _Noreturn void
join_and_clone (const struct launch *launch, int image, int cgroup, int report)
{
  struct birth birth = { -1, 0 };
  struct namespaces_kept kept = { .count = 0 };
  long pid = -1;
  int entered = namespaces_enter (&launch->plan->parent, &kept, &launch->page->error);
  namespaces_stay (&kept);
  if (entered == 0 && join_user (launch) == 0)
    pid = clone_process (launch, image, CLONE_PARENT, cgroup, &birth.pidfd);
  birth.code = pid < 0 ? errno : 0;
  (void)!descriptor_write (report, &birth, sizeof birth);
  _exit (0);
}

/* There is a deadline because a process in the joined user namespace may stop it. */
static bool
let_end (pid_t between, int pidfd)
{
  if (process_wait_within (between, pidfd, NULL, BETWEEN_MILLISECONDS) == 0)
    return true;
  (void)kill (between, SIGKILL);
  (void)process_wait_within (between, pidfd, NULL, KILLED_MILLISECONDS);
  return false;
}

static long
clone_in_between (const struct launch *launch, int image, int cgroup, int *out_pidfd)
{
  int pidfd = -1;
  struct clone_args arguments
      = { .flags = CLONE_FILES | CLONE_PIDFD, .pidfd = (uint64_t)(uintptr_t)&pidfd, .exit_signal = SIGCHLD };
  struct birth birth = { -1, ECHILD };
  int ends[2];
  if (pipe2 (ends, O_CLOEXEC) < 0)
    return -1;
  auto_close int told = ends[0], report = ends[1];
  long between = syscall (SYS_clone3, &arguments, sizeof arguments);
  if (between == 0)
    join_and_clone (launch, image, cgroup, report);
  auto_close int watched = pidfd;
  bool ended = between > 0 && let_end ((pid_t)between, watched);
  descriptor_close (&report);
  if (between < 0 || !ended
      || (descriptor_read (told, &birth, sizeof birth) == (ssize_t)sizeof birth && birth.pidfd < 0))
    errno = between < 0 ? errno : birth.code;
  *out_pidfd = birth.pidfd;
  /* the process in between may have seen another number, in another pid namespace */
  return birth.pidfd < 0 ? -1 : pidfd_pid (birth.pidfd);
}

static __attribute__ ((cold)) void
log_clone (const struct launch *launch, int cgroup)
{
  const struct plan_parent *parent = &launch->plan->parent;
  char names[128];
  for (uint32_t i = 0; i < parent->join_before_count; i++)
    log_debug ("joined before the clone: namespace %s, %s",
               progress_namespaces (parent->joins_before[i].flags, names, sizeof names),
               parent->joins_before[i].path ? parent->joins_before[i].path : "the container's");
  log_debug ("husk-init cloned as process %d%s, new namespaces: %s", (int)launch->pid,
             cgroup >= 0 ? " into its cgroup2 cgroup" : "",
             progress_namespaces (parent->clone_flags, names, sizeof names));
}

static int
clone_init (struct launch *launch, int image, int cgroup, struct error *error)
{
  const struct plan_parent *parent = &launch->plan->parent;
  int pidfd = -1;
  if ((parent->join_before_count || parent->join_user) && prctl (PR_SET_DUMPABLE, 0) < 0)
    return error_set (error, errno, "forbid tracing husk");
  long pid = parent->in_between ? clone_in_between (launch, image, cgroup, &pidfd)
                                : clone_process (launch, image, 0, cgroup, &pidfd);
  if (pid < 0)
    {
      int code = errno;
      if (launch->page->error.set)
        *error = launch->page->error;
      (void)error_set (error, code, "make the container's namespaces");
      if (code == ENOSPC || code == EUSERS)
        error_hint (error, "a limit in /proc/sys/user/max_*_namespaces has been reached: see 'husk doctor'");
      else if (code == EPERM || code == EACCES || code == ENOSYS || code == EINVAL)
        error_hint (error, "'husk doctor' shows what this machine forbids");
      return -1;
    }
  launch->pid = (pid_t)pid;
  launch->pidfd = pidfd;
  if (log_debug_enabled ())
    log_clone (launch, cgroup);
  return 0;
}

static int
set_rlimits (const struct launch *launch, struct error *error)
{
  const struct plan_rlimits *rlimits = launch->plan->parent.uid_map ? launch->plan->parent.rlimits : NULL;
  for (uint32_t i = 0; rlimits && i < rlimits->count; i++)
    {
      struct rlimit limit = { rlimits->items[i].soft, rlimits->items[i].hard };
      if (prlimit (launch->pid, rlimits->items[i].resource, &limit, NULL) < 0)
        return error_set_at (error, rlimits->items[i].origin, errno, "set the resource limit");
    }
  return 0;
}

static int
write_maps (const struct launch *launch, struct error *error)
{
  const struct plan_parent *parent = &launch->plan->parent;
  if (parent->deny_setgroups && idmap_deny_setgroups (launch->pid, error) < 0)
    return -1;
  struct idmap gid
      = { "gid_map", parent->gid_map, parent->gid_map_program ? "newgidmap" : NULL, parent->gid_map_origin };
  struct idmap uid
      = { "uid_map", parent->uid_map, parent->uid_map_program ? "newuidmap" : NULL, parent->uid_map_origin };
  return idmap_write (launch->pid, &gid, error) < 0 ? -1 : idmap_write (launch->pid, &uid, error);
}

/* Makes the settings that need the host's rights over the new process, before it continues. */
static int
apply_parent_settings (struct launch *launch, struct error *error)
{
  const struct plan_parent *parent = &launch->plan->parent;
  char path[48];
  if (parent->uid_map && write_maps (launch, error) < 0)
    return -1;
  if (parent->uid_map)
    log_debug ("ids mapped: users %s, groups %s (inside, outside, count)", parent->uid_map, parent->gid_map);
  (void)snprintf (path, sizeof path, "/proc/%d/oom_score_adj", (int)launch->pid);
  if (parent->oom_score_adj && !parent->oom_score_early && write_file_at (AT_FDCWD, path, parent->oom_score_adj) < 0)
    return error_set (error, errno, "set oom_score_adj to %s", parent->oom_score_adj);
  if (set_rlimits (launch, error) < 0)
    return -1;
  return parent->uid_map ? launch_answer (launch, 0, error) : 0;
}

/* config.md, "execCPUAffinity", initial: applies to the runtime's process before it is in the container's cgroup. */
static int
set_affinity (const struct plan_parent *parent, struct error *error)
{
  const struct plan_affinity *affinity = parent->affinity;
  if (affinity && syscall (SYS_sched_setaffinity, 0, affinity->mask_bytes, affinity->mask) < 0)
    return error_set (error, errno, "set the initial CPU affinity");
  return 0;
}

int
launch_start (struct launch *launch, struct error *error)
{
  int pair[2];
  struct namespaces_kept kept = { .count = 0 };
  if (open_page (launch, error) < 0)
    return -1;
  auto_close int image = seal_image (launch->page, error);
  if (image < 0)
    return -1;
  /* a process that may not read its program's file is not dumpable after execve. That protects husk-init in a joined
   * user namespace, where other processes already run, until it protects itself */
  if (launch->plan->parent.join_user && fchmod (image, 0111) < 0)
    return error_set (error, errno, "make husk-init unreadable");
  if (socketpair (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
    return error_set (error, errno, "make the socket to husk-init");
  launch->control = pair[0];
  auto_close int theirs = pair[1];
  if (launch->plan->parent.forked && setsockopt (pair[0], SOL_SOCKET, SO_PASSCRED, &(int){ 1 }, sizeof (int)) < 0)
    return error_set (error, errno, "make the socket to husk-init");
  (void)snprintf (launch->plan_number, sizeof launch->plan_number, "%d", launch->plan_fd);
  (void)snprintf (launch->plan_size, sizeof launch->plan_size, "%u", launch->plan->size);
  /* the container must not inherit what the caller left open. Before Linux 5.11 this needs /proc, which the child may
   * not have */
  if (descriptor_cloexec_from ((int)launch->plan->kept) < 0)
    return error_set (error, errno, "mark open descriptors close-on-exec");
  auto_close int cgroup = -1;
  auto_close int enter = -1;
  if (!launch->placed_late
      && (cgroup_open_v2 (launch->cgroup, &cgroup, error) < 0
          || cgroup_open_for_entering (launch->cgroup, cgroup, &enter, error) < 0))
    return -1;
  launch->enter = enter;
  if (enter >= 0)
    descriptor_close (&cgroup);
  if (set_affinity (&launch->plan->parent, error) < 0 || network_take (launch->plan, error) < 0
      || seal_plan (launch, theirs, error) < 0)
    return -1;
  int result = launch->plan->parent.in_between ? 0 : namespaces_enter (&launch->plan->parent, &kept, error);
  if (result == 0)
    result = clone_init (launch, image, cgroup, error);
  if (namespaces_leave (&kept, error) < 0)
    result = -1;
  descriptor_close (&theirs);
  launch->entered = take_fd (&cgroup);
  if (result == 0)
    result = apply_parent_settings (launch, error);
  if (result < 0 && launch->pid > 0)
    launch_kill (launch);
  return result;
}

void
launch_close (struct launch *launch)
{
  descriptor_close (&launch->pidfd);
  descriptor_close (&launch->control);
}
