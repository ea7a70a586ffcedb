/*
 * What an observer has seen: calls to allow (seen_calls.c), or denials (denials.c).
 */
#ifndef HUSK_OBSERVER_SIGHT_H
#define HUSK_OBSERVER_SIGHT_H

#include "husk/observer.h"
#include "husk/agent.h"
#include "husk/profile.h"

struct seen_call
{
  uint32_t arch; /* AUDIT_ARCH_* */
  int32_t number;
  int selector;   /* arguments.h: of its argument; -1: none */
  uint32_t order; /* in which they were seen: a libc's qsort(3) may exchange equal ones */
  uint64_t count;
};

struct seen_denial
{
  char *line; /* without the pid, so that the same denial is reported once */
  uint64_t count;
  uint32_t order;
};

struct sight
{
  const struct observer *observer;
  struct seen_call *calls;
  struct seen_denial *denials;
  size_t count, capacity;
  uint64_t total, unsaid; /* all denials; those that did not fit into `denials` */
  struct advice *advice;  /* advice.c */
  size_t advice_count;
  struct seen_arguments *arguments; /* arguments.h: of each selector */
  struct profile_denials denied;    /* to fix the profile */
  size_t lost;                      /* lines that could not be written, with the errno of the first */
  int lost_code;
  uint32_t nameless;            /* calls seen that have no name */
  bool crowded;                 /* some did not fit */
  const char *unwritten;        /* what could not be written, if it is not the profile */
  char remark[OBSERVER_REMARK]; /* lines */
  char *fatal;                  /* the denial that ended the observed process, or NULL */
};

#define SIGHT_LINE 3072 /* the longest line, before it is escaped */
/* Writes a line for the user, escaped, wherever these go; but not into the container's own log; and to one descriptor:
 * 0, or -1 with errno. */
void sight_print (struct sight *sight, const char *text);
void sight_print_outside (struct sight *sight, const char *text);
int sight_print_to (int fd, const char *text);
/* Prints "HEAD: A B C", on as many lines as it takes; next returns the words, NULL after the last. */
void sight_print_words (struct sight *sight, const char *head, const char *separator, const char *(*next) (void *),
                        void *data);
/* report.c: a line of JSON for the first denial of a kind, and for the count of it. */
struct denial_report
{
  const struct notification *notification;
  const struct profile_ruling *ruling;
  const char *call, *program, *architecture, *why, *line;
};
void sight_report (struct sight *sight, const struct denial_report *report);
void sight_report_count (struct sight *sight, const struct seen_denial *denial);

/* Records the call and lets it through. -1: the listener is dead. */
int sight_record (struct sight *sight, struct notification *notification, int listener);
/* Reports the denial, and answers the caller as the profile would. */
int sight_explain (struct sight *sight, struct notification *notification, int listener);
/* Writes the recorded profile, or the summary of the denials. */
int sight_end (struct sight *sight, struct error *error);
int sight_write_profile (struct sight *sight, struct error *error);
/* Adds a line to the remarks, if there is room. */
void sight_remark (struct sight *sight, const char *format, ...) __attribute__ ((format (printf, 2, 3)));
void sight_sum_up (struct sight *sight);
/* Writes and describes the profile that also allows what was denied. */
int sight_write_fixed (struct sight *sight, struct error *error);

#endif
