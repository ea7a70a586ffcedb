/*
 * husk start, behind cli/start.c: it maps the page, takes its turn at husk-init, lets that go, waits for execve and
 * runs the poststart hooks. Connections to agent and observer, the notify socket and the record come before husk-init
 * is let go: if one of them fails, the container stays created, and the next start may try. Processes of the container
 * may have written to the page: its content is read within bounds only.
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
#include "load.h"
#include "notify_socket.h"
#include "record.h"
#include "turn.h"

struct starting
{
  const struct globals *globals;
  struct arena arena;
  struct record record;
  int directory; /* of the record */
  struct loaded loaded;
  struct listener listener;
  struct page *page;
  uint32_t waited; /* its steps until start */
  int pidfd, notify;
};

static int
check_status (struct starting *starting, struct error *error)
{
  const char *id = starting->record.id;
  enum status status;
  if (record_status (&starting->record, &status, error) < 0)
    return -1;
  if (status == STATUS_CREATED)
    return 0;
  if (status == STATUS_STOPPED)
    return error_set (error, 0, "cannot start container \"%s\": it has stopped", id);
  return error_set (error, 0, "cannot start container \"%s\": it is %s", id, status_word (status));
}

static int
strange_page (const struct starting *starting, struct error *error)
{
  (void)error_set (error, 0, "the page of container \"%s\" is damaged, or belongs to another version of husk",
                   starting->record.id);
  error_hint (error, "delete the container with --force and create it again");
  return -1;
}

