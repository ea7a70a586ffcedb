#include "husk/signals.h"

#include <ctype.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const struct
{
  const char *name;
  int number;
} signals[] = {
  { "SIGHUP", SIGHUP },       { "SIGINT", SIGINT },       { "SIGQUIT", SIGQUIT }, { "SIGILL", SIGILL },
  { "SIGTRAP", SIGTRAP },     { "SIGABRT", SIGABRT },     { "SIGBUS", SIGBUS },   { "SIGFPE", SIGFPE },
  { "SIGKILL", SIGKILL },     { "SIGUSR1", SIGUSR1 },     { "SIGSEGV", SIGSEGV }, { "SIGUSR2", SIGUSR2 },
  { "SIGPIPE", SIGPIPE },     { "SIGALRM", SIGALRM },     { "SIGTERM", SIGTERM },
#ifdef SIGSTKFLT
  { "SIGSTKFLT", SIGSTKFLT },
#endif
  { "SIGCHLD", SIGCHLD },     { "SIGCONT", SIGCONT },     { "SIGSTOP", SIGSTOP }, { "SIGTSTP", SIGTSTP },
  { "SIGTTIN", SIGTTIN },     { "SIGTTOU", SIGTTOU },     { "SIGURG", SIGURG },   { "SIGXCPU", SIGXCPU },
  { "SIGXFSZ", SIGXFSZ },     { "SIGVTALRM", SIGVTALRM }, { "SIGPROF", SIGPROF }, { "SIGWINCH", SIGWINCH },
  { "SIGIO", SIGIO },         { "SIGPOLL", SIGIO },       { "SIGPWR", SIGPWR },   { "SIGSYS", SIGSYS },
  { "SIGIOT", SIGABRT },      { "SIGCLD", SIGCHLD },
};

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

/* The part of a number that follows RTMIN+ or RTMAX-; the kernel's range is 34 to 64 for every libc. */
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
