/*
 * Between reading filters and saying why that was not possible; and how arguments are tried.
 */
#ifndef HUSK_LOADED_LOADED_H
#define HUSK_LOADED_LOADED_H

#include "husk/loaded.h"

enum loaded_attempt
{
  LOADED_SEIZE,
  LOADED_STOP,
  LOADED_GET,
};

/* What /proc says of the thread before it is touched: its names, its process, whether it has filters. An error if it is
 * not there, is a thread of the kernel's, has ended, or has no filter. */
int loaded_look (struct loaded_filters *loaded, struct error *error);
/* Why an attempt failed with this errno, in words. -1 */
int loaded_refuse (const struct loaded_filters *loaded, enum loaded_attempt attempt, int code, struct error *error);

/* loaded_verdict, and what the filters ask of the arguments. */
uint32_t loaded_strictest (const struct loaded_filters *loaded, const struct seccomp_data *data,
                           const struct seccomp_watch *watch, uint32_t *out_filter);

/* Makes a call with every combination of arguments at the borders of what the filters of sides (one or two) ask of
 * them, and gives each the verdicts until it gives false. What it learns of borders on the way counts. false: something
 * was left out, since a filter calculates with arguments or there are too many combinations. */
bool loaded_try (const struct loaded_filters *const sides[2], const struct arch *arch, int number,
                 bool (*each) (const uint32_t verdicts[2], const struct seccomp_data *call, void *data), void *data);

#endif
