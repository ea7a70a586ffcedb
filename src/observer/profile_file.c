/*
 * The file of a recorded profile. Everything that can be checked is checked before anything runs, because a recording
 * may take hours.
 */
#include "profile_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "husk/descriptor.h"
#include "husk/text.h"

#define NAME_SHOWN 400 /* of a file's name in a message */

static bool
is_recorded (const struct spec_seccomp *profile)
{
  bool recorded = profile->default_action.value == SPEC_ACT_ERRNO && profile->flags.count == 0
                  && !profile->listener_path.text && !profile->listener_metadata.text;
  for (uint32_t i = 0; i < profile->syscalls.count; i++)
    {
      const struct spec_seccomp_rule *rule = &profile->syscalls.items[i];
      recorded &= rule->action.value == SPEC_ACT_ALLOW && rule->args.count == 0;
    }
  return recorded;
}

int
profile_file_load (const struct observer_place *place, struct arena *arena, struct spec_seccomp *out,
                   struct error *error)
{
  struct json_document document;
  struct report report = { .error = error };
  struct error missing = { 0 };
  memset (out, 0, sizeof *out);
  if (json_load (place->directory, place->file, place->path, arena, &document, &missing) < 0)
    {
      if (missing.code == ENOENT)
        return 0; /* the first run */
      *error = missing;
    }
  else if (spec_decode_seccomp (&document, arena, out, &report) < 0)
    json_place (&document, error);
  else if (!is_recorded (out))
    (void)error_set (error, 0, "%s is not a recorded profile: it does more than allow calls by name", place->path);
  if (error->set)
    error_hint (error, "without --merge it would be replaced");
  return error->set ? -1 : 0;
}

int
profile_file_write (const struct observer_place *place, const char *text, size_t size, struct error *error)
{
  struct error why = { 0 };
  if (place->out < 0)
    (void)replace_file_at (place->directory, place->file, text, size, 0644, &why);
  else if (write_all (place->out, text, size) < 0)
    (void)error_set (&why, errno, "write");
  return why.set ? error_set (error, why.code, "write %s", place->path) : 0;
}

/* Creates a file in the directory under another name, as replace_file_at will. */
static int
try_directory (const struct observer_place *place)
{
  char name[64];
  (void)snprintf (name, sizeof name, ".husk-recording.%d", (int)getpid ());
  auto_close int fd = descriptor_open_at (place->directory, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  return fd < 0 || unlinkat (place->directory, name, 0) < 0 ? -1 : 0;
}

/* A mount point cannot be replaced. Older kernels do not report it, and then the write at the end fails. */
static bool
is_mount_point (const struct observer_place *place)
{
  struct statx status;
  return statx (place->directory, place->file, AT_SYMLINK_NOFOLLOW, STATX_TYPE, &status) == 0
         && status.stx_attributes & STATX_ATTR_MOUNT_ROOT;
}

/* Opens the output if it cannot be replaced like a file: a device, a FIFO, a link in /dev. */
static int
try_file (struct observer_place *place)
{
  struct stat status, link;
  if (fstatat (place->directory, place->file, &status, 0) < 0)
    return errno == ENOENT ? 0 : -1;
  /* O_NONBLOCK: a FIFO without a reader is an error instead of a wait */
  auto_close int fd
      = descriptor_open_at (place->directory, place->file, O_WRONLY | O_APPEND | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  if (fd < 0)
    return -1;
  if (!S_ISREG (status.st_mode)
      || (strncmp (place->path, "/dev/", 5) == 0
          && fstatat (place->directory, place->file, &link, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK (link.st_mode)))
    place->out = take_fd (&fd);
  else if (is_mount_point (place))
    return errno = EBUSY, -1;
  return 0;
}

static int
open_place (struct observer_place *place, const char *what, const char *path, struct arena *arena, struct error *error)
{
  char *directory = arena_string (arena, path), *slash = strrchr (directory, '/');
  place->path = text_end (path, arena_alloc (arena, NAME_SHOWN), NAME_SHOWN);
  place->file = slash ? slash + 1 : directory;
  if (slash)
    *slash = '\0';
  place->directory = descriptor_open (!slash ? "." : directory[0] ? directory : "/", O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (!*place->file)
    errno = EISDIR;
  if (place->directory < 0 || !*place->file || try_file (place) < 0 || (place->out < 0 && try_directory (place) < 0))
    return error_set (error, errno, "write the %s profile %s", what, place->path);
  return 0;
}

int
observe_place (struct observer *observer, const char *path, struct arena *arena, struct error *error)
{
  struct spec_seccomp old;
  if (open_place (&observer->profile_place, "recorded", path, arena, error) < 0)
    return -1;
  return observer->merge ? profile_file_load (&observer->profile_place, arena, &old, error) : 0;
}

int
observe_fix_place (struct observer *observer, const char *path, struct arena *arena, struct error *error)
{
  return open_place (&observer->profile_place, "fixed", path, arena, error);
}
