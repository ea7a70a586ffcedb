/*
 * Makes missing mount points in the root of a container to restore. main.c calls this for each that husk has named,
 * after it has bound the root in husk-criu's own mount namespace. The contents of the root are untrusted, and husk-criu
 * has rights on the host, so each component is resolved by openat2(2) with RESOLVE_IN_ROOT: links must not lead
 * outside. Existing files are not changed.
 */
#include "mount_points.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "husk/descriptor.h"

static int
open_below (int root, const char *path, uint64_t flags)
{
  struct open_how how = { .flags = flags | O_CLOEXEC, .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS };
  return (int)syscall (SYS_openat2, root, path, &how, sizeof how);
}

/* Makes the last component of path. */
static bool
make_last (int root, char *path, bool directory)
{
  char *slash = strrchr (path, '/');
  *slash = '\0';
  auto_close int parent = open_below (root, *path ? path : "/", O_PATH | O_DIRECTORY);
  *slash = '/';
  if (parent < 0)
    return false;
  if (directory)
    return mkdirat (parent, slash + 1, 0755) == 0;
  auto_close int file = openat (parent, slash + 1, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
  return file >= 0;
}

void
mount_point_make (int root, const char *path, bool directory)
{
  char made[4096];
  bool there = true;
  made[0] = '\0';
  for (const char *at = path + strspn (path, "/"); there && *at; at += strspn (at, "/"))
    {
      int length = (int)strcspn (at, "/");
      size_t used = strlen (made);
      if (used + (size_t)length + 2 > sizeof made)
        return;
      (void)snprintf (made + used, sizeof made - used, "/%.*s", length, at);
      at += length;
      auto_close int fd = open_below (root, made, O_PATH);
      there = fd >= 0 || make_last (root, made, directory || at[strspn (at, "/")]);
    }
}
