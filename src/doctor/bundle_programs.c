/*
 * The program of a bundle and its startContainer hooks, looked for in the root file system as husk-init will
 * (init/lookup.c): resolved within it by openat2, without links of /proc. Before anything is mounted, that is all that
 * can be seen: what is below a mount of the config is not looked for, and what hooks may add is only warned of.
 */
#include "examine.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "husk/descriptor.h"
#include "husk/kernel.h"
#include "husk/path.h"
#include "husk/program.h"

#define UNKNOWN (-1) /* it is below a mount */

struct programs
{
  struct bundle_look *look;
  const struct plan *plan;
  int root;
  const char *directory; /* where relative paths begin */
};

static const struct step *
find_step (const struct plan *plan, enum step_kind kind)
{
  for (uint32_t i = 0; i < plan->step_count; i++)
    if (plan->steps[i].kind == kind)
      return &plan->steps[i];
  return NULL;
}

/* The tree on which the container is built, or -1: it cannot be opened, which has been reported, or is mounted from
 * something that is no directory of the host. */
static int
open_root (const struct plan *plan)
{
  const struct step *rootfs = find_step (plan, STEP_ROOTFS);
  const char *path = rootfs ? rootfs->rootfs->path : NULL;
  for (uint32_t i = 0; i < plan->step_count; i++)
    if (plan->steps[i].kind == STEP_MOUNT && plan->steps[i].mount->is_root && !plan->steps[i].mount->remount)
      path = plan->steps[i].mount->type ? NULL : plan->steps[i].mount->source;
  return path ? descriptor_open (path, O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;
}

static int
open_inside (const struct programs *programs, const char *path, uint64_t flags)
{
  const struct open_how how
      = { .flags = O_PATH | O_CLOEXEC | flags, .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS };
  return descriptor_open_how (programs->root, path, &how);
}

/* Whether a mount of the config is on the path or on a directory above it. */
static bool
is_covered (const struct plan *plan, const char *path)
{
  for (uint32_t i = 0; i < plan->step_count; i++)
    {
      const struct step *step = &plan->steps[i];
      if (step->kind != STEP_MOUNT || step->mount->remount || step->mount->is_root)
        continue;
      size_t length = strlen (step->mount->destination);
      if (strncmp (path, step->mount->destination, length) == 0 && (!path[length] || path[length] == '/'))
        return true;
    }
  return false;
}

/* The same for where its directory really is, in a root file system whose /bin may be a link to usr/bin. The name of
 * the open directory is only compared. */
static bool
directory_is_covered (const struct programs *programs, const char *path)
{
  char link[64], root[4096], real[4096], whole[8192];
  const char *slash = strrchr (path, '/');
  auto_close int directory = open_inside (
      programs, slash > path ? arena_copy (programs->look->doctor.arena, path, (size_t)(slash - path)) : "/", 0);
  if (directory < 0)
    return false;
  (void)snprintf (link, sizeof link, "/proc/self/fd/%d", programs->root);
  ssize_t root_size = readlink (link, root, sizeof root - 1);
  (void)snprintf (link, sizeof link, "/proc/self/fd/%d", directory);
  ssize_t size = readlink (link, real, sizeof real - 1);
  if (root_size < 0 || size < root_size || memcmp (root, real, (size_t)root_size) != 0)
    return false;
  real[size] = '\0';
  (void)snprintf (whole, sizeof whole, "%s%s", real + root_size, slash);
  return is_covered (programs->plan, whole);
}

/* The same for a link that leads out of what is there, with the rest of the path behind it: /lib may be a link to a
 * directory that only a mount makes. Its target is only compared, too. */
static bool
link_is_covered (const struct programs *programs, const char *path)
{
  struct arena *arena = programs->look->doctor.arena;
  char target[4096];
  for (const char *end = path + 1; *end; end += *end == '/')
    {
      end += strcspn (end, "/");
      const char *above = arena_copy (arena, path, (size_t)(end - path));
      auto_close int there = open_inside (programs, above, 0);
      if (there >= 0)
        continue;
      auto_close int link = open_inside (programs, above, O_NOFOLLOW);
      ssize_t size = link < 0 ? -1 : readlinkat (link, "", target, sizeof target - 1);
      return size > 0 && is_covered (programs->plan, arena_format (arena, "%.*s%s", (int)size, target, end));
    }
  return false;
}

/* 0: it is a program; UNKNOWN; else the errno that explains why not. */
static int
why_not (const struct programs *programs, const char *path)
{
  struct stat status;
  const char *whole
      = path[0] == '/' ? path : arena_format (programs->look->doctor.arena, "%s/%s", programs->directory, path);
  if (path_climbs (whole) || is_covered (programs->plan, whole) || directory_is_covered (programs, whole))
    return UNKNOWN;
  auto_close int fd = open_inside (programs, whole, 0);
  if (fd < 0 && errno == ENOENT)
    return link_is_covered (programs, whole) ? UNKNOWN : ENOENT;
  if (fd < 0 || fstat (fd, &status) < 0)
    return errno;
  if (S_ISDIR (status.st_mode))
    return EISDIR;
  return S_ISREG (status.st_mode) && status.st_mode & 0111 ? 0 : EACCES;
}

/* The same for a name without a slash. ENOENT: it is in no directory of PATH. */
static int
why_not_in_path (const struct programs *programs, const char *name, const char *path)
{
  int result = ENOENT;
  for (const char *at = path; at; at = strchr (at, ':') ? strchr (at, ':') + 1 : NULL)
    {
      size_t length = strcspn (at, ":");
      if (!length)
        continue;
      int why = why_not (programs, arena_format (programs->look->doctor.arena, "%.*s/%s", (int)length, at, name));
      if (why == 0 || why == UNKNOWN)
        return why;
      if (why != ENOENT && why != ENOTDIR && result == ENOENT)
        result = why;
    }
  return result;
}

static bool
may_be_added (const struct spec_hooks *hooks)
{
  return hooks && (hooks->prestart.count || hooks->create_runtime.count || hooks->create_container.count);
}

/* Another user's directory in the image may be closed to the caller, and open to root of the container. */
static void
report_program (const struct programs *programs, origin_t origin, int why, const char *text, const char *hint)
{
  const struct bundle_look *look = programs->look;
  const struct compilation *compilation = &look->bundle->compilation;
  if (why == EACCES && compilation->host.uid != 0)
    report_warning (look->report, &look->bundle->document, origin,
                    "this user may not look there, or it is not executable", "%s", text);
  else if (may_be_added (compilation->spec.hooks))
    report_warning (look->report, &look->bundle->document, origin, "unless a hook adds it", "%s", text);
  else
    (void)report_error (look->report, &look->bundle->document, origin, hint, "%s", text);
}

static void
look_at_program (const struct programs *programs, const struct step *step)
{
  const struct plan_exec *exec = step->exec;
  struct arena *arena = programs->look->doctor.arena;
  const char *path = exec->path ? exec->path : SEARCH_PATH;
  bool named = strchr (exec->file, '/');
  int why = named ? why_not (programs, exec->file) : why_not_in_path (programs, exec->file, path);
  if (why == 0 || why == UNKNOWN)
    return;
  const char *hint = why != ENOENT ? NULL
                     : named       ? "it is not in the root file system"
                                   : arena_format (arena, "PATH is %.150s", path);
  const char *text = !named && why == ENOENT
                         ? arena_format (arena, "\"%.300s\": executable file not found in $PATH", exec->file)
                         : arena_format (arena, "\"%.300s\": %s", exec->file, errno_text (why));
  report_program (programs, step->origin, why, text, hint);
}

static void
look_at_hook (const struct programs *programs, const struct spec_hook *hook)
{
  int why = why_not (programs, hook->path.text);
  if (why == 0 || why == UNKNOWN)
    return;
  report_program (
      programs, hook->path.node, why,
      arena_format (programs->look->doctor.arena, "startContainer hook %.300s: %s", hook->path.text, errno_text (why)),
      "it is looked for in the root file system");
}

void
bundle_look_programs (struct bundle_look *look)
{
  const struct compilation *compilation = &look->bundle->compilation;
  const struct spec_hooks *hooks = compilation->spec.hooks;
  const struct step *directory = find_step (compilation->plan, STEP_CWD);
  const struct step *lookup = find_step (compilation->plan, STEP_LOOKUP);
  auto_close int root = open_root (compilation->plan);
  const struct programs programs = { look, compilation->plan, root, directory ? directory->text : "/" };
  if (root < 0)
    return;
  if (lookup)
    look_at_program (&programs, lookup);
  for (uint32_t i = 0; hooks && i < hooks->start_container.count; i++)
    look_at_hook (&programs, &hooks->start_container.items[i]);
}
