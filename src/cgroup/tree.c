/*
 * Directories of a cgroup hierarchy, opened, walked and read by descriptor, for src/cgroup, src/limits and
 * src/statistics. Paths are opened by openat2 with RESOLVE_NO_SYMLINKS. A directory whose inode number is not the
 * expected one counts as gone (ENOENT): someone has made it again, and what is in it must not be killed, frozen or
 * limited. A walk keeps one descriptor open for each level, and fails with ELOOP below DEPTH_MAX levels.
 */
#include "husk/tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "husk/descriptor.h"

#define DEPTH_MAX 800 /* below the usual limit on descriptors */

int
tree_open_below (int mount, const char *path, int flags)
{
  struct open_how how
      = { .flags = (uint64_t)flags | O_CLOEXEC, .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV };
  return descriptor_open_how (mount, path[0] ? path : ".", &how);
}

/* Opens a path in a hierarchy. It has no ".." (cgroup_locate removes it), and no link is followed. */
static int
open_path (const struct cgroup_directory *directory, size_t length, const char *file, int flags)
{
  auto_free char *path = NULL;
  struct open_how how
      = { .flags = (uint64_t)flags | O_CLOEXEC, .resolve = RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS };
  if (asprintf (&path, "%s/%.*s%s", directory->mount, (int)length, directory->path, file) < 0)
    {
      errno = ENOMEM;
      return -1;
    }
  return descriptor_open_how (AT_FDCWD, path, &how);
}

int
tree_open (const struct cgroup_directory *directory)
{
  struct stat status;
  auto_close int fd = open_path (directory, strlen (directory->path), "", O_RDONLY | O_DIRECTORY);
  if (fd < 0 || !directory->number)
    return take_fd (&fd);
  if (fstat (fd, &status) < 0)
    return -1;
  if (status.st_ino != directory->number)
    {
      errno = ENOENT; /* it was removed, and another was made in its place */
      return -1;
    }
  return take_fd (&fd);
}

bool
tree_is_replaced (const struct cgroup *cgroup)
{
  for (uint32_t i = 0; i < cgroup->count; i++)
    {
      auto_close int fd = cgroup->directories[i].number ? tree_open (&cgroup->directories[i]) : -1;
      if (cgroup->directories[i].number && fd < 0 && errno == ENOENT)
        return true;
    }
  return false;
}

int
tree_open_file (const struct cgroup_directory *directory, const char *file, int flags)
{
  return open_path (directory, strlen (directory->path), file, flags);
}

bool
tree_has_controller (const struct cgroup_directory *directory, const char *controller)
{
  const char *names = strrchr (directory->mount, '/'); /* a mount is named after its controllers: "cpu,cpuacct" */
  return !directory->v2 && names && host_lists_controller (names + 1, controller, strlen (controller));
}

const struct cgroup_directory *
tree_directory (const struct cgroup *cgroup, const char *controller)
{
  const struct cgroup_directory *found = NULL;
  for (uint32_t i = 0; i < cgroup->count; i++)
    if (tree_has_controller (&cgroup->directories[i], controller))
      return &cgroup->directories[i];
    else if (cgroup->directories[i].v2)
      found = &cgroup->directories[i];
  return found;
}

const char *
tree_name (const struct cgroup_directory *directory)
{
  const char *slash = strrchr (directory->path, '/');
  return slash ? slash + 1 : directory->path;
}

int
tree_hold (struct cgroup_directory *directory)
{
  if (directory->holder)
    return 0;
  int holder = open_path (directory, (size_t)(tree_name (directory) - directory->path), "", O_PATH | O_DIRECTORY);
  if (holder < 0)
    return -1;
  directory->holder = holder;
  return 0;
}

/* Every sub-cgroup is a link to it. */
bool
tree_is_leaf (int directory)
{
  struct stat status;
  return fstat (directory, &status) == 0 && status.st_nlink == 2;
}

/* The names of the sub-cgroups, one NUL-terminated after another, malloc'd; NULL with a size of 0 when there are none.
 */
