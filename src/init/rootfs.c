/*
 * The root file system: cloned as a detached tree, attached in husk-init's mount namespace, and made the root. It is
 * attached over "/" (so that no host path is walked with the container's rights), or at its path if hooks need to find
 * it.
 */
#include "init.h"
#include "mount.h"
#include "syscalls.h"

#include <errno.h>
#include <sys/mount.h>
#include <sys/stat.h>

static int
set_propagation (int tree, uint64_t propagation, int recursive)
{
  struct mount_attributes attributes = { .propagation = propagation };
  return sys_mount_setattr (tree, recursive ? AT_RECURSIVE : 0, &attributes);
}

/* Before Linux 5.12 propagation is set by path. */
static int
set_propagation_attached (struct init *init, int tree, uint64_t propagation, int recursive)
{
  char place[48];
  const char *path = proc_path (init, place, tree);
  return path ? mount (NULL, path, NULL, propagation | (recursive ? MS_REC : 0), NULL) : -1;
}

static int
open_root (struct init *init, const struct plan_rootfs *rootfs)
{
  init->rootfs = rootfs->fd >= 0 ? rootfs->fd : RETRY (open (rootfs->path, O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (init->rootfs < 0 || fcntl (init->rootfs, F_SETFD, FD_CLOEXEC) < 0)
    return fail (init, errno, "open the root file system ", rootfs->path);
  return 0;
}

static int
attach_rootfs (struct init *init, int tree)
{
  const struct plan_rootfs *rootfs = init->step->rootfs;
  int place = rootfs->in_place ? RETRY (open (rootfs->path, O_PATH | O_DIRECTORY | O_CLOEXEC)) : -1;
  if (place >= 0)
    {
      init->in_place = sys_move_mount (tree, place, "") == 0;
      (void)close (place);
    }
  return init->in_place ? 0 : sys_move_mount (tree, AT_FDCWD, "/");
}

int
step_rootfs (struct init *init)
{
  const struct plan_rootfs *rootfs = init->step->rootfs;
  int tree = rootfs->fd;
  int late = 0;
  if (rootfs->open_only)
    return open_root (init, rootfs);
  if (tree < 0)
    tree = sys_open_tree (AT_FDCWD, rootfs->path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);
  if (tree < 0 || fcntl (tree, F_SETFD, FD_CLOEXEC) < 0) /* stays open until PROVE */
    return fail (init, errno, "bind the root file system ", rootfs->path);
  if (set_propagation (tree, rootfs->propagation, rootfs->recursive) < 0)
    {
      if (errno != ENOSYS)
        return fail (init, errno, "set the propagation of ", rootfs->path);
      late = 1;
    }
  if (attach_rootfs (init, tree) < 0)
    return fail (init, errno, "attach the root file system ", rootfs->path);
  if (late && set_propagation_attached (init, tree, rootfs->propagation, rootfs->recursive) < 0)
    return fail (init, errno, "set the propagation of ", rootfs->path);
  init->rootfs = tree;
  return 0;
}

int
step_root_readonly (struct init *init)
{
  struct mount_attributes attributes = { .set = MOUNT_ATTR_RDONLY };
  if (sys_mount_setattr (init->rootfs, 0, &attributes) == 0
      || (errno == ENOSYS && mount_change_flags (init, init->rootfs, MS_RDONLY, 0) == 0))
    return 0;
  return fail (init, errno, "make the root file system read-only");
}

static int
enter_by_pivot (struct init *init)
{
  if (fchdir (init->rootfs) < 0)
    return fail (init, errno, "enter the root file system");
  if (close_host (init) < 0)
    return -1;
  /* the new root and put_old are the same: the old root ends up on top of the new one and is unmounted at once */
  if (syscall (SYS_pivot_root, ".", ".") < 0)
    return fail (init, errno, "pivot_root");
  if (umount2 (".", MNT_DETACH) < 0)
    return fail (init, errno, "detach the old root");
  return 0;
}

static int
enter_by_chroot (struct init *init)
{
  if (init->in_place && sys_move_mount (init->rootfs, AT_FDCWD, "/") < 0)
    return fail (init, errno, "move the root file system to /");
  if (init->step->number == PLAN_PIVOT_MOVE && leave_old_root (init) < 0)
    return -1;
  if (fchdir (init->rootfs) < 0)
    return fail (init, errno, "change the root");
  if (close_host (init) < 0)
    return -1;
  if (chroot (".") < 0)
    return fail (init, errno, "change the root");
  return 0;
}

/* Without pivot_root(2) the rootfs must be over "/" before chroot(2). */
int
step_pivot (struct init *init)
{
  init->at_root = 1; /* both enter the new root's top directory before it becomes the root */
  return init->step->number == PLAN_PIVOT_ROOT ? enter_by_pivot (init) : enter_by_chroot (init);
}
