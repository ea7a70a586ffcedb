/*
 * The config's mounts: each is made detached, gets its attributes, and is moved onto a descriptor inside the rootfs.
 */
#include "init.h"
#include "mount.h"
#include "syscalls.h"

#include <errno.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/xattr.h>

static int
mount_binds (const struct plan_mount *mount)
{
  return !mount->type && !mount->remount;
}

static const char *
what (const struct plan_mount *mount)
{
  return mount->type ? mount->type : mount->source;
}

/* Adds the file system's own error message, if it has one. */
static int
fail_with_log (struct init *init, int context, int code, const struct plan_mount *mount, const char *option)
{
  char log[200];
  ssize_t size = context >= 0 ? RETRY (read (context, log, sizeof log - 1)) : -1;
  log[size > 0 ? size : 0] = '\0';
  if (size > 0 && log[size - 1] == '\n')
    log[size - 1] = '\0';
  return fail (init, code, mount->remount ? "remount " : "mount ", what (mount) ? what (mount) : "", " on ",
               mount->destination, option ? ": option " : "", option ? option : "", size > 2 ? ": " : "",
               size > 2 ? log + 2 : "");
}

static int
fail_option (struct init *init, int context, int code, const struct plan_mount *mount, const struct plan_option *option)
{
  char hint[sizeof init->page->error.hint];
  size_t length = strlen (option->key);
  if (code == EINVAL && option->value && length >= 7 && text_equal (option->key + length - 7, "context"))
    {
      size_t used = text_append (hint, sizeof hint, 0, "SELinux's policy does not know ");
      (void)text_append (hint, sizeof hint, used, option->value);
      init_hint (init, hint);
    }
  return fail_with_log (init, context, code, mount, option->key);
}

static int
set_options (struct init *init, const struct plan_mount *mount, int context)
{
  if (mount->superblock_readonly && syscall (SYS_fsconfig, context, FSCONFIG_SET_FLAG, "ro", NULL, 0) < 0)
    return fail_with_log (init, context, errno, mount, "ro");
  for (uint32_t i = 0; i < mount->option_count; i++)
    {
      const struct plan_option *option = &mount->options[i];
      if (syscall (SYS_fsconfig, context, option->value ? FSCONFIG_SET_STRING : FSCONFIG_SET_FLAG, option->key,
                   option->value, 0)
          < 0)
        return fail_option (init, context, errno, mount, option);
    }
  return 0;
}

const char *
mount_mode (struct init *init, const struct plan_mount *mount, char out[8])
{
  struct stat status = { .st_mode = 01777 }; /* the kernel's default, for a mount point that does not exist yet */
  int target = path_open (init, mount->destination, O_PATH);
  if (target < 0 && errno != ENOENT && errno != ENOTDIR && errno != ELOOP) /* the mount itself reports these */
    return NULL;
  if (target >= 0 && fstat (target, &status) < 0)
    return NULL;
  if (target >= 0)
    (void)close (target);
  for (int i = 0; i < 4; i++)
    out[i] = (char)('0' + (status.st_mode >> (9 - 3 * i) & 7));
  out[4] = '\0';
  return out;
}

static int
set_mode (struct init *init, const struct plan_mount *mount, int context)
{
  char text[8];
  if (!mount->mode_of_directory)
    return 0;
  const char *mode = mount_mode (init, mount, text);
  return mode ? (int)syscall (SYS_fsconfig, context, FSCONFIG_SET_STRING, "mode", mode, 0) : -1;
}

static int
fail_create (struct init *init, int context, const struct plan_mount *mount)
{
  int code = errno;
  (void)fail_with_log (init, context, code, mount, NULL);
  if (code == EPERM && mount->no_symlink && text_equal (mount->type, "proc"))
    init_hint (init, "the root of a user namespace can mount proc only for a new pid namespace; bind /proc instead");
  return -1;
}

/* setxattr needs a path: the descriptor of a mount is one of O_PATH. */
static int
label_root (struct init *init, const struct plan_mount *mount, int tree)
{
  char place[48];
  const char *path = proc_path (init, place, tree);
  if (path && setxattr (path, "security.selinux", mount->root_label, strlen (mount->root_label) + 1, 0) == 0)
    return 0;
  return fail (init, errno, "set the label ", mount->root_label, " of ", mount->destination);
}

