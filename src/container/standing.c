/*
 * --seccomp-explain-dir, --seccomp-explain-to, --seccomp-record-dir and --allow-explain-annotation: observer.c asks
 * here what they mean for one container. The names in a container's annotations are their author's: a file is named by
 * safe_name (), which leaves no way out of the directory, and is opened below its descriptor, never by a link. Nothing
 * here may end a container that runs: only the directory itself, and what is in the place of a file, is an error, and
 * comes before anything is made.
 */
#include "standing.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "husk/descriptor.h"
#include "husk/log.h"
#include "husk/text.h"

#define PATH_SHOWN 400         /* in a message */
#define LOCK_FILE ".husk-lock" /* no safe name begins with a full stop */

/* ---- names --------------------------------------------------------------------------------------------------------
 */

static const char *
annotation (const struct spec *spec, const char *const *keys)
{
  for (; *keys; keys++)
    {
      const struct json_pair *pair = json_pair_of (&spec->annotations, *keys);
      if (pair && *pair->value)
        return pair->value;
    }
  return NULL;
}

/* As a part of a file's name: letters, digits, full stops and hyphens, but for the first; the other bytes as %XX. A
 * longer one than the limit ends with a hash of the whole. Names that differ stay different. */
static const char *
safe_name (const char *text, size_t limit, struct arena *arena)
{
  char *out = arena_array (arena, char, limit + 4);
  uint64_t hash = 0xcbf29ce484222325; /* FNV-1a */
  size_t used = 0, short_end = 0;
  for (const char *at = text; *at; at++)
    {
      const unsigned char byte = (unsigned char)*at;
      bool plain = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9')
                   || (at > text && (byte == '.' || byte == '-'));
      hash = (hash ^ byte) * 0x100000001b3;
      if (used > limit)
        continue;
      short_end = used <= limit - 17 ? used : short_end;
      used += (size_t)snprintf (out + used, 4, plain ? "%c" : "%%%02X", byte);
    }
  if (used > limit)
    (void)snprintf (out + short_end, limit + 4 - short_end, "~%016llx", (unsigned long long)hash);
  return out;
}

static void
name_container (const struct create_options *options, const struct spec *spec, struct observer *observer)
{
  static const char *const pods[] = { "io.kubernetes.cri.sandbox-name", "io.kubernetes.pod.name", NULL };
  static const char *const containers[] = { "io.kubernetes.cri.container-name", "io.kubernetes.container.name", NULL };
  observer->id = options->id;
  observer->pod = annotation (spec, pods);
  observer->container = annotation (spec, containers);
}

/* The pause container of a pod runs the engine's own program under the engine's own profile. */
static bool
is_sandbox (const struct spec *spec)
{
  static const char *const types[] = { "io.kubernetes.cri.container-type", "io.kubernetes.cri-o.ContainerType", NULL };
  const char *type = annotation (spec, types);
  return type && strcmp (type, "sandbox") == 0;
}

/* ---- places -------------------------------------------------------------------------------------------------------
 */

