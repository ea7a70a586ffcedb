/*
 * Hands a seccomp listener from husk-init to an agent or the observer. start.c, exec.c and, for run, creation.c connect
 * first. When husk-init asks LISTENER, they take it by pidfd_getfd(2), send it, and wait until it has been read. Once
 * its filter is loaded, husk-init makes no system call, because the filter may deny any: it watches the page, so every
 * path of listener_hand_over must set listener_taken there. husk keeps no copy of the listener, so that the kernel
 * answers ENOSYS without an agent.
 */
#include "listener.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <linux/sockios.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "husk/clock.h"
#include "husk/descriptor.h"
#include "husk/log.h"
#include "record.h"

#define MESSAGE_MAX 16384 /* agents read no more at once, so a longer state is sent without annotations */

/* ---- the agent ------------------------------------------------------------------------------------------------- */

static void
rest (void)
{
  struct timespec moment = { .tv_nsec = 200000 };
  (void)nanosleep (&moment, NULL);
}

/* If the path is too long for a socket address, its directory is opened and reached by descriptor. */
static int
agent_address (const char *path, int *out_directory, struct sockaddr_un *out)
{
  const char *slash = strrchr (path, '/');
  char directory[4096];
  out->sun_family = AF_UNIX;
  if (strlen (path) < sizeof out->sun_path)
    return snprintf (out->sun_path, sizeof out->sun_path, "%s", path) > 0 ? 0 : -1;
  if (strlen (path) >= sizeof directory || strlen (slash) > 64)
    {
      errno = ENAMETOOLONG;
      return -1;
    }
  (void)snprintf (directory, sizeof directory, "%.*s", (int)(slash - path) + 1, path);
  *out_directory = open (directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
  (void)snprintf (out->sun_path, sizeof out->sun_path, "/proc/self/fd/%d%s", *out_directory, slash);
  return *out_directory < 0 ? -1 : 0;
}

/* The socket is nonblocking: with a full backlog connect fails with EAGAIN, and the agent may still accept later. */
static int
connect_patiently (int fd, const struct sockaddr_un *address, unsigned patience)
{
  int64_t end = now_milliseconds () + patience;
  while (descriptor_connect (fd, (const struct sockaddr *)address, sizeof *address) < 0)
    {
      if (errno != EAGAIN)
        return -1;
      if (now_milliseconds () > end)
        {
          errno = ETIMEDOUT;
          return -1;
        }
      rest ();
    }
  return 0;
}

/* Logs who is listening, so that an agent that took another's place can be recognized. SO_PEERCRED is the process that
 * called listen(2). */
static int
check_owner (const struct globals *globals, const struct listener *listener, int fd, struct error *error)
{
  struct ucred agent;
  socklen_t size = sizeof agent;
  if (getsockopt (fd, SOL_SOCKET, SO_PEERCRED, &agent, &size) < 0)
    return error_set_at (error, listener->origin, errno, "identify the seccomp agent at %s", listener->path);
  log_info ("seccomp: the agent at %s is process %d of user %u", listener->path, (int)agent.pid, agent.uid);
  if (globals->agent_owner && agent.uid != 0 && agent.uid != geteuid ())
    return error_set_at (error, listener->origin, EPERM, "the seccomp agent at %s belongs to user %u", listener->path,
                         agent.uid);
  return 0;
}

int
listener_connect (const struct globals *globals, const struct spec *spec, struct listener *out, struct error *error)
{
  const struct spec_seccomp *profile = spec->linux_ ? spec->linux_->seccomp : NULL;
  struct sockaddr_un address = { 0 };
  auto_close int directory = -1, fd = -1;
  *out = (struct listener){ .socket = -1, .supervisor = -1, .agent = -1, .patience = globals->agent_patience };
  if (!profile || !spec_seccomp_notifies (profile))
    return 0;
  out->path = profile->listener_path.text;
  out->metadata = profile->listener_metadata.text;
  out->origin = spec_seccomp_origin (spec, profile->listener_path.node);
  fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0 || agent_address (out->path, &directory, &address) < 0
      || connect_patiently (fd, &address, out->patience) < 0)
    {
      (void)error_set_at (error, out->origin, errno, "connect to the seccomp agent at %s", out->path);
      if (errno == ECONNREFUSED || errno == ETIMEDOUT)
        error_hint (error, "is the agent running?");
      return -1;
    }
  if (check_owner (globals, out, fd, error) < 0)
    return -1;
  out->socket = take_fd (&fd);
  return 0;
}

