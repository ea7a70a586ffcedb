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

/* The bytes, with a NUL after them, or NULL. */
static char *
read_regular (int fd, size_t size, const char *name, struct arena *arena, struct error *error)
{
  if (size > JSON_MAX_SIZE)
    {
      (void)too_big (name, (long long)size, error);
      return NULL;
    }
  char *bytes = arena_alloc (arena, size + 1);
  return read_whole (fd, name, bytes, size, error) < 0 ? NULL : bytes;
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
  char *bytes = read_regular (fd, (size_t)status.st_size, name, arena, error);
  return bytes ? json_parse (bytes, (size_t)status.st_size, name, arena, out, error) : -1;
}

/* No deadline: the user who named the pipe may write to it as slowly as they like, and nothing has been made yet. */
static char *
read_to_end (int fd, const char *name, struct arena *arena, size_t *out_size, struct error *error)
{
  size_t used = 0, room = 65536;
  char *bytes = arena_alloc (arena, room);
  for (;;)
    {
      ssize_t got = descriptor_read (fd, bytes + used, room - used - 1);
      if (got < 0)
        {
          (void)error_set (error, errno, "read %s", name);
          return NULL;
        }
      used += (size_t)got;
      if (used > JSON_MAX_SIZE)
        {
          (void)too_big (name, 0, error);
          return NULL;
        }
      if (got == 0)
        {
          *out_size = used;
          return bytes;
        }
      if (used + 1 == room)
        {
          char *more = arena_alloc (arena, room *= 2);
          memcpy (more, bytes, used);
          bytes = more;
        }
    }
}

int
json_load_from (int fd, const char *name, struct arena *arena, struct json_document *out, struct error *error)
{
  size_t size;
  char *bytes = read_to_end (fd, name, arena, &size, error);
  return bytes ? json_parse (bytes, size, name, arena, out, error) : -1;
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

char *
json_read_named (const char *file, struct arena *arena, const char **out_name, size_t *out_size, struct error *error)
{
  struct stat status = { 0 };
  const char *name = *out_name = text_end (file, arena_alloc (arena, NAME_SHOWN), NAME_SHOWN);
  auto_close int fd = open_named (file);
  if (fd < 0 || fstat (fd, &status) < 0 || S_ISDIR (status.st_mode))
    {
      (void)(fd < 0                     ? error_set (error, errno, "open %s", name)
             : S_ISDIR (status.st_mode) ? error_set (error, EISDIR, "read %s", name)
                                        : error_set (error, errno, "stat %s", name));
      return NULL;
    }
  /* a descriptor may have been read in part; opening the file by name reads it from the start */
  if (!S_ISREG (status.st_mode) || status.st_size == 0)
    return read_to_end (fd, name, arena, out_size, error);
  *out_size = (size_t)status.st_size;
  return read_regular (fd, *out_size, name, arena, error);
}

int
json_load_named (const char *file, struct arena *arena, struct json_document *out, struct error *error)
{
  const char *name;
  size_t size;
  char *bytes = json_read_named (file, arena, &name, &size, error);
  return bytes ? json_parse (bytes, size, name, arena, out, error) : -1;
}
