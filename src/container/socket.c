/*
 * Descriptors over Unix sockets: connects to the caller's console socket, and receives the terminal's master side in
 * the foreground. The pidfd of --pidfd-socket is sent by the same functions. None of them waits forever: a socket that
 * is connected here keeps its timeout of five seconds, even when husk-init sends over it, and socket_receive_descriptor
 * does not wait at all, because the sender is done by then.
 */
#include "socket.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include "husk/descriptor.h"

int
socket_connect (const char *path, const char *option, struct error *error)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  struct timeval patience = { .tv_sec = 5 };
  if (path[0] == '\0' || strlen (path) >= sizeof address.sun_path)
    return error_set (error, path[0] ? ENAMETOOLONG : EINVAL, "%s %s", option, path);
  auto_close int fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  /* the timeout also bounds connect(2) */
  if (fd < 0 || setsockopt (fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience) < 0)
    return error_set (error, errno, "make a socket for %s", option);
  memcpy (address.sun_path, path, strlen (path) + 1);
  if (descriptor_connect (fd, (struct sockaddr *)&address, sizeof address) < 0)
    return error_set (error, errno == EAGAIN ? ETIMEDOUT : errno, "connect to %s %s", option, path);
  return take_fd (&fd);
}

union control_one /* room for one descriptor, aligned */
{
  struct cmsghdr header;
  char bytes[CMSG_SPACE (sizeof (int))];
};

int
socket_send_descriptor (int socket, int fd, const char *name, struct error *error)
{
  ssize_t sent = descriptors_send (socket, name, strlen (name), &fd, 1);
  return sent < 0 ? error_set (error, errno == EAGAIN ? ETIMEDOUT : errno, "send %s over its socket", name) : 0;
}

int
socket_receive_descriptor (int socket, struct error *error)
{
  union control_one control = { 0 };
  char name[4096];
  struct iovec data = { name, sizeof name };
  struct msghdr message
      = { .msg_iov = &data, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control.bytes };
  int fd = -1;
  ssize_t got = descriptor_receive_message (socket, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
  if (got < 0)
    return error_set (error, errno, "receive the terminal");
  struct cmsghdr *header = CMSG_FIRSTHDR (&message);
  if (!header || header->cmsg_type != SCM_RIGHTS || header->cmsg_len != CMSG_LEN (sizeof fd))
    return error_set (error, 0, "husk-init sent no terminal");
  memcpy (&fd, CMSG_DATA (header), sizeof fd);
  return fd;
}
