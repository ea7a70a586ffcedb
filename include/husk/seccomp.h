/*
 * From a seccomp profile to the program that the kernel loads. libseccomp supplies names and numbers. The compiler is
 * husk's own: its verdicts are those of libseccomp, but the program is smaller and compiled in microseconds.
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

/* Compiles a decoded profile. Warnings (unknown names, with the nearest one) and errors go to the report, at
 * their rules. 0 or -1. Pure: nothing is asked of the kernel. */
int seccomp_compile (const struct json_document *document, const struct spec_seccomp *profile, struct arena *arena,
                     struct seccomp_filter *out, struct report *report);
/* The same where a call that is newer than the profile gets the default action too (errno_for_newer). */
int seccomp_compile_as (const struct json_document *document, const struct spec_seccomp *profile, bool errno_for_newer,
                        struct arena *arena, struct seccomp_filter *out, struct report *report);

/* Runs a program as the kernel does (classic BPF over struct seccomp_data): for tests and `explain`. */
struct seccomp_data;
/* AUDIT_ARCH_* that this build's own system calls have. */
uint32_t seccomp_native_arch (void);
uint32_t seccomp_interpret (const struct sock_filter *program, uint32_t length, const struct seccomp_data *data);

/* The architecture ("x86_64", into out) and the malloc'd name of a call that was made. NULL: unknown. */
const char *seccomp_data_arch (const struct seccomp_data *data, char out[24]);
char *seccomp_data_name (const struct seccomp_data *data);

/* The possible verdicts on one system call: the first outcome whose condition holds decides, and the last has no
 * condition. */
struct seccomp_outcome
{
  uint32_t verdict;
  const char *condition;                /* "arg0 == 0x3e | (arg1 & 0x1) == 0x0"; NULL: whatever the arguments */
  const struct spec_seccomp_rule *rule; /* NULL: the default action */
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

/* An error for each action and flag that this kernel does not know: it is asked, nothing is loaded. */
void seccomp_lint_kernel (const struct json_document *document, const struct spec_seccomp *profile,
                          struct report *report);
/* "SCMP_ARCH_X86_64", ... and "SECCOMP_FILTER_FLAG_LOG", ...: what a profile may name, by index; NULL after the last.
 */
const char *seccomp_arch_name (uint32_t index);
const char *seccomp_flag_name (uint32_t index);
/* This kernel knows the flag of that name. */
bool seccomp_kernel_has_flag (const char *name);
/* "2.5.4": libseccomp's. */
void seccomp_library_version (char out[40]);

#endif
