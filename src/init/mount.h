/*
 * What the files that mount share.
 */
#ifndef HUSK_INIT_MOUNT_H
#define HUSK_INIT_MOUNT_H

struct init;
struct plan_mount;

/* An O_PATH descriptor of a mount point in the rootfs; made, with its parents, when it is missing. */
int mount_target (struct init *init, const char *path, int directory);
/* The permission bits of the directory that a mount hides, as "1777"; NULL with errno. */
const char *mount_mode (struct init *init, const struct plan_mount *mount, char out[8]);
/* tmpcopyup: copies what the directory held into the new file system. */
int copy_up (struct init *init, int from, int to);
/* mount_flags.c: the MS_* of MOUNT_ATTR_*, and back. */
unsigned long mount_flags (uint64_t attributes);
uint64_t mount_attributes (unsigned long flags);
/* The MS_* flags that a mount has. 0 or -1 with errno. */
int mount_current_flags (int mounted, unsigned long *out_flags);
/* Remounts it with some flags changed. 0 or -1 with errno. */
int mount_change_flags (struct init *init, int mounted, unsigned long set, unsigned long clear);
/* The same for a mount of the config, which may not be put everywhere. */
int mount_open_target (struct init *init, const struct plan_mount *mount, int directory);
/* mount_source.c: a detached clone of what is to be bound. */
int mount_clone_source (struct init *init, const struct plan_mount *mount);
/* 1: the source is a symbolic link, and the destination now has the same; 0: it is not a link; -1. */
int mount_copy_symlink (struct init *init, const struct plan_mount *mount);
/* mount_long.c: an option is longer than fsconfig(2) takes (overlay's lowerdir), and the mount that goes without it. */
int mount_has_long_option (const struct plan_mount *mount);
int mount_long_options (struct init *init, const struct plan_mount *mount);

#endif
