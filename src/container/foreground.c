/*
 * How run, exec and restore wait in the foreground. One poll loop watches the program's pidfd, the signals to pass on,
 * the container's notify socket and the relay of its terminal, and nothing in it may block except the poll. When the
 * program ends, only a bounded amount of queued output is read, because processes that it left behind may keep writing.
 */
#include "foreground.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>

#include "husk/descriptor.h"
#include "husk/program.h"
#include "husk/signals.h"
#include "husk/kernel.h"
#include "notify_socket.h"
#include "relay.h"

int
foreground_begin (struct foreground *foreground, struct error *error)
{
  foreground->signals = -1;
  return signals_hold (true) < 0 ? error_set (error, errno, "block signals") : 0;
}

int
foreground_take_signals (struct foreground *foreground, struct error *error)
{
  foreground->signals = signals_pass_on ();
  return foreground->signals < 0 ? error_set (error, errno, "make a signalfd") : 0;
}

void
foreground_end (struct foreground *foreground)
{
  signals_keep_blocked (); /* they stay blocked: nothing may interrupt what follows, above all undoing */
  foreground->signals = -1;
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

/* Whether a signal that would end husk has arrived after the program's end. */
static bool
has_end (int signals)
{
  struct signalfd_siginfo info;
  while (descriptor_read (signals, &info, sizeof info) == (ssize_t)sizeof info)
    if (info.ssi_signo == SIGTERM || info.ssi_signo == SIGINT || info.ssi_signo == SIGHUP || info.ssi_signo == SIGQUIT)
      return true;
  return false;
}

/* No deadline: the program may run for as long as it likes. */
static void
watch_until_end (struct foreground *foreground, struct relay *relay, int pidfd)
{
  for (bool ended = false; !ended;)
    {
      struct pollfd polls[3 + RELAY_POLLS]
          = { { pidfd, POLLIN, 0 }, { foreground->signals, POLLIN, 0 }, { foreground->notify, POLLIN, 0 } };
      relay_watch (relay, polls + 3);
      int ready = descriptor_poll (polls, sizeof polls / sizeof polls[0], relay_timeout (relay));
      if (ready < 0)
        return;
      if (ready == 0)
        relay_wait_over (relay);
      if (polls[1].revents)
        pass_signals (foreground, relay, pidfd);
      relay_turn (relay, polls + 3);
      if (polls[2].revents)
        (void)notify_relay (foreground->notify, 0);
      ended = polls[0].revents != 0;
    }
}

int
foreground_wait (struct foreground *foreground, pid_t pid, int pidfd, int master, int *out_status, struct error *error)
{
  struct relay relay = { 0 };
  int status = 0;
  if (relay_begin (&relay, master) < 0)
    return error_set (error, errno, "relay the terminal");
  watch_until_end (foreground, &relay, pidfd);
  relay_drain (&relay, foreground->signals, has_end);
  for (int last = 0; foreground->notify >= 0 && last < NOTIFY_QUEUE; last++) /* its last messages */
    (void)notify_relay (foreground->notify, 0);
  relay_end (&relay);
  /* no deadline: the process has ended, or poll failed and husk has nothing else to wait for */
  if (process_wait (pid, &status, 0) < 0)
    return error_set (error, errno, "wait for process %d", (int)pid);
  *out_status = program_status (status);
  return 0;
}
