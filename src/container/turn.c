/*
 * The turn at a husk-init that waits for start (channel.h), for the processes that connect: start.c, and delete
 * (end.c), which keeps others from starting what it kills. A refused connection or an end of file means that the turn
 * will not come, because another process has used it or husk-init is dead. That is an answer, not an error. While one
 * process has the turn, all others wait.
 */
#include "turn.h"

#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "husk/descriptor.h"
#include "husk/launch.h"
#include "record.h"

#define TURN_MILLISECONDS 10000 /* another process may have the turn */

int
turn_connect (int directory, const char *id, int *out, struct error *error)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  *out = -1;
  /* by descriptor: the path of the state directory may be too long for a socket address */
  (void)snprintf (address.sun_path, sizeof address.sun_path, "/proc/self/fd/%d/" RECORD_START, directory);
  const struct timeval patience = { .tv_sec = TURN_MILLISECONDS / 1000 }; /* connect(2) waits if the queue is full */
  auto_close int fd = socket (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
  if (fd < 0 || setsockopt (fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience) < 0
      || descriptor_connect (fd, (struct sockaddr *)&address, sizeof address) < 0)
    return errno == ECONNREFUSED
               ? 0
               : error_set (error, errno == EAGAIN ? ETIMEDOUT : errno, "connect to husk-init of container \"%s\"", id);
  *out = take_fd (&fd);
  return 0;
}

int
turn_await (int connection, int pidfd, const char *id, struct error *error)
{
  struct ask_message message;
  struct pollfd polls[] = { { connection, POLLIN, 0 }, { pidfd, POLLIN, 0 } };
  if (descriptor_poll (polls, 2, TURN_MILLISECONDS) == 0)
    return error_set (error, ETIMEDOUT, "wait for husk-init of container \"%s\"", id);
  ssize_t got = descriptor_receive (connection, &message, sizeof message, MSG_DONTWAIT);
  return got == (ssize_t)sizeof message && message.ask == ASK_STARTING;
}
