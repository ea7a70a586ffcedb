/*
 * Sends log lines as datagrams: to journald in its native protocol, to syslog in the format of RFC 3164. log.c opens it
 * for journald:ID and syslog:ID and calls it for each line. Lines arrive escaped, because a line feed in the text would
 * begin another field. A nonblocking socket is opened for each line. A line that the daemon does not accept is lost.
 */
#include "log_socket.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "husk/descriptor.h"
#include "husk/text.h"

static struct
{
  const char *path, *identifier;
  bool journal;
} target;

bool
log_socket_open (const char *text)
{
  static const char journal[] = "journald:", syslog[] = "syslog:";
  target.journal = strncmp (text, journal, sizeof journal - 1) == 0;
  if (!target.journal && strncmp (text, syslog, sizeof syslog - 1) != 0)
    return false;
  target.path = target.journal ? "/run/systemd/journal/socket" : "/dev/log";
  target.identifier = strchr (text, ':') + 1;
  return true;
}

/* The identifier, safe within a line: a newline in it would begin another field. */
static void
write_name (char *out, size_t size)
{
  char plain[256];
  (void)snprintf (plain, sizeof plain, "%s", target.identifier);
  for (char *at = plain; *at; at++)
    if ((unsigned char)*at < 0x20)
      *at = ' ';
  (void)text_escape (plain, out, size);
}

/* journald's native protocol has one field per line. The other format is RFC 3164, as syslog(3) writes it to a local
 * daemon, which adds the time. Facility 3 is for daemons. */
static int
format_datagram (enum log_level level, const char *text, char *out, size_t size)
{
  static const int priorities[] = { 7, 6, 4, 3 }; /* of syslog(3) */
  char name[TEXT_ESCAPED * 256];
  write_name (name, sizeof name);
  if (!target.journal)
    return snprintf (out, size, "<%d>%s[%d]: %s", 3 << 3 | priorities[level], name, (int)getpid (), text);
  return snprintf (out, size, "PRIORITY=%d\nSYSLOG_IDENTIFIER=husk\nID=%s\nMESSAGE=%s\n", priorities[level], name,
                   text);
}

void
log_socket_line (enum log_level level, const char *text)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  char line[ERROR_LINE_SIZE + 1280];
  int size = format_datagram (level, text, line, sizeof line);
  auto_close int daemon = socket (AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  (void)snprintf (address.sun_path, sizeof address.sun_path, "%s", target.path);
  if (daemon >= 0)
    (void)descriptor_send_to (daemon, line, (size_t)size < sizeof line ? (size_t)size : sizeof line - 1, MSG_NOSIGNAL,
                              (struct sockaddr *)&address, sizeof address);
}
