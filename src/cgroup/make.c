/*
 * The directories of a container's cgroup: made, and opened for the processes that join them. limits/make.c has them
 * made one by one, and writes their limits. A cgroup that has processes or is frozen is refused, except that of a
 * systemd unit, in which systemd has put the first process. A directory that is made or taken over here must be marked
 * `ours`: cleaning up after a failure touches no other.
 */
#include "husk/cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "husk/descriptor.h"
#include "husk/tree.h"

#define MAKE_TRIES 10

/* A v1 cpuset accepts no process until it has CPUs and memory nodes, so it gets the parent's. false: the parent has
 * none either. */
static bool
inherit_cpuset (int parent, const char *name)
{
  static const char *const files[] = { "cpuset.cpus", "cpuset.mems" };
  char value[1024], path[512];
  bool had = true;
  for (int i = 0; i < 2; i++)
    {
      (void)snprintf (path, sizeof path, "%.255s/%s", name, files[i]);
      if (tree_read (parent, files[i], value, sizeof value) > 1)
        (void)write_file_at (parent, path, value); /* if this fails, so does joining the cgroup, with an error */
      else
        had = false;
    }
  return had;
}

/* Inherits only if the cpuset has no CPUs or no memory nodes yet. */
static void
fill_cpuset (int parent, const char *name)
{
  char value[1024], path[512];
  (void)snprintf (path, sizeof path, "%.255s/cpuset.cpus", name);
  ssize_t cpus = tree_read (parent, path, value, sizeof value);
  (void)snprintf (path, sizeof path, "%.255s/cpuset.mems", name);
  if (cpus <= 1 || tree_read (parent, path, value, sizeof value) <= 1)
    (void)inherit_cpuset (parent, name);
}

/* Fills all cpusets on the path, from the top down: someone may have made one above with mkdir and left it empty. */
static void
fill_cpusets (const struct cgroup_directory *directory)
{
  char path[4096];
  auto_close int parent = descriptor_open (directory->mount, O_PATH | O_DIRECTORY | O_CLOEXEC);
  (void)snprintf (path, sizeof path, "%s", directory->path);
  char *rest = NULL;
  for (char *name = strtok_r (path, "/", &rest); name && parent >= 0; name = strtok_r (NULL, "/", &rest))
    {
      fill_cpuset (parent, name);
      auto_close int next = tree_open_below (parent, name, O_PATH | O_DIRECTORY);
      descriptor_close (&parent);
      parent = take_fd (&next);
    }
}

static bool
is_cpuset (const struct cgroup_directory *directory)
{
  return !directory->v2 && strstr (strrchr (directory->mount, '/'), "cpuset");
}

static int
occupied (pid_t pid, void *data)
{
  (void)pid;
  (void)data;
  return 1;
}

/* config-linux.md, "Control groups": a cgroup that is in use or frozen is not fit for a new container. If husk has
 * chosen the path (the container's name), the cgroup may belong to something else, so child cgroups are refused too:
 * they would be taken for the container's. */
static int
check_existing (const struct cgroup_directory *directory, bool chosen, struct error *error)
{
  char state[64];
  struct stat status;
  auto_close int fd = tree_open (directory);
  if (fd < 0)
    return error_set (error, errno, "open cgroup %s/%s", directory->mount, directory->path);
  if (tree_pids (fd, occupied, NULL) != 0)
    {
      (void)error_set (error, 0, "cgroup %s/%s exists and has processes", directory->mount, directory->path);
      error_hint (error, "give the container its own linux.cgroupsPath");
      return -1;
    }
  if (chosen && (fstat (fd, &status) < 0 || status.st_nlink > 2)) /* kernfs counts the directories below */
    {
      (void)error_set (error, 0, "cgroup %s/%s exists and has child cgroups", directory->mount, directory->path);
      error_hint (error, "give the container another name, or a linux.cgroupsPath");
      return -1;
    }
  if ((tree_read (fd, "cgroup.freeze", state, sizeof state) > 0 && state[0] == '1')
      || (tree_read (fd, "freezer.state", state, sizeof state) > 0 && strncmp (state, "THAWED", 6) != 0))
    return error_set (error, 0, "cgroup %s/%s exists and is frozen", directory->mount, directory->path);
  return 0;
}

/* Opens the parent directory of a path below the mount; *out_name is the last component. */
static int
open_above (int mount, char *path, const char **out_name)
{
  char holder[4096] = "";
  const char *slash = strrchr (path, '/');
  if (slash)
    (void)snprintf (holder, sizeof holder, "%.*s", (int)(slash - path), path);
  *out_name = slash ? slash + 1 : path;
  return tree_open_below (mount, holder, O_PATH | O_DIRECTORY);
}

