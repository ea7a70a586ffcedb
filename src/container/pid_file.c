/*
 * The pid file and the pidfd that a caller asked for. creation.c, exec.c and restore.c write them when the process has
 * come as far as the caller wants it, since clients take them as a sign of that.
 */
#include "pid_file.h"

#include <fcntl.h>
#include <stdio.h>

#include "husk/descriptor.h"
#include "socket.h"

int
pid_file_write (const char *path, pid_t pid, bool *out_made, struct error *error)
{
  char text[16]; /* no newline: clients parse the raw bytes */
  int size = snprintf (text, sizeof text, "%d", (int)pid);
  struct error why = { 0 };
  if (put_file_at (AT_FDCWD, path, text, (size_t)size, 0644, out_made, &why) < 0)
    return error_set (error, why.code, "write pid file %s", path);
  return 0;
}

int
pidfd_send (const char *path, int pidfd, struct error *error)
{
  auto_close int socket = socket_connect (path, "--pidfd-socket", error);
  return socket < 0 ? -1 : socket_send_descriptor (socket, pidfd, "pidfd", error);
}
