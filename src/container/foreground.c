#include "console.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>

#include "husk/descriptor.h"
#include "husk/signals.h"
#include "notify_socket.h"

#ifndef SYS_pidfd_send_signal
#define SYS_pidfd_send_signal 424
#endif

int
foreground_begin (struct foreground *foreground, struct error *error)
{
  foreground->signals = -1;
  return signals_hold (true) < 0 ? error_set (error, errno, "hold signals back") : 0;
}

int
foreground_attend (struct foreground *foreground, struct error *error)
{
  foreground->signals = signals_pass_on ();
  return foreground->signals < 0 ? error_set (error, errno, "make a signalfd") : 0;
}

void
foreground_end (struct foreground *foreground)
{
  signals_let_be (); /* they stay blocked: what follows, undoing above all, is not to be ended half way */
  descriptor_close (&foreground->signals);
}

struct relay
{
  int master;
  bool input_open;         /* our stdin has not ended */
  bool raw;                /* our terminal was changed and must be restored */
  struct termios original; /* of our stdin */
};

static void
relay_resize (const struct relay *relay)
{
  struct winsize size;
  if (relay->master >= 0 && ioctl (0, TIOCGWINSZ, &size) == 0)
    (void)ioctl (relay->master, TIOCSWINSZ, &size);
}

static void
relay_begin (struct relay *relay, int master)
{
  struct termios raw;
  relay->master = master;
  relay->input_open = master >= 0;
  relay->raw = false;
  if (master < 0 || tcgetattr (0, &relay->original) < 0)
    return;
  raw = relay->original;
  cfmakeraw (&raw);
  relay->raw = tcsetattr (0, TCSANOW, &raw) == 0;
  relay_resize (relay);
}

static void
relay_end (struct relay *relay)
{
  if (relay->raw)
    (void)tcsetattr (0, TCSADRAIN, &relay->original);
}

/* One chunk from one side to the other. -1: that side has ended. */
static int
relay_copy (int from, int to)
{
  char chunk[8192];
  ssize_t got = descriptor_read (from, chunk, sizeof chunk);
  if (got < 0 && errno == EAGAIN)
    return 0;
  if (got <= 0 || write_all (to, chunk, (size_t)got) < 0)
    return -1;
  return 0;
}

/* The end of our stdin becomes the terminal's own end of file, as typed: the master cannot be half closed. */
static void
relay_input (struct relay *relay)
{
  struct termios settings;
  if (relay_copy (0, relay->master) == 0)
    return;
  relay->input_open = false;
  if (tcgetattr (relay->master, &settings) == 0 && (settings.c_lflag & ICANON))
    (void)!descriptor_write (relay->master, &settings.c_cc[VEOF], 1);
}

static void
relay_output (struct relay *relay)
{
  if (relay_copy (relay->master, 1) < 0)
    relay->master = -1, relay->input_open = false; /* EIO: the last slave was closed */
}

static void
pass_signals (const struct foreground *foreground, const struct relay *relay, int pidfd)
{
  struct signalfd_siginfo info;
  while (descriptor_read (foreground->signals, &info, sizeof info) == (ssize_t)sizeof info)
    if (info.ssi_signo == SIGWINCH)
      relay_resize (relay);
    else if (info.ssi_signo != SIGPIPE)
      (void)syscall (SYS_pidfd_send_signal, pidfd, (int)info.ssi_signo, NULL, 0);
}

/* Output that the program wrote just before it ended is still in the terminal. */
static void
relay_drain (struct relay *relay)
{
  if (relay->master < 0)
    return;
  (void)fcntl (relay->master, F_SETFL, O_NONBLOCK);
  for (struct pollfd left = { relay->master, POLLIN, 0 }; descriptor_poll (&left, 1, 0) > 0 && (left.revents & POLLIN);)
    if (relay_copy (relay->master, 1) < 0)
      return;
}

int
foreground_wait (struct foreground *foreground, pid_t pid, int pidfd, int master, int *out_status, struct error *error)
{
  struct relay relay;
  siginfo_t info = { 0 };
  relay_begin (&relay, master);
  for (;;)
    {
      struct pollfd polls[] = { { pidfd, POLLIN, 0 },
                                { foreground->signals, POLLIN, 0 },
                                { relay.master, POLLIN, 0 },
                                { relay.input_open ? 0 : -1, POLLIN, 0 },
                                { foreground->notify, POLLIN, 0 } };
      if (descriptor_poll (polls, sizeof polls / sizeof polls[0], -1) < 0)
        break;
      if (polls[1].revents)
        pass_signals (foreground, &relay, pidfd);
      if (polls[2].revents)
        relay_output (&relay);
      if (polls[3].revents && relay.input_open)
        relay_input (&relay);
      if (polls[4].revents)
        (void)notify_relay (foreground->notify, 0);
      if (polls[0].revents)
        break;
    }
  relay_drain (&relay);
  for (int last = 0; foreground->notify >= 0 && last < 64; last++) /* its last words, no more than fit into a queue */
    (void)notify_relay (foreground->notify, 0);
  relay_end (&relay);
  if (process_wait_end (pid, &info) < 0)
    return error_set (error, errno, "wait for process %d", (int)pid);
  *out_status = info.si_code == CLD_EXITED ? info.si_status : 128 + info.si_status;
  return 0;
}