static int
read_names (int directory, char **out, size_t *out_size)
{
  size_t room = 0;
  *out = NULL;
  *out_size = 0;
  if (tree_is_leaf (directory))
    return 0;
  int again = descriptor_open_at (directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR *listing = again < 0 ? NULL : fdopendir (again);
  int result = listing ? 0 : -1;
  errno = listing ? 0 : errno;
  for (struct dirent *entry; listing && (entry = readdir (listing));)
    {
      size_t length = strlen (entry->d_name) + 1;
      if (entry->d_type != DT_DIR || strcmp (entry->d_name, ".") == 0 || strcmp (entry->d_name, "..") == 0)
        continue;
      if (*out_size + length > room)
        {
          char *more = realloc (*out, room = (room + length) * 2);
          if (!more)
            {
              result = -1;
              break;
            }
          *out = more;
        }
      memcpy (*out + *out_size, entry->d_name, length);
      *out_size += length;
      errno = 0;
    }
  int code = errno; /* only errno distinguishes a failure of readdir(3) from its end */
  if (listing)
    (void)closedir (listing);
  else if (again >= 0)
    (void)close (again);
  errno = code;
  return result < 0 || (code && !tree_is_gone (code)) ? -1 : 0;
}

bool
tree_is_gone (int code)
{
  return code == ENOENT || code == ENODEV || code == EOPNOTSUPP;
}

/* Keeps only one descriptor per level open, so that a container cannot make a tree too deep to remove. */
static int
walk (int directory, int depth, int (*each) (int directory, void *data), void *data)
{
  auto_free char *names = NULL;
  size_t size;
  int result = 0;
  if (depth > DEPTH_MAX)
    errno = ELOOP;
  if (depth > DEPTH_MAX || read_names (directory, &names, &size) < 0)
    return -1;
  for (size_t at = 0; result == 0 && at < size; at += strlen (names + at) + 1)
    {
      auto_close int child = tree_open_below (directory, names + at, O_RDONLY | O_DIRECTORY);
      if (child >= 0)
        result = walk (child, depth + 1, each, data);
      else if (!tree_is_gone (errno))
        result = -1; /* its contents are unknown */
    }
  return result ? result : each (directory, data);
}

int
tree_walk (int directory, int (*each) (int directory, void *data), void *data)
{
  return walk (directory, 0, each, data);
}

int
tree_pids (int directory, int (*take) (pid_t pid, void *data), void *data)
{
  char chunk[4096 + 1];
  pid_t pid = 0;
  auto_close int fd = descriptor_open_at (directory, "cgroup.procs", O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    return tree_is_gone (errno) ? 0 : -1;
  ssize_t got;
  while ((got = descriptor_read (fd, chunk, sizeof chunk - 1)) > 0)
    for (ssize_t i = 0; i < got; i++)
      {
        if (chunk[i] >= '0' && chunk[i] <= '9')
          pid = pid * 10 + (chunk[i] - '0');
        else if (pid > 0)
          {
            int result = take (pid, data);
            pid = 0;
            if (result)
              return result;
          }
      }
  return got < 0 && !tree_is_gone (errno) ? -1 : 0;
}

ssize_t
tree_read (int directory, const char *file, char *out, size_t size)
{
  auto_close int fd = descriptor_open_at (directory, file, O_RDONLY | O_CLOEXEC);
  ssize_t got = fd < 0 ? -1 : descriptor_read (fd, out, size - 1);
  out[got > 0 ? got : 0] = '\0';
  return got;
}

ssize_t
tree_read_file (const struct cgroup_directory *directory, const char *file, char *out, size_t size)
{
  char path[64];
  (void)snprintf (path, sizeof path, "/%s", file);
  /* by its path in one step, unless it must be compared with the one that was pinned */
  auto_close int above = directory->number ? tree_open (directory) : -1;
  if (directory->number)
    return above < 0 ? -1 : tree_read (above, file, out, size);
  auto_close int fd = tree_open_file (directory, path, O_RDONLY);
  ssize_t got = fd < 0 ? -1 : descriptor_read (fd, out, size - 1);
  out[got > 0 ? got : 0] = '\0';
  return got;
}
