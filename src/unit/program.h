/*
 * Runs the program husk-systemd.
 */
#ifndef HUSK_UNIT_UNIT_PROGRAM_H
#define HUSK_UNIT_UNIT_PROGRAM_H

#include <stddef.h>

#include "husk/error.h"

struct unit_program_output
{
  char out[65536], errors[8192]; /* NUL-terminated. Longer errors are cut to their end; a longer out is an error. */
};

/* Runs it with the request (src/systemd/request.c reads it). 0: it exited with 0; 1: with another status; -1:
 * husk-systemd is not installed, or it did not end in time and was killed. verb is for errors. */
int unit_program_run (const char *verb, const char *request, size_t size, struct unit_program_output *output,
                      struct error *error);

#endif
