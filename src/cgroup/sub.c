/*
 * Which cgroup an exec'd process joins: the container's, or an existing one below it.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "husk/descriptor.h"
#include "husk/path.h"
#include "husk/tree.h"

/* Refuses "..", which would lead out of the cgroup. Symbolic links are refused when the path is opened. */
static int
check_path (const char *path, const char *option, struct error *error)
{
  if (path_climbs (path))
    return error_set (error, 0, "--cgroup \"%.200s\": \"..\" leads out of the container's cgroup", option);
  return strlen (path) < 2048 ? 0 : error_set (error, ENAMETOOLONG, "--cgroup \"%.60s...\"", option);
}

/* Pins an open cgroup below the container's: if another directory takes its place, it counts as gone. -1 with errno if
 * the cgroup above it is no longer the container's: then this one may be another's too. */
static int
pin_below (const struct cgroup_directory *above, struct cgroup_directory *below, int fd)
{
  struct stat status;
  below->number = 0;
  if (!above->number)
    return 0;
  if (fstat (fd, &status) < 0)
    return -1;
  below->number = status.st_ino;
  auto_close int still = tree_open (above);
  return still < 0 ? -1 : 0;
}

static int
enter (struct cgroup_directory *directory, const char *path, const char *option, bool needed, struct arena *arena,
       struct error *error)
{
  struct cgroup_directory below = *directory;
  path += strspn (path, "/");
  if (!*path)
    return 0;
  below.path = arena_format (arena, "%s/%s", directory->path, path);
  below.holder = 0;
  below.number = 0;
  below.found = true;
  auto_close int fd = tree_open (&below);
  if (fd >= 0 && pin_below (directory, &below, fd) < 0)
    return error_set (error, errno, "open cgroup %.200s/%.200s", directory->mount, directory->path);
  if (fd < 0 && (needed || errno != ENOENT))
    {
      (void)error_set (error, errno == ELOOP ? 0 : errno, "--cgroup \"%.200s\": %s %.200s/%.200s", option,
                       errno == ELOOP ? "symbolic link in" : "open", below.mount, below.path);
      error_hint (error, "it must exist in the container's cgroup; \"memory:PATH\" names a single hierarchy of v1");
      return -1;
    }
  if (fd >= 0)
    *directory = below;
  return 0;
}

/* On a hybrid layout, the sub-cgroup need not exist in the cgroup2 tree. */
static int
enter_all (struct cgroup *cgroup, const char *path, const char *option, struct arena *arena, struct error *error)
{
  bool v1 = cgroup_has_v1 (cgroup);
  for (uint32_t i = 0; i < cgroup->count; i++)
    if (enter (&cgroup->directories[i], path, option, !v1 || !cgroup->directories[i].v2, arena, error) < 0)
      return -1;
  return 0;
}

/* "memory,cpu:PATH" */
static int
enter_named (struct cgroup *cgroup, const char *path, const char *option, struct arena *arena, struct error *error)
{
  char names[256], *rest = NULL;
  if (snprintf (names, sizeof names, "%.*s", (int)(path - 1 - option), option) >= (int)sizeof names)
    return error_set (error, ENAMETOOLONG, "--cgroup \"%.60s...\"", option);
  for (char *name = strtok_r (names, ",", &rest); name; name = strtok_r (NULL, ",", &rest))
    {
      uint32_t i = 0;
      while (i < cgroup->count && !tree_has_controller (&cgroup->directories[i], name))
        i++;
      if (i == cgroup->count)
        return error_set (error, 0, "--cgroup \"%.200s\": the container has no v1 hierarchy \"%.40s\"", option, name);
      if (enter (&cgroup->directories[i], path, option, true, arena, error) < 0)
        return -1;
    }
  return 0;
}

/* A v2 cgroup that enables controllers for its children accepts no process (cgroups(7), "no internal processes"). If
 * the container's init has done that, as systemd does, init itself is in a cgroup below, and the process joins it
 * there. */
static void
follow_process (struct cgroup_directory *directory, pid_t process, struct arena *arena)
{
  char controllers[256], file[40], text[4608];
  size_t length = strlen (directory->path);
  struct cgroup_directory below = *directory;
  below.number = 0; /* the code that joins it checks the number */
  auto_close int fd = tree_open (&below);
  if (fd < 0 || tree_read (fd, "cgroup.subtree_control", controllers, sizeof controllers) <= 1)
    return;
  (void)snprintf (file, sizeof file, "/proc/%d/cgroup", (int)process);
  (void)read_small (file, text, sizeof text); /* if this fails, the kernel refuses to let the process join */
  const char *line = strncmp (text, "0::", 3) == 0 ? text : strstr (text, "\n0::");
  const char *path = line ? strchr (line, '/') : NULL;
  if (path && strncmp (path + 1, directory->path, length) == 0 && path[1 + length] == '/')
    {
      below.path = arena_copy (arena, path + 1, strcspn (path + 1, "\n"));
      below.holder = 0;
      below.found = true;
      auto_close int opened = tree_open (&below);
      if (opened >= 0 && pin_below (directory, &below, opened) == 0)
        *directory = below;
    }
}

int
cgroup_for_exec (const struct cgroup *cgroup, const char *const *options, pid_t process, struct arena *arena,
                 struct cgroup *out, struct error *error)
{
  *out = *cgroup;
  for (uint32_t i = 0; (!options || !options[0]) && i < out->count; i++)
    if (out->directories[i].v2)
      follow_process (&out->directories[i], process, arena);
  if (options && options[0] && !out->count)
    return error_set (error, 0, "--cgroup \"%.200s\": the container has no cgroup", options[0]);
  for (; options && *options; options++)
    {
      const char *colon = strchr (*options, ':'), *path = colon ? colon + 1 : *options;
      if (check_path (path, *options, error) < 0
          || (colon ? enter_named (out, path, *options, arena, error) : enter_all (out, path, *options, arena, error))
                 < 0)
        return -1;
    }
  return 0;
}
