/*
 * Device nodes and the symbolic links in /dev.
 */
#include "init.h"
#include "mount.h"
#include "syscalls.h"

#include <errno.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

static mode_t
node_type (char type)
{
  return type == 'b' ? S_IFBLK : type == 'p' ? S_IFIFO : S_IFCHR;
}

static int
is_device (const struct stat *status, const struct plan_device *device)
{
  return (status->st_mode & S_IFMT) == node_type (device->type)
         && (device->type == 'p' || status->st_rdev == makedev (device->major, device->minor));
}

/* Clones the host's node: the host's files are still visible. */
static int
clone_node (struct init *init, const struct plan_device *device)
{
  struct stat status;
  int node = sys_open_tree (AT_FDCWD, device->path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
  if (node < 0 || fstat (node, &status) < 0)
    return fail (init, errno, "bind the host's device ", device->path);
  if (!is_device (&status, device))
    return fail (init, 0, "the host's ", device->path, " is not the configured device");
  return node;
}

static int
bind_node (struct init *init, const struct plan_device *device)
{
  int node = device->fd >= 0 ? device->fd : clone_node (init, device);
  int target = node < 0 ? -1 : mount_target (init, device->path, 0);
  if (target < 0)
    return -1;
  if (sys_move_mount (node, target, "") < 0)
    return fail (init, errno, "bind the device ", device->path);
  (void)close (target);
  (void)close (node);
  return 0;
}

/* An existing file must be the right device: the image may have some other file there. */
static int
accept_existing (struct init *init, const struct plan_device *device, int parent, const char *name)
{
  struct stat status;
  if (fstatat (parent, name, &status, AT_SYMLINK_NOFOLLOW) < 0)
    return fail (init, errno, "stat ", device->path);
  if (!is_device (&status, device))
    return fail (init, 0, device->path, " exists in the root file system but is not the ",
                 device->standard ? name : "requested", " device");
  return 0;
}

int
step_device (struct init *init)
{
  const struct plan_device *device = init->step->device;
  const char *name;
  if (device->bind)
    return bind_node (init, device);
  int parent = path_parent (init, device->path, &name);
  if (parent < 0)
    return -1;
  int made = mknodat (parent, name, node_type (device->type) | (device->mode & 07777),
                      makedev (device->major, device->minor));
  if (made < 0 && errno == EEXIST)
    return accept_existing (init, device, parent, name);
  if (made < 0)
    return fail (init, errno, "make the device ", device->path);
  if ((device->uid || device->gid) && fchownat (parent, name, device->uid, device->gid, AT_SYMLINK_NOFOLLOW) < 0)
    return fail (init, errno, "change the owner of ", device->path);
  return 0;
}

int
step_link (struct init *init)
{
  const struct plan_link *link = init->step->link;
  const char *name;
  int parent = path_parent (init, link->path, &name);
  if (parent < 0)
    return -1;
  if (symlinkat (link->target, parent, name) < 0 && errno != EEXIST && errno != EROFS)
    return fail (init, errno, "make the link ", link->path);
  return 0;
}
