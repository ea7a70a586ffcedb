/*
 * Operations on descriptors that take more than one system call (single calls are in interrupted.c): replacing closed
 * standard streams with /dev/null, making inherited descriptors close-on-exec, reading, writing and replacing whole
 * files, and sending descriptors over sockets. husk and husk-criu use them. Everything opened here is close-on-exec,
 * except for that /dev/null, which programs inherit.
 */
#include "husk/descriptor.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "husk/kernel.h"

int
descriptor_guard_stdio (void)
{
  struct pollfd standard[3] = { { .fd = 0 }, { .fd = 1 }, { .fd = 2 } };
  bool told = descriptor_poll (standard, 3, 0) >= 0; /* one call for all three, unless RLIMIT_NOFILE is lower */
  for (int fd = 0; fd < 3; fd++)
    {
      bool closed = told ? standard[fd].revents & POLLNVAL : fcntl (fd, F_GETFD) < 0 && errno == EBADF;
      if (closed && descriptor_open ("/dev/null", O_RDWR) < 0)
        return -1;
    }
  return 0;
}

int
descriptor_cloexec_from (int first)
{
  if (syscall (SYS_close_range, (unsigned)first, ~0u, CLOSE_RANGE_CLOEXEC) == 0)
    return 0;
  DIR *listing = opendir ("/proc/self/fd");
  int code = listing ? 0 : errno;
  errno = 0; /* readdir(3) distinguishes its end from a failure only by errno */
  for (struct dirent *entry; listing && code == 0 && (entry = readdir (listing));)
    {
      int fd = atoi (entry->d_name);
      /* husk's other thread may have closed its own meanwhile */
      if (entry->d_name[0] != '.' && fd >= first && fcntl (fd, F_SETFD, FD_CLOEXEC) < 0 && errno != EBADF)
        code = errno;
      errno = 0;
    }
  code = code ? code : errno;
  if (listing)
    (void)closedir (listing);
  errno = code;
  return code ? -1 : 0;
}

ssize_t
descriptors_send (int socket, const void *data, size_t size, const int *fds, size_t count)
{
  union
  {
    struct cmsghdr header;
    char bytes[CMSG_SPACE (sizeof (int) * DESCRIPTORS_SENT_MAX)];
  } control = { 0 };
  struct iovec bytes = { (void *)data, size };
  struct msghdr message = { .msg_iov = &bytes, .msg_iovlen = 1 };
  if (count > 0)
    {
      message.msg_control = &control;
      message.msg_controllen = CMSG_SPACE (sizeof (int) * count);
      control.header.cmsg_level = SOL_SOCKET;
      control.header.cmsg_type = SCM_RIGHTS;
      control.header.cmsg_len = CMSG_LEN (sizeof (int) * count);
      memcpy (CMSG_DATA (&control.header), fds, sizeof (int) * count);
    }
  return descriptor_send_message (socket, &message, MSG_NOSIGNAL);
}

int
write_all (int fd, const void *data, size_t size)
{
  for (const char *next = data; size > 0;)
    {
      ssize_t written = descriptor_write (fd, next, size);
      if (written < 0)
        return -1;
      next += written;
      size -= (size_t)written;
    }
  return 0;
}

ssize_t
read_small (const char *path, char *out, size_t size)
{
  auto_close int fd = descriptor_open (path, O_RDONLY | O_CLOEXEC);
  ssize_t got = fd < 0 ? -1 : descriptor_read (fd, out, size - 1);
  out[got > 0 ? got : 0] = '\0';
  return got;
}

pid_t
pidfd_pid (int pidfd)
{
  char path[48], text[1024];
  (void)snprintf (path, sizeof path, "/proc/self/fdinfo/%d", pidfd);
  const char *line = read_small (path, text, sizeof text) > 0 ? strstr (text, "\nPid:") : NULL;
  long pid = line ? strtol (line + 5, NULL, 10) : -1;
  return pid > 0 ? (pid_t)pid : -1;
}

/* A new file. What has its name was left by a process that died, or put there by another user, who would own what is
 * written: it is removed. */
static int
create_temporary (int dir, const char *name, mode_t mode)
{
  const int flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC;
  int fd = descriptor_open_at (dir, name, flags, mode);
  if (fd >= 0 || errno != EEXIST)
    return fd;
  if (unlinkat (dir, name, 0) == 0)
    return descriptor_open_at (dir, name, flags, mode);
  errno = EEXIST;
  return -1;
}

int
replace_file_at (int dir, const char *path, const void *data, size_t size, mode_t mode, struct error *error)
{
  auto_free char *temporary = NULL;
  const char *slash = strrchr (path, '/');
  int stem = slash ? (int)(slash - path) + 1 : 0;
  if (asprintf (&temporary, "%.*s.%s.%d", stem, path, path + stem, (int)getpid ()) < 0)
    return error_set (error, ENOMEM, "write %s", path);
  auto_close int fd = create_temporary (dir, temporary, mode);
  if (fd < 0)
    return error_set (error, errno, "create %s", temporary);
  if (write_all (fd, data, size) < 0 || renameat (dir, temporary, dir, path) < 0)
    {
      int code = errno;
      (void)unlinkat (dir, temporary, 0);
      return error_set (error, code, "write %s", path);
    }
  return 0;
}

int
write_file_at (int dir, const char *path, const char *text)
{
  auto_close int fd = descriptor_open_at (dir, path, O_WRONLY | O_CLOEXEC);
  if (fd < 0)
    return -1;
  size_t size = strlen (text);
  ssize_t written = descriptor_write (fd, text, size);
  if (written >= 0 && (size_t)written != size)
    errno = EIO;
  return written == (ssize_t)size ? 0 : -1;
}

/* Writes to a device or a FIFO instead of replacing it, or through a link in /dev, such as /dev/stdout. */
static int
write_through (int dir, const char *path, const void *data, size_t size, struct error *error)
{
  /* a FIFO without a reader is an error, not a wait */
  auto_close int fd = descriptor_open_at (dir, path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  if (fd < 0 || write_all (fd, data, size) < 0)
    return error_set (error, errno, "write %s", path);
  return 0;
}

int
put_file_at (int dir, const char *path, const void *data, size_t size, mode_t mode, bool *out_made, struct error *error)
{
  struct stat status, itself;
  *out_made = false;
  bool there = fstatat (dir, path, &status, 0) == 0;
  if (!there && errno != ENOENT)
    return error_set (error, errno, "write %s", path);
  bool link = there && strncmp (path, "/dev/", 5) == 0 && fstatat (dir, path, &itself, AT_SYMLINK_NOFOLLOW) == 0
              && S_ISLNK (itself.st_mode);
  if (there && (!S_ISREG (status.st_mode) || link))
    return write_through (dir, path, data, size, error);
  if (replace_file_at (dir, path, data, size, mode, error) < 0)
    return -1;
  *out_made = true;
  return 0;
}