static int
make_file_system (struct init *init, const struct plan_mount *mount)
{
  int context = (int)syscall (SYS_fsopen, mount->type, FSOPEN_CLOEXEC);
  if (context < 0 && errno == ENODEV)
    init_origin (init, mount->type_origin);
  if (context < 0)
    return fail (init, errno, "mount ", mount->type, " on ", mount->destination);
  if (mount->source && syscall (SYS_fsconfig, context, FSCONFIG_SET_STRING, "source", mount->source, 0) < 0)
    return fail_with_log (init, context, errno, mount, "source");
  if (set_options (init, mount, context) < 0)
    return -1;
  if (set_mode (init, mount, context) < 0)
    return fail_with_log (init, context, errno, mount, "mode");
  if (syscall (SYS_fsconfig, context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
    return fail_create (init, context, mount);
  uint64_t oldest = mount->set & ~(uint64_t)MOUNT_ATTR_NOSYMFOLLOW; /* fsmount(2) supports that one since Linux 5.14 */
  int tree = (int)syscall (SYS_fsmount, context, FSMOUNT_CLOEXEC, (unsigned)oldest);
  if (tree < 0)
    return fail_with_log (init, context, errno, mount, NULL);
  (void)close (context);
  return mount->root_label && label_root (init, mount, tree) < 0 ? -1 : tree;
}

/* Returns a new file system, or the bind that replaces it. */
static int
make_or_bind (struct init *init, const struct plan_mount *mount, int *out_bound)
{
  int tree = make_file_system (init, mount);
  *out_bound = 0;
  if (tree >= 0 || !mount->fallback_bind || init->page->error.code != EPERM)
    return tree;
  tree = sys_open_tree (AT_FDCWD, mount->fallback_bind, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);
  if (tree < 0)
    return -1;
  memset (&init->page->error, 0, sizeof init->page->error);
  init_note (init, "bound, not mounted: it belongs to another user namespace");
  *out_bound = 1;
  return tree;
}

static int
fail_attributes (struct init *init, int code, const char *doing, const struct plan_mount *mount)
{
  (void)fail (init, code, doing, mount->destination);
  if (code == ENOSYS)
    init_hint (init, "mount_setattr(2) needs Linux 5.12");
  return -1;
}

/* What a user namespace may lock on a mount, besides the access time options, which a bind keeps in any case. */
#define LOCKABLE (MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC)
#define LOCKED_STAY "the source's flags are locked by its user namespace and stay"

/* Flags that a user namespace may not clear stay as in the source: a "rw" bind of a read-only mount stays read-only. -1
 * with errno. */
static int
keep_locked (struct init *init, const struct plan_mount *mount, int tree, struct mount_attributes *top)
{
  unsigned long flags;
  if (!mount_binds (mount) || !top->clear)
    return -1;
  if (mount_current_flags (tree, &flags) < 0)
    return -1;
  uint64_t locked = mount_attributes (flags & LOCKABLE);
  if (!(locked & top->clear))
    {
      errno = EPERM;
      return -1;
    }
  top->clear &= ~locked;
  if ((top->set || top->clear || top->propagation) && sys_mount_setattr (tree, 0, top) < 0)
    return -1;
  init_note (init, LOCKED_STAY);
  return 0;
}

/* Sets the attributes of a detached tree. fsmount has already set those of a new file system, except for the newest.
 * bound: it is not a new file system. 1: this kernel has no mount_setattr. */
static int
set_attributes (struct init *init, const struct plan_mount *mount, int tree, int bound)
{
  struct mount_attributes whole = { mount->recursive_set, mount->recursive_clear, 0, 0 };
  struct mount_attributes top = { mount->set, mount->clear, mount->propagation & ~(uint64_t)MS_REC, 0 };
  if (mount->type && !bound)
    top.set &= MOUNT_ATTR_NOSYMFOLLOW, top.clear = 0;
  if (mount->idmap_fd >= 0)
    {
      struct mount_attributes mapped = { MOUNT_ATTR_IDMAP, 0, 0, (uint64_t)mount->idmap_fd };
      if (sys_mount_setattr (tree, mount->idmap_recursive ? AT_RECURSIVE : 0, &mapped) < 0)
        return fail_attributes (init, errno, "map the ids of ", mount);
    }
  if ((whole.set || whole.clear) && sys_mount_setattr (tree, AT_RECURSIVE, &whole) < 0)
    return fail_attributes (init, errno, "set recursive options of ", mount);
  if (mount->fd < 0 && !mount->inside && top.propagation == MS_PRIVATE)
    top.propagation = 0; /* a tree cloned after PROPAGATION is private already */
  if (top.propagation && mount->propagation & MS_REC && mount->bind_recursive)
    {
      struct mount_attributes spread = { 0, 0, top.propagation, 0 };
      top.propagation = 0;
      if (sys_mount_setattr (tree, AT_RECURSIVE, &spread) < 0)
        return errno == ENOSYS ? 1 : fail (init, errno, "set the propagation of ", mount->destination);
    }
  if ((top.set || top.clear || top.propagation) && sys_mount_setattr (tree, 0, &top) < 0
      && (errno != EPERM || keep_locked (init, mount, tree, &top) < 0))
    return errno == ENOSYS ? 1 : fail (init, errno, "set options of ", mount->destination);
  return 0;
}

/* The same as set_attributes with keep_locked. -1 with errno. */
static int
change_attached (struct init *init, const struct plan_mount *mount, int tree)
{
  unsigned long set = mount_flags (mount->set), clear = mount_flags (mount->clear), flags;
  if (mount_change_flags (init, tree, set, clear) == 0)
    return 0;
  if (errno != EPERM || !mount_binds (mount) || mount_current_flags (tree, &flags) < 0)
    return -1;
  if (!(flags & clear & LOCKABLE))
    {
      errno = EPERM;
      return -1;
    }
  if (mount_change_flags (init, tree, set, clear & ~(flags & LOCKABLE)) < 0)
    return -1;
  init_note (init, LOCKED_STAY);
  return 0;
}

/* Before Linux 5.12 there is no mount_setattr: the same with mount(2), on the attached mount's descriptor. */
static int
set_attributes_attached (struct init *init, const struct plan_mount *mount, int tree)
{
  char place[48];
  if ((mount->set || mount->clear) && change_attached (init, mount, tree) < 0)
    return fail (init, errno, "set options of ", mount->destination);
  const char *path = mount->propagation ? proc_path (init, place, tree) : NULL;
  if (mount->propagation && (!path || syscall (SYS_mount, NULL, path, NULL, mount->propagation, NULL) < 0))
    return fail (init, errno, "set the propagation of ", mount->destination);
  init_note (init, "mount options set with mount(2): this kernel has no mount_setattr");
  return 0;
}

static int
is_directory (int fd)
{
  struct stat status;
  return fstat (fd, &status) == 0 && S_ISDIR (status.st_mode);
}

/* Reports a link or a file in place of a mount point, above all at /proc or /sys (CVE-2019-19921). Always returns
 * -1. */
static int
explain_target (struct init *init, const struct plan_mount *mount, int code)
{
  const char *name;
  struct stat status = { 0 };
  int parent = path_parent (init, mount->destination, &name);
  if (parent < 0)
    return -1;
  /* if this fails, the last line reports the mount's own error */
  (void)fstatat (parent, name, &status, mount->no_symlink ? AT_SYMLINK_NOFOLLOW : 0);
  if (mount->no_symlink && S_ISLNK (status.st_mode))
    return fail (init, 0, mount->destination, " is a symlink in the root file system: ", what (mount),
                 " cannot be mounted there");
  if (mount->no_symlink && status.st_mode && !S_ISDIR (status.st_mode))
    return fail (init, 0, "mount point ", mount->destination, " is not a directory");
  if (status.st_mode && !S_ISDIR (status.st_mode))
    return fail (init, ENOTDIR, "cannot mount a directory on a file: ", what (mount), " on ", mount->destination);
  return fail (init, code, "mount point ", mount->destination);
}

/* An existing mount point must be of the source's kind and not inside proc. */
static int
check_target (struct init *init, const struct plan_mount *mount, int target, int directory)
{
  struct statfs fs;
  if (directory && mount->target_nofollow && !is_directory (target))
    return fail (init, ENOTDIR, "cannot mount a directory on a file or link: ", what (mount), " on ",
                 mount->destination);
  if (!directory && is_directory (target))
    return fail (init, 0, "cannot mount a file on a directory: ", what (mount), " on ", mount->destination);
  if (fstatfs (target, &fs) < 0)
    return fail (init, errno, "stat the mount point ", mount->destination);
  if (!mount->in_proc && !mount->no_symlink && fs.f_type == PROC_SUPER_MAGIC)
    return fail (init, 0, mount->destination, " is inside proc: nothing may be mounted there");
  return 0;
}

#define MISSING (-2)

/* Opens the mount point. MISSING, or -1 with the error set. */
static int
open_target (struct init *init, const struct plan_mount *mount, int directory)
{
  int strict = mount->no_symlink        ? O_DIRECTORY | O_NOFOLLOW
               : mount->target_nofollow ? O_NOFOLLOW
               : directory              ? O_DIRECTORY
                                        : 0;
  int target = path_open (init, mount->destination, O_PATH | strict);
  if (target < 0)
    return errno == ENOENT ? MISSING : explain_target (init, mount, errno);
  return check_target (init, mount, target, directory) < 0 ? -1 : target;
}

int
mount_target (struct init *init, const char *path, int directory)
{
  int target = path_open (init, path, O_PATH);
  if (target >= 0)
    return target;
  if (errno != ENOENT)
    return fail (init, errno, "mount point ", path);
  return directory ? path_make_directory (init, path, 0755) : path_make_file (init, path);
}

int
mount_open_target (struct init *init, const struct plan_mount *mount, int directory)
{
  int target = open_target (init, mount, directory);
  return target == MISSING ? mount_target (init, mount->destination, directory) : target;
}

/* Makes a missing directory in its parent: what did not exist needs no check and no own descriptor. */
static int
make_in_parent (struct init *init, const struct plan_mount *mount, int *out_parent, const char **out_name)
{
  const char *slash = strrchr (mount->destination, '/');
  if (!slash || !slash[1])
    return 0;
  *out_parent = path_parent (init, mount->destination, out_name);
  return *out_parent >= 0 && mkdirat (*out_parent, *out_name, 0755) == 0;
}

/* 1: the target is *out_name in *out_target, just made; 0: it is *out_target, which the caller closes; -1. */
static int
find_target (struct init *init, const struct plan_mount *mount, int directory, int *out_target, const char **out_name)
{
  int near = directory && path_is_near (init, mount->destination);
  if (near && make_in_parent (init, mount, out_target, out_name))
    return 1;
  int target = open_target (init, mount, directory);
  if (target == MISSING && directory && !near && make_in_parent (init, mount, out_target, out_name))
    return 1;
  *out_target = target == MISSING ? mount_target (init, mount->destination, directory) : target;
  *out_name = "";
  return *out_target < 0 ? -1 : 0;
}

/* From here on the tree is the root. The previous one is below it until the pivot. */
static int
attach_root (struct init *init, const struct plan_mount *mount, int tree)
{
  if (!is_directory (tree))
    return fail (init, ENOTDIR, "mount ", mount->source, " on /");
  if (fcntl (tree, F_SETFD, FD_CLOEXEC) < 0 || sys_move_mount (tree, init->rootfs, "") < 0)
    return fail (init, errno, "mount ", mount->source, " on /");
  path_forget (init);
  (void)close (init->rootfs);
  init->rootfs = tree;
  return 0;
}

static int
attach_mount (struct init *init, const struct plan_mount *mount, int tree, int directory)
{
  const char *name;
  if (mount->is_root)
    return attach_root (init, mount, tree);
  int target, made = find_target (init, mount, directory, &target, &name);
  if (made < 0 || (mount->copy_up && !made && copy_up (init, target, tree) < 0))
    return -1;
  if (sys_move_mount (tree, target, name) < 0)
    return fail (init, errno, "mount ", what (mount), " on ", mount->destination);
  if (made)
    return 0;
  (void)close (target);
  path_forget (init);
  return 0;
}

/* Leaves the order as it is if an older kernel, or this mount's propagation, does not allow the change. 0, or -1 for
 * another error. */
static int
leave_order (struct init *init, const struct plan_mount *mount, int code)
{
  return code == ENOSYS || code == EINVAL ? 0 : fail (init, code, "copy the mount on ", mount->destination);
}

/* Since Linux 6.8 mountinfo lists mounts in the order in which they were made, not attached, and a tree that husk
 * cloned is older than the mounts before it. Replacing it with a copy of itself, made now, corrects the order. The tree
 * is made private first: otherwise unmounting it would propagate to the host. */
static int
put_in_order (struct init *init, const struct plan_mount *mount, int tree)
{
  char place[48];
  struct mount_attributes alone = { 0, 0, MS_PRIVATE, 0 };
  int directory = is_directory (tree);
  int copy = sys_open_tree (tree, "", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH | AT_RECURSIVE);
  if (copy < 0)
    return leave_order (init, mount, errno); /* only the order is wrong */
  if (sys_mount_setattr (tree, AT_RECURSIVE, &alone) < 0)
    {
      int code = errno;
      (void)close (copy);
      return leave_order (init, mount, code);
    }
  const char *path = proc_path (init, place, tree);
  if (!path || umount2 (path, MNT_DETACH) < 0)
    return fail (init, errno, "copy the mount on ", mount->destination);
  int result = attach_mount (init, mount, copy, directory);
  (void)close (copy);
  return result;
}

/* Changes options of the file system itself ("remount,size=1m"). The mount's own flags are changed as attributes. */
static int
change_file_system (struct init *init, const struct plan_mount *mount, int target)
{
  if (!mount->option_count && !mount->superblock_readonly)
    return 0;
  int context = (int)syscall (SYS_fspick, target, "", FSPICK_CLOEXEC | FSPICK_EMPTY_PATH);
  if (context < 0)
    return fail (init, errno, "remount ", mount->destination);
  if (set_options (init, mount, context) < 0)
    return -1;
  if (syscall (SYS_fsconfig, context, FSCONFIG_CMD_RECONFIGURE, NULL, NULL, 0) < 0)
    return fail_with_log (init, context, errno, mount, NULL);
  (void)close (context);
  return 0;
}

static int
remount (struct init *init, const struct plan_mount *mount)
{
  int target = path_open (init, mount->destination, O_PATH);
  if (target < 0)
    return fail (init, errno, "remount ", mount->destination);
  int result = change_file_system (init, mount, target);
  if (result == 0)
    result = set_attributes (init, mount, target, 0);
  if (result == 1)
    result = set_attributes_attached (init, mount, target);
  (void)close (target);
  return result;
}

/* A directory that only looks like /proc would defeat labels, masks and every tool (CVE-2019-16884). */
static int
check_proc_root (struct init *init, const struct plan_mount *mount, int tree)
{
  struct statfs fs;
  struct stat status;
  if (fstatfs (tree, &fs) == 0 && fs.f_type == PROC_SUPER_MAGIC && fstat (tree, &status) == 0
      && status.st_ino == 1) /* PROC_ROOT_INO */
    return 0;
  return fail (init, 0, "cannot bind ", mount->source, " on /proc: not the root of a procfs");
}

int
step_mount (struct init *init)
{
  const struct plan_mount *mount = init->step->mount;
  if (mount->remount)
    return remount (init, mount);
  if (mount_has_long_option (mount))
    return mount_long_options (init, mount);
  int copied = mount->copy_symlink ? mount_copy_symlink (init, mount) : 0;
  if (copied)
    return copied < 0 ? -1 : 0;
  int bound = 0;
  int tree = mount->type ? make_or_bind (init, mount, &bound) : mount_clone_source (init, mount);
  if (tree < 0)
    return -1;
  int late = set_attributes (init, mount, tree, bound);
  if (mount->idmap_fd >= 0)
    (void)close (mount->idmap_fd);
  if (mount->proc_root && check_proc_root (init, mount, tree) < 0)
    return -1;
  if (late < 0 || attach_mount (init, mount, tree, mount->type || mount->of_directory || is_directory (tree)) < 0)
    return -1;
  int result = late              ? set_attributes_attached (init, mount, tree)
               : mount->in_order ? put_in_order (init, mount, tree)
                                 : 0;
  if (!mount->is_root)
    (void)close (tree);
  return result;
}
