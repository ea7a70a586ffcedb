/*
 * Names of signals, for `husk kill` and for messages. Below them, the handling of signals that would end husk while a
 * container is being made: they are blocked and read from a signalfd, so that husk can undo its work first. create and
 * run hold them; restore and exec do so in the foreground only. dialogue.c and hooks.c poll signals_held () and then
 * call signals_taken (). Once one is taken, no other interrupts: undoing is never cut short. A process has only one
 * hold; its state is in the statics here.
 */
#include "husk/signals.h"

#include <ctype.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/signalfd.h>

#include "husk/descriptor.h"
#include "husk/program_end.h"

#define ROW(signal) { #signal, signal },

static const struct
{
  const char *name;
  int number;
} signals[] = { SIGNAL_NAMES (ROW) /* then aliases */
                { "SIGPOLL", SIGIO },
                { "SIGIOT", SIGABRT },
                { "SIGCLD", SIGCHLD } };

const char *
signal_name (int number)
{
  static char text[24];
  for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++)
    if (signals[i].number == number)
      return signals[i].name;
  (void)snprintf (text, sizeof text, "signal %d", number);
  return text;
}

/* The number of RTMIN+N or RTMAX-N. The range is 34 to 64 under every libc. */
static int
realtime (const char *text)
{
  char *end;
  long offset = 0;
  bool from_end = strncasecmp (text, "RTMAX", 5) == 0;
  if (!from_end && strncasecmp (text, "RTMIN", 5) != 0)
    return -1;
  text += 5;
  if (*text)
    {
      if (*text != (from_end ? '-' : '+') || !isdigit ((unsigned char)text[1]))
        return -1;
      offset = strtol (text + 1, &end, 10);
      if (*end || offset > 30)
        return -1;
    }
  return from_end ? 64 - (int)offset : 34 + (int)offset;
}

int
signal_number (const char *text)
{
  char *end;
  if (isdigit ((unsigned char)text[0]))
    {
      long number = strtol (text, &end, 10);
      return *end == '\0' && number <= 64 ? (int)number : -1;
    }
  if (strncasecmp (text, "SIG", 3) == 0)
    text += 3;
  for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++)
    if (strcasecmp (signals[i].name + 3, text) == 0)
      return signals[i].number;
  return realtime (text);
}

/* ---- held back ------------------------------------------------------------------------------------------------- */

static int held = -1, taken;
static sigset_t before, passed;

/* All signals except those of job control and those that a fault in husk itself raises. SIGCHLD is not needed: a pidfd
 * reports the child's end. */
static void
fill_passed (sigset_t *out)
{
  static const int own[]
      = { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGABRT, SIGSYS, SIGTSTP, SIGTTIN, SIGTTOU, SIGCHLD };
  memset (out, 0xff, sizeof *out); /* sigfillset omits the C library's own signals, of which musl has one more */
  for (size_t i = 0; i < sizeof own / sizeof own[0]; i++)
    (void)sigdelset (out, own[i]);
}

int
signals_hold (bool all)
{
  static const int ending[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM };
  sigset_t blocked, awaited;
  (void)sigemptyset (&blocked);
  (void)sigemptyset (&awaited);
  fill_passed (&passed);
  for (size_t i = 0; i < sizeof ending / sizeof ending[0]; i++)
    (void)sigaddset (&blocked, ending[i]);
  (void)sigaddset (&blocked, SIGXFSZ); /* a file that grows too large makes the write fail instead */
  if (sigprocmask (SIG_BLOCK, all ? &passed : &blocked, &before) < 0)
    return -1;
  for (size_t i = 0; i < sizeof ending / sizeof ending[0]; i++)
    if (!sigismember (&before, ending[i]))
      (void)sigaddset (&awaited, ending[i]);
  held = signalfd (-1, &awaited, SFD_CLOEXEC | SFD_NONBLOCK);
  return held < 0 ? -1 : 0;
}

int
signals_held (void)
{
  return taken ? -1 : held;
}

int
signals_taken (void)
{
  struct signalfd_siginfo info;
  struct sigaction action;
  while (!taken && held >= 0 && descriptor_read (held, &info, sizeof info) == (ssize_t)sizeof info)
    if (sigaction ((int)info.ssi_signo, NULL, &action) == 0 && action.sa_handler != SIG_IGN)
      taken = (int)info.ssi_signo;
  return taken;
}

int
signals_pass_on (void)
{
  int fd = signalfd (held, &passed, SFD_CLOEXEC | SFD_NONBLOCK);
  if (fd >= 0)
    held = -1;
  return fd;
}

void
signals_keep_blocked (void)
{
  descriptor_close (&held);
}

void
signals_release (void)
{
  descriptor_close (&held);
  (void)sigprocmask (SIG_SETMASK, &before, NULL);
}

int
signals_status (void)
{
  return taken ? STATUS_OF_SIGNAL (taken) : 0;
}
