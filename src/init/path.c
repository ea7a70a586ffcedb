/*
 * Paths of the container, resolved inside its root file system by the kernel (openat2, RESOLVE_IN_ROOT): a symbolic
 * link of the image, absolute or with "..", ends inside. No path string of the container is ever given to a system call
 * without the rootfs' descriptor.
 */
#include "init.h"
#include "syscalls.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#define PATH_DEPTH_MAX 512

int
path_open (struct init *init, const char *path, int flags)
{
  int fd;
  do
    fd = sys_openat2 (init->rootfs, path, (uint64_t)flags | O_CLOEXEC, 0, RESOLVE_ROOT | RESOLVE_MAGIC);
  while (fd < 0 && (errno == EINTR || errno == EAGAIN)); /* EAGAIN: a rename raced with ".." */
  return fd;
}

/* Makes the directories of path one by one. Each prefix is resolved anew inside the root, so a link in the middle leads
 * on inside; a dangling one is an error, for making its target would write where the image points. */
static int
make_directories (struct init *init, char *path, mode_t mode)
{
  for (char *at = path + 1;; at++)
    {
      char kept = *at;
      if (kept != '/' && kept != '\0')
        continue;
      *at = '\0';
      int fd = path_open (init, path, O_PATH | O_DIRECTORY);
      if (fd < 0 && errno == ENOENT)
        {
          char *slash = strrchr (path, '/');
          *slash = '\0';
          int parent = path_open (init, slash == path ? "/" : path, O_PATH | O_DIRECTORY);
          *slash = '/';
          if (parent >= 0 && slash[1])
            (void)mkdirat (parent, slash + 1, mode);
          if (parent >= 0)
            (void)close (parent);
          fd = path_open (init, path, O_PATH | O_DIRECTORY);
        }
      if (fd < 0)
        return fail (init, errno, errno == ENOTDIR ? "mount point " : "make the directory ", path);
      if (kept == '\0')
        return fd;
      (void)close (fd);
      *at = kept;
    }
}

int
path_make_directory (struct init *init, const char *path, mode_t mode)
{
  char copy[4096];
  int fd = path_open (init, path, O_PATH | O_DIRECTORY);
  if (fd >= 0)
    return fd;
  if (errno != ENOENT)
    return fail (init, errno, "open ", path);
  if (strlen (path) >= sizeof copy)
    return fail (init, ENAMETOOLONG, "make a directory");
  (void)text_append (copy, sizeof copy, 0, path);
  for (size_t end = strlen (copy); end > 1 && copy[end - 1] == '/'; end--)
    copy[end - 1] = '\0';
  return make_directories (init, copy, mode);
}

int
path_parent (struct init *init, const char *path, const char **out_name)
{
  char copy[4096];
  const char *slash = strrchr (path, '/');
  if (!slash || !slash[1] || strlen (path) >= sizeof copy)
    return fail (init, slash && slash[1] ? ENAMETOOLONG : EINVAL, "use the path ", path);
  *out_name = slash + 1;
  size_t size = slash == path ? 1 : (size_t)(slash - path);
  memcpy (copy, path, size);
  copy[size] = '\0';
  return path_make_directory (init, copy, 0755);
}

int
path_make_file (struct init *init, const char *path)
{
  const char *name;
  int parent = path_parent (init, path, &name);
  if (parent < 0)
    return -1;
  /* O_NOFOLLOW: a dangling link as the last component must not be made to point somewhere */
  int fd = openat (parent, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
  int code = errno;
  (void)close (parent);
  if (fd < 0 && code != EEXIST)
    return fail (init, code, "make the mount point ", path);
  if (fd >= 0)
    (void)close (fd);
  fd = path_open (init, path, O_PATH);
  return fd < 0 ? fail (init, errno, "open the mount point ", path) : fd;
}
