/*
 * System calls that a signal may interrupt (EINTR), each repeated until it succeeds or fails with another error.
 */
#include "husk/descriptor.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdarg.h>
#include <sys/file.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "husk/clock.h"

#define UNTIL_DONE(call)                                                                                               \
  ({                                                                                                                   \
    __typeof__ (call) result_;                                                                                         \
    do                                                                                                                 \
      result_ = (call);                                                                                                \
    while (result_ < 0 && errno == EINTR);                                                                             \
    result_;                                                                                                           \
  })

int
descriptor_open_at (int dir, const char *path, int flags, ...)
{
  mode_t mode = 0;
  if (flags & (O_CREAT | O_TMPFILE))
    {
      va_list arguments;
      va_start (arguments, flags);
      mode = va_arg (arguments, mode_t);
      va_end (arguments);
    }
  return UNTIL_DONE (openat (dir, path, flags, mode));
}

int
descriptor_open (const char *path, int flags, ...)
{
  mode_t mode = 0;
  if (flags & (O_CREAT | O_TMPFILE))
    {
      va_list arguments;
      va_start (arguments, flags);
      mode = va_arg (arguments, mode_t);
      va_end (arguments);
    }
  return UNTIL_DONE (openat (AT_FDCWD, path, flags, mode));
}

int
descriptor_open_how (int dir, const char *path, const struct open_how *how)
{
  return (int)UNTIL_DONE (syscall (SYS_openat2, dir, path, how, sizeof *how));
}

ssize_t
descriptor_read (int fd, void *out, size_t size)
{
  return UNTIL_DONE (read (fd, out, size));
}

ssize_t
descriptor_read_from (int fd, void *out, size_t size, off_t offset)
{
  return UNTIL_DONE (pread (fd, out, size, offset));
}

ssize_t
descriptor_write (int fd, const void *data, size_t size)
{
  return UNTIL_DONE (write (fd, data, size));
}

ssize_t
descriptor_send (int socket, const void *data, size_t size, int flags)
{
  return UNTIL_DONE (send (socket, data, size, flags));
}

ssize_t
descriptor_send_to (int socket, const void *data, size_t size, int flags, const struct sockaddr *to, socklen_t length)
{
  return UNTIL_DONE (sendto (socket, data, size, flags, to, length));
}

ssize_t
descriptor_receive (int socket, void *out, size_t size, int flags)
{
  return UNTIL_DONE (recv (socket, out, size, flags));
}

ssize_t
descriptor_send_message (int socket, const struct msghdr *message, int flags)
{
  return UNTIL_DONE (sendmsg (socket, message, flags));
}

/* An interrupted recvmsg may already have shortened the lengths. */
ssize_t
descriptor_receive_message (int socket, struct msghdr *message, int flags)
{
  const struct msghdr asked = *message;
  ssize_t got;
  do
    {
      *message = asked;
      got = recvmsg (socket, message, flags);
    }
  while (got < 0 && errno == EINTR);
  return got;
}

int
descriptor_accept (int socket, int flags)
{
  return UNTIL_DONE (accept4 (socket, NULL, NULL, flags));
}

/* With Internet protocols an interrupted connect continues in the background: husk waits for it and then reads its
 * result. On a Unix socket it was still waiting for room in the backlog, so it is repeated. Had it succeeded after all,
 * the repeated call would fail with EISCONN. */
int
descriptor_connect (int socket, const struct sockaddr *address, socklen_t size)
{
  int code = 0;
  if (connect (socket, address, size) == 0)
    return 0;
  while (errno == EINTR && address->sa_family == AF_UNIX)
    if (connect (socket, address, size) == 0 || errno == EISCONN)
      return 0;
  if (errno != EINTR)
    return -1;
  struct pollfd done = { socket, POLLOUT, 0 };
  if (descriptor_poll (&done, 1, -1) < 0 /* no deadline here: the protocol has its own */
      || getsockopt (socket, SOL_SOCKET, SO_ERROR, &code, &(socklen_t){ sizeof code }) < 0)
    return -1;
  errno = code;
  return code ? -1 : 0;
}

int
descriptor_lock (int fd, int operation)
{
  return UNTIL_DONE (flock (fd, operation));
}

int
descriptor_poll (struct pollfd *polls, nfds_t count, int milliseconds)
{
  int64_t begun = milliseconds > 0 ? now_milliseconds () : 0;
  for (int left = milliseconds;;)
    {
      int ready = poll (polls, count, left);
      if (ready >= 0 || errno != EINTR)
        return ready;
      if (milliseconds > 0)
        {
          int64_t passed = now_milliseconds () - begun;
          left = passed < milliseconds ? (int)(milliseconds - passed) : 0;
        }
    }
}

pid_t
process_wait (pid_t pid, int *out_status, int flags)
{
  return UNTIL_DONE (waitpid (pid, out_status, flags));
}

static bool
ends_within (int pidfd, int milliseconds)
{
  struct pollfd end = { pidfd, POLLIN, 0 };
  if (pidfd < 0 || descriptor_poll (&end, 1, milliseconds) != 0)
    return true;
  errno = ETIMEDOUT;
  return false;
}

int
process_wait_within (pid_t pid, int pidfd, int *out_status, int milliseconds)
{
  return ends_within (pidfd, milliseconds) && process_wait (pid, out_status, 0) >= 0 ? 0 : -1;
}
