/*
 * The clock for deadlines, and the time of day in text.
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

/* Writes the time of day to OUT, in RFC 3339, UTC, with nanoseconds, and returns the text. */
const char *now_text (struct now_text *out);

#endif