/* The agent is the process that called listen(2) (SO_PEERCRED). */
static int
watch_agent (struct listener *listener, struct error *error)
{
  struct ucred agent;
  socklen_t size = sizeof agent;
  if (getsockopt (listener->socket, SOL_SOCKET, SO_PEERCRED, &agent, &size) < 0
      || (listener->agent = (int)syscall (SYS_pidfd_open, agent.pid, 0)) < 0)
    return error_set_at (error, listener->origin, errno, "watch the seccomp agent at %s", listener->path);
  return 0;
}

int
listener_connect_observer (const struct globals *globals, enum observing observing, int directory, struct listener *out,
                           struct error *error)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  if (observing == OBSERVE_NOTHING)
    return 0;
  (void)snprintf (address.sun_path, sizeof address.sun_path, "/proc/self/fd/%d/" RECORD_OBSERVER, directory);
  auto_close int fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0 || connect_patiently (fd, &address, globals->agent_patience) < 0)
    return error_set (error, errno, "connect to the observer of the container's system calls");
  if (observing == OBSERVE_AGENT)
    {
      out->supervisor = take_fd (&fd);
      return watch_agent (out, error);
    }
  *out = (struct listener){ .socket = take_fd (&fd), .supervisor = -1, .agent = -1 };
  out->patience = globals->agent_patience;
  out->path = "the observer's socket";
  return 0;
}

void
listener_close (struct listener *listener)
{
  descriptor_close (&listener->socket);
  descriptor_close (&listener->supervisor);
  descriptor_close (&listener->agent);
}

/* ---- the container process state --------------------------------------------------------------------------------- */

static void
write_process_state (struct json_writer *writer, const struct listener *listener,
                     const struct conversation *conversation, bool annotations)
{
  struct record record = *conversation->record;
  if (!annotations)
    record.annotations.count = 0;
  json_write_object (writer, NULL);
  json_write_string (writer, "ociVersion", SPEC_VERSION);
  json_write_array (writer, "fds");
  json_write_string (writer, NULL, "seccompFd");
  json_write_array_end (writer);
  json_write_int (writer, "pid", conversation->pid);
  json_write_string (writer, "metadata", listener->metadata);
  state_write (writer, "state", &record, conversation->status);
  json_write_object_end (writer);
}

/* The descriptor is sent with the first byte. */
static int
send_all (const struct listener *listener, const char *text, size_t size, int fd)
{
  int64_t end = now_milliseconds () + listener->patience;
  while (size > 0)
    {
      ssize_t sent = descriptors_send (listener->socket, text, size, &fd, fd >= 0);
      if (sent < 0 && errno != EAGAIN)
        return -1;
      if (sent > 0)
        {
          text += sent;
          size -= (size_t)sent;
          fd = -1;
          continue;
        }
      struct pollfd room = { listener->socket, POLLOUT, 0 };
      int64_t left = end - now_milliseconds ();
      if (left <= 0 || descriptor_poll (&room, 1, (int)left) == 0)
        {
          errno = ETIMEDOUT;
          return -1;
        }
    }
  return 0;
}

/* Waits until the agent has read everything. An agent that hangs up before that has not accepted it (ECONNRESET). */
static int
wait_until_read (const struct listener *listener)
{
  int64_t end = now_milliseconds () + listener->patience;
  for (;;)
    {
      char byte;
      int left = 0;
      ssize_t got = descriptor_receive (listener->socket, &byte, 1, MSG_DONTWAIT | MSG_PEEK);
      if (got < 0 && errno != EAGAIN)
        return -1;
      if (ioctl (listener->socket, SIOCOUTQ, &left) < 0)
        return -1;
      if (left == 0)
        return 0;
      if (got == 0) /* closed with our message unread */
        errno = ECONNRESET;
      else if (now_milliseconds () > end)
        errno = ETIMEDOUT;
      else
        {
          rest ();
          continue;
        }
      return -1;
    }
}

static int
send_listener (const struct listener *listener, const struct conversation *conversation, int fd)
{
  struct json_writer writer;
  size_t size;
  for (int annotations = 1; annotations >= 0; annotations--)
    {
      if (json_write_open (&writer, false) < 0)
        return -1;
      write_process_state (&writer, listener, conversation, annotations);
      const char *text = json_write_text (&writer, &size);
      bool fits = size < MESSAGE_MAX || !annotations;
      int result = writer.failed ? -1 : fits ? send_all (listener, text, size, fd) : 0;
      int code = writer.failed ? ENOMEM : errno;
      json_write_close (&writer);
      errno = code;
      if (fits || result < 0)
        return result;
    }
  return 0;
}