static int
make_parents (int mount, struct cgroup_directory *directory)
{
  char path[4096];
  const char *name;
  (void)snprintf (path, sizeof path, "%s", directory->path);
  for (char *slash = strchr (path, '/'); slash; slash = strchr (slash + 1, '/'))
    {
      *slash = '\0';
      uint32_t length = (uint32_t)strlen (path);
      auto_close int parent = open_above (mount, path, &name);
      if (parent < 0)
        return -1;
      int result = mkdirat (parent, name, 0755);
      if (result < 0 && errno != EEXIST)
        return -1;
      if (result == 0 && (!directory->above_first || length < directory->above_first))
        directory->above_first = length;
      if (result == 0 && length > directory->above_last)
        directory->above_last = length;
      if (result == 0 && is_cpuset (directory))
        (void)inherit_cpuset (parent, name); /* if the parent has none, fill_cpusets does it later */
      *slash = '/';
    }
  return 0;
}

/* From the bottom up. A directory that another container uses by now stays, and so do those above it. */
static void
unmake_parents (const struct cgroup_directory *directory)
{
  char path[4096];
  const char *name;
  if (!directory->above_last)
    return;
  auto_close int mount = descriptor_open (directory->mount, O_PATH | O_DIRECTORY | O_CLOEXEC);
  (void)snprintf (path, sizeof path, "%.*s", (int)directory->above_last, directory->path);
  while (mount >= 0 && strlen (path) >= directory->above_first)
    {
      auto_close int parent = open_above (mount, path, &name);
      if (parent < 0 || unlinkat (parent, name, AT_REMOVEDIR) < 0 || name == path)
        return;
      path[name - path - 1] = '\0';
    }
}

void
cgroup_remove_above (const struct cgroup *cgroup)
{
  for (uint32_t i = 0; i < cgroup->count; i++)
    unmake_parents (&cgroup->directories[i]);
}

static int
cannot_make (const struct cgroup_directory *directory, struct error *error)
{
  (void)error_set (error, errno, "make cgroup %s/%s", directory->mount, directory->path);
  error_hint (error, "--cgroup-manager=disabled runs without one; 'husk doctor' shows what this machine lacks");
  return -1;
}

/* -1 with errno. The directories above may be removed at any moment, by another container that fails: then they are
 * made again. */
static int
make_held (struct cgroup_directory *directory)
{
  for (int tries = 1;; tries++)
    {
      if (tree_hold (directory) < 0 && errno == ENOENT)
        {
          auto_close int mount = descriptor_open (directory->mount, O_PATH | O_DIRECTORY | O_CLOEXEC);
          if (mount >= 0 && make_parents (mount, directory) == 0)
            (void)tree_hold (directory); /* checked below */
        }
      if (directory->holder && mkdirat (directory->holder, tree_name (directory), 0755) == 0)
        return 0;
      if (errno != ENOENT || tries == MAKE_TRIES)
        return -1;
      if (directory->holder)
        (void)close (directory->holder);
      directory->holder = 0;
    }
}

/* The directory of a unit is taken as it is: systemd has made it, with the process in it. */
static int
make_directory (const struct cgroup *cgroup, struct cgroup_directory *directory, bool *out_made, struct error *error)
{
  bool of_unit = cgroup->unit.name != NULL;
  if (make_held (directory) < 0)
    {
      if (!directory->holder || errno != EEXIST)
        return cannot_make (directory, error);
      directory->found = !of_unit;
      if (is_cpuset (directory))
        fill_cpusets (directory);
      return of_unit ? 0 : check_existing (directory, !cgroup->elsewhere, error);
    }
  *out_made = true;
  if (is_cpuset (directory) && !inherit_cpuset (directory->holder, tree_name (directory)))
    fill_cpusets (directory);
  return 0;
}

/* Below a frozen cgroup, the first process would freeze before it could report anything. */
static int
check_thawed (const struct cgroup_directory *directory, struct error *error)
{
  char state[256];
  if (!directory->v2 && !tree_has_controller (directory, "freezer"))
    return 0;
  auto_close int fd = tree_open (directory);
  const char *file = directory->v2 ? "cgroup.events" : "freezer.state";
  if (fd < 0 || tree_read (fd, file, state, sizeof state) < 0)
    return error_set (error, errno, "read %s of cgroup %s/%s", file, directory->mount, directory->path);
  if (directory->v2 ? strstr (state, "frozen 1") == NULL : strncmp (state, "THAWED", 6) == 0)
    return 0;
  return error_set (error, 0, "a cgroup above %s/%s is frozen: nothing could run in it", directory->mount,
                    directory->path);
}

