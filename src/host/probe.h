/*
 * The parts of host_probe that have a file of their own.
 */
#ifndef HUSK_HOST_PROBE_H
#define HUSK_HOST_PROBE_H

#include "husk/host.h"

/* user_namespace, outer_uid, can_mount, rootless; after the rights. */
int probe_rootless (struct host *host, struct error *error);

#endif
