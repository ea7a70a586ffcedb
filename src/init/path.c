/*
 * Paths in the container, resolved inside its root file system by the kernel (openat2, RESOLVE_IN_ROOT): a symbolic
 * link in the image, even one that is absolute or has "..", stays inside. A path of the container is never passed to a
 * system call without the rootfs's descriptor.
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
    fd = sys_openat2 (init->rootfs, path, (uint64_t)flags | O_CLOEXEC, 0, RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS);
  while (fd < 0 && (errno == EINTR || errno == EAGAIN)); /* EAGAIN: a rename raced with ".." */
  return fd;
}

/* Replaces path with the target of the dangling link parent/name, followed by rest. It is a separate function so that
 * its buffers' stack pages are touched only for such a link. */
__attribute__ ((noinline)) static int
follow_link (char *path, size_t size, int parent, size_t parent_length, const char *name, const char *rest)
{
  char target[4096], joined[4096];
  ssize_t length = readlinkat (parent, name, target, sizeof target - 1);
  if (length < 0)
    return errno == EINVAL ? 0 : -1; /* not a link any more: the caller tries again */
  target[length] = '\0';
  size_t used = 0;
  if (target[0] != '/')
    {
      memcpy (joined, path, parent_length);
      joined[used = parent_length] = '\0';
    }
  used = text_append (joined, sizeof joined, used, target);
  used = text_append (joined, sizeof joined, used, rest);
  if (used + 1 >= sizeof joined || used >= size)
    {
      errno = ENAMETOOLONG;
      return -1;
    }
  memcpy (path, joined, used + 1);
  return 0;
}

/* Makes the first missing component of path. If it is a dangling link (an image's /etc/resolv.conf often is), path is
 * rewritten to follow it. That cannot leave the root, since the kernel resolves every prefix inside it. */
__attribute__ ((noinline)) static int
make_one (struct init *init, char *path, size_t size, mode_t mode, int directory)
{
  char parent_path[4096], name[256];
  size_t end = strlen (path), start;
  int parent = -1;
  while (parent < 0)
    {
      while (end > 0 && path[end - 1] == '/')
        end--;
      for (start = end; start > 0 && path[start - 1] != '/'; start--)
        ;
      memcpy (parent_path, path, start);
      parent_path[start] = '\0';
      parent = path_open (init, start ? parent_path : "/", O_PATH | O_DIRECTORY);
      if (parent < 0 && (errno != ENOENT || start == 0))
        return -1;
      if (parent < 0)
        end = start;
    }
  int result = -1, code = ENAMETOOLONG;
  if (end - start < sizeof name)
    {
      memcpy (name, path + start, end - start);
      name[end - start] = '\0';
      /* O_EXCL and mkdir do not follow a link in the last component */
      int file = path[end] == '\0' && !directory;
      result = file ? RETRY (openat (parent, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644))
                    : mkdirat (parent, name, mode);
      code = errno;
      if (file && result >= 0)
        (void)close (result);
      if (result < 0 && code == EEXIST)
        {
          result = follow_link (path, size, parent, start, name, path + end);
          code = errno;
        }
    }
  (void)close (parent);
  errno = code;
  return result < 0 ? -1 : 0;
}

static int
fail_make (struct init *init, int code, const char *path, int directory)
{
  if (code == EROFS)
    init_hint (init, directory ? "the root file system is read-only: make the directory in the image"
                               : "the root file system is read-only: make the file in the image");
  if (code == ENOTDIR)
    init_hint (init, "it, or something on the way to it, is a file in the root file system");
  return fail (init, code, code == ENOTDIR ? "" : "make ", path);
}

static int
path_make (struct init *init, const char *path, mode_t mode, int directory)
{
  char copy[4096];
  if (strlen (path) >= sizeof copy)
    return fail (init, ENAMETOOLONG, "make a directory");
  (void)text_append (copy, sizeof copy, 0, path);
  for (int tries = 0; tries < PATH_DEPTH_MAX; tries++)
    {
      int fd = path_open (init, copy, O_PATH | (directory ? O_DIRECTORY : 0));
      if (fd >= 0)
        return fd;
      if (errno != ENOENT || make_one (init, copy, sizeof copy, mode, directory) < 0)
        return fail_make (init, errno, path, directory);
    }
  return fail (init, ELOOP, "make ", path);
}

int
path_make_directory (struct init *init, const char *path, mode_t mode)
{
  return path_make (init, path, mode, 1);
}

/* The length of path's directory part, without its trailing slash; 0: the root. */
static size_t
directory_length (const char *path)
{
  const char *slash = strrchr (path, '/');
  return slash ? (size_t)(slash - path) : 0;
}

int
path_is_near (const struct init *init, const char *path)
{
  size_t size = directory_length (path);
  return init->near >= 0 && strlen (init->near_path) == size && memcmp (init->near_path, path, size) == 0;
}

void
path_forget (struct init *init)
{
  if (init->near >= 0 && init->near != init->rootfs)
    (void)close (init->near);
  init->near = -1;
}

int
path_parent (struct init *init, const char *path, const char **out_name)
{
  size_t size = directory_length (path);
  if (path[size] != '/' || !path[size + 1] || size >= sizeof init->near_path)
    return fail (init, size < sizeof init->near_path ? EINVAL : ENAMETOOLONG, "use the path ", path);
  *out_name = path + size + 1;
  if (path_is_near (init, path))
    return init->near;
  path_forget (init);
  memcpy (init->near_path, path, size);
  init->near_path[size] = '\0';
  init->near = size ? path_make_directory (init, init->near_path, 0755) : init->rootfs;
  return init->near;
}

int
path_make_file (struct init *init, const char *path)
{
  return path_make (init, path, 0755, 0);
}
