/*
 * What husk needs of this machine and what it finds there, for people: `husk doctor`. Nothing is made or changed, not
 * even for a moment: what a system call would do is told from its error on arguments that are wrong.
 */
#ifndef HUSK_DOCTOR_H
#define HUSK_DOCTOR_H

#include <stdbool.h>
#include <stdint.h>

#include "husk/arena.h"
#include "husk/compile.h"
#include "husk/container.h"
#include "husk/host.h"

enum doctor_state
{
  DOCTOR_OK,
  DOCTOR_LIMITED, /* some containers or commands cannot be run */
  DOCTOR_MISSING, /* no container can be run */
};

struct doctor_finding
{
  enum doctor_state state;
  const char *subject; /* "user namespaces" */
  const char *found;   /* what is there: "vm.memfd_noexec is 2" */
  const char *meaning; /* for the user, or NULL */
  const char *remedy;  /* what to do, or NULL. Only with a meaning */
};

struct doctor
{
  struct arena *arena; /* of the texts */
  const struct globals *globals;
  struct host host;
  struct doctor_finding *items;
  uint32_t count, room;
  uint32_t limited, missing; /* how many of them are */
};

/* Examines the machine for the caller, who may be an ordinary user. The arena is open. -1: not even the caller's rights
 * and cgroups can be read. */
int doctor_examine (const struct globals *globals, struct arena *arena, struct doctor *out, struct error *error);
/* husk check --host: what this machine lacks for one bundle, which has been compiled without an error. Reports errors
 * at the values that need it; what nobody can know before the container runs is a warning, or not reported. */
void doctor_check_bundle (const struct globals *globals, struct compiled_bundle *bundle, struct report *report);
/* "ok", "limited", "missing" */
const char *doctor_word (enum doctor_state state);

#endif
