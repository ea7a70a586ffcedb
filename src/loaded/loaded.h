/*
 * What the files that read filters, explain why that failed, and try arguments share.
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

/* Reads from /proc, before the thread is touched: its name, its process, whether it has filters. An error if it is
 * not there, is a kernel thread, has ended, or has no filter. */
int loaded_inspect (struct loaded_filters *loaded, struct error *error);
/* Why an attempt failed with this errno, in words. -1 */
int loaded_refuse (const struct loaded_filters *loaded, enum loaded_attempt attempt, int code, struct error *error);

/* Of a thread that is stopped, after its filters are read: if it waits in a call that its filters do not let the kernel
 * restart, the call ends with EINTR. false: that failed. */
bool loaded_end_wait (pid_t thread, const struct loaded_filters *loaded);

/* Like loaded_verdict, but also records which arguments the filters test. */
uint32_t loaded_strictest (const struct loaded_filters *loaded, const struct seccomp_data *data,
                           const struct seccomp_watch *watch, uint32_t *out_filter);

/* Runs the filters of one or two sides on a call with every combination of the boundary values that they test, and
 * calls each with the verdicts until it returns false. Boundaries found on the way are tried too. false: something
 * was left out, since a filter calculates with arguments or there are too many combinations. */
bool loaded_try (const struct loaded_filters *const sides[2], const struct arch *arch, int number,
                 bool (*each) (const uint32_t verdicts[2], const struct seccomp_data *call, void *data), void *data);

#define LOADED_NUMBERS 1024 /* from an architecture's first on: the kernel has fewer by far */

/* Ranges of an architecture's numbers, in the order of unsigned numbers, that cover all of them: calls that the kernel
 * could have are ranges of one, and within the others each filter of both sides (the second may be NULL) treats all
 * numbers alike. */
struct loaded_range
{
  int first, last;
};
struct loaded_numbers
{
  struct loaded_range *items; /* in the arena */
  uint32_t count;
  bool incomplete; /* there may be differences within a range: a filter calculates with the number, or asks for many */
};
void loaded_list_numbers (const struct loaded_filters *const sides[2], const struct arch *arch, struct arena *arena,
                          struct loaded_numbers *out);

/* Whether the kernel may continue this call of a 64-bit program by restart_syscall. Here for the tests of all machines.
 */
bool loaded_restarts_on_aarch64 (uint64_t number, const uint64_t arguments[6]);

#endif
