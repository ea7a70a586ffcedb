/*
 * The socket of `husk seccomp agent`. An agent that was killed leaves its socket behind: the kernel keeps the
 * file, but nothing listens, as connect(2) shows. Agents that start at the same time exclude each other by a lock on
 * the socket's directory, so that none removes a socket that another is just making.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "husk/agent.h"
#include "husk/descriptor.h"

/* -1 with an error. The lock ends with the descriptor. */
static int
lock_directory (const char *path, struct error *error)
{
  char directory[sizeof ((struct sockaddr_un *)0)->sun_path];
  const char *slash = strrchr (path, '/');
  (void)snprintf (directory, sizeof directory, "%.*s", slash ? (int)(slash - path) : 1, slash ? path : ".");
  auto_close int fd = descriptor_open (directory[0] ? directory : "/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0)
    return error_set (error, errno, "listen at %s", path);
  if (descriptor_lock (fd, LOCK_EX | LOCK_NB) < 0)
    return errno == EWOULDBLOCK ? error_set (error, 0, "listen at %s: another process has locked the directory", path)
                                : error_set (error, errno, "lock the directory of %s", path);
  return take_fd (&fd);
}

/* 0 if nothing is there any more. */
static int
remove_stale (const char *path, const struct sockaddr_un *address, struct error *error)
{
  struct stat status;
  if (lstat (path, &status) < 0)
    return errno == ENOENT ? 0 : error_set (error, errno, "listen at %s", path);
  if (!S_ISSOCK (status.st_mode))
    return error_set (error, 0, "listen at %s: the file exists and is not a socket", path);
  auto_close int fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0)
    return error_set (error, errno, "listen at %s", path);
  if (descriptor_connect (fd, (const struct sockaddr *)address, sizeof *address) == 0 || errno == EAGAIN)
    return error_set (error, 0, "listen at %s: another process is listening there", path);
  if (errno != ECONNREFUSED)
    return error_set (error, errno, "connect to %s", path);
  return unlink (path) == 0 || errno == ENOENT ? 0 : error_set (error, errno, "remove %s", path);
}

int
socket_listen (const char *path, struct stat *out_made, struct error *error)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  if (strlen (path) >= sizeof address.sun_path)
    return error_set (error, ENAMETOOLONG, "listen at %s", path);
  (void)snprintf (address.sun_path, sizeof address.sun_path, "%s", path);
  auto_close int lock = lock_directory (path, error);
  if (lock < 0 || remove_stale (path, &address, error) < 0)
    return -1;
  auto_close int fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  mode_t mask = umask (0177);
  int bound = fd < 0 ? -1 : bind (fd, (struct sockaddr *)&address, sizeof address);
  int code = errno;
  (void)umask (mask);
  if (bound < 0 || listen (fd, 128) < 0 || lstat (path, out_made) < 0)
    return error_set (error, bound < 0 ? code : errno, "listen at %s", path);
  return take_fd (&fd);
}

void
socket_remove (const struct stat *made, const char *path)
{
  struct stat status;
  if (lstat (path, &status) == 0 && status.st_dev == made->st_dev && status.st_ino == made->st_ino)
    (void)unlink (path);
}
