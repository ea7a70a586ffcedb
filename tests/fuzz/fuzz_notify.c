/*
 * libFuzzer: any bytes as a datagram that a container sends to its notify socket. The service manager gets only whole
 * lines that were sent and that a service may say about itself; MAINPID comes from husk alone, once, with READY=1.
 */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "must.h"
#include "notify_socket.h"

#define MAIN "MAINPID=4711"
#define SAID_MAX 4096

static int manager = -1, pair[2];

static void
begin (void)
{
  char path[64];
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  (void)snprintf (path, sizeof path, "@husk-fuzz-notify-%d", (int)getpid ());
  memcpy (address.sun_path + 1, path + 1, strlen (path) - 1);
  manager = socket (AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  must (setenv ("NOTIFY_SOCKET", path, 1) == 0
        && bind (manager, (struct sockaddr *)&address, (socklen_t)(sizeof (sa_family_t) + strlen (path))) == 0
        && socketpair (AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, pair) == 0);
}

static bool
has_line (const char *text, size_t size, const char *line, size_t length)
{
  for (size_t at = 0; at + length <= size; at++)
    if ((at == 0 || text[at - 1] == '\n') && memcmp (text + at, line, length) == 0
        && (at + length == size || text[at + length] == '\n'))
      return true;
  return false;
}

static bool
may_pass (const char *line)
{
  static const char *const words[] = { "READY=1",        "RELOADING=1",     "STOPPING=1",          "STATUS=",
                                       "ERRNO=",         "BUSERROR=",       "WATCHDOG=1",          "WATCHDOG=trigger",
                                       "WATCHDOG_USEC=", "MONOTONIC_USEC=", "EXTEND_TIMEOUT_USEC=" };
  for (size_t i = 0; i < sizeof words / sizeof *words; i++)
    if (strncmp (line, words[i], strlen (words[i])) == 0)
      return true;
  return false;
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  char passed[8192];
  int pids = 0;
  if (manager < 0)
    begin ();
  if (size == 0 || size > 2 * SAID_MAX) /* nothing is sent; a socket's buffer */
    return 0;
  must (send (pair[0], data, size, 0) == (ssize_t)size);
  bool ready = notify_relay (pair[1], 4711);
  must (ready == (size <= SAID_MAX && !memchr (data, '\0', size) && has_line ((const char *)data, size, "READY=1", 7)));
  ssize_t got = recv (manager, passed, sizeof passed - 1, MSG_DONTWAIT);
  must (got != 0 && got < (ssize_t)sizeof passed - 1 && (got < 0 || passed[got - 1] == '\n') && (!ready || got > 0));
  passed[got > 0 ? got : 0] = '\0';
  for (char *rest = passed, *line; (line = strsep (&rest, "\n")) && *line;)
    if (strcmp (line, MAIN) == 0)
      pids++;
    else
      must (may_pass (line) && has_line ((const char *)data, size, line, strlen (line)));
  must (pids == ready);
  must (recv (manager, passed, sizeof passed, MSG_DONTWAIT) < 0);
  return 0;
}
