/*
 * The parent's side of channel.h: requests, answers, and the outcome that the page shows once husk-init is gone.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "husk/descriptor.h"
#include "husk/launch.h"
#include "husk/log.h"
#include "husk/signals.h"
#include "husk/process.h"

#if CGROUP_MAX_HIERARCHIES > PLACES_MAX || PLACES_MAX > DESCRIPTORS_SENT_MAX
#error "the hierarchies do not fit into one answer"
#endif

static bool
dead (int pidfd, int milliseconds)
{
  struct pollfd end = { pidfd, POLLIN, 0 };
  return pidfd < 0 || (descriptor_poll (&end, 1, milliseconds) > 0 && (end.revents & POLLIN));
}

static ssize_t
read_proc (pid_t pid, const char *file, char *out, size_t size)
{
  char path[48];
  (void)snprintf (path, sizeof path, "/proc/%d/%s", (int)pid, file);
  return read_small (path, out, size);
}

/* "Unknown" counts as yes: the caller checks again. */
static bool
still_init (const struct page *page, pid_t pid)
{
  bool there;
  return process_is_init (pid, page->init_device, page->init_inode, &there, &(struct error){ 0 }) != 0;
}

/* The wait status of a dead process that has not been reaped: the last field of /proc/PID/stat. 0 if it is gone. */
static int
wait_status (pid_t pid)
{
  char stat[1024];
  if (read_proc (pid, "stat", stat, sizeof stat) <= 0)
    return 0;
  const char *last = strrchr (stat, ' ');
  return last ? atoi (last) : 0;
}

static const struct step *
step_at (const struct plan *plan, uint32_t number)
{
  return plan && number >= 1 && number <= plan->step_count ? &plan->steps[number - 1] : NULL;
}

/* What execve's errno alone says about a file that husk-init has found, for a filter under which it could not look. */
static const char *
hint_of_exec (int code)
{
  return code == ENOENT    ? "the file is there, but not the interpreter or loader that it needs"
         : code == ENOEXEC ? "it is neither a program for this machine nor a script that begins with #!"
                           : NULL;
}

static int
exec_failed (const struct page *page, const struct step *exec, struct error *error)
{
  if (page->exec_denied)
    {
      (void)error_set_at (error, page->error.origin, 0, "the seccomp profile denies execve: the program cannot start");
      error_hint (error, "allow execve in the profile");
    }
  else if (exec && exec->kind == STEP_EXEC)
    {
      bool excess = page->exec_errno == E2BIG && exec->exec->excess;
      origin_t origin = excess && exec->exec->excess_origin ? exec->exec->excess_origin : exec->origin;
      (void)error_set_at (error, origin, page->exec_errno, "exec: \"%s\"", exec->exec->file);
    }
  else
    (void)error_set_at (error, page->error.origin, page->exec_errno, "%.*s", (int)sizeof page->error.text - 1,
                        page->error.text);
  if (!page->exec_denied)
    {
      if (page->error.hint[0])
        error_hint (error, "%.*s", (int)sizeof page->error.hint - 1, page->error.hint);
      else if (hint_of_exec (page->exec_errno))
        error_hint (error, "%s", hint_of_exec (page->exec_errno));
      error->kind = error_kind_of_exec (page->exec_errno);
    }
  error->step = (uint16_t)page->step;
  return -1;
}

/* The kernel has no file system of a mount's type. */
static void
hint_at_type (const char *type, struct error *error)
{
  static const struct json_name types[]
      = { { "tmpfs", 0 },   { "proc", 0 },     { "sysfs", 0 },      { "devpts", 0 },  { "mqueue", 0 },
          { "bind", 0 },    { "cgroup2", 0 },  { "cgroup", 0 },     { "overlay", 0 }, { "hugetlbfs", 0 },
          { "ramfs", 0 },   { "ext4", 0 },     { "xfs", 0 },        { "btrfs", 0 },   { "fuse", 0 },
          { "debugfs", 0 }, { "tracefs", 0 },  { "securityfs", 0 }, { "bpf", 0 },     { "nfs", 0 },
          { "erofs", 0 },   { "squashfs", 0 }, { NULL, 0 } };
  const char *nearest = json_nearest (type, types);
  if (nearest && strcmp (nearest, type) != 0)
    error_hint (error, "this kernel has no file system of that name: did you mean %s?", nearest);
  else
    error_hint (error, "this kernel has no file system of that name: /proc/filesystems lists them");
}