static int
map_page (struct starting *starting, struct error *error)
{
  struct stat status;
  auto_close int fd = descriptor_open_at (starting->directory, RECORD_PAGE, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
  if (fd < 0 || fstat (fd, &status) < 0)
    return error_set (error, errno, "open the page of container \"%s\"", starting->record.id);
  if (!S_ISREG (status.st_mode) || status.st_size != (off_t)sizeof (struct page))
    return strange_page (starting, error);
  void *page = mmap (NULL, sizeof (struct page), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (page == MAP_FAILED)
    return error_set (error, errno, "map the page of container \"%s\"", starting->record.id);
  starting->page = page;
  if (starting->page->magic != PAGE_MAGIC || starting->page->size != sizeof (struct page))
    return strange_page (starting, error);
  return 0;
}

static int
too_late (const struct starting *starting, struct error *error)
{
  return error_set (error, 0, "cannot start container \"%s\": it has already been started", starting->record.id);
}

/* Until it is our turn. */
static int
await_turn (struct starting *starting, int connection, struct error *error)
{
  int ours = turn_await (connection, starting->pidfd, starting->record.id, error);
  struct pollfd end = { starting->pidfd, POLLIN, 0 };
  if (ours)
    return ours > 0 ? 0 : -1;
  if (starting->page->state == PAGE_WORKING && descriptor_poll (&end, 1, 0) > 0)
    (void)launch_outcome (starting->page, NULL, starting->record.pid, starting->pidfd, error);
  return error->set ? -1 : too_late (starting, error);
}

/* What only one start may do, before anything runs. When it fails the container stays created: husk-init turns to the
 * next start. */
static int
take_turn (struct starting *starting, int connection, struct error *error)
{
  const struct ask_message go = { ASK_STARTING };
  const struct record *record = &starting->record;
  if (await_turn (starting, connection, error) < 0)
    return -1;
  if (record->has_listener
      && listener_connect (starting->globals, &starting->loaded.spec, &starting->listener, error) < 0)
    return -1;
  if (listener_connect_observer (starting->globals, record->observing, starting->directory, &starting->listener, error)
      < 0)
    return -1;
  if (record->has_notify && notify_listen (starting->directory, &starting->notify, error) < 0)
    return -1;
  starting->record.started = true;
  if (record_write (starting->directory, record, error) < 0)
    return -1;
  log_debug ("record written: container \"%s\" is started", record->id);
  starting->waited = starting->page->step;
  return descriptor_send (connection, &go, sizeof go, MSG_NOSIGNAL) < 0
             ? error_set (error, errno, "signal husk-init of container \"%s\" to start", record->id)
             : 0;
}

static int
give_listener (struct starting *starting, int connection, struct error *error)
{
  struct listening listening = { .record = &starting->record,
                                 .status = STATUS_CREATED,
                                 .pid = starting->record.pid,
                                 .pidfd = starting->pidfd,
                                 .page = starting->page,
                                 .peer = connection };
  return listener_hand_over (&starting->listener, &listening, error);
}

/* Until husk-init's end of file: at execve, or at its death. No deadline while it is at work: startContainer hooks run
 * meanwhile, and have their own timeouts, if any. */
static int
wait_for_exec (struct starting *starting, int connection, struct error *error)
{
  struct progress progress = { starting->page, NULL, starting->waited };
  for (struct held held = { 0 };;)
    {
      struct ask_message message;
      struct pollfd polls[] = { { connection, POLLIN, 0 }, { starting->pidfd, POLLIN, 0 } };
      int ready = log_tells_debug () ? progress_poll (&progress, polls, 2, HELD_LOOK_MILLISECONDS)
                                     : descriptor_poll (polls, 2, HELD_LOOK_MILLISECONDS);
      if (ready == 0 && held_look (&held, starting->record.pid, starting->page, NULL, error) < 0)
        {
          (void)syscall (SYS_pidfd_send_signal, starting->pidfd, SIGKILL, NULL, 0);
          return -1;
        }
      if (ready == 0)
        continue;
      if (descriptor_receive (connection, &message, sizeof message, MSG_DONTWAIT) != (ssize_t)sizeof message)
        {
          if (log_tells_debug ())
            progress_tell (&progress);
          return 0;
        }
      if (message.ask != ASK_LISTENER || starting->listener.socket < 0)
        {
          (void)syscall (SYS_pidfd_send_signal, starting->pidfd, SIGKILL, NULL, 0);
          return error_set (error, 0, "protocol error: unexpected request %u from husk-init", message.ask);
        }
      if (give_listener (starting, connection, error) < 0)
        return -1;
    }
}

static int
launch_program (struct starting *starting, struct error *error)
{
  if (map_page (starting, error) < 0)
    return -1;
  starting->pidfd = record_open_process (&starting->record, error);
  if (starting->pidfd < 0)
    return -1;
  int found;
  if (turn_connect (starting->directory, starting->record.id, &found, error) < 0)
    return -1;
  auto_close int connection = found;
  if (connection < 0)
    return too_late (starting, error);
  if (take_turn (starting, connection, error) < 0)
    return -1;
  log_debug ("husk-init (process %d) is told to start", (int)starting->record.pid);
  if (wait_for_exec (starting, connection, error) < 0)
    return -1;
  if (launch_outcome (starting->page, NULL, starting->record.pid, starting->pidfd, error) < 0)
    return -1;
  log_debug ("process %d has executed its program", (int)starting->record.pid);
  return 0;
}

static int
run_poststart_hooks (struct starting *starting, struct error *error)
{
  if (!starting->record.has_poststart
      || hooks_run_poststart (starting->loaded.spec.hooks, &starting->record, error) == 0)
    return 0;
  (void)syscall (SYS_pidfd_send_signal, starting->pidfd, SIGKILL, NULL, 0);
  return -1;
}

static int
start (struct starting *starting, const char *id, struct error *error)
{
  if (record_read (starting->globals, id, &starting->arena, &starting->record, &starting->directory, error) < 0
      || check_status (starting, error) < 0)
    return -1;
  log_debug ("record read: container \"%s\", created, process %d waits for start", id, (int)starting->record.pid);
  if (!starting->record.has_process)
    return error_set_at (error, JSON_ROOT, 0, "\"process\" is required to start a container");
  if ((starting->record.has_poststart || starting->record.has_listener)
      && (load_saved (starting->directory, &starting->loaded, error) < 0
          || confine_saved (&starting->record, starting->directory, NULL, &starting->loaded, error) < 0))
    return -1;
  if (launch_program (starting, error) < 0 || run_poststart_hooks (starting, error) < 0)
    return -1;
  notify_wait (starting->notify, starting->pidfd, starting->record.pid);
  return 0;
}

/* Where in config.json, which is read for that alone when nothing else has needed it. */
static void
place (struct starting *starting, struct error *error)
{
  struct error trouble = { 0 };
  if (starting->loaded.document.count || load_saved (starting->directory, &starting->loaded, &trouble) == 0)
    json_place (&starting->loaded.document, error);
}

int
container_start (const struct globals *globals, const char *id, struct error *error)
{
  struct starting starting = { .globals = globals,
                               .directory = -1,
                               .pidfd = -1,
                               .notify = -1,
                               .listener = { .socket = -1, .supervisor = -1, .agent = -1 } };
  if (spec_check_id (id, error) < 0)
    return -1;
  if (arena_open (&starting.arena, RECORD_ARENA) < 0)
    return error_set (error, errno, "reserve memory");
  int result = start (&starting, id, error);
  if (result < 0)
    (void)claim_failed (starting.directory, id, error);
  if (result < 0 && error->origin && !error->place[0])
    place (&starting, error);
  descriptor_close (&starting.directory);
  descriptor_close (&starting.pidfd);
  descriptor_close (&starting.notify);
  listener_close (&starting.listener);
  return result;
}
