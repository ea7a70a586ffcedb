/*
 * The clock for deadlines, and the time of day as text.
 */
#ifndef HUSK_CLOCK_H
#define HUSK_CLOCK_H

#include <stdint.h>

/* Milliseconds of CLOCK_MONOTONIC, which cannot be set. */
int64_t now_milliseconds (void);
uint64_t now_microseconds (void);

struct now_text
{
  char text[128]; /* wide enough for every value that the compiler considers possible */
};

/* Writes the time of day to *out in RFC 3339 format (UTC, with nanoseconds), and returns the text. */
const char *now_text (struct now_text *out);
/* The same for seconds since the epoch, without a fraction. */
const char *time_text (int64_t seconds, struct now_text *out);

#endif
