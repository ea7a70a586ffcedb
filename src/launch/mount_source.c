/*
 * What is mounted in a container and only the host's rights or view can reach: its root file system, sources of binds,
 * the host's device nodes. prepare.c calls this before the clone, for a plan that says PLAN_PREPARE. Each becomes a
 * descriptor of a tree that is mounted nowhere, which husk-init (init/mount_source.c opens the others) attaches. The
 * host's root must never be one of them. source_look_* find the same mistakes for husk check --host.
 */
#include "mount_source.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "husk/descriptor.h"
#include "husk/kernel.h"
#include "husk/process.h"
#include "idmap.h"

static int
open_tree_at (const char *path, unsigned flags)
{
  return (int)syscall (SYS_open_tree, AT_FDCWD, path, OPEN_TREE_CLONE | O_CLOEXEC | flags);
}

/* Nothing is mounted below a file, so a file need not be checked: engines bind several, and the mount table may be
 * long. */
static bool
is_directory (int tree)
{
  struct stat status;
  return fstat (tree, &status) < 0 || S_ISDIR (status.st_mode);
}

/* A mount namespace file (snapd has some below /run) may not be mounted in a newer mount namespace, and a tree that
 * contains one cannot be moved there. The kernel omits them when it copies a mount namespace. In mountinfo they are
 * "mnt:[N]" in the fourth field. If it cannot be read, the answer is "there are some". */
static bool
has_pinned_namespaces (void)
{
  static int answer = -1;
  FILE *table = answer < 0 ? fopen ("/proc/self/mountinfo", "re") : NULL;
  char *line = NULL;
  size_t size = 0;
  if (answer < 0)
    answer = !table;
  while (table && answer == 0 && getline (&line, &size, table) > 0)
    answer = strstr (line, " mnt:[") && strstr (line, " - nsfs ");
  if (table)
    (void)fclose (table);
  free (line);
  return answer;
}

/* A child that shares husk's descriptors clones the tree in a copy of husk's mount namespace. The mounts in the copy
 * are peers of husk's, without those files. */
static int
open_tree_in_copy (const char *path, unsigned flags)
{
  struct clone_args arguments = { .flags = CLONE_FILES, .exit_signal = SIGCHLD };
  struct
  {
    int fd, code;
  } answer = { -1, ECHILD };
  int ends[2];
  if (pipe2 (ends, O_CLOEXEC) < 0)
    return -1;
  auto_close int told = ends[0], report = ends[1];
  long pid = syscall (SYS_clone3, &arguments, sizeof arguments);
  if (pid == 0)
    {
      answer.fd = unshare (CLONE_NEWNS) < 0 ? -1 : open_tree_at (path, flags);
      answer.code = errno;
      (void)!descriptor_write (report, &answer, sizeof answer);
      _exit (0);
    }
  if (pid > 0)
    (void)process_wait ((pid_t)pid, NULL, 0); /* no deadline: a host path may be slow to open */
  descriptor_close (&report);
  if (pid > 0 && descriptor_read (told, &answer, sizeof answer) == (ssize_t)sizeof answer)
    errno = answer.code;
  return answer.fd;
}

/* Compares inodes, not paths: /usr/.. and /proc/self/root are the host's root too. */
static int
check_root (int fd, const char *path, origin_t origin, struct error *error)
{
  struct stat status, host;
  if (fstat (fd, &status) < 0 || !S_ISDIR (status.st_mode))
    return error_set_at (error, origin, ENOTDIR, "the root file system %s", path);
  if (stat ("/", &host) < 0 || (host.st_dev == status.st_dev && host.st_ino == status.st_ino))
    return error_set_at (error, origin, 0, "the host's root cannot be a container's");
  return 0;
}

int
source_open_rootfs (struct plan_rootfs *rootfs, origin_t origin, struct error *error)
{
  if (rootfs->fd != PLAN_PREPARE)
    return 0;
  rootfs->fd = rootfs->open_only ? descriptor_open (rootfs->path, O_PATH | O_DIRECTORY | O_CLOEXEC)
                                 : open_tree_at (rootfs->path, AT_RECURSIVE);
  if (rootfs->fd < 0)
    return error_set_at (error, origin, errno, "open the root file system %s", rootfs->path);
  return check_root (rootfs->fd, rootfs->path, origin, error);
}

/* With a user namespace husk-init has no rights over the source's file system, so its ids are mapped here. */
static int
map_ids (struct plan_mount *mount, struct error *error)
{
  const struct
  {
    uint64_t set, clear, propagation, user_namespace;
  } attributes = { MOUNT_ATTR_IDMAP, 0, 0, (uint64_t)mount->idmap_fd };
  unsigned flags = AT_EMPTY_PATH | (mount->idmap_recursive ? AT_RECURSIVE : 0);
  if (syscall (SYS_mount_setattr, mount->fd, "", flags, &attributes, sizeof attributes) == 0)
    {
      descriptor_close (&mount->idmap_fd);
      mount->idmap_fd = PLAN_NO_FD;
      return 0;
    }
  int code = errno;
  (void)error_set (error, code, "map the ids of %s", mount->destination);
  if (code == ENOSYS)
    error_hint (error, "mount_setattr(2) needs Linux 5.12");
  return -1;
}

