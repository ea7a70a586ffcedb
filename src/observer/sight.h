/*
 * What an observer has seen: calls to be allowed (recording.c), or denials (denials.c).
 */
#ifndef HUSK_OBSERVER_SIGHT_H
#define HUSK_OBSERVER_SIGHT_H

#include "husk/observer.h"
#include "husk/agent.h"

struct seen_call
{
  uint32_t arch; /* AUDIT_ARCH_* */
  int32_t number;
};

struct seen_denial
{
  char *line; /* all but the pid: the same denial is said once */
  uint64_t count;
};

struct sight
{
  const struct observer *observer;
  struct seen_call *calls;
  struct seen_denial *denials;
  size_t count, capacity;
  uint64_t total, unsaid; /* all denials; those for which there was no room here */
  struct advice *advice;  /* advice.c */
  size_t advice_count;
  size_t lost; /* lines that could not be written, with the errno of the first */
  int lost_code;
  uint32_t nameless; /* of the calls that were seen */
  bool crowded;      /* more were than there is room for */
  char remark[OBSERVER_REMARK];
};

#define SIGHT_LINE 3072 /* the longest line, before it is escaped */
/* Writes a line for the user. */
void sight_say (struct sight *sight, const char *text);
bool sight_denies (uint32_t verdict);

/* Lets the call through and notes it. -1: the listener is of no use any more. */
int sight_record (struct sight *sight, struct notification *notification, int listener);
/* Reports the denial, and answers the caller as the profile does. */
int sight_explain (struct sight *sight, struct notification *notification, int listener);
/* The recorded profile, or the sum of the denials. */
int sight_end (struct sight *sight, struct error *error);
int sight_write_profile (struct sight *sight, struct error *error);
void sight_sum_up (struct sight *sight);

#endif
