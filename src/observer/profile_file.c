/*
 * The file of a recorded profile. Everything that can be checked is checked before anything runs, because a recording
 * may take hours.
 */
#include "profile_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "arguments.h"
#include "husk/descriptor.h"
#include "husk/foreign.h"
#include "husk/kernel.h"
#include "husk/text.h"

#define NAME_SHOWN 400 /* of a file's name in a message */
#define LOCK_TRIES 800 /* of five milliseconds: delete waits a second longer for the observer */

static bool
is_recorded_rule (const struct spec_seccomp_rule *rule)
{
  uint32_t value;
  int selector = rule->names.count == 1 ? arguments_selector_of (rule->names.items[0]) : -1;
  return rule->action.value == SPEC_ACT_ALLOW
         && (rule->args.count == 0
             || (rule->args.count == 1 && selector >= 0 && arguments_read (selector, rule->args.items, &value)));
}

static bool
is_recorded (const struct spec_seccomp *profile)
{
  bool recorded = profile->default_action.value == SPEC_ACT_ERRNO && profile->flags.count == 0
                  && !profile->listener_path.text && !profile->listener_metadata.text;
  for (uint32_t i = 0; i < profile->syscalls.count; i++)
    recorded &= is_recorded_rule (&profile->syscalls.items[i]);
  return recorded;
}

static const char *
text_of (const struct json_document *document, origin_t object, const char *key)
{
  origin_t member = object ? json_member (document, object, key) : 0;
  const struct json_node *node = json_node (document, member);
  return member && node->kind == JSON_STRING ? node->text : NULL;
}

static int
read_recorded (const struct observer *observer, struct arena *arena, struct recorded_file *out, struct error *error)
{
  struct json_document *document = &out->document;
  struct report report = { .error = error };
  const char *path = observer->profile_place.path;
  bool crd = foreign_format (document) == PROFILE_RESOURCE;
  if (crd != observer->format.crd && (crd || json_member (document, JSON_ROOT, "defaultAction")))
    return error_set (error, 0,
                      crd ? "%s is a SeccompProfile: it needs --format crd"
                          : "%s is not a SeccompProfile: it cannot be merged with --format crd",
                      path);
  if ((crd ? profile_read (document, NULL, &(struct profile_bases){ 0 }, arena, &out->profile, &report)
           : spec_decode_seccomp (document, arena, &out->profile, &report))
      < 0)
    return json_place (document, error), -1;
  if (!is_recorded (&out->profile))
    return error_set (error, 0, "%s is not a recorded profile: it does more than allow calls by name", path);
  origin_t metadata = crd ? json_member (document, JSON_ROOT, "metadata") : 0;
  out->name = text_of (document, metadata, "name");
  out->name_space = text_of (document, metadata, "namespace");
  out->there = true;
  for (uint32_t i = 0; i < out->profile.syscalls.count; i++)
    out->conditions |= out->profile.syscalls.items[i].args.count != 0;
  return 0;
}

int
profile_file_load (const struct observer *observer, struct arena *arena, struct recorded_file *out, struct error *error)
{
  const struct observer_place *place = &observer->profile_place;
  struct error missing = { 0 };
  *out = (struct recorded_file){ 0 };
  if (json_load (place->directory, place->file, place->path, arena, &out->document, &missing) < 0)
    {
      if (missing.code == ENOENT)
        return 0; /* the first run */
      *error = missing;
    }
  else
    (void)read_recorded (observer, arena, out, error);
  if (error->set)
    error_hint (error, place->lock < 0 ? "without --merge it would be replaced" : "move it away to record anew");
  return error->set ? -1 : 0;
}

/* flock(2) has no deadline. Others hold the lock for as long as one file takes. */
int
profile_file_lock (const struct observer_place *place, struct error *error)
{
  const struct timespec moment = { .tv_nsec = 5000000 };
  for (int tries = LOCK_TRIES; place->lock >= 0 && descriptor_lock (place->lock, LOCK_EX | LOCK_NB) < 0; tries--)
    {
      if (errno != EWOULDBLOCK || tries == 0)
        return error_set (error, errno, "lock the directory of %s", place->path);
      (void)nanosleep (&moment, NULL);
    }
  return 0;
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
  return syscall (SYS_statx, place->directory, place->file, AT_SYMLINK_NOFOLLOW, STATX_TYPE, &status) == 0
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
    return error_set (error, errno, "write %s %s", what, place->path);
  return 0;
}

