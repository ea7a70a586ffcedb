/*
 * linux.intelRdt: a group in the resctrl file system (Documentation/arch/x86/resctrl.rst), which partitions the
 * last-level cache and the memory bandwidth. config-linux.md, "IntelRdt".
 */
#ifndef HUSK_RESCTRL_H
#define HUSK_RESCTRL_H

#include "husk/spec.h"

#include <sys/types.h>

struct resctrl
{
  const char *group;    /* a directory of the file system, "" for its root; NULL: the container has none */
  bool own;             /* it has the container's name: made for the container, and removed with it */
  bool must_exist;      /* the config has only closID: an administrator must have made the group */
  const char *schemata; /* lines for the group's `schemata` file; NULL: it is not written */
  const char *monitor;  /* the name of a monitoring group in it; NULL: none */
  origin_t origin;
};

/* Pure; src/spec has checked the values. */
void resctrl_compile (const struct spec *spec, const char *id, struct arena *arena, struct resctrl *out);
/* A descriptor of the mounted file system, or -1 with an error that names what is missing. */
int resctrl_open (struct error *error);
/* Makes the groups, or checks that an existing one has the same schemata, and puts the process into them. On failure
 * it removes what it has made. file_system: from resctrl_open. */
int resctrl_make (int file_system, const struct resctrl *resctrl, pid_t pid, struct error *error);
/* Puts another process of the container into them. */
int resctrl_join (int file_system, const struct resctrl *resctrl, pid_t pid, struct error *error);
/* Writes the schemata of a running container. */
int resctrl_update (int file_system, const struct resctrl *resctrl, const char *schemata, struct error *error);
/* Writes what the processor has and what the group uses: the members of "intel_rdt" in an event of runc's form. The
 * caller has begun the object, and ends it. */
int resctrl_report (int file_system, const struct resctrl *resctrl, struct json_writer *writer, struct error *error);
/* Removes what was made for the container. A missing group is not an error. */
int resctrl_remove (int file_system, const struct resctrl *resctrl, struct error *error);

#endif
