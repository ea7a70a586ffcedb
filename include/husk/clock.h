/*
 * The clock that deadlines are counted by, and the time of day as people read it.
 */
#ifndef HUSK_CLOCK_H
#define HUSK_CLOCK_H

#include <stdint.h>

/* Milliseconds of CLOCK_MONOTONIC, which cannot be set. */
int64_t now_milliseconds (void);

struct now_text
{
  char text[80]; /* as wide as the compiler believes that it could get */
};

/* The time of day in RFC 3339, in UTC with nanoseconds, written into OUT; gives its text. */
const char *now_text (struct now_text *out);

#endif
