/*
 * A user namespace that exists only for its id maps, as mount_setattr(MOUNT_ATTR_IDMAP) requires (Linux 5.12).
 */
#ifndef HUSK_LAUNCH_IDMAP_H
#define HUSK_LAUNCH_IDMAP_H

#include <stdbool.h>
#include <sys/types.h>

#include "husk/error.h"

/* A descriptor for a new user namespace with these maps. */
int idmap_open (const char *uid_map, const char *gid_map, struct error *error);
struct idmap
{
  const char *file;    /* "uid_map" */
  const char *text;    /* in the kernel's format */
  const char *program; /* the program that writes it, "newuidmap"; NULL: husk writes it itself */
  origin_t origin;
};

/* Writes a map of a process's user namespace and reads it back: a map that the kernel accepted only in part must not
 * pass (as in CVE-2021-43784). */
int idmap_write (pid_t pid, const struct idmap *map, struct error *error);
int idmap_deny_setgroups (pid_t pid, struct error *error);
/* newuidmap(1) or newgidmap(1) writes it, within what /etc/subuid or /etc/subgid grants the caller. */
int idmap_run_program (pid_t pid, const struct idmap *map, struct error *error);

#endif
