/*
 * The clock that deadlines are counted by.
 */
#ifndef HUSK_CLOCK_H
#define HUSK_CLOCK_H

#include <stdint.h>

/* Milliseconds of CLOCK_MONOTONIC: nobody sets it. */
int64_t now_milliseconds (void);

#endif