/* ---- husk-init ----------------------------------------------------------------------------------------------------
 */

/* If this process dies, the kernel marks a word in the page (set_robust_list(2)). husk-init watches that word, because
 * it can make no system call to find out. */
struct guard
{
  struct robust_list_head head;
};

static int
guard_begin (struct guard *guard, struct page *page)
{
  page->guard_next = (uint64_t)(uintptr_t)&guard->head.list;
  page->guard = (uint32_t)syscall (SYS_gettid);
  guard->head = (struct robust_list_head){ .list = { (struct robust_list *)&page->guard_next },
                                           .futex_offset = (long)(offsetof (struct page, guard)
                                                                  - offsetof (struct page, guard_next)) };
  return (int)syscall (SYS_set_robust_list, &guard->head, sizeof guard->head);
}

static void
guard_end (struct guard *guard)
{
  guard->head.list.next = &guard->head.list;
  (void)syscall (SYS_set_robust_list, NULL, sizeof guard->head); /* it is empty in any case */
}

/* The descriptor number of the listener in husk-init; -1 when husk-init has ended or time is up. */
static int
wait_for_listener (const struct conversation *conversation, unsigned patience)
{
  const volatile struct page *page = conversation->page;
  int64_t end = now_milliseconds () + patience;
  while (!page->listener)
    {
      struct pollfd dead = { conversation->pidfd, POLLIN, 0 };
      if (descriptor_poll (&dead, 1, 0) > 0 || now_milliseconds () > end)
        return -1;
      struct timespec moment = { .tv_nsec = 20000 };
      (void)nanosleep (&moment, NULL);
    }
  return page->listener;
}

static int
take_and_send (struct listener *listener, const struct conversation *conversation, struct error *error)
{
  const char *path = listener->path;
  origin_t origin = listener->origin;
  struct ask_message answer = { ASK_LISTENER };
  if (descriptor_send (conversation->peer, &answer, sizeof answer, MSG_NOSIGNAL) < 0)
    return error_set (error, errno, "answer husk-init");
  int number = wait_for_listener (conversation, listener->patience);
  if (number < 0)
    return launch_outcome (conversation->page, NULL, conversation->pid, conversation->pidfd, error) < 0
               ? -1
               : error_set_at (error, origin, ETIMEDOUT, "get the seccomp listener from husk-init");
  auto_close int fd = (int)syscall (SYS_pidfd_getfd, conversation->pidfd, number, 0);
  if (fd < 0)
    return error_set_at (error, origin, errno, "get the seccomp listener from husk-init");
  if (send_listener (listener, conversation, fd) < 0)
    return error_set_at (error, origin, errno, "send the seccomp listener to the agent at %s", path);
  if (listener->supervisor >= 0
      && descriptors_send (listener->supervisor, "{}", 2, (int[]){ fd, listener->agent }, 2) != 2)
    return error_set (error, errno, "send the seccomp listener to the observer");
  descriptor_close (&fd); /* no copy stays, so that calls get ENOSYS without an agent */
  if (wait_until_read (listener) < 0)
    return error_set_at (error, origin, errno, "the seccomp agent at %s did not accept the listener", path);
  return 0;
}

int
listener_hand_over (struct listener *listener, const struct conversation *conversation, struct error *error)
{
  struct guard guard;
  int result = guard_begin (&guard, conversation->page) < 0 ? error_set (error, errno, "make husk-init watch husk")
                                                            : take_and_send (listener, conversation, error);
  if (result < 0)
    (void)syscall (SYS_pidfd_send_signal, conversation->pidfd, SIGKILL, NULL, 0);
  __atomic_store_n (&conversation->page->listener_taken, 1, __ATOMIC_RELEASE);
  guard_end (&guard);
  listener_close (listener);
  return result;
}

int
launch_until_exec (struct launch *launch, struct listener *listener, const struct record *record, enum status status,
                   struct error *error)
{
  uint32_t ask;
  if (launch_next_ask (launch, &ask, error) < 0)
    return -1;
  if (ask != ASK_LISTENER)
    return 0;
  struct conversation conversation = { .record = record,
                                       .status = status,
                                       .pid = launch->pid,
                                       .pidfd = launch->pidfd,
                                       .page = launch->page,
                                       .peer = launch->control };
  if (listener->socket < 0 || listener_hand_over (listener, &conversation, error) < 0)
    {
      (void)error_set (error, 0, "unexpected seccomp listener: no agent is connected");
      launch_kill (launch);
      return -1;
    }
  return launch_next_ask (launch, &ask, error);
}
