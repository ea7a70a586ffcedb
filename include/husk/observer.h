/*
 * Observers: agents that husk itself runs beside one container or command to see its system calls. They receive
 * listeners as any agent does. An observer that explains is notified of each call that the profile denies, and reports
 * it. One that records is notified of every call, lets it through, and writes the smallest profile that allows them
 * all.
 */
#ifndef HUSK_OBSERVER_H
#define HUSK_OBSERVER_H

#include <sys/types.h>

#include "husk/seccomp.h"

enum observing
{
  OBSERVE_NOTHING,
  OBSERVE_EXPLAIN,
  OBSERVE_RECORD,
  OBSERVE_AGENT, /* watches the agent of a profile that notifies, and answers when it is dead */
};
/* Its listener goes to the observer in place of an agent: the filter is the observer's. */
static inline bool
observe_filters (enum observing mode)
{
  return mode == OBSERVE_EXPLAIN || mode == OBSERVE_RECORD;
}
#define OBSERVE_KILL (-1)
#define OBSERVER_REMARK 1024

struct observer
{
  enum observing mode;
  int server;   /* listening socket that listeners come to; -1: none */
  int listener; /* one that is there from the start; -1: none */
  int life;    /* a socket that receives the pidfd of the observed process; end of file without one: there is nothing to
                  observe. -1: none */
  int pidfd;   /* of what is observed, -1: still to come */
  pid_t child; /* it, when it is a child, to be reaped into status: before Linux 6.11 zombies keep filters; or 0 */
  int status;
  int signals;                  /* a signalfd whose signals are passed on; -1: none */
  char remark[OBSERVER_REMARK]; /* at the end: a remark that is not an error, in one line; or empty */

  /* to explain */
  int out; /* gets the lines; to record: the output if it is not a file to be replaced, or -1 */
  const struct json_document *document; /* of the profile */
  const struct spec_seccomp *profile;
  struct seccomp_filter filter; /* the profile's own */

  /* to stand in for an agent that has died */
  int lost;             /* what notified calls then get: an errno, or OBSERVE_KILL for their process */
  bool errno_for_newer; /* as the filter of the container is compiled */
  bool killable; /* callers are in a killable wait once the agent has their call: SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
                  */

  /* to record */
  const int *failure; /* not 0 at the end: what was to be recorded has not run, nothing is written; or NULL */
  const char *path;   /* as errors name it; to explain: NULL is standard error */
  const char *file;   /* of that name, below directory */
  int directory;
  bool merge; /* with the recorded profile that file holds */
};

/* Runs until the process is dead and no other process has its filter. Then it prints the total, or writes the profile
 * (unless it saw no call). -1: that could not be written. */
int observe (struct observer *observer, struct error *error);

/* Where what is recorded goes; the strings are the arena's. A place that cannot be written, and with merge a file that
 * cannot be merged, is an error before anything runs. */
int observe_place (struct observer *observer, const char *path, struct arena *arena, struct error *error);

/* Runs a command under a filter that notifies of every call, and records what it and its children call, as an observer
 * of that mode that has its place. out_status is the command's wait status. -1 also when it could not
 * be executed: error->code says why. */
int observe_command (char **arguments, struct observer *observer, int *out_status, struct error *error);

/* The program that notifies for every call. */
struct seccomp_filter observe_record_filter (struct arena *arena);
/* The profile's program with notifications in place of what denies. The three numbers of FORCE_* (force.h) get KILL and
 * TRAP from the kernel itself. */
struct seccomp_filter observe_explain_filter (const struct seccomp_filter *filter, struct arena *arena);

#endif
