/*
 * Sends each argument as one message to NOTIFY_SOCKET; "-" before one: with a descriptor; "sleep:N" waits N tenths of a
 * second.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int
send_one (const char *text, const char *path)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  union
  {
    struct cmsghdr header;
    char bytes[CMSG_SPACE (sizeof (int))];
  } control = { .header = { CMSG_LEN (sizeof (int)), SOL_SOCKET, SCM_RIGHTS } };
  struct iovec data = { (char *)text + (*text == '-'), strlen (text) - (*text == '-') };
  struct msghdr message = { .msg_name = &address, .msg_namelen = sizeof address, .msg_iov = &data, .msg_iovlen = 1 };
  int zero = 0, fd = socket (AF_UNIX, SOCK_DGRAM, 0);
  snprintf (address.sun_path, sizeof address.sun_path, "%s", path);
  memcpy (CMSG_DATA (&control.header), &zero, sizeof zero);
  if (*text == '-')
    message.msg_control = &control, message.msg_controllen = sizeof control.bytes;
  if (fd < 0 || sendmsg (fd, &message, 0) < 0)
    return perror ("send"), 1;
  return close (fd);
}

int
main (int argc, char **argv)
{
  const char *path = getenv ("NOTIFY_SOCKET");
  if (!path)
    return puts ("no NOTIFY_SOCKET"), 0;
  for (int i = 1; i < argc; i++)
    if (strncmp (argv[i], "sleep:", 6) == 0)
      usleep (100000 * (unsigned)atoi (argv[i] + 6));
    else if (send_one (argv[i], path))
      return 1;
  return 0;
}
