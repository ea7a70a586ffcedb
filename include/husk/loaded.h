/*
 * The seccomp filters that a running process has, whoever loaded them: husk, another runtime, the program itself. They
 * are programs only: which rule of which profile an instruction came from is not known any more. Reading them stops the
 * thread for a moment, by ptrace(2).
 */
#ifndef HUSK_LOADED_H
#define HUSK_LOADED_H

#include "husk/calls.h"
#include "husk/profile.h"

#define LOADED_WORDS 12 /* halves of arguments */

struct loaded_filters
{
  pid_t thread, process;          /* 0: these filters are a profile's, of no process */
  char name[64];                  /* of the thread */
  const char *arch;               /* of the program that it runs, "SCMP_ARCH_X86_64"; NULL: unknown */
  uint32_t threads;               /* of the process */
  uint32_t unlike;                /* those of them that have another number of filters */
  pid_t unlike_thread;            /* the first of these */
  struct seccomp_filter *filters; /* newest first; SECCOMP_FILTER_FLAG_LOG is the only flag that the kernel reports */
  uint32_t count;
};

/* Reads a thread's filters; a process id means its first thread. It is an error if it has none, or, with the reason,
 * if the kernel or husk's rights do not allow it. The thread is never left stopped: it is continued before
 * this returns, and if husk dies meanwhile, the kernel does it. */
int loaded_read (pid_t thread, struct arena *arena, struct loaded_filters *out, struct error *error);
/* "thread 12 (worker) of process 10" or "process 10 (nginx)" */
const char *loaded_text (const struct loaded_filters *loaded, struct arena *arena);

/* What a call gets: every filter runs, and the strictest action wins (KILL_PROCESS, KILL_THREAD, TRAP, ERRNO, NOTIFY,
 * TRACE, LOG, ALLOW); of equal ones the newest filter's. An action that the kernel does not know is KILL_PROCESS to it,
 * and an errno above 4095 is 4095. *out_filter: which of them decided; NULL: not asked. */
uint32_t loaded_verdict (const struct loaded_filters *loaded, const struct seccomp_data *data, uint32_t *out_filter);

/* The architectures whose programs this machine's kernel runs; NULL after the last. */
const struct arch *loaded_arch (uint32_t index);

/* What the filters answer to one call, whatever its arguments are. */
#define LOADED_VERDICTS 16
struct loaded_answer
{
  uint32_t verdicts[LOADED_VERDICTS]; /* each once, the first found first */
  uint32_t count;
  bool unsure; /* a filter calculates with the arguments, or tests more values than can be tried */
};
void loaded_ask (const struct loaded_filters *loaded, const struct arch *arch, int number, struct loaded_answer *out);
/* "ALLOW", "by its arguments: ALLOW, ERRNO 1 (operation not permitted)" */
const char *loaded_answer_text (const struct loaded_answer *answer, struct arena *arena);

/* All numbers of an architecture in order, those that have no name and get the same as ranges. */
struct loaded_row
{
  const char *name; /* "read", or "470 to 1073741823" */
  int number, last; /* the first and the last, where it is several */
  bool named;
  struct loaded_answer answer;
  const char *text; /* the answer in words */
};
struct loaded_table
{
  struct loaded_row *rows; /* in the arena */
  uint32_t count, room;
  uint32_t usual; /* the widest of the ranges: what a number gets that the filters do not ask for */
  bool
      incomplete; /* a filter calculates with the number, or asks for many: there may be other answers within a range */
};
void loaded_tabulate (const struct loaded_filters *loaded, const struct arch *arch, struct arena *arena,
                      struct loaded_table *out);

/* Where two differ, by what their filters answer: on one architecture, or with arch NULL on each that this machine's
 * kernel runs. Every number is covered, those that no kernel has in ranges, at the borders of what the filters ask of
 * the arguments; where a filter calculates with the number, that is a difference of its own. 0 or -1. */
int loaded_diff (const struct loaded_filters *one, const struct loaded_filters *two, const char *arch,
                 struct arena *arena, struct profile_differences *out, struct error *error);

#endif
