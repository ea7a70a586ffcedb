#include "husk/cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "husk/descriptor.h"
#include "tree.h"

static ssize_t
read_at (int directory, const char *file, char *out, size_t size)
{
  auto_close int fd = openat (directory, file, O_RDONLY | O_CLOEXEC);
  ssize_t got = fd < 0 ? -1 : read (fd, out, size - 1);
  out[got > 0 ? got : 0] = '\0';
  return got;
}

/* A v1 cpuset takes no process until it has CPUs and memory nodes: those of the parent. */
static void
inherit_cpuset (int parent, const char *name)
{
  static const char *const files[] = { "cpuset.cpus", "cpuset.mems" };
  char value[1024], path[512];
  for (int i = 0; i < 2; i++)
    {
      (void)snprintf (path, sizeof path, "%s/%s", name, files[i]);
      if (read_at (parent, files[i], value, sizeof value) > 1)
        (void)write_file_at (parent, path, value);
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

/* config-linux.md, "Control groups": a cgroup that is in use or frozen is not fit for a new container. */
static int
check_existing (const struct cgroup_directory *directory, struct error *error)
{
  char state[64];
  auto_close int fd = tree_open (directory);
  if (fd < 0)
    return error_set (error, errno, "open cgroup %s/%s", directory->mount, directory->path);
  if (tree_pids (fd, occupied, NULL) != 0)
    {
      (void)error_set (error, 0, "cgroup %s/%s exists and has processes", directory->mount, directory->path);
      error_hint (error, "give the container a linux.cgroupsPath of its own");
      return -1;
    }
  if ((read_at (fd, "cgroup.freeze", state, sizeof state) > 0 && state[0] == '1')
      || (read_at (fd, "freezer.state", state, sizeof state) > 0 && strncmp (state, "THAWED", 6) != 0))
    return error_set (error, 0, "cgroup %s/%s exists and is frozen", directory->mount, directory->path);
  return 0;
}

static int
make_parents (int mount, const struct cgroup_directory *directory)
{
  char path[4096];
  (void)snprintf (path, sizeof path, "%s", directory->path);
  for (char *slash = strchr (path, '/'); slash; slash = strchr (slash + 1, '/'))
    {
      *slash = '\0';
      const char *name = strrchr (path, '/');
      char holder[4096] = "";
      if (name)
        (void)snprintf (holder, sizeof holder, "%.*s", (int)(name - path), path);
      auto_close int parent = tree_open_below (mount, holder, O_PATH | O_DIRECTORY);
      if (parent < 0)
        return -1;
      if (mkdirat (parent, name ? name + 1 : path, 0755) == 0 && is_cpuset (directory))
        inherit_cpuset (parent, name ? name + 1 : path);
      *slash = '/';
    }
  return 0;
}

static int
make_directory (struct cgroup_directory *directory, bool *out_made, struct error *error)
{
  const char *name = tree_name (directory);
  *out_made = false;
  if (tree_hold (directory) < 0 && errno == ENOENT)
    {
      auto_close int mount = open (directory->mount, O_PATH | O_DIRECTORY | O_CLOEXEC);
      if (mount >= 0 && make_parents (mount, directory) == 0)
        (void)tree_hold (directory);
    }
  if (!directory->holder)
    return error_set (error, errno, "reach cgroup %s/%s", directory->mount, directory->path);
  if (mkdirat (directory->holder, name, 0755) < 0)
    {
      if (errno == EEXIST)
        return check_existing (directory, error);
      (void)error_set (error, errno, "make cgroup %s/%s", directory->mount, directory->path);
      error_hint (error, "--cgroup-manager=disabled runs without one");
      return -1;
    }
  *out_made = true;
  if (is_cpuset (directory))
    inherit_cpuset (directory->holder, name);
  return 0;
}

int
cgroup_make (struct cgroup *cgroup, bool v2, struct error *error)
{
  bool made[CGROUP_MAX_HIERARCHIES] = { false };
  for (uint32_t i = 0; i < cgroup->count; i++)
    if (cgroup->directories[i].v2 == v2)
      {
        cgroup->directories[i].ours = make_directory (&cgroup->directories[i], &made[i], error) == 0;
        if (cgroup->directories[i].ours)
          continue;
        while (i-- > 0)
          if (made[i])
            (void)unlinkat (cgroup->directories[i].holder, tree_name (&cgroup->directories[i]), AT_REMOVEDIR);
        return -1;
      }
  return 0;
}

struct cgroup
cgroup_ours (const struct cgroup *cgroup)
{
  struct cgroup ours = { .count = 0 };
  for (uint32_t i = 0; i < cgroup->count; i++)
    if (cgroup->directories[i].ours)
      ours.directories[ours.count++] = cgroup->directories[i];
  return ours;
}

int
cgroup_open_v2 (const struct cgroup *cgroup)
{
  for (uint32_t i = 0; i < cgroup->count; i++)
    if (cgroup->directories[i].v2)
      return tree_open (&cgroup->directories[i]);
  return -1;
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
      fds[count] = tree_open_file (directory, "/tasks", O_WRONLY);
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