/* Copies husk-init's error within bounds: a container process may have written there. */
static int
step_failed (const struct page *page, const struct step *step, struct error *error)
{
  if (error->set)
    return -1;
  *error = page->error;
  error->text[sizeof error->text - 1] = '\0';
  error->hint[sizeof error->hint - 1] = '\0';
  error->place[0] = '\0';
  if (error->code < 0 || error->code > 4095)
    error->code = 0;
  error->set = 1;
  if (error->code == ENODEV && step && step->kind == STEP_MOUNT && step->mount->type)
    hint_at_type (step->mount->type, error);
  return -1;
}

static int
died (const struct page *page, const struct plan *plan, pid_t pid, struct error *error)
{
  const struct step *step = step_at (plan, page->step);
  uint32_t kind = page->step >= 1 && page->step <= PAGE_STEPS ? page->kinds[page->step - 1] : 0;
  const char *word = step                       ? step_word (step->kind)
                     : page->state == PAGE_EXEC ? "exec"
                     : kind                     ? step_word ((uint16_t)(kind - 1))
                                                : NULL;
  int status = wait_status (pid), signal = WIFSIGNALED (status) ? WTERMSIG (status) : 0;
  origin_t origin = step ? step->origin : 0;
  if (page->state == PAGE_EXEC && (signal == SIGSYS || page->exec_denied))
    {
      (void)error_set_at (error, page->error.origin, 0,
                          "husk-init was killed by %s in step exec: the profile denies execve",
                          signal ? signal_name (signal) : "a signal");
      error_hint (error, "allow execve in the profile");
    }
  else if (signal)
    (void)error_set_at (error, origin, 0, "husk-init was killed by %s in step %s", signal_name (signal),
                        word ? word : "unknown");
  else
    (void)error_set_at (error, origin, 0, "husk-init died in step %s", word ? word : "unknown");
  error->step = (uint16_t)page->step;
  return -1;
}

int
launch_outcome (const struct page *shared, const struct plan *plan, pid_t pid, int pidfd, struct error *error)
{
  struct page page = *shared; /* one copy, because it may change meanwhile */
  const struct step *step = step_at (plan, page.step);
  if (page.state == PAGE_FAILED && page.error.set)
    return step_failed (&page, step, error);
  if (page.state != PAGE_EXEC)
    return died (&page, plan, pid, error);
  /* execve closes descriptors a moment before it changes the process's name: check until the outcome is certain. */
  for (int tries = 0; tries < 1000; tries++)
    {
      bool there = still_init (&page, pid), gone = (there || page.exec_denied) && dead (pidfd, 0);
      /* the page keeps the error even if a shim has already reaped husk-init */
      if (__atomic_load_n (&shared->exec_errno, __ATOMIC_ACQUIRE))
        {
          (void)dead (pidfd, 1000); /* husk-init may still be looking for the hint */
          page = *shared;
          return exec_failed (&page, step, error);
        }
      if (gone)
        return died (&page, plan, pid, error);
      if (!there)
        return 0;
      (void)dead (pidfd, 1);
    }
  return error_set (error, ETIMEDOUT, "wait for the exec of the container's program");
}

/* ---- asks -----------------------------------------------------------------------------------------------------------
 */

static int
answer_failed (struct launch *launch, struct error *error)
{
  (void)dead (launch->pidfd, 1000);
  if (launch_outcome (launch->page, launch->plan, launch->pid, launch->pidfd, error) == 0)
    (void)error_set (error, EPIPE, "answer husk-init");
  return -1;
}

int
launch_answer (struct launch *launch, uint32_t ask, struct error *error)
{
  struct ask_message message = { ask };
  return descriptor_send (launch->control, &message, sizeof message, MSG_NOSIGNAL) < 0 ? answer_failed (launch, error)
                                                                                       : 0;
}

static bool
joins_cgroup (const struct plan *plan)
{
  for (uint32_t i = 0; i < plan->step_count; i++)
    if (plan->steps[i].kind == STEP_JOIN_CGROUP)
      return true;
  return false;
}

/* husk-init moves itself (cgroup_open_tasks has the reason). It gets open files, because it may not have the right to
 * open them. */
