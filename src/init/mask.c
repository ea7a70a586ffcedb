/*
 * Masked and read-only paths, and kernel parameters.
 */
#include "init.h"
#include "mount.h"
#include "syscalls.h"

#include <errno.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

/* Masking binds the container's /dev/null, which must be the real device, whatever the image contains there. */
static int
open_null (struct init *init)
{
  struct stat status;
  int fd = path_open (init, "/dev/null", O_PATH);
  if (fd < 0)
    return fail (init, errno, "open the container's /dev/null to mask ", init->step->text);
  if (fstat (fd, &status) < 0 || !S_ISCHR (status.st_mode) || status.st_rdev != makedev (1, 3))
    return fail (init, 0, "the container's /dev/null is not the null device: it cannot mask ", init->step->text);
  return fd;
}

static int
clone_of (struct init *init, int cover)
{
  int tree = sys_open_tree (cover, "", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH);
  return tree < 0 ? fail (init, errno, "clone the mount that masks ", init->step->text) : tree;
}

static int
make_empty (struct init *init)
{
  int context = (int)syscall (SYS_fsopen, "tmpfs", FSOPEN_CLOEXEC), tree = -1;
  if (context >= 0 && syscall (SYS_fsconfig, context, FSCONFIG_SET_STRING, "size", "0", 0) == 0
      && syscall (SYS_fsconfig, context, FSCONFIG_SET_STRING, "nr_inodes", "1", 0) == 0
      && syscall (SYS_fsconfig, context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) == 0)
    tree = (int)syscall (SYS_fsmount, context, FSMOUNT_CLOEXEC,
                         MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
  if (tree < 0)
    (void)fail (init, errno, "make an empty directory to mask ", init->step->text);
  if (context >= 0)
    (void)close (context);
  return tree;
}

/* All masked directories share one empty file system: the first mount is kept, and the others are clones of it. */
static int
cover_directory (struct init *init)
{
  if (init->empty >= 0)
    return clone_of (init, init->empty);
  init->empty = make_empty (init);
  return init->empty;
}

static int
cover_file (struct init *init)
{
  if (init->null < 0)
    init->null = open_null (init);
  return init->null < 0 ? -1 : clone_of (init, init->null);
}

int
step_mask (struct init *init)
{
  struct stat status;
  int target = path_open (init, init->step->text, O_PATH);
  if (target < 0)
    return errno == ENOENT || errno == ENOTDIR ? 0 : fail (init, errno, "mask ", init->step->text);
  /* checked before binding, because a failed mount waits for an RCU grace period */
  if (fstat (target, &status) < 0)
    return fail (init, errno, "mask ", init->step->text);
  int cover = S_ISDIR (status.st_mode) ? cover_directory (init) : cover_file (init);
  if (cover < 0)
    return -1;
  if (sys_move_mount (cover, target, "") < 0)
    return fail (init, errno, "mask ", init->step->text);
  if (cover != init->empty)
    (void)close (cover);
  (void)close (target);
  return 0;
}

int
step_readonly (struct init *init)
{
  struct mount_attributes attributes = { .set = MOUNT_ATTR_RDONLY };
  int target = path_open (init, init->step->text, O_PATH);
  if (target < 0)
    return errno == ENOENT || errno == ENOTDIR ? 0 : fail (init, errno, "make ", init->step->text, " read-only");
  int tree = sys_open_tree (target, "", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH | AT_RECURSIVE);
  if (tree < 0)
    return fail (init, errno, "bind ", init->step->text, " onto itself");
  int late = 0; /* before Linux 5.12 the bind is attached first, then remounted */
  if (sys_mount_setattr (tree, AT_RECURSIVE, &attributes) < 0)
    {
      if (errno != ENOSYS)
        return fail (init, errno, "make ", init->step->text, " read-only");
      late = 1;
    }
  if (sys_move_mount (tree, target, "") < 0)
    return fail (init, errno, "make ", init->step->text, " read-only");
  if (late && mount_change_flags (init, tree, MS_RDONLY, 0) < 0)
    return fail (init, errno, "make ", init->step->text, " read-only");
  (void)close (tree);
  (void)close (target);
  return 0;
}

int
step_sysctl (struct init *init)
{
  const struct plan_sysctl *sysctl = init->step->sysctl;
  char path[512];
  size_t used = text_append (path, sizeof path, 0, "sys/");
  (void)text_append (path, sizeof path, used, sysctl->path);
  if (proc_write (init, path, sysctl->value) < 0) /* if the name does not exist, the value is not reported */
    return errno == ENOENT ? fail (init, errno, "set sysctl ", sysctl->name)
                           : fail (init, errno, "set sysctl ", sysctl->name, " to \"", sysctl->value, "\"");
  return 0;
}