static int
open_directory (const char *option, const char *path, struct error *error)
{
  struct stat status;
  char shown[300];
  auto_close int fd = descriptor_open (path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const int code = errno;
  (void)text_end (path, shown, sizeof shown);
  if (fd < 0 || fstat (fd, &status) < 0)
    return error_set (error, fd < 0 ? code : errno, "%s %s", option, shown);
  if (status.st_uid != 0 && status.st_uid != geteuid ())
    return error_set (error, 0, "%s %s: the directory belongs to user %u (it must be root's or this user's)", option,
                      shown, status.st_uid);
  if (status.st_mode & S_IWOTH)
    return error_set (error, 0, "%s %s: other users may write to the directory", option, shown);
  return take_fd (&fd);
}

/* As errors name it. */
static const char *
show_path (const char *directory, const char *file, struct arena *arena)
{
  return text_end (arena_format (arena, "%s/%s", directory, file), arena_alloc (arena, PATH_SHOWN), PATH_SHOWN);
}

static int
prepare_record (const char *path, struct loaded_config *loaded, struct observer *observer, struct error *error)
{
  const char *name = safe_name (observer->container ? observer->container : observer->id, 128, &loaded->arena);
  const char *file = arena_format (&loaded->arena, "%s.json", name);
  struct observer_place *place = &observer->profile_place;
  place->directory = open_directory ("--seccomp-record-dir", path, error);
  if (place->directory < 0)
    return -1;
  place->file = file;
  place->path = show_path (path, file, &loaded->arena);
  observer->format.merge = true;
  /* only for its owner: anybody who can open it can hold the lock */
  place->lock = descriptor_open_at (place->directory, LOCK_FILE, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (place->lock < 0)
    return error_set (error, errno, "open " LOCK_FILE " in --seccomp-record-dir");
  if (observe_place_known (observer, &loaded->arena, error) < 0)
    return -1;
  observer->mode = OBSERVE_RECORD;
  log_info ("seccomp: the profile is not applied: system calls are recorded");
  return 0;
}

static int
prepare_explain (const char *path, struct loaded_config *loaded, struct observer_process *process, struct error *error)
{
  struct observer *observer = &process->observer;
  const struct spec_seccomp *profile = loaded->spec.linux_->seccomp;
  struct arena *arena = &loaded->arena;
  /* no safe name contains "_", so the first two of them end pod and container */
  const char *id = safe_name (observer->id, 80, arena);
  if (path && (process->reports = open_directory ("--seccomp-explain-dir", path, error)) < 0)
    return -1;
  if (!profile)
    {
      log_info ("seccomp: the container has no profile: there is nothing to explain");
      return 0;
    }
  if (spec_seccomp_notifies (profile))
    {
      log_warning ("seccomp: denied calls are not explained: the profile notifies an agent, and a filter can have only "
                   "one listener");
      return 0;
    }
  if (observer->pod || observer->container)
    id = arena_format (arena, "%s_%s_%s", safe_name (observer->pod ? observer->pod : "", 80, arena),
                       safe_name (observer->container ? observer->container : "", 64, arena), id);
  process->report = id;
  observer->path = path ? show_path (path, arena_format (arena, "%s.txt", id), arena) : NULL;
  observer->mode = OBSERVE_EXPLAIN;
  observer->profile = profile;
  observer->document = load_profile_document (loaded);
  return 0;
}

static bool
is_asked_for (const struct globals *globals, const struct spec *spec)
{
  const struct json_pair *pair = json_pair_of (&spec->annotations, EXPLAIN_ANNOTATION);
  if (!pair || strcmp (pair->value, "false") == 0)
    return false;
  if (strcmp (pair->value, "true") != 0)
    log_warning ("annotation " EXPLAIN_ANNOTATION " \"%.40s\" must be true or false: it has no effect", pair->value);
  else if (!globals->explain_annotation)
    log_warning ("annotation " EXPLAIN_ANNOTATION " has no effect without --allow-explain-annotation");
  else if (globals->record_dir)
    log_warning ("annotation " EXPLAIN_ANNOTATION " has no effect with --seccomp-record-dir: nothing is denied");
  else
    return true;
  return false;
}

int
standing_prepare (const struct globals *globals, const struct create_options *options, bool foreground,
                  struct loaded_config *loaded, struct observer_process *process, struct error *error)
{
  const struct spec *spec = &loaded->spec;
  struct observer *observer = &process->observer;
  const bool told = is_asked_for (globals, spec) || globals->explain_stderr;
  if (!told && !globals->explain_dir && !globals->record_dir)
    return 0;
  process->standing = true;
  name_container (options, spec, observer);
  observer->errno_for_newer = options->errno_for_newer;
  if (is_sandbox (spec))
    return 0;
  if (globals->record_dir)
    return prepare_record (globals->record_dir, loaded, observer, error);
  process->told = told;
  process->terminal = told && !foreground && spec->process && spec->process->terminal.value;
  return prepare_explain (globals->explain_dir, loaded, process, error);
}

/* A full file system must not keep a container from starting. */
static int
open_report (const struct observer_process *process, const char *kind, int *out, struct error *error)
{
  char name[256];
  struct stat status;
  (void)snprintf (name, sizeof name, "%s.%s", process->report, kind);
  auto_close int fd = descriptor_open_at (
      process->reports, name, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0600);
  if (fd < 0 && (errno == ENOSPC || errno == EDQUOT))
    {
      log_warning ("seccomp: denied calls are not written to %s.%s: %s", process->report, kind, errno_text (errno));
      return 0;
    }
  if (fd < 0 || fstat (fd, &status) < 0)
    return error_set (error, errno, "open %s in --seccomp-explain-dir", name);
  if (!S_ISREG (status.st_mode))
    return error_set (error, 0, "%s in --seccomp-explain-dir is not a regular file", name);
  *out = take_fd (&fd);
  return 0;
}

int
standing_copy (int fd)
{
  struct stat status;
  char path[64];
  /* its open file is the program's as well, so that its flags must stay. What is opened anew has flags of its own; a
   * regular file would have a position of its own */
  (void)snprintf (path, sizeof path, "/proc/self/fd/%d", fd);
  int copy = fstat (fd, &status) == 0 && (S_ISFIFO (status.st_mode) || S_ISCHR (status.st_mode))
                 ? descriptor_open (path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)
                 : -1;
  return copy < 0 ? fcntl (fd, F_DUPFD_CLOEXEC, 3) : copy;
}

int
standing_open (struct observer_process *process, struct error *error)
{
  struct observer *observer = &process->observer;
  if (process->told && !process->terminal && (observer->aside = standing_copy (STDERR_FILENO)) < 0)
    return error_set (error, errno, "open standard error");
  if (observer->path
      && (open_report (process, "txt", &observer->out, error) < 0
          || open_report (process, "jsonl", &observer->lines, error) < 0))
    return -1;
  return 0;
}