int
launch_place (struct launch *launch, struct error *error)
{
  int fds[CGROUP_MAX_HIERARCHIES], count;
  struct ask_message places = { ASK_PLACES };
  if (!joins_cgroup (launch->plan))
    return 0;
  if ((count = cgroup_open_tasks (launch->cgroup, fds, error)) < 0)
    return -1;
  /* only one of v1's directories is known by its inode. While the container's process lives, the others are its own
   * too */
  bool ended = launch->container && dead (launch->container, 0);
  ssize_t sent = ended ? -1 : descriptors_send (launch->control, &places, sizeof places, fds, (size_t)count);
  for (int i = 0; i < count; i++)
    (void)close (fds[i]);
  if (!ended && count > 0)
    log_debug ("husk-init (process %d) receives the files of %d v1 cgroups to enter", (int)launch->pid, count);
  if (ended)
    return error_set_kind (error, ERROR_NOT_RUNNING, 0, "container not running: it ended meanwhile");
  return sent < 0 ? answer_failed (launch, error) : 0;
}

/* Receives one request, and its sender's pid if the socket passes that. The kernel translates it into husk's pid
 * namespace. */
static ssize_t
receive_ask (int socket, struct ask_message *ask, pid_t *out_sender)
{
  union
  {
    struct cmsghdr header;
    char bytes[CMSG_SPACE (sizeof (struct ucred))];
  } control;
  struct iovec data = { ask, sizeof *ask };
  struct msghdr message
      = { .msg_iov = &data, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control.bytes };
  struct ucred sender = { 0 };
  ssize_t got = descriptor_receive_message (socket, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  if (got == (ssize_t)sizeof *ask && message.msg_flags & MSG_TRUNC)
    got++; /* too long for an ask */
  const struct cmsghdr *header = got < 0 ? NULL : CMSG_FIRSTHDR (&message);
  if (header && header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_CREDENTIALS)
    memcpy (&sender, CMSG_DATA (header), sizeof sender);
  *out_sender = sender.pid;
  return got;
}

/* husk-init continues in a child of husk's; the old process ends at once. */
static int
follow_forked_init (struct launch *launch, pid_t sender, struct error *error)
{
  auto_close int pidfd = sender > 0 ? (int)syscall (SYS_pidfd_open, sender, 0) : -1;
  if (!launch->plan->parent.forked || pidfd < 0)
    return error_set (error, pidfd < 0 ? errno : 0, "follow husk-init into its pid namespace");
  if (!dead (launch->pidfd, 10000))
    return error_set (error, ETIMEDOUT, "wait for husk-init outside its pid namespace");
  (void)process_wait (launch->pid, NULL, 0);
  descriptor_close (&launch->pidfd);
  launch->pid = sender;
  launch->pidfd = take_fd (&pidfd);
  return launch_answer (launch, ASK_FORKED, error);
}

/* End of file from husk-init: it runs the program, waits for start, or is dead. */
static int
at_end (struct launch *launch, struct error *error)
{
  const struct page *page = launch->page;
  const struct step *step = step_at (launch->plan, page->step);
  struct progress progress = { page, launch->plan, launch->told };
  bool waits = step && page->state == PAGE_WORKING && (step->kind == STEP_CREATED || step->kind == STEP_WAIT);
  if (log_debug_enabled ())
    progress_log (&progress);
  launch->told = progress.told;
  if (waits && !dead (launch->pidfd, 0))
    return 0;
  if (page->state == PAGE_WORKING)
    (void)dead (launch->pidfd, 1000); /* so that its status can be read */
  if (launch_outcome (page, launch->plan, launch->pid, launch->pidfd, error) == 0)
    {
      log_debug ("process %d has executed its program", (int)launch->pid);
      return 0;
    }
  launch_kill (launch);
  return -1;
}

/* What a step asks on the control socket; 0: nothing. If the plan has a listening socket, LISTENER goes to `start`. */
static uint32_t
ask_of (const struct plan *plan, const struct step *step)
{
  static const uint8_t asks[STEP_KIND_COUNT] = {
#define STEP_KIND_ASK(name, function, data, ask, proc, traits, word, text) ASK_##ask,
    STEP_KINDS (STEP_KIND_ASK)
#undef STEP_KIND_ASK
  };
  uint32_t ask = asks[step->kind];
  if (ask == ASK_FORKED)
    return step->join->flags & CLONE_NEWPID ? ask : 0;
  if (ask == ASK_LISTENER)
    return step->filter->notify && plan->listen < 0 ? ask : 0;
  return ask;
}

static const char *
ask_word (uint32_t ask)
{
  static const char *const words[]
      = { "nothing", "PLACES", "FORKED", "NET_DEVICES", "RUNTIME_HOOKS", "CREATED", "STARTING", "LISTENER", "LIMITED" };
  return ask < sizeof words / sizeof *words ? words[ask] : "an unknown request";
}

/* The ask that must come next, or 0. The plan, which husk-init cannot write to, determines the order. */
static uint32_t
next_of_plan (struct launch *launch)
{
  const struct plan *plan = launch->plan;
  uint32_t ask = 0;
  while (launch->asked < plan->step_count && (ask = ask_of (plan, &plan->steps[launch->asked])) == 0)
    launch->asked++;
  return ask;
}

/* husk-init may be influenced by hostile processes around it, so only requests that its plan contains are accepted. */
static int
check_ask (struct launch *launch, uint32_t ask, struct error *error)
{
  uint32_t expected = next_of_plan (launch);
  if (ask == 0 || ask != expected)
    return error_set (error, 0, "protocol error: husk-init requested %s (%u) instead of %s", ask_word (ask), ask,
                      ask_word (expected));
  launch->asked++;
  return 0;
}

/* A process left behind may hold the socket open, so husk-init's death is watched too, unless it is about to continue
 * in a child. */
static int
watched (struct launch *launch)
{
  return next_of_plan (launch) == ASK_FORKED ? -1 : launch->pidfd;
}

static int
poll_telling (struct launch *launch, struct pollfd *polls, nfds_t count)
{
  struct progress progress = { launch->page, launch->plan, launch->told };
  if (!log_debug_enabled ())
    return descriptor_poll (polls, count, HELD_LOOK_MILLISECONDS);
  int ready = progress_poll (&progress, polls, count, HELD_LOOK_MILLISECONDS);
  launch->told = progress.told;
  return ready;
}

/* 1: an ask; 0: the end; -1: an error. */
static int
await_ask (struct launch *launch, uint32_t *out_ask, pid_t *out_sender, struct error *error)
{
  for (struct stall held = { 0 };;)
    {
      struct ask_message message = { 0 };
      struct pollfd polls[]
          = { { launch->control, POLLIN, 0 }, { watched (launch), POLLIN, 0 }, { signals_held (), POLLIN, 0 } };
      /* no deadline while it works: mounts take as long as they take, and hooks have their own timeouts */
      int ready = poll_telling (launch, polls, 3);
      if (ready == 0 && held_check (&held, launch->pid, launch->page, launch, error) < 0)
        return -1;
      if (ready == 0)
        continue;
      if (polls[2].revents && signals_taken ())
        return error_set (error, 0, "interrupted by %s", signal_name (signals_taken ()));
      ssize_t got = receive_ask (launch->control, &message, out_sender);
      if (got < 0 && errno == EAGAIN && !polls[1].revents)
        continue;
      if (got <= 0)
        return 0;
      *out_ask = message.ask;
      return got == (ssize_t)sizeof message ? 1
                                            : error_set (error, 0, "protocol error: invalid message from husk-init");
    }
}

/* No ask may be missing either: hooks that were not asked for have not run. */
static int
check_end_of_asks (struct launch *launch, struct error *error)
{
  uint32_t expected = next_of_plan (launch);
  if (at_end (launch, error) < 0)
    return -1;
  return expected ? error_set (error, 0, "protocol error: husk-init ended its requests before %s", ask_word (expected))
                  : 0;
}

int
launch_next_ask (struct launch *launch, uint32_t *out_ask, struct error *error)
{
  for (;;)
    {
      pid_t sender = 0;
      int result = await_ask (launch, out_ask, &sender, error);
      if (result == 0)
        {
          *out_ask = 0;
          result = check_end_of_asks (launch, error);
          if (result < 0)
            launch_kill (launch);
          return result;
        }
      if (result < 0 || check_ask (launch, *out_ask, error) < 0)
        {
          launch_kill (launch);
          return -1;
        }
      if (*out_ask != ASK_FORKED)
        return 0;
      if (follow_forked_init (launch, sender, error) < 0)
        {
          launch_kill (launch);
          return -1;
        }
    }
}
