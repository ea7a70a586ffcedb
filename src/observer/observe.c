/*
 * The loop of an observer: takes listeners, answers what they notify, ends with the container.
 */
#include "husk/observer.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "husk/agent.h"
#include "husk/descriptor.h"
#include "lost.h"
#include "sight.h"

#define CLIENTS_MAX 1000
#define REPEATS 20
#define REPEAT_MILLISECONDS 50
#ifndef SECCOMP_IOCTL_NOTIF_SET_FLAGS /* Linux 6.6 */
#define SECCOMP_IOCTL_NOTIF_SET_FLAGS SECCOMP_IOW (4, __u64)
#define SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP (1ul << 0)
#endif

struct watch
{
  struct observer *observer;
  struct sight sight;
  struct notification notification;
  struct client clients[CLIENTS_MAX];
  struct pollfd polls[2 * CLIENTS_MAX + 4]; /* two a client */
  size_t count;
  bool dead;   /* the process that is observed */
  int repeats; /* see lost_repeat: an agent's last process may outlive the one that is watched by a moment */
};

/* Caller and observer take turns: on one processor that is faster. Older kernels do not know it. */
static void
hasten (int listener)
{
  (void)ioctl (listener, SECCOMP_IOCTL_NOTIF_SET_FLAGS, SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP);
}

static void
add_client (struct watch *watch, int connection, int listener)
{
  if (watch->count == CLIENTS_MAX)
    {
      (void)close (connection); /* its husk is told at once: its program does not start */
      return;
    }
  watch->clients[watch->count++] = (struct client){ .connection = connection, .listener = listener, .agent = -1 };
}

static void
accept_clients (struct watch *watch)
{
  for (int connection;
       watch->observer->server >= 0
       && (connection = accept4 (watch->observer->server, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK)) >= 0;)
    add_client (watch, connection, -1);
}

static int
answer (struct watch *watch, int listener)
{
  int result = notification_receive (&watch->notification, listener);
  if (result <= 0)
    return result;
  if (watch->observer->mode == OBSERVE_AGENT)
    return lost_answer (watch->observer, &watch->notification, listener);
  return watch->observer->mode == OBSERVE_RECORD ? sight_record (&watch->sight, &watch->notification, listener)
                                                 : sight_explain (&watch->sight, &watch->notification, listener);
}

static void
serve_client (struct watch *watch, struct client *client, short events, short agent_events)
{
  int result = 0;
  if (client->connection >= 0)
    {
      if (events)
        result = client_receive (client);
      if (result > 0)
        hasten (client->listener);
    }
  else if (events) /* a listener whose last process is gone hangs up */
    result = events & POLLIN ? answer (watch, client->listener) : -(events & (POLLHUP | POLLERR));
  if (result >= 0 && agent_events)
    {
      descriptor_close (&client->agent);
      client->lost = true;
      watch->repeats = REPEATS;
    }
  if (result < 0)
    client_drop (client);
}

/* A living agent's calls are its own. */
static void
watch_client (const struct watch *watch, const struct client *client, struct pollfd polls[2])
{
  bool ours = client->connection >= 0 || watch->observer->mode != OBSERVE_AGENT || client->lost;
  polls[0] = (struct pollfd){ client->connection >= 0 ? client->connection : client->listener, ours ? POLLIN : 0, 0 };
  polls[1] = (struct pollfd){ client->connection >= 0 ? -1 : client->agent, POLLIN, 0 };
}

static void
tidy (struct watch *watch)
{
  size_t kept = 0;
  for (size_t i = 0; i < watch->count; i++)
    if (watch->clients[i].connection >= 0 || watch->clients[i].listener >= 0)
      watch->clients[kept++] = watch->clients[i];
  watch->count = kept;
}

/* 0, or -1 when whoever was to send a pidfd has gone without. */
static int
receive_pidfd (struct observer *observer)
{
  union
  {
    struct cmsghdr header;
    char bytes[CMSG_SPACE (sizeof (int))];
  } control;
  char byte;
  struct iovec data = { &byte, 1 };
  struct msghdr message
      = { .msg_iov = &data, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control.bytes };
  ssize_t got = descriptor_receive_message (observer->life, &message, MSG_CMSG_CLOEXEC);
  struct cmsghdr *header = got > 0 ? CMSG_FIRSTHDR (&message) : NULL;
  if (header && header->cmsg_type == SCM_RIGHTS)
    memcpy (&observer->pidfd, CMSG_DATA (header), sizeof observer->pidfd);
  descriptor_close (&observer->life);
  return observer->pidfd < 0 ? -1 : 0;
}

static void
pass_signal (const struct observer *observer)
{
  struct signalfd_siginfo signal;
  if (descriptor_read (observer->signals, &signal, sizeof signal) == (ssize_t)sizeof signal)
    (void)syscall (SYS_pidfd_send_signal, observer->pidfd, (int)signal.ssi_signo, NULL, 0);
}

/* 0 to go on, 1 when all is over, -1 when nothing was begun. */
static int
turn (struct watch *watch)
{
  struct observer *observer = watch->observer;
  size_t polled = watch->count;
  watch->polls[0] = (struct pollfd){ observer->server, POLLIN, 0 };
  watch->polls[1] = (struct pollfd){ observer->life, POLLIN, 0 };
  watch->polls[2] = (struct pollfd){ watch->dead ? -1 : observer->pidfd, POLLIN, 0 };
  watch->polls[3] = (struct pollfd){ observer->signals, POLLIN, 0 };
  for (size_t i = 0; i < polled; i++)
    watch_client (watch, &watch->clients[i], &watch->polls[2 * i + 4]);
  /* no deadline: it ends with the last process that has the filter, and no client holds up another */
  int found = descriptor_poll (watch->polls, 2 * polled + 4, watch->repeats ? REPEAT_MILLISECONDS : -1);
  if (found < 0)
    return errno == EINTR ? 0 : 1;
  if (found == 0 && watch->repeats-- > 0)
    lost_repeat (observer);
  for (size_t i = 0; i < polled; i++)
    if (watch->polls[2 * i + 4].revents || watch->polls[2 * i + 5].revents)
      serve_client (watch, &watch->clients[i], watch->polls[2 * i + 4].revents, watch->polls[2 * i + 5].revents);
  tidy (watch);
  if (watch->polls[1].revents && receive_pidfd (observer) < 0)
    return -1;
  if (watch->polls[3].revents)
    pass_signal (observer);
  watch->dead |= watch->polls[2].revents != 0;
  if (watch->dead && observer->child && process_wait (observer->child, &observer->status, WNOHANG) == observer->child)
    observer->child = 0;
  accept_clients (watch);
  return watch->dead && watch->count == 0;
}

int
observe (struct observer *observer, struct error *error)
{
  struct watch *watch = calloc (1, sizeof *watch);
  int result = 0;
  if (!watch || notification_open (&watch->notification) < 0)
    return error_set (error, errno, "observe system calls");
  watch->observer = observer;
  watch->sight.observer = observer;
  if (observer->listener >= 0)
    {
      hasten (observer->listener);
      add_client (watch, -1, observer->listener);
    }
  while ((result = turn (watch)) == 0)
    ;
  if (result > 0)
    result = sight_end (&watch->sight, error);
  memcpy (observer->remark, watch->sight.remark, sizeof observer->remark);
  notification_close (&watch->notification);
  free (watch);
  return result;
}
