/*
 * Listens on the given socket, takes one message with one descriptor as the engines' console sockets do, prints what it
 * got and copies what the terminal writes to stdout until its end. With --then TEXT it writes TEXT to the terminal.
 * With --hang-up it closes the connection before anything is received; with --pidfd it only prints the descriptor's
 * kind.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <unistd.h>

static int
receive (int connection)
{
  char data[4096], control[CMSG_SPACE (sizeof (int) * 4)];
  struct iovec piece = { data, sizeof data };
  struct msghdr message
      = { .msg_iov = &piece, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control };
  ssize_t size = recvmsg (connection, &message, MSG_CMSG_CLOEXEC);
  struct cmsghdr *header = size > 0 ? CMSG_FIRSTHDR (&message) : NULL;
  int fd = -1;
  if (!header || header->cmsg_type != SCM_RIGHTS)
    return -1;
  printf ("message: %zd bytes, %zu descriptors\n", size, (header->cmsg_len - CMSG_LEN (0)) / sizeof (int));
  memcpy (&fd, CMSG_DATA (header), sizeof fd);
  printf ("then: %s\n", recv (connection, data, sizeof data, 0) == 0 ? "closed" : "more");
  return fd;
}

static void
copy (int fd)
{
  char data[4096];
  for (ssize_t size; (size = read (fd, data, sizeof data)) > 0 || (size < 0 && errno == EINTR);)
    if (size > 0 && write (1, data, (size_t)size) < 0)
      return;
}

int
main (int argc, char **argv)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  const char *then = NULL;
  int hang_up = 0, pidfd = 0;
  if (argc < 2)
    return 2;
  for (int i = 2; i < argc; i++)
    if (strcmp (argv[i], "--then") == 0)
      then = argv[++i];
    else if (strcmp (argv[i], "--hang-up") == 0)
      hang_up = 1;
    else if (strcmp (argv[i], "--pidfd") == 0)
      pidfd = 1;
  strncpy (address.sun_path, argv[1], sizeof address.sun_path - 1);
  int listener = socket (AF_UNIX, SOCK_STREAM, 0);
  if (listener < 0 || bind (listener, (struct sockaddr *)&address, sizeof address) < 0 || listen (listener, 1) < 0)
    return 1;
  int connection = accept (listener, NULL, NULL);
  if (connection < 0)
    return 1;
  if (hang_up)
    return 0;
  int fd = receive (connection);
  if (fd < 0)
    return 1;
  if (pidfd)
    {
      char path[64], target[256] = "";
      snprintf (path, sizeof path, "/proc/self/fd/%d", fd);
      ssize_t length = readlink (path, target, sizeof target - 1);
      printf ("descriptor: %s\n", length > 0 ? target : "?");
      return 0;
    }
  unsigned int number = 0;
  struct winsize size = { 0 };
  struct stat info;
  int master = ioctl (fd, TIOCGPTN, &number) == 0;
  (void)fstat (fd, &info);
  (void)ioctl (fd, TIOCGWINSZ, &size);
  printf ("master: %s, major %u, size %ux%u\n", master ? "yes" : "no", major (info.st_rdev), size.ws_col, size.ws_row);
  fflush (stdout);
  if (then && write (fd, then, strlen (then)) < 0)
    return 1;
  copy (fd);
  return 0;
}
