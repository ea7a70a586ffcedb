#ifndef HUSK_INIT_MOUNT_H
#define HUSK_INIT_MOUNT_H

struct init;

/* An O_PATH descriptor of a mount point in the rootfs; made, with its parents, when it is missing. */
int mount_target (struct init *init, const char *path, int directory);
/* tmpcopyup: copies what the directory held into the new file system. */
int copy_up (struct init *init, int from, int to);

#endif
