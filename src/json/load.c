/*
 * Loads a document from a regular file, or from anything else that the user names and that can be read to its end.
 */
#include "husk/json.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "husk/descriptor.h"
#include "husk/text.h"

#define NAME_SHOWN 400 /* of a file's name in a message */

static int
too_big (const char *name, long long size, struct error *error)
{
  return size ? error_set (error, EFBIG, "%s has %lld bytes, the limit is 16 MiB", name, size)
              : error_set (error, EFBIG, "%s is larger than the limit of 16 MiB", name);
}

static int
read_whole (int fd, const char *name, char *bytes, size_t size, struct error *error)
{
  size_t used = 0;
  while (used < size)
    {
      ssize_t got = descriptor_read (fd, bytes + used, size - used);
      if (got < 0)
        return error_set (error, errno, "read %s", name);
      if (got == 0)
        return error_set (error, 0, "%s was truncated while it was being read", name);
      used += (size_t)got;
    }
  return 0;
}

static int
load_regular (int fd, size_t size, const char *name, struct arena *arena, struct json_document *out,
              struct error *error)
{
  if (size > JSON_MAX_SIZE)
    return too_big (name, (long long)size, error);
  char *bytes = arena_alloc (arena, size + 1);
  if (read_whole (fd, name, bytes, size, error) < 0)
    return -1;
  return json_parse (bytes, size, name, arena, out, error);
}

int
json_load (int dir, const char *path, const char *name, struct arena *arena, struct json_document *out,
           struct error *error)
{
  struct stat status;
  auto_close int fd = descriptor_open_at (dir, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (fd < 0)
    return error_set (error, errno, "open %s", name);
  if (fstat (fd, &status) < 0)
    return error_set (error, errno, "stat %s", name);
  if (!S_ISREG (status.st_mode))
    return error_set (error, S_ISDIR (status.st_mode) ? EISDIR : 0, "%s is not a regular file", name);
  return load_regular (fd, (size_t)status.st_size, name, arena, out, error);
}

/* No deadline: the user who named the pipe may write to it as slowly as they like, and nothing has been made yet. */
int
json_load_from (int fd, const char *name, struct arena *arena, struct json_document *out, struct error *error)
{
  size_t used = 0, room = 65536;
  char *bytes = arena_alloc (arena, room);
  for (;;)
    {
      ssize_t got = descriptor_read (fd, bytes + used, room - used - 1);
      if (got < 0)
        return error_set (error, errno, "read %s", name);
      if (got == 0)
        return json_parse (bytes, used, name, arena, out, error);
      used += (size_t)got;
      if (used > JSON_MAX_SIZE)
        return too_big (name, 0, error);
      if (used + 1 == room)
        {
          char *more = arena_alloc (arena, room *= 2);
          memcpy (more, bytes, used);
          bytes = more;
        }
    }
}

/* A socket cannot be opened through /dev/stdin. */
static int
open_named (const char *file)
{
  int fd = descriptor_open (file, O_RDONLY | O_CLOEXEC | O_NOCTTY);
  if (fd < 0 && errno == ENXIO && strcmp (file, "/dev/stdin") == 0)
    fd = fcntl (0, F_DUPFD_CLOEXEC, 3);
  return fd;
}

int
json_load_named (const char *file, struct arena *arena, struct json_document *out, struct error *error)
{
  struct stat status;
  const char *name = text_end (file, arena_alloc (arena, NAME_SHOWN), NAME_SHOWN);
  auto_close int fd = open_named (file);
  if (fd < 0)
    return error_set (error, errno, "open %s", name);
  if (fstat (fd, &status) < 0)
    return error_set (error, errno, "stat %s", name);
  if (S_ISDIR (status.st_mode))
    return error_set (error, EISDIR, "read %s", name);
  /* a descriptor may have been read in part; opening the file by name reads it from the start */
  if (S_ISREG (status.st_mode) && status.st_size > 0)
    return load_regular (fd, (size_t)status.st_size, name, arena, out, error);
  return json_load_from (fd, name, arena, out, error);
}
