/*
 * flood SOCKET: ends, and leaves processes behind that write to the datagram socket without end.
 */
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

int
main (int argc, char **argv)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  if (argc != 2)
    return 2;
  (void)snprintf (address.sun_path, sizeof address.sun_path, "%s", argv[1]);
  int fd = socket (AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0 || connect (fd, (struct sockaddr *)&address, sizeof address) < 0)
    return 1;
  for (int i = 0; i < 4; i++)
    if (fork () == 0)
      while (send (fd, "STATUS=on\n", 10, 0) > 0)
        ;
  return 0;
}
