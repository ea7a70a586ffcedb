/*
 * What husk asks of systemd, a function a verb. They print nothing: notes collects what was left out.
 */
#ifndef HUSK_SYSTEMD_VERBS_H
#define HUSK_SYSTEMD_VERBS_H

#include <stddef.h>
#include <sys/types.h>

#include "bus.h"

struct property
{
  const char *name, *type, *value;
  bool dispensable; /* a systemd that refuses it does without: it is older than the property */
  bool left_out;
};

struct unit_request
{
  const char *name, *slice; /* slice NULL: systemd's choice */
  pid_t pid;                /* 0: none */
  struct property *properties;
  size_t count;
  const char *refused; /* the name of the property that systemd refuses, for the message */
};

/* out_cgroup: malloc'd. */
int systemd_start (struct bus *bus, struct unit_request *request, char **out_cgroup, struct error *error);
int systemd_set (struct bus *bus, struct unit_request *request, struct error *error);
int systemd_attach (struct bus *bus, const char *unit, const char *below, pid_t pid, struct error *error);
int systemd_stop (struct bus *bus, const char *unit, struct error *error);

#endif
