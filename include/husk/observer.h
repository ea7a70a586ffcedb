/*
 * Observers: agents that husk itself runs beside one container or command to see its system calls. They receive
 * listeners like any agent. An observer that explains is notified of each call that the profile denies, and reports it.
 * One that records is notified of every call, lets it through, and writes the smallest profile that allows them all.
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
  OBSERVE_AGENT,      /* watches the agent of a profile that notifies, and answers in its place once it is dead */
  OBSERVE_PERMISSIVE, /* explains, but lets denied calls through */
};
/* Whether the observer brings its own filter, whose listener goes to it instead of to an agent. */
static inline bool
observe_filters (enum observing mode)
{
  return mode == OBSERVE_EXPLAIN || mode == OBSERVE_PERMISSIVE || mode == OBSERVE_RECORD;
}
static inline bool
observe_explains (enum observing mode)
{
  return mode == OBSERVE_EXPLAIN || mode == OBSERVE_PERMISSIVE;
}
#define OBSERVE_KILL (-1)
#define OBSERVER_REMARK 8192

/* Where to write a profile at the end. */
struct observer_place
{
  const char *path; /* as errors name it; NULL: nothing is written */
  const char *file; /* its name below directory */
  int directory;
  int out;  /* the output if it cannot be replaced like a file, or -1 */
  int lock; /* a file that is locked while this one is merged with and replaced; -1: nobody else writes it */
};

/* How a recorded profile is written. */
struct observer_format
{
  bool merge;             /* with the recorded profile that is there */
  bool arguments;         /* calls that their arguments tell apart are allowed with those that were seen */
  bool crd;               /* as a SeccompProfile of Kubernetes' Security Profiles Operator */
  const char *name;       /* of the SeccompProfile; NULL: that of the file */
  const char *name_space; /* NULL: none */
  int default_errno;      /* 0: that of the profile that it is merged with, or EPERM */
  const char *counts;     /* a file that gets how often each call was made; NULL: none */
};
/* An option of record that makes no sense without a recording, or NULL. */
static inline const char *
observer_format_option (const struct observer_format *format)
{
  return format->merge           ? "--merge"
         : format->arguments     ? "--arguments"
         : format->crd           ? "--format"
         : format->name          ? "--name"
         : format->name_space    ? "--namespace"
         : format->default_errno ? "--default-errno"
         : format->counts        ? "--counts"
                                 : NULL;
}

struct observer
{
  enum observing mode;
  int server;   /* a socket over which listeners arrive; -1: none */
  int listener; /* a listener that is known from the start; -1: none */
  int life; /* a socket that receives the pidfd of the observed process, and perhaps a descriptor for aside with it; end
               of file without one: there is nothing to observe. -1: none */
  int pidfd;   /* of the observed process; -1: not received yet */
  pid_t child; /* the observed process if it is a child, or 0. It is reaped into status at once, because zombies keep
                  their filters before Linux 6.11 */
  int status;
  int signals;           /* a signalfd whose signals are passed on; -1: none */
  const char *unwritten; /* set at the end if that is why it failed: what could not be written */
  char *remark;          /* set at the end: lines for the user that are not errors, malloc'd; or NULL */

  /* to explain */
  int out;                              /* where the lines go */
  const struct json_document *document; /* of the profile */
  const struct spec_seccomp *profile;
  struct seccomp_filter filter; /* as compiled from the profile, without the observer's changes */

  /* to answer in place of an agent that has died */
  int lost;             /* notified calls then fail with this errno; OBSERVE_KILL: their process is killed */
  bool errno_for_newer; /* as the filter of the container is compiled */
  bool killable; /* callers are in a killable wait once the agent has their call: SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
                  */

  /* to record */
  const int *failure;                  /* not 0 at the end: the command did not run, so nothing is written; or NULL */
  const char *path;                    /* to explain: as errors name it; NULL is standard error */
  struct observer_place profile_place; /* of the recorded profile; to explain: of the fixed one */
  struct observer_place counts_place;  /* of the counts */
  struct observer_format format;

  /* to explain to the operator of many containers (report.c) */
  int aside;                        /* gets the lines as well: the container's standard error; -1: none */
  int lines;                        /* gets events, each a line of JSON; -1: none */
  const char *id, *pod, *container; /* named in each of them; NULL: there is no name */
  char *fatal;                      /* set at the end: the denial that ended the observed process; malloc'd, or NULL */
};
#define OBSERVER_NONE                                                                                                  \
  {                                                                                                                    \
    .server = -1, .listener = -1, .life = -1, .pidfd = -1, .signals = -1, .out = -1, .profile_place.directory = -1,    \
    .profile_place.out = -1, .profile_place.lock = -1, .aside = -1, .lines = -1, .counts_place.directory = -1,         \
    .counts_place.out = -1                                                                                             \
  }

/* Runs until the process is dead and no other process has its filter. Then it prints the total, or writes the profile
 * (unless it saw no call). -1: that could not be written. */
int observe (struct observer *observer, struct error *error);

/* Sets where what is recorded goes, in the format that the observer has; the strings are in the arena. A path that
 * cannot be written, or with merge a file that cannot be merged, is an error before anything runs. */
int observe_place (struct observer *observer, const char *path, struct arena *arena, struct error *error);
/* The same for the fixed profile of an observer that explains. */
int observe_fix_place (struct observer *observer, const char *path, struct arena *arena, struct error *error);

/* The same, with merge, where all of observer->profile_place is known: a regular file is replaced, or made. */
int observe_place_known (struct observer *observer, struct arena *arena, struct error *error);

/* To explain: who is observed, and what ended it (a word, and a line for people), as a line of each place. */
void observe_report_begin (struct observer *observer);
void observe_report_end (struct observer *observer, const char *cause, const char *text);

/* Runs a command under a filter that notifies for every call, and records the calls that it and its children make. The
 * observer is in mode OBSERVE_RECORD and has been through observe_place. out_status is the command's wait status. -1
 * also when the command could not be executed: error->code is the errno. */
int observe_command (char **arguments, struct observer *observer, int *out_status, struct error *error);

/* Writes the profile that allows these calls, which somebody else has seen, where the observer records to. Numbers
 * without a name are in its remark. */
int observe_write (struct observer *observer, const struct seccomp_data *calls, size_t count, struct error *error);

/* A filter that notifies for every call. */
struct seccomp_filter observe_record_filter (struct arena *arena);
/* The profile's filter, with a notification wherever it denies. Unless mode is permissive, it returns KILL and TRAP for
 * the three numbers FORCE_* (force.h), which the kernel itself carries out. */
struct seccomp_filter observe_explain_filter (const struct seccomp_filter *filter, enum observing mode,
                                              struct arena *arena);

#endif
