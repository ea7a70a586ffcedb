/*
 * A user namespace that exists only for its id maps, as mount_setattr(MOUNT_ATTR_IDMAP) wants it (Linux 5.12).
 */
#ifndef HUSK_CONTAINER_IDMAP_H
#define HUSK_CONTAINER_IDMAP_H

#include <stdbool.h>
#include <sys/types.h>

#include "husk/error.h"

/* A descriptor of a new user namespace with these maps. */
int idmap_open (const char *uid_map, const char *gid_map, struct error *error);
/* Writes the maps of a process's user namespace and reads them back: a map that the kernel took only in part must not
 * pass (CVE-2021-43784 is of that kind). */
int idmap_write (pid_t pid, const char *uid_map, const char *gid_map, bool deny_setgroups, struct error *error);

#endif
