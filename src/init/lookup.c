/*
 * The program is found while husk-init may still look, with the words that clients match; and HOME from the image's
 * passwd, read as a hostile file: regular, at most a mebibyte, never waited for.
 */
#include "init.h"
#include "syscalls.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#define PASSWD_MAX (1u << 20)
#define DEFAULT_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

/* 0: a program; else the errno that tells why not. */
static int
why_not (const char *path)
{
  struct stat status;
  if (stat (path, &status) < 0)
    return errno;
  if (S_ISDIR (status.st_mode))
    return EISDIR;
  if (!S_ISREG (status.st_mode) || access (path, X_OK) < 0)
    return EACCES;
  return 0;
}

static int
find_in_path (struct init *init, const char *file, const char *path)
{
  char *candidate = init->program_buffer;
  size_t size = sizeof init->program_buffer;
  int denied = 0;
  while (*path)
    {
      const char *end = strchr (path, ':');
      size_t length = end ? (size_t)(end - path) : strlen (path);
      if (length > 0 && length + strlen (file) + 2 < size)
        {
          memcpy (candidate, path, length);
          candidate[length] = '\0';
          size_t used = text_append (candidate, size, length, "/");
          (void)text_append (candidate, size, used, file);
          int why = why_not (candidate);
          if (why == 0)
            {
              init->program = candidate;
              return 0;
            }
          denied |= why == EACCES;
        }
      path += length + (end != NULL);
    }
  if (denied)
    return fail (init, EACCES, "exec: \"", file, "\"");
  return fail (init, 0, "exec: \"", file, "\": executable file not found in $PATH");
}

static int
find_program (struct init *init, const struct plan_exec *exec)
{
  if (!strchr (exec->file, '/'))
    return find_in_path (init, exec->file, exec->path ? exec->path : DEFAULT_PATH);
  int why = why_not (exec->file);
  init->program = exec->file;
  if (why == 0)
    return 0;
  if (why == EACCES || why == EISDIR)
    return fail (init, why, "exec: \"", exec->file, "\"");
  return fail (init, why, "exec: \"", exec->file, "\": stat ", exec->file);
}

struct lines
{
  int fd;
  size_t read;
  char chunk[4096];
  size_t at, end;
};

/* One line into out (cut at its size), or 0 at the end. */
static int
next_line (struct lines *lines, char *out, size_t size)
{
  size_t used = 0;
  int any = 0;
  for (;;)
    {
      if (lines->at == lines->end)
        {
          ssize_t got = lines->read < PASSWD_MAX ? read (lines->fd, lines->chunk, sizeof lines->chunk) : 0;
          if (got <= 0)
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

/* "name:x:UID:gid:gecos:HOME:shell": HOME if UID is ours. */
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

static void
find_home (struct init *init, uint32_t uid)
{
  static struct lines lines;
  char line[1024], digits[24];
  struct stat status;
  size_t used = text_append (init->home, sizeof init->home, 0, "HOME=");
  (void)text_append (init->home, sizeof init->home, used, "/");
  (void)text_number (digits, uid);
  lines.fd = open ("/etc/passwd", O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  if (lines.fd < 0)
    return;
  if (fstat (lines.fd, &status) == 0 && S_ISREG (status.st_mode))
    while (next_line (&lines, line, sizeof line))
      {
        const char *home = home_of (line, digits);
        if (!home)
          continue;
        (void)text_append (init->home, sizeof init->home, used, home);
        break;
      }
  (void)close (lines.fd);
}

int
step_lookup (struct init *init)
{
  const struct plan_exec *exec = init->step->exec;
  if (exec->home_slot >= 0)
    find_home (init, exec->uid);
  return find_program (init, exec);
}
