/*
 * husk's requests to systemd, one function per verb. Properties that were left out are marked in the request.
 */
#ifndef HUSK_SYSTEMD_VERBS_H
#define HUSK_SYSTEMD_VERBS_H

#include <sys/types.h>

#include "bus.h"
#include "request.h"

/* out_cgroup: malloc'd. */
int systemd_start (struct bus *bus, struct unit_request *request, char **out_cgroup, struct error *error);
int systemd_set (struct bus *bus, struct unit_request *request, struct error *error);
int systemd_attach (struct bus *bus, const char *unit, const char *below, pid_t pid, struct error *error);
int systemd_stop (struct bus *bus, const char *unit, struct error *error);

#endif
