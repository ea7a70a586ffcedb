/*
 * Steps that communicate: with the parent over the control socket, with `husk start` over the listening one
 * (channel.h).
 */
#include "husk/program_end.h"
#include "init.h"
#include "syscalls.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define OTHERS_MILLISECONDS 8000
#define SHORTAGE_MILLISECONDS 100

static int
await_go (struct init *init, int socket, enum ask what)
{
  struct ask_message message;
  ssize_t got = RETRY (recv (socket, &message, sizeof message, 0));
  if (got != (ssize_t)sizeof message || message.ask != (uint32_t)what)
    return fail (init, got < 0 ? errno : 0, "husk ended before it answered");
  return 0;
}

/* No deadline: what the parent does meanwhile (hooks, systemd's jobs, an agent's answer) has its own. End of file means
 * that the parent has died or refused: husk-init ends either way. */
int
init_ask (struct init *init, int socket, enum ask what)
{
  struct ask_message message = { what };
  if (RETRY (send (socket, &message, sizeof message, MSG_NOSIGNAL)) < 0)
    return fail (init, errno, "ask the parent");
  return await_go (init, socket, what);
}

/* husk sends open files, because husk-init may not open the host's cgroup files from a user namespace. No deadline, as
 * in init_ask: husk may still make the cgroups, or systemd move this process into its unit, and that has one. */
static int
receive_places (struct init *init, int fds[PLACES_MAX], size_t *out_count)
{
  union
  {
    struct cmsghdr header;
    char bytes[CMSG_SPACE (sizeof (int) * PLACES_MAX)];
  } control;
  struct ask_message places = { 0 };
  struct iovec data = { &places, sizeof places };
  struct msghdr message
      = { .msg_iov = &data, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control.bytes };
  ssize_t got = RETRY (recvmsg (init->control, &message, MSG_CMSG_CLOEXEC));
  if (got != (ssize_t)sizeof places || places.ask != ASK_PLACES)
    return fail (init, got < 0 ? errno : 0, "husk ended before it answered");
  if (message.msg_controllen < CMSG_LEN (sizeof (int)) || control.header.cmsg_type != SCM_RIGHTS)
    return 0;
  *out_count = (control.header.cmsg_len - CMSG_LEN (0)) / sizeof (int);
  memcpy (fds, CMSG_DATA (&control.header), *out_count * sizeof (int));
  return 0;
}

/* The numbers are consecutive except where others were in use: one call closes each run. */
static int
close_places (const int *fds, size_t count)
{
  for (size_t first = 0, next = 0; first < count; first = next)
    {
      for (next = first + 1; next < count && fds[next] == fds[next - 1] + 1;)
        next++;
      if (syscall (SYS_close_range, (unsigned)fds[first], (unsigned)fds[next - 1], 0u) < 0)
        return -1;
    }
  return 0;
}

int
step_join_cgroup (struct init *init)
{
  int fds[PLACES_MAX];
  size_t count = 0;
  if (receive_places (init, fds, &count) < 0)
    return -1;
  for (size_t i = 0; i < count; i++)
    if (RETRY (write (fds[i], "0", 1)) < 0)
      return fail (init, errno, "enter the container's cgroup");
  return close_places (fds, count) < 0 ? fail (init, errno, "close the files of the container's cgroup") : 0;
}

/* husk loads the rules while this process makes namespaces and mounts, and does not wait to be asked. */
int
step_limited (struct init *init)
{
  return await_go (init, init->control, ASK_LIMITED);
}

int
step_net_devices (struct init *init)
{
  return init_ask (init, init->control, ASK_NET_DEVICES);
}

int
step_runtime_hooks (struct init *init)
{
  return init_ask (init, init->control, ASK_RUNTIME_HOOKS);
}

/* Without handlers these signals would not kill the first process of a pid namespace. execve resets them. */
static void
end_created (int signal)
{
  _exit (STATUS_OF_SIGNAL (signal));
}

static int
mortal (void)
{
  static const int ends[] = { SIGTERM, SIGINT, SIGHUP, SIGQUIT };
  struct sigaction action = { .sa_handler = end_created };
  for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
    if (sigaction (ends[i], &action, NULL) < 0)
      return -1;
  return 0;
}

/* From here on the container outlives its creator. If a WAIT step follows, the creator learns that from end of file. */
int
step_created (struct init *init)
{
  if (init_ask (init, init->control, ASK_CREATED) < 0)
    return -1;
  if (prctl (PR_SET_PDEATHSIG, 0) < 0)
    return fail (init, errno, "clear the parent death signal of husk-init");
  init->outlives = 1;
  if (init->plan->listen >= 0)
    {
      if (mortal () < 0) /* before the creator reports the container as created, so that no signal is lost after that */
        return fail (init, errno, "let signals end the container");
      (void)close (init->control);
      init->control = -1;
    }
  return 0;
}

/* Asks the connected process whether to start. If it has been killed since, or cannot start the container, the next one
 * gets its turn; also if it is silent because it was stopped. There is no deadline while it is alone. Once another
 * waits it has eight seconds, because the other gives up after ten. */
static int
start_is_meant (int start, int listen)
{
  struct ask_message message = { ASK_STARTING };
  struct pollfd polls[] = { { start, POLLIN, 0 }, { listen, POLLIN, 0 } };
  if (RETRY (send (start, &message, sizeof message, MSG_NOSIGNAL)) != (ssize_t)sizeof message)
    return 0;
  if (RETRY (poll (polls, 2, -1)) > 0 && !polls[0].revents)
    (void)RETRY (poll (polls, 1, OTHERS_MILLISECONDS));
  return RETRY (recv (start, &message, sizeof message, MSG_DONTWAIT)) == (ssize_t)sizeof message
         && message.ask == ASK_STARTING;
}

/* Shortages that may pass. Ending here would be worse: the creator is gone, and nobody would report the container's
 * end. */
static int
is_shortage (int code)
{
  return code == EMFILE || code == ENFILE || code == ENOMEM || code == ENOBUFS;
}

/* No deadline: a created container waits as long as its user likes. Closing the listening socket also closes the
 * connections of those that came too late. */
int
step_wait (struct init *init)
{
  for (;;)
    {
      init->start = accept4 (init->plan->listen, NULL, NULL, SOCK_CLOEXEC);
      if (init->start < 0 && (errno == EINTR || errno == ECONNABORTED))
        continue;
      if (init->start < 0 && is_shortage (errno))
        {
          (void)poll (NULL, 0, SHORTAGE_MILLISECONDS);
          continue;
        }
      if (init->start < 0)
        return fail (init, errno, "wait for start");
      if (start_is_meant (init->start, init->plan->listen))
        break;
      (void)close (init->start);
    }
  (void)close (init->plan->listen);
  return 0;
}
