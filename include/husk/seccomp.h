/*
 * From a seccomp profile to the program that the kernel loads. libseccomp supplies names and numbers. The compiler is
 * husk's own: its programs return the same verdicts as libseccomp's, but are smaller and compile in microseconds.
 */
#ifndef HUSK_SECCOMP_H
#define HUSK_SECCOMP_H

#include <linux/filter.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "husk/arena.h"
#include "husk/spec.h"

struct seccomp_filter
{
  struct sock_filter *program; /* in the arena */
  uint32_t length;             /* instructions; at most 4096 (BPF_MAXINSNS) */
  uint32_t flags;              /* SECCOMP_FILTER_FLAG_* for seccomp(2) */
  bool notify;                 /* some rule or the default notifies */
  bool ages;                   /* calls that are newer than the profile get ENOSYS */
  uint32_t age;                /* LINUX () of the newest call that the profile names, if newer ones get ENOSYS; or 0 */
};

/* Compiles a decoded profile. Warnings (unknown names, with the nearest known one) and errors go to the report, with
 * the place of their rules. 0 or -1. Pure: the kernel is not asked. */
int seccomp_compile (const struct json_document *document, const struct spec_seccomp *profile, struct arena *arena,
                     struct seccomp_filter *out, struct report *report);
/* The same, but with errno_for_newer a call that is newer than the profile gets the default action, not ENOSYS. */
int seccomp_compile_as (const struct json_document *document, const struct spec_seccomp *profile, bool errno_for_newer,
                        struct arena *arena, struct seccomp_filter *out, struct report *report);

struct seccomp_data;
/* The AUDIT_ARCH_* of this build's own system calls. */
uint32_t seccomp_native_arch (void);
/* Runs a program on a call, as the kernel does (classic BPF over struct seccomp_data). */
uint32_t seccomp_interpret (const struct sock_filter *program, uint32_t length, const struct seccomp_data *data);
/* The same for who wants to know what a filter asks of the arguments. */
struct seccomp_watch
{
  /* Half of an argument, at this offset in struct seccomp_data, was compared with a word: those bits of it that are in
   * mask, by BPF_JEQ, BPF_JGT, BPF_JGE or BPF_JSET. mask 0: the filter has calculated with it, or returns it, or it is
   * half of the instruction pointer. */
  void (*compared) (uint32_t offset, uint32_t mask, int operation, uint32_t word, void *data);
  void *data;
};
uint32_t seccomp_interpret_watched (const struct sock_filter *program, uint32_t length, const struct seccomp_data *data,
                                    const struct seccomp_watch *watch);

/* The architecture ("x86_64", into out) and the malloc'd name of a call that was made. NULL: unknown. */
const char *seccomp_data_arch (const struct seccomp_data *data, char out[24]);
char *seccomp_data_name (const struct seccomp_data *data);

/* The possible verdicts on one system call: the first outcome whose condition holds decides, and the last has no
 * condition. */
struct seccomp_outcome
{
  uint32_t verdict;
  const char *condition;                /* "arg0 == 0x3e | (arg1 & 0x1) == 0x0"; NULL: any arguments */
  const struct spec_seccomp_rule *rule; /* NULL: the default action */
  uint32_t others;                      /* of seccomp_row_join: outcomes of other rules that are joined to it */
};
struct seccomp_row
{
  const char *name;
  int number;
  const struct seccomp_outcome *outcomes;
  uint32_t count;
};
struct seccomp_table
{
  const char *arch; /* "SCMP_ARCH_X86_64" */
  bool foreign;     /* the profile does not list it: no rows, its calls are killed */
  const struct seccomp_row *rows;
  uint32_t count;
};
/* Every known system call of an architecture (NULL: the native one), by number. -1: unknown architecture. */
int seccomp_tabulate (const struct json_document *document, const struct spec_seccomp *profile,
                      const struct seccomp_filter *filter, const char *arch, struct arena *arena,
                      struct seccomp_table *out, struct error *error);

/* Reports an error for each action and flag that this kernel does not know. Loads nothing. */
void seccomp_lint_kernel (const struct json_document *document, const struct spec_seccomp *profile,
                          struct report *report);
/* The architectures ("SCMP_ARCH_X86_64") and flags ("SECCOMP_FILTER_FLAG_LOG") that a profile may name, by index; NULL
 * after the last. */
const char *seccomp_arch_name (uint32_t index);
const char *seccomp_flag_name (uint32_t index);
/* Whether this kernel has the action, a row of spec_action_names. */
bool seccomp_kernel_has_action (const struct json_name *action);
/* The LINUX () (calls.h) of the newest call in husk's own table. */
uint32_t seccomp_newest_call (void);
/* Whether this kernel knows the flag of this name. */
bool seccomp_kernel_has_flag (const char *name);
/* The version of libseccomp: "2.5.4". */
void seccomp_library_version (char out[40]);

#endif
