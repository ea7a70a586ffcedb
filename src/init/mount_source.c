/*
 * The source of a bind: a path on the host, one in the container, or a symbolic link that is recreated.
 */
#include "init.h"
#include "mount.h"
#include "syscalls.h"

#include <errno.h>
#include <string.h>

static int
open_inside (struct init *init, const struct plan_mount *mount)
{
  return path_open (init, mount->inside, O_PATH | (mount->source_nofollow || mount->copy_symlink ? O_NOFOLLOW : 0));
}

static int
clone_inside (struct init *init, const struct plan_mount *mount, unsigned flags)
{
  int source = open_inside (init, mount);
  int tree = source < 0 ? -1 : sys_open_tree (source, "", flags | AT_EMPTY_PATH);
  int code = errno;
  if (source >= 0)
    (void)close (source);
  errno = code;
  return tree;
}

int
mount_clone_source (struct init *init, const struct plan_mount *mount)
{
  unsigned flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | (mount->bind_recursive ? AT_RECURSIVE : 0);
  if (mount->fd >= 0)
    return mount->fd;
  int tree = mount->inside
                 ? clone_inside (init, mount, flags)
                 : sys_open_tree (AT_FDCWD, mount->source, flags | (mount->source_nofollow ? AT_SYMLINK_NOFOLLOW : 0));
  if (tree >= 0)
    return tree;
  int missing = errno == ENOENT;
  int locked = errno == EINVAL && !mount->bind_recursive;
  if (!locked)
    init_origin (init, mount->source_origin);
  (void)fail (init, errno, "bind ", mount->source, " on ", mount->destination);
  if (missing)
    init_hint (init, mount->inside ? "the source does not exist in the root file system"
                                   : "the source does not exist on the host");
  if (locked)
    init_hint (init, "in a user namespace a mount with others below it can only be bound recursively: use rbind");
  return -1;
}

/* Reads the source's target if it is a symbolic link; else out is "". The parent has read it unless the source is below
 * the root file system. */
static int
read_source (struct init *init, const struct plan_mount *mount, char *out)
{
  ssize_t length = 0;
  if (!mount->inside)
    {
      (void)text_append (out, PLAN_LINK_SIZE, 0, mount->link);
      return 0;
    }
  int source = open_inside (init, mount);
  if (source < 0)
    return fail (init, errno, "bind ", mount->source, " on ", mount->destination);
  length = readlinkat (source, "", out, PLAN_LINK_SIZE - 1);
  int code = errno;
  (void)close (source);
  if (length < 0 && code != ENOENT && code != EINVAL) /* ENOENT: the empty path's file is not a link */
    return fail (init, code, "read the link ", mount->source);
  out[length > 0 ? length : 0] = '\0';
  return 0;
}

__attribute__ ((noinline)) int
mount_copy_symlink (struct init *init, const struct plan_mount *mount)
{
  char target[PLAN_LINK_SIZE], there[PLAN_LINK_SIZE];
  const char *name;
  if (read_source (init, mount, target) < 0)
    return -1;
  if (!target[0])
    return 0;
  int parent = path_parent (init, mount->destination, &name);
  if (parent < 0)
    return -1;
  if (symlinkat (target, parent, name) == 0)
    return 1;
  if (errno != EEXIST)
    return fail (init, errno, "make the link ", mount->destination);
  ssize_t length = readlinkat (parent, name, there, sizeof there - 1);
  there[length > 0 ? length : 0] = '\0';
  return text_equal (target, there) ? 1
                                    : fail (init, EEXIST, "make the link ", mount->destination,
                                            ": the existing file is not a link to ", target);
}
