/*
 * husk recvtty: the other end of --console-socket, for people without an engine. It listens at the socket, takes the
 * master of one terminal from the first that connects, and relays it as run does in the foreground (relay.c), until the
 * last process of the terminal has closed it, or a signal ends husk. Then the master is closed, which hangs the
 * terminal up. What was made, the socket and the raw mode of the own terminal, is undone either way.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>

#include "husk/agent.h"
#include "husk/container.h"
#include "husk/descriptor.h"
#include "husk/signals.h"
#include "relay.h"
#include "socket.h"

/* Waits until there is something to take from it. No deadline: the user creates the container when they like, and a
 * sender that dies is an event too. 0; 1: a signal has arrived; -1 with errno. */
static int
await (int fd)
{
  struct pollfd polls[] = { { fd, POLLIN, 0 }, { signals_held (), POLLIN, 0 } };
  while (!polls[0].revents)
    {
      if (descriptor_poll (polls, 2, -1) < 0)
        return -1;
      if (polls[1].revents && signals_taken ())
        return 1;
    }
  return 0;
}

/* The master of a terminal; -1 with an error, or without one if a signal has arrived. */
static int
take_master (int listener, struct error *error)
{
  unsigned number;
  int waited = await (listener);
  auto_close int connection = waited ? -1 : descriptor_accept (listener, SOCK_CLOEXEC);
  if (!waited && connection >= 0)
    waited = await (connection);
  if (waited > 0)
    return -1;
  if (waited < 0 || connection < 0)
    return error_set (error, errno, "wait for the terminal");
  auto_close int master = socket_receive_descriptor (connection, error);
  if (master >= 0 && ioctl (master, TIOCGPTN, &number) < 0)
    return error_set (error, 0, "what was sent is not the master of a terminal");
  return take_fd (&master);
}

static bool
is_interrupted (int signals)
{
  (void)signals;
  return signals_taken () != 0;
}

static int
watch_sizes (void)
{
  sigset_t size;
  (void)sigemptyset (&size);
  (void)sigaddset (&size, SIGWINCH);
  return sigprocmask (SIG_BLOCK, &size, NULL) < 0 ? -1 : signalfd (-1, &size, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* No deadline: the terminal lives for as long as its processes. */
static int
relay_until_end (struct relay *relay, int sizes)
{
  while (relay->out.from >= 0)
    {
      struct signalfd_siginfo info;
      struct pollfd polls[2 + RELAY_POLLS] = { { signals_held (), POLLIN, 0 }, { sizes, POLLIN, 0 } };
      relay_watch (relay, polls + 2);
      int ready = descriptor_poll (polls, sizeof polls / sizeof polls[0], relay_timeout (relay));
      if (ready < 0)
        return -1;
      if (ready == 0)
        relay_wait_over (relay);
      if (polls[0].revents && signals_taken ())
        return 0;
      if (polls[1].revents && descriptor_read (sizes, &info, sizeof info) == (ssize_t)sizeof info)
        relay_resize (relay);
      relay_turn (relay, polls + 2);
    }
  return 0;
}

static int
relay_terminal (int master, struct error *error)
{
  struct relay relay = { 0 };
  auto_close int sizes = watch_sizes ();
  if (sizes < 0 || relay_begin (&relay, master) < 0)
    return error_set (error, errno, "relay the terminal");
  int result = relay_until_end (&relay, sizes);
  int code = errno;
  relay_drain (&relay, signals_held (), is_interrupted);
  relay_end (&relay);
  return result < 0 ? error_set (error, code, "relay the terminal") : 0;
}

int
container_receive_terminal (const char *path, struct error *error)
{
  struct stat made;
  if (signals_hold (false) < 0)
    return error_set (error, errno, "block signals");
  auto_close int listener = socket_listen (path, &made, error);
  if (listener < 0)
    return -1;
  auto_close int master = take_master (listener, error);
  socket_remove (&made, path); /* there is one terminal: others who connect are not left waiting */
  descriptor_close (&listener);
  if (master < 0)
    return error->set ? -1 : 0;
  return relay_terminal (master, error);
}