/* One file would replace the other. A device takes both. */
static bool
is_same_place (const struct observer_place *one, const struct observer_place *two)
{
  struct stat first, second;
  return one->out < 0 && strcmp (one->file, two->file) == 0 && fstat (one->directory, &first) == 0
         && fstat (two->directory, &second) == 0 && first.st_dev == second.st_dev && first.st_ino == second.st_ino;
}

/* Names of Kubernetes: small letters, digits, "-" and, within, ".". */
static bool
is_kubernetes_name (const char *text, size_t maximum, const char *within)
{
  static const char ends[] = "abcdefghijklmnopqrstuvwxyz0123456789";
  size_t length = strlen (text);
  for (size_t i = 0; i < length; i++)
    if (!strchr (ends, text[i]) && !(strchr (within, text[i]) && i > 0 && i + 1 < length))
      return false;
  return length > 0 && length <= maximum;
}

static int
take_names (struct observer *observer, struct arena *arena, struct error *error)
{
  struct observer_format *format = &observer->format;
  const char *given = format->name;
  if (format->default_errno && format->default_errno != EPERM)
    return error_set (error, 0, "--default-errno: a SeccompProfile has no errno for its default action");
  if (!format->name)
    {
      char *name = arena_string (arena, observer->profile_place.file), *end = strrchr (name, '.');
      if (end && strcmp (end, ".json") == 0)
        *end = '\0';
      format->name = name;
    }
  if (!is_kubernetes_name (format->name, 253, "-."))
    {
      (void)error_set (error, 0, "\"%.260s\" is not a name for a SeccompProfile", format->name);
      error_hint (error, given ? "a-z, 0-9, - and ." : "--name sets one: a-z, 0-9, - and .");
      return -1;
    }
  if (format->name_space && !is_kubernetes_name (format->name_space, 63, "-"))
    return error_set (error, 0, "\"%.100s\" is not a Kubernetes namespace", format->name_space);
  return 0;
}

int
observe_place (struct observer *observer, const char *path, struct arena *arena, struct error *error)
{
  struct observer_format *format = &observer->format;
  struct recorded_file *old = arena_new (arena, struct recorded_file);
  if (open_place (&observer->profile_place, "the recorded profile", path, arena, error) < 0
      || (format->counts && open_place (&observer->counts_place, "the counts", format->counts, arena, error) < 0))
    return -1;
  if (format->counts && is_same_place (&observer->profile_place, &observer->counts_place))
    return error_set (error, 0, "the counts and the recorded profile cannot both be written to %s",
                      observer->counts_place.path);
  if (!format->crd && (format->name || format->name_space))
    return error_set (error, 0, "%s needs --format crd", format->name ? "--name" : "--namespace");
  if (format->merge && profile_file_load (observer, arena, old, error) < 0)
    return -1;
  format->arguments |= old->conditions; /* else calls of this run would lose them */
  format->name = format->name ? format->name : old->name;
  format->name_space = format->name_space ? format->name_space : old->name_space;
  return format->crd ? take_names (observer, arena, error) : 0;
}

int
observe_fix_place (struct observer *observer, const char *path, struct arena *arena, struct error *error)
{
  return open_place (&observer->profile_place, "the fixed profile", path, arena, error);
}

int
observe_place_known (struct observer *observer, struct arena *arena, struct error *error)
{
  const struct observer_place *place = &observer->profile_place;
  struct recorded_file *old = arena_new (arena, struct recorded_file);
  struct stat status = { .st_mode = S_IFREG };
  if (fstatat (place->directory, place->file, &status, AT_SYMLINK_NOFOLLOW) < 0 && errno != ENOENT)
    return error_set (error, errno, "stat %s", place->path);
  if (!S_ISREG (status.st_mode))
    return error_set (error, 0, "%s is not a regular file", place->path);
  if (try_directory (place) < 0)
    return error_set (error, errno, "write the recorded profile %s", place->path);
  if (profile_file_load (observer, arena, old, error) < 0)
    return -1;
  observer->format.arguments |= old->conditions; /* else calls of this run would lose them */
  return 0;
}
