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
profile_file_load (const struct observer *observer, struct arena *arena, struct spec_seccomp *out, struct error *error)
{
  struct json_document document;
  struct report report = { .error = error };
  struct error missing = { 0 };
  memset (out, 0, sizeof *out);
  if (json_load (observer->directory, observer->file, observer->path, arena, &document, &missing) < 0)
    {
      if (missing.code == ENOENT)
        return 0; /* the first run */
      *error = missing;
    }
  else if (spec_decode_seccomp (&document, arena, out, &report) < 0)
    json_place (&document, error);
  else if (!is_recorded (out))
    (void)error_set (error, 0, "%s is not a recorded profile: it does more than allow calls by name", observer->path);
  if (error->set)
    error_hint (error, "without --merge it would be replaced");
  return error->set ? -1 : 0;
}

int
profile_file_write (const struct observer *observer, const char *text, size_t size, struct error *error)
{
  struct error why = { 0 };
  if (observer->out < 0)
    (void)replace_file_at (observer->directory, observer->file, text, size, 0644, &why);
  else if (write_all (observer->out, text, size) < 0)
    (void)error_set (&why, errno, "write");
  return why.set ? error_set (error, why.code, "write %s", observer->path) : 0;
}

/* Creates a file in the directory under another name, as replace_file_at will. */
static int
try_directory (const struct observer *observer)
{
  char name[64];
  (void)snprintf (name, sizeof name, ".husk-recording.%d", (int)getpid ());
  auto_close int fd = descriptor_open_at (observer->directory, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  return fd < 0 || unlinkat (observer->directory, name, 0) < 0 ? -1 : 0;
}

/* A mount point cannot be replaced. Older kernels do not report it, and then the write at the end fails. */
static bool
is_mount_point (const struct observer *observer)
{
  struct statx status;
  return statx (observer->directory, observer->file, AT_SYMLINK_NOFOLLOW, STATX_TYPE, &status) == 0
         && status.stx_attributes & STATX_ATTR_MOUNT_ROOT;
}

/* Opens the output if it cannot be replaced like a file: a device, a FIFO, a link in /dev. */
static int
try_file (struct observer *observer)
{
  struct stat status, link;
  if (fstatat (observer->directory, observer->file, &status, 0) < 0)
    return errno == ENOENT ? 0 : -1;
  /* O_NONBLOCK: a FIFO without a reader is an error instead of a wait */
  auto_close int fd = descriptor_open_at (observer->directory, observer->file,
                                          O_WRONLY | O_APPEND | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  if (fd < 0)
    return -1;
  if (!S_ISREG (status.st_mode)
      || (strncmp (observer->path, "/dev/", 5) == 0
          && fstatat (observer->directory, observer->file, &link, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK (link.st_mode)))
    observer->out = take_fd (&fd);
  else if (is_mount_point (observer))
    return errno = EBUSY, -1;
  return 0;
}

int
observe_place (struct observer *observer, const char *path, struct arena *arena, struct error *error)
{
  struct spec_seccomp old;
  char *directory = arena_string (arena, path), *slash = strrchr (directory, '/');
  observer->path = text_end (path, arena_alloc (arena, NAME_SHOWN), NAME_SHOWN);
  observer->file = slash ? slash + 1 : directory;
  if (slash)
    *slash = '\0';
  observer->directory = descriptor_open (!slash         ? "."
                                         : directory[0] ? directory
                                                        : "/",
                                         O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (!*observer->file)
    errno = EISDIR;
  if (observer->directory < 0 || !*observer->file || try_file (observer) < 0
      || (observer->out < 0 && try_directory (observer) < 0))
    return error_set (error, errno, "write the recorded profile %s", observer->path);
  return observer->merge ? profile_file_load (observer, arena, &old, error) : 0;
}
