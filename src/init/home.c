/*
 * HOME from the image's passwd, read with the program's rights, so that it reveals nothing that the program could not
 * read. The file may be hostile: it must be regular, no link in /proc may lead to it, at most one mebibyte is read, and
 * opening it never waits.
 */
#include "init.h"
#include "syscalls.h"

#include <errno.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#define PASSWD_MAX (1u << 20)

struct lines
{
  int fd;
  size_t read;
  char chunk[4096];
  size_t at, end;
};

/* Reads one line into out (cut at its size). 1, 0 at the end, or -1. */
static int
next_line (struct lines *lines, char *out, size_t size)
{
  size_t used = 0;
  int any = 0;
  for (;;)
    {
      if (lines->at == lines->end)
        {
          ssize_t got = lines->read < PASSWD_MAX ? RETRY (read (lines->fd, lines->chunk, sizeof lines->chunk)) : 0;
          if (got < 0)
            return -1;
          if (got == 0)
            break;
          lines->read += (size_t)got;
          lines->at = 0;
          lines->end = (size_t)got;
        }
      char c = lines->chunk[lines->at++];
      any = 1;
      if (c == '\n')
        break;
      if (used + 1 < size)
        out[used++] = c;
    }
  out[used] = '\0';
  return any;
}

/* "name:x:UID:gid:gecos:HOME:shell": HOME if UID is the program's. */
static char *
home_of (char *line, const char *uid)
{
  char *fields[7];
  int count = 0;
  for (char *at = line; count < 7; at++)
    {
      fields[count++] = at;
      at = strchr (at, ':');
      if (!at)
        break;
      *at = '\0';
    }
  return count >= 6 && text_equal (fields[2], uid) && fields[5][0] == '/' ? fields[5] : NULL;
}

/* The errnos of an image without a readable passwd, or whose passwd is not a file. Any other is not caused by the image
 * and is an error. */
static int
has_none (int code)
{
  switch (code)
    {
    case ENOENT:
    case ENOTDIR:
    case ELOOP:
    case ENAMETOOLONG:
    case EACCES:
    case ENXIO:
    case ENODEV:
      return 1;
    default:
      return 0;
    }
}

/* Files in /proc, which a link may lead to, have their own permission checks. */
static int
is_in_proc (struct init *init, const char *path)
{
  struct statfs fs;
  int fd = path_open (init, path, O_PATH);
  int result = fd >= 0 && fstatfs (fd, &fs) == 0 && fs.f_type == PROC_SUPER_MAGIC;
  if (fd >= 0)
    (void)close (fd);
  return result;
}

/* 1 if it is a regular file, 0 if not, or -1. */
static int
is_regular (int fd)
{
  struct stat status;
  return fstat (fd, &status) < 0 ? -1 : S_ISREG (status.st_mode);
}

int
step_home (struct init *init)
{
  static struct lines lines;
  char line[1024], digits[24];
  size_t used = text_append (init->home, sizeof init->home, 0, "HOME=");
  (void)text_append (init->home, sizeof init->home, used, "/");
  (void)text_number (digits, init->step->exec->uid);
  lines.fd = path_open (init, "/etc/passwd", O_RDONLY | O_NONBLOCK | O_NOCTTY);
  if (lines.fd < 0)
    {
      int code = errno;
      return has_none (code) || (code == EPERM && is_in_proc (init, "/etc/passwd"))
                 ? 0
                 : fail (init, code, "open /etc/passwd, to find HOME");
    }
  int any = is_regular (lines.fd);
  if (any > 0)
    while ((any = next_line (&lines, line, sizeof line)) > 0)
      {
        const char *home = home_of (line, digits);
        if (!home)
          continue;
        (void)text_append (init->home, sizeof init->home, used, home);
        break;
      }
  if (any < 0)
    return fail (init, errno, "read /etc/passwd, to find HOME");
  (void)close (lines.fd);
  return 0;
}
