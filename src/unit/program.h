/*
 * The program husk-systemd: found, run, listened to.
 */
#ifndef HUSK_UNIT_UNIT_PROGRAM_H
#define HUSK_UNIT_UNIT_PROGRAM_H

#include <stddef.h>

#include "husk/error.h"

struct unit_program_output
{
  char out[4608], errors[8192]; /* with a NUL at the end; more is thrown away */
};

/* argv[0] is filled in. 0 when it has run and exited with 0, 1 with another status (errors tells), -1 else: there is no
 * such program, or it has not ended in time and was killed. */
int unit_program_run (const char **argv, struct unit_program_output *output, struct error *error);

#endif