static int
source_failed (const struct plan_mount *mount, int code, origin_t origin, struct error *error)
{
  origin_t place = mount->source_origin && code != EINVAL ? mount->source_origin : origin;
  (void)error_set_at (error, place, code, "bind %s on %s", mount->source, mount->destination);
  if (code == ENOENT)
    error_hint (error, "the source does not exist on the host");
  return -1;
}

static int
open_source (struct plan_mount *mount, origin_t origin, struct error *error)
{
  if (mount->copy_symlink && !mount->inside)
    {
      ssize_t length = readlink (mount->source, mount->link, PLAN_LINK_SIZE - 1);
      mount->link[length > 0 ? length : 0] = '\0';
      if (length > 0)
        mount->fd = PLAN_NO_FD;
    }
  if (mount->fd != PLAN_PREPARE)
    return 0;
  unsigned flags = (mount->bind_recursive ? AT_RECURSIVE : 0) | (mount->source_nofollow ? AT_SYMLINK_NOFOLLOW : 0);
  mount->fd = open_tree_at (mount->source, flags);
  if (mount->fd >= 0 && mount->bind_recursive && is_directory (mount->fd) && has_pinned_namespaces ())
    {
      descriptor_close (&mount->fd);
      mount->fd = open_tree_in_copy (mount->source, flags);
    }
  if (mount->fd < 0)
    return source_failed (mount, errno, origin, error);
  return mount->is_root ? check_root (mount->fd, mount->source, origin, error) : 0;
}

static int
open_idmap (const struct plan_mount *mount, const struct plan_parent *parent, struct error *error)
{
  if (mount->uid_map)
    return idmap_open (mount->uid_map, mount->gid_map, error);
  int fd = fcntl (parent->join_user->fd, F_DUPFD_CLOEXEC, 3);
  return fd < 0 ? error_set (error, errno, "use the user namespace %s", parent->join_user->path) : fd;
}

int
source_open_mount (struct plan_mount *mount, const struct plan_parent *parent, origin_t origin, struct error *error)
{
  if (open_source (mount, origin, error) < 0)
    return -1;
  if (mount->idmap_fd == PLAN_PREPARE)
    {
      mount->idmap_fd = open_idmap (mount, parent, error);
      if (mount->idmap_fd < 0 || (mount->fd >= 0 && map_ids (mount, error) < 0))
        {
          error->origin = origin;
          return -1;
        }
    }
  return 0;
}

/* The host's node is bound if it is the configured device. fd: of the node, or what it failed with. */
static int
check_device (int fd, const struct plan_device *device, origin_t origin, struct error *error)
{
  struct stat status;
  if (fd < 0)
    return error_set_at (error, origin, errno, "bind the host's device %s", device->path);
  if (fstat (fd, &status) < 0 || status.st_rdev != makedev (device->major, device->minor))
    return error_set_at (error, origin, 0, "the host's %s is not device %u:%u", device->path, device->major,
                         device->minor);
  return 0;
}

int
source_open_device (struct plan_device *device, origin_t origin, struct error *error)
{
  if (device->fd != PLAN_PREPARE)
    return 0;
  device->fd = open_tree_at (device->path, 0);
  return check_device (device->fd, device, origin, error);
}

/* ---- the same, only looked at ----------------------------------------------------------------------------------- */

int
source_look_rootfs (const struct plan_rootfs *rootfs, origin_t origin, struct error *error)
{
  struct plan_rootfs seen = *rootfs;
  seen.open_only = true;
  seen.fd = PLAN_PREPARE;
  int result = source_open_rootfs (&seen, origin, error);
  descriptor_close (&seen.fd);
  return result;
}

int
source_look_mount (const struct plan_mount *mount, origin_t origin, struct error *error)
{
  if (mount->type || mount->remount || mount->inside)
    return 0;
  bool nofollow = mount->source_nofollow || mount->copy_symlink; /* a link that is copied need not lead anywhere */
  auto_close int fd = descriptor_open (mount->source, O_PATH | O_CLOEXEC | (nofollow ? O_NOFOLLOW : 0));
  if (fd < 0)
    return source_failed (mount, errno, origin, error);
  return mount->is_root ? check_root (fd, mount->source, origin, error) : 0;
}

int
source_look_device (const struct plan_device *device, origin_t origin, struct error *error)
{
  if (!device->bind)
    return 0;
  auto_close int fd = descriptor_open (device->path, O_PATH | O_CLOEXEC);
  return check_device (fd, device, origin, error);
}
