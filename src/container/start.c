/*
 * husk start: maps the page, takes its turn at husk-init, lets it continue, waits for execve and runs the poststart
 * hooks. Connections to agent and observer, the notify socket and the record come before husk-init may continue: if one
 * of them fails, the container stays created, and the next start may try. Processes of the container may have written
 * to the page, so its contents are not trusted.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/un.h>

#include "claim.h"
#include "confine.h"
#include "husk/launch.h"
#include "hooks.h"
#include "husk/descriptor.h"
#include "husk/log.h"
#include "listener.h"
#include "load_config.h"
#include "notify_socket.h"
#include "record.h"
#include "turn.h"

struct start_job
{
  const struct globals *globals;
  struct arena arena;
  struct record record;
  int directory; /* of the record */
  struct loaded_config loaded;
  struct listener listener;
  struct page *page;
  uint32_t waited; /* the step at which husk-init waited for start */
  int pidfd, notify;
};

static int
check_status (struct start_job *job, struct error *error)
{
  const char *id = job->record.id;
  enum status status;
  if (record_status (&job->record, &status, error) < 0)
    return -1;
  if (status == STATUS_CREATED)
    return 0;
  if (status == STATUS_STOPPED)
    {
      (void)error_set (error, 0, "cannot start container \"%s\": it has stopped", id);
      error_hint (error, "a container starts once: husk delete %s, then create it again", id);
      return -1;
    }
  (void)error_set (error, 0, "cannot start container \"%s\": it is %s", id, status_word (status));
  if (status == STATUS_PAUSED)
    error_hint (error, "husk resume %s lets it continue", id);
  else if (status == STATUS_RUNNING)
    error_hint (error, "husk exec %s COMMAND runs another program in it", id);
  return -1;
}

static int
strange_page (const struct start_job *job, struct error *error)
{
  (void)error_set (error, 0, "the page of container \"%s\" is damaged, or belongs to another version of husk",
                   job->record.id);
  error_hint (error, "delete the container with --force and create it again");
  return -1;
}

