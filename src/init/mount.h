/*
 * What mount.c, the other mount_*.c files and their callers share.
 */
#ifndef HUSK_INIT_MOUNT_H
#define HUSK_INIT_MOUNT_H

struct init;
struct plan_mount;

/* An O_PATH descriptor of a mount point in the rootfs. It is made, with its parents, if it is missing. */
int mount_target (struct init *init, const char *path, int directory);
/* The permission bits of the directory that a mount covers, as "1777"; NULL with errno. */
const char *mount_mode (struct init *init, const struct plan_mount *mount, char out[8]);
/* tmpcopyup: copies the directory's contents into the new file system. */
int copy_up (struct init *init, int from, int to);
/* mount_flags.c: converts MOUNT_ATTR_* to MS_*, and back. */
unsigned long mount_flags (uint64_t attributes);
uint64_t mount_attributes (unsigned long flags);
/* The MS_* flags of a mount. 0 or -1 with errno. */
int mount_current_flags (int mounted, unsigned long *out_flags);
/* Remounts it with some flags changed. 0 or -1 with errno. */
int mount_change_flags (struct init *init, int mounted, unsigned long set, unsigned long clear);
/* mount_target for a mount of the config, with checks of where it may be. */
int mount_open_target (struct init *init, const struct plan_mount *mount, int directory);
/* mount_source.c: a detached clone of a bind's source. */
int mount_clone_source (struct init *init, const struct plan_mount *mount);
/* 1: the source is a symbolic link, and the destination now has the same; 0: it is not a link; -1. */
int mount_copy_symlink (struct init *init, const struct plan_mount *mount);
/* mount_long.c: whether an option is too long for fsconfig(2) (overlay's lowerdir), and the mount without fsconfig. */
int mount_has_long_option (const struct plan_mount *mount);
int mount_long_options (struct init *init, const struct plan_mount *mount);

#endif
