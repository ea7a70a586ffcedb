/*
 * The loop of an observer: it answers the clients of clients.c as its mode requires, and ends with the container.
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
#include "husk/kernel.h"
#include "lost.h"
#include "sight.h"

#define REPEATS 20
#define REPEAT_MILLISECONDS 50

struct watch
{
  struct observer *observer;
  struct sight sight;
  struct notification notification;
  struct clients clients;
  bool dead;   /* the observed process has died */
  int repeats; /* of lost_repeat: the agent's last process may briefly outlive the one that is watched */
};

/* The kernel wakes caller and observer in turn on one processor, which is faster. Older kernels lack this flag. */
static void
hasten (int listener)
{
  (void)ioctl (listener, SECCOMP_IOCTL_NOTIF_SET_FLAGS, SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP);
}

static int
watch_answer (struct client *client, void *data)
{
  struct watch *watch = data;
  int result = notification_receive (&watch->notification, client->listener);
  if (result <= 0)
    return result;
  if (watch->observer->mode == OBSERVE_AGENT)
    return lost_answer (watch->observer, &watch->notification, client->listener);
  return watch->observer->mode == OBSERVE_RECORD
             ? sight_record (&watch->sight, &watch->notification, client->listener)
             : sight_explain (&watch->sight, &watch->notification, client->listener);
}

static void
watch_begun (struct client *client, void *data)
{
  (void)data;
  hasten (client->listener);
}

static void
watch_lost (struct client *client, void *data)
{
  (void)client;
  ((struct watch *)data)->repeats = REPEATS;
}

/* While the agent lives, it answers the calls. */
static bool
watch_wants (const struct client *client, void *data)
{
  return ((struct watch *)data)->observer->mode != OBSERVE_AGENT || client->lost;
}

/* 0, or -1 when the process that was to send a pidfd has died without sending it. */
static int
receive_pidfd (struct observer *observer)
{
  union
  {
    struct cmsghdr header;
    char bytes[CMSG_SPACE (2 * sizeof (int))];
  } control;
  char byte;
  struct iovec data = { &byte, 1 };
  struct msghdr message
      = { .msg_iov = &data, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control.bytes };
  ssize_t got = descriptor_receive_message (observer->life, &message, MSG_CMSG_CLOEXEC);
  struct cmsghdr *header = got > 0 ? CMSG_FIRSTHDR (&message) : NULL;
  if (header && header->cmsg_type == SCM_RIGHTS)
    memcpy (&observer->pidfd, CMSG_DATA (header), sizeof observer->pidfd);
  if (header && header->cmsg_len == CMSG_LEN (2 * sizeof (int)))
    memcpy (&observer->aside, CMSG_DATA (header) + sizeof (int), sizeof observer->aside);
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

/* 0 to continue, 1 at the end, -1 when nothing was started. */
static int
observe_turn (struct watch *watch)
{
  const struct clients_keeper keeper
      = { .data = watch, .wants = watch_wants, .begun = watch_begun, .answer = watch_answer, .lost = watch_lost };
  struct observer *observer = watch->observer;
  struct pollfd *polls = watch->clients.polls;
  polls[0] = (struct pollfd){ observer->server, POLLIN, 0 };
  polls[1] = (struct pollfd){ observer->life, POLLIN, 0 };
  polls[2] = (struct pollfd){ watch->dead ? -1 : observer->pidfd, POLLIN, 0 };
  polls[3] = (struct pollfd){ observer->signals, POLLIN, 0 };
  /* no deadline: it ends with the last process that has the filter, and no client holds up another */
  int found = clients_turn (&watch->clients, &keeper, 4, watch->repeats ? REPEAT_MILLISECONDS : -1);
  if (found < 0)
    return errno == EINTR ? 0 : 1;
  if (found == 0 && watch->repeats-- > 0)
    lost_repeat (observer);
  if (polls[1].revents && receive_pidfd (observer) < 0)
    return -1;
  if (polls[3].revents)
    pass_signal (observer);
  watch->dead |= polls[2].revents != 0;
  if (watch->dead && observer->child && process_wait (observer->child, &observer->status, WNOHANG) == observer->child)
    observer->child = 0;
  if (observer->server >= 0)
    clients_accept (&watch->clients, observer->server);
  return watch->dead && watch->clients.count == 0;
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
      clients_add (&watch->clients, -1, observer->listener);
    }
  while ((result = observe_turn (watch)) == 0)
    ;
  if (result > 0)
    result = sight_end (&watch->sight, error);
  observer->unwritten = watch->sight.unwritten;
  if (watch->sight.remark[0] && !(observer->remark = strdup (watch->sight.remark)) && result == 0)
    result = error_set (error, ENOMEM, "keep the remarks on the recorded profile");
  observer->fatal = watch->sight.fatal;
  notification_close (&watch->notification);
  free (watch);
  return result;
}