static int
map_page (struct start_job *job, struct error *error)
{
  struct stat status;
  auto_close int fd = descriptor_open_at (job->directory, RECORD_PAGE, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
  if (fd < 0 || fstat (fd, &status) < 0)
    return error_set (error, errno, "open the page of container \"%s\"", job->record.id);
  if (!S_ISREG (status.st_mode) || status.st_size != (off_t)sizeof (struct page))
    return strange_page (job, error);
  void *page = mmap (NULL, sizeof (struct page), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (page == MAP_FAILED)
    return error_set (error, errno, "map the page of container \"%s\"", job->record.id);
  job->page = page;
  if (job->page->magic != PAGE_MAGIC || job->page->size != sizeof (struct page))
    return strange_page (job, error);
  return 0;
}

static int
too_late (const struct start_job *job, struct error *error)
{
  return error_set (error, 0, "cannot start container \"%s\": it has already been started", job->record.id);
}

/* Waits until it is our turn. */
static int
await_turn (struct start_job *job, int connection, struct error *error)
{
  int ours = turn_await (connection, job->pidfd, job->record.id, error);
  struct pollfd end = { job->pidfd, POLLIN, 0 };
  if (ours)
    return ours > 0 ? 0 : -1;
  if (job->page->state == PAGE_WORKING && descriptor_poll (&end, 1, 0) > 0)
    (void)launch_outcome (job->page, NULL, job->record.pid, job->pidfd, error);
  return error->set ? -1 : too_late (job, error);
}

/* Does what only one start may do, before anything runs. If it fails, the container stays created, and husk-init takes
 * the next start. */
static int
take_turn (struct start_job *job, int connection, struct error *error)
{
  const struct ask_message go = { ASK_STARTING };
  const struct record *record = &job->record;
  if (await_turn (job, connection, error) < 0)
    return -1;
  if (record->has_listener && listener_connect (job->globals, &job->loaded.spec, &job->listener, error) < 0)
    return -1;
  if (listener_connect_observer (job->globals, record->observing, job->directory, &job->listener, error) < 0)
    return -1;
  if (record->has_notify && notify_listen (job->directory, &job->notify, error) < 0)
    return -1;
  job->record.started = true;
  if (record_write (job->directory, record, error) < 0)
    return -1;
  log_debug ("record written: container \"%s\" is started", record->id);
  job->waited = job->page->step;
  return descriptor_send (connection, &go, sizeof go, MSG_NOSIGNAL) < 0
             ? error_set (error, errno, "signal husk-init of container \"%s\" to start", record->id)
             : 0;
}

static int
hand_over_listener (struct start_job *job, int connection, struct error *error)
{
  struct conversation conversation = { .record = &job->record,
                                       .status = STATUS_CREATED,
                                       .pid = job->record.pid,
                                       .pidfd = job->pidfd,
                                       .page = job->page,
                                       .peer = connection };
  return listener_hand_over (&job->listener, &conversation, error);
}

/* Waits until husk-init's end of file, at execve or at its death. No deadline while it makes progress: startContainer
 * hooks run meanwhile, with their own timeouts, if any. */
static int
wait_for_exec (struct start_job *job, int connection, struct error *error)
{
  struct progress progress = { job->page, NULL, job->waited };
  for (struct stall held = { 0 };;)
    {
      struct ask_message message;
      struct pollfd polls[] = { { connection, POLLIN, 0 }, { job->pidfd, POLLIN, 0 } };
      int ready = log_debug_enabled () ? progress_poll (&progress, polls, 2, HELD_LOOK_MILLISECONDS)
                                       : descriptor_poll (polls, 2, HELD_LOOK_MILLISECONDS);
      if (ready == 0 && held_check (&held, job->record.pid, job->page, NULL, error) < 0)
        {
          (void)syscall (SYS_pidfd_send_signal, job->pidfd, SIGKILL, NULL, 0);
          return -1;
        }
      if (ready == 0)
        continue;
      if (descriptor_receive (connection, &message, sizeof message, MSG_DONTWAIT) != (ssize_t)sizeof message)
        {
          if (log_debug_enabled ())
            progress_log (&progress);
          return 0;
        }
      if (message.ask != ASK_LISTENER || job->listener.socket < 0)
        {
          (void)syscall (SYS_pidfd_send_signal, job->pidfd, SIGKILL, NULL, 0);
          return error_set (error, 0, "protocol error: unexpected request %u from husk-init", message.ask);
        }
      if (hand_over_listener (job, connection, error) < 0)
        return -1;
    }
}

static int
launch_program (struct start_job *job, struct error *error)
{
  if (map_page (job, error) < 0)
    return -1;
  job->pidfd = record_open_process (&job->record, error);
  if (job->pidfd < 0)
    return -1;
  int found;
  if (turn_connect (job->directory, job->record.id, &found, error) < 0)
    return -1;
  auto_close int connection = found;
  if (connection < 0)
    return too_late (job, error);
  if (take_turn (job, connection, error) < 0)
    return -1;
  log_debug ("husk-init (process %d) told to start", (int)job->record.pid);
  if (wait_for_exec (job, connection, error) < 0)
    return -1;
  if (launch_outcome (job->page, NULL, job->record.pid, job->pidfd, error) < 0)
    return -1;
  log_debug ("process %d has executed its program", (int)job->record.pid);
  return 0;
}

static int
run_poststart_hooks (struct start_job *job, struct error *error)
{
  if (!job->record.has_poststart || hooks_run_poststart (&job->loaded.spec, &job->record, error) == 0)
    return 0;
  (void)syscall (SYS_pidfd_send_signal, job->pidfd, SIGKILL, NULL, 0);
  return -1;
}

static int
start_container (struct start_job *job, const char *id, struct error *error)
{
  if (record_read (job->globals, id, &job->arena, &job->record, &job->directory, error) < 0
      || check_status (job, error) < 0)
    return -1;
  log_debug ("record read: container \"%s\", created, process %d waits for start", id, (int)job->record.pid);
  if (!job->record.has_process)
    return error_set_at (error, JSON_ROOT, 0, "\"process\" is required to start a container");
  if ((job->record.has_poststart || job->record.has_listener)
      && (load_saved (job->directory, &job->loaded, error) < 0
          || confine_saved (&job->record, job->directory, NULL, &job->loaded, error) < 0))
    return -1;
  if (launch_program (job, error) < 0 || run_poststart_hooks (job, error) < 0)
    return -1;
  notify_wait (job->notify, job->pidfd, job->record.pid);
  return 0;
}

/* Turns the error's origin into its place in config.json, which is read now if nothing else has needed it. */
static void
place (struct start_job *job, struct error *error)
{
  struct error trouble = { 0 };
  if (job->loaded.document.count || load_saved (job->directory, &job->loaded, &trouble) == 0)
    json_place (&job->loaded.document, error);
}

int
container_start (const struct globals *globals, const char *id, struct error *error)
{
  struct start_job job = { .globals = globals,
                           .directory = -1,
                           .pidfd = -1,
                           .notify = -1,
                           .listener = { .socket = -1, .supervisor = -1, .agent = -1 } };
  if (spec_check_id (id, error) < 0)
    return -1;
  if (arena_open (&job.arena, RECORD_ARENA) < 0)
    return error_set (error, errno, "reserve memory");
  int result = start_container (&job, id, error);
  if (result < 0)
    (void)claim_failed (job.directory, id, error);
  if (result < 0 && error->origin && !error->place[0])
    place (&job, error);
  descriptor_close (&job.directory);
  descriptor_close (&job.pidfd);
  descriptor_close (&job.notify);
  listener_close (&job.listener);
  return result;
}
