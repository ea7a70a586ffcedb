/*
 * The part of host_probe that has its own file.
 */
#ifndef HUSK_HOST_PROBE_H
#define HUSK_HOST_PROBE_H

#include "husk/host.h"

/* Fills user_namespace, outer_uid, can_mount and rootless. The rights must be filled before. */
int probe_rootless (struct host *host, struct error *error);

#endif
