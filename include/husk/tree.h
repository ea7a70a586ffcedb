/*
 * Directories of a cgroup hierarchy by descriptor: nothing below a mount is ever reached through a link or out of it.
 */
#ifndef HUSK_TREE_H
#define HUSK_TREE_H

#include <stddef.h>

#include "husk/cgroup.h"

/* The cgroup's directory, or -1 with errno (ENOENT: it does not exist, or it is not the one that was pinned). */
int tree_open (const struct cgroup_directory *directory);
/* Whether the pinned directory (cgroup_pin) is gone: then the directories in other hierarchies may be another's. */
bool tree_is_replaced (const struct cgroup *cgroup);
/* A control file of it: "/tasks". */
int tree_open_file (const struct cgroup_directory *directory, const char *file, int flags);
/* Whether it is in a v1 hierarchy that has the controller. */
bool tree_has_controller (const struct cgroup_directory *directory, const char *controller);
/* The directory for a controller: in its v1 hierarchy, else in v2, whether v2 has the controller or not; or NULL. */
const struct cgroup_directory *tree_directory (const struct cgroup *cgroup, const char *controller);
/* The last component of directory->path. */
const char *tree_name (const struct cgroup_directory *directory);
/* Makes sure that directory->holder is open. 0 or -1 with errno. */
int tree_hold (struct cgroup_directory *directory);
/* Opens a path below a hierarchy's mount. */
int tree_open_below (int mount, const char *path, int flags);
/* Whether it is known to have no sub-cgroups. */
bool tree_is_leaf (int directory);
/* Calls each with the descriptors of all sub-cgroups and of the directory itself, leaves first, until a call does not
 * return 0. */
int tree_walk (int directory, int (*each) (int directory, void *data), void *data);
/* Calls take with each pid in one directory, until a call does not return 0. */
int tree_pids (int directory, int (*take) (pid_t pid, void *data), void *data);
/* Reads the start of a control file, NUL-terminated (empty when it cannot be read). Its length, or -1 with errno. */
ssize_t tree_read (int directory, const char *file, char *out, size_t size);
/* The same of a cgroup. */
ssize_t tree_read_file (const struct cgroup_directory *directory, const char *file, char *out, size_t size);

/* Whether the errno means that a cgroup or one of its files has been removed, or that the kernel lacks the file. */
bool tree_is_gone (int code);

#endif