int
cgroup_make_directory (struct cgroup *cgroup, uint32_t index, bool *out_made, struct error *error)
{
  struct cgroup_directory *directory = &cgroup->directories[index];
  directory->ours = make_directory (cgroup, directory, out_made, error) == 0;
  if (!directory->ours)
    return -1;
  return cgroup->elsewhere && !cgroup->unit.name ? check_thawed (directory, error) : 0;
}

void
cgroup_unmake (const struct cgroup *cgroup, const bool *made, uint32_t count)
{
  while (count-- > 0)
    {
      const struct cgroup_directory *undone = &cgroup->directories[count];
      if (made[count])
        (void)unlinkat (undone->holder, tree_name (undone), AT_REMOVEDIR);
      unmake_parents (undone);
    }
}

/* systemd chooses the cgroup. It must be the expected one, which the mounts and the record already use. */
static int
check_unit (const struct cgroup *cgroup, const char *got, struct error *error)
{
  for (uint32_t i = 0; i < cgroup->count; i++)
    {
      const struct cgroup_directory *directory = &cgroup->directories[i];
      size_t length = strlen (directory->path), had = strlen (got);
      /* in a cgroup namespace, systemd's paths and ours may have different roots, so only the ends must agree */
      if (had < length || strcmp (got + had - length, directory->path) != 0)
        return error_set (error, 0, "unit %s is in cgroup %.200s, not in %.200s as expected", cgroup->unit.name, got,
                          directory->path);
    }
  return 0;
}

int
cgroup_start_unit (struct cgroup *cgroup, const struct unit_properties *properties, pid_t pid, struct error *error)
{
  auto_free char *got = NULL;
  if (unit_start (&cgroup->unit, properties, pid, &got, error) < 0)
    return -1;
  cgroup->unit_started = true;
  return check_unit (cgroup, got, error);
}

struct cgroup
cgroup_ours (const struct cgroup *cgroup)
{
  struct cgroup ours = { .count = 0, .owner = cgroup->owner };
  if (cgroup->unit_started)
    ours.unit = cgroup->unit;
  for (uint32_t i = 0; i < cgroup->count; i++)
    if (cgroup->directories[i].ours)
      ours.directories[ours.count++] = cgroup->directories[i];
  return ours;
}

int
cgroup_open_v2 (const struct cgroup *cgroup, int *out_fd, struct error *error)
{
  *out_fd = -1;
  for (uint32_t i = 0; i < cgroup->count; i++)
    {
      const struct cgroup_directory *directory = &cgroup->directories[i];
      if (!directory->v2)
        continue;
      *out_fd = tree_open (directory);
      return *out_fd < 0 ? error_set (error, errno, "join cgroup %s/%s", directory->mount, directory->path) : 0;
    }
  return 0;
}

int
cgroup_open_for_entering (const struct cgroup *cgroup, int fd, int *out_fd, struct error *error)
{
  *out_fd = -1;
  for (uint32_t i = 0; fd >= 0 && i < cgroup->count; i++)
    {
      const struct cgroup_directory *directory = &cgroup->directories[i];
      if (!directory->v2 || !directory->found)
        continue;
      *out_fd = descriptor_open_at (fd, "cgroup.procs", O_WRONLY | O_NOFOLLOW | O_CLOEXEC);
      return *out_fd < 0 ? error_set (error, errno, "join cgroup %s/%s", directory->mount, directory->path) : 0;
    }
  return 0;
}

int
cgroup_open_tasks (const struct cgroup *cgroup, int fds[CGROUP_MAX_HIERARCHIES], struct error *error)
{
  int count = 0;
  for (uint32_t i = 0; i < cgroup->count; i++)
    {
      const struct cgroup_directory *directory = &cgroup->directories[i];
      if (directory->v2)
        continue;
      auto_close int known = directory->number ? tree_open (directory) : -1; /* no other at its path */
      fds[count] = known >= 0          ? descriptor_open_at (known, "tasks", O_WRONLY | O_NOFOLLOW | O_CLOEXEC)
                   : directory->number ? -1
                                       : tree_open_file (directory, "/tasks", O_WRONLY);
      if (fds[count] < 0)
        {
          (void)error_set (error, errno, "join cgroup %s/%s", directory->mount, directory->path);
          while (count > 0)
            (void)close (fds[--count]);
          return -1;
        }
      count++;
    }
  return count;
}
