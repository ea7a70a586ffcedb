/*
 * Which stage ended when. container/creation.c, run.c, create.c and exec.c end the stages, as does plan/seccomp.c;
 * container/timing.c reports their times. Nothing is noted, and the clock is not read, without --timing; without
 * --debug as well a stage's end is a comparison.
 */
#include "husk/stage.h"

#include <time.h>

#include "husk/clock.h"

bool stage_timing;

static struct stage_time times[STAGE_COUNT];
static uint64_t last_end;

static const char *const words[] = {
#define STAGE_WORD(name, word, text) word,
  STAGES (STAGE_WORD)
#undef STAGE_WORD
};

static const char *const texts[] = {
#define STAGE_TEXT(name, word, text) text,
  STAGES (STAGE_TEXT)
#undef STAGE_TEXT
};

const char *
stage_word (enum stage stage)
{
  return words[stage];
}

const char *
stage_text (enum stage stage)
{
  return texts[stage];
}

struct stage_time
stage_time (enum stage stage)
{
  return times[stage];
}

/* The kernel counts a process's beginning in hundredths of a second, but its processor time in nanoseconds. */
void
stage_time_begin (void)
{
  struct timespec spent = { 0 };
  (void)clock_gettime (CLOCK_PROCESS_CPUTIME_ID, &spent);
  stage_timing = true;
  last_end = now_microseconds () - (uint64_t)spent.tv_sec * 1000000 - (uint64_t)spent.tv_nsec / 1000;
  stage_note (STAGE_BEGIN);
}

void
stage_note (enum stage stage)
{
  log_debug ("husk: stage %s has ended: %s", words[stage], texts[stage]);
  if (!stage_timing)
    return;
  uint64_t now = now_microseconds ();
  if (times[stage].begin == 0)
    times[stage].begin = last_end;
  times[stage].spent += now - last_end;
  last_end = now;
}
