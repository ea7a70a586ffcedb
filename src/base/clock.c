/*
 * The monotonic clock, for deadlines, and the time of day as text, for the log and for a record's `created`. The time
 * of day can be set, so no deadline may use it. husk-init has its own copy of the first (init/hook.c), because it links
 * nothing from this room.
 */
#include "husk/clock.h"

#include <stdio.h>
#include <time.h>

int64_t
now_milliseconds (void)
{
  struct timespec now;
  (void)clock_gettime (CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

uint64_t
now_microseconds (void)
{
  struct timespec now;
  (void)clock_gettime (CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

/* gmtime_r(3) is not used: it would read the host's time zone from a file. Years are counted from March, so that a leap
 * day is the last day of its year. */
static const char *
write_time (struct now_text *out, long time, const char *fraction)
{
  long days = time / 86400 + 719468, seconds = time % 86400; /* since 0000-03-01 */
  long era = days / 146097, day_of_era = days % 146097;      /* of 400 years */
  long year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  long day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  long month = (5 * day_of_year + 2) / 153; /* 0: March */
  long day = day_of_year - (153 * month + 2) / 5 + 1;
  long year = 400 * era + year_of_era + (month >= 10);
  (void)snprintf (out->text, sizeof out->text, "%04ld-%02ld-%02ldT%02ld:%02ld:%02ld%sZ", year,
                  month < 10 ? month + 3 : month - 9, day, seconds / 3600, seconds / 60 % 60, seconds % 60, fraction);
  return out->text;
}

const char *
now_text (struct now_text *out)
{
  struct timespec now;
  char fraction[24];
  (void)clock_gettime (CLOCK_REALTIME, &now);
  (void)snprintf (fraction, sizeof fraction, ".%09ld", now.tv_nsec);
  return write_time (out, now.tv_sec, fraction);
}

const char *
time_text (int64_t seconds, struct now_text *out)
{
  return write_time (out, seconds, "");
}
