/*
 * From a seccomp profile to the program that the kernel loads. libseccomp gives names and numbers; the compiler is
 * husk's own: the verdicts are those of libseccomp, the program is smaller and made in microseconds.
 */
#ifndef HUSK_SECCOMP_H
#define HUSK_SECCOMP_H

#include <linux/filter.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "husk/arena.h"
#include "husk/spec.h"

/* A version of Linux, to be compared. */
#define LINUX(major, minor) ((uint32_t)(major) << 8 | (uint32_t)(minor))

struct seccomp_filter
{
  struct sock_filter *program; /* in the arena */
  uint32_t length;             /* instructions; at most 4096 (BPF_MAXINSNS) */
  uint32_t flags;              /* SECCOMP_FILTER_FLAG_* for seccomp(2) */
  bool notify;                 /* some rule or the default notifies */
  uint32_t age;                /* LINUX () of the newest call that the profile names, if newer ones get ENOSYS; or 0 */
};

/* Compiles a decoded profile. Warnings (names that nobody knows, with the nearest one) and errors go to the report, at
 * their rules. 0 or -1. Pure: nothing is asked of the kernel. */
int seccomp_compile (const struct json_document *document, const struct spec_seccomp *profile, struct arena *arena,
                     struct seccomp_filter *out, struct report *report);

/* husk's own profile, RuntimeDefault, as the text of a profile in JSON, in the arena: for a container with these
 * capabilities (1 << CAP_...; those of its bounding set) on an architecture and those that its kernel runs too. arch is
 * "x86_64" or "SCMP_ARCH_X86_64"; NULL: the native one. Only system calls that one of them has are named. NULL with an
 * error: no such architecture, no memory. Pure. */
char *seccomp_default_json (uint64_t capabilities, const char *arch, struct arena *arena, struct error *error);

/* Runs a program as the kernel does (classic BPF over struct seccomp_data): for tests and `explain`. */
struct seccomp_data;
/* AUDIT_ARCH_* that this build's own system calls have. */
uint32_t seccomp_native_arch (void);
uint32_t seccomp_interpret (const struct sock_filter *program, uint32_t length, const struct seccomp_data *data);

/* A system call that is asked about. */
struct seccomp_call
{
  const char *arch; /* "SCMP_ARCH_X86_64" or "x86_64"; NULL: the native one */
  const char *name; /* or its number, in digits */
  uint64_t arguments[6];
};
/* What a profile says to it. */
struct seccomp_ruling
{
  const char *arch; /* "SCMP_ARCH_X86"; NULL: of a call that was made on one that nobody knows */
  char name[64];    /* the digits, if nobody knows one */
  bool named;
  char single[24]; /* "socket", if it is socketcall's or ipc's and no rule names that itself; or empty */
  int number;
  uint32_t verdict;                     /* SECCOMP_RET_*, by running the filter */
  const struct spec_seccomp_rule *rule; /* that decided; NULL: the default action */
  const struct spec_seccomp_rule *near; /* the first that would have decided with other arguments, or NULL */
  uint32_t near_count;                  /* such rules in all */
  uint32_t introduced; /* LINUX () of the call, if it gets ENOSYS because it is newer than the profile; ~0: unknown */
  bool foreign;        /* the architecture is none of the profile's: its calls are killed */
  uint32_t listed;     /* the verdict if it were one; else as verdict */
};
/* What a call that was made is: its architecture ("x86_64", into out) and its name, malloc'd. NULL: nobody knows. */
const char *seccomp_data_arch (const struct seccomp_data *data, char out[24]);
char *seccomp_data_name (const struct seccomp_data *data);
/* Runs the compiled filter on a call and finds the rule that decided. -1: no such call or architecture. */
int seccomp_explain (const struct spec_seccomp *profile, const struct seccomp_filter *filter,
                     const struct seccomp_call *call, struct seccomp_ruling *out, struct error *error);

/* The same of a call that was made. */
void seccomp_explain_made (const struct spec_seccomp *profile, const struct seccomp_filter *filter,
                           const struct seccomp_data *data, struct seccomp_ruling *out);
/* Which place of the profile says so, and why: ", by config.json:3:5: /defaultAction (...)". */
void seccomp_ruling_text (const struct json_document *document, const struct spec_seccomp *profile,
                          const struct seccomp_filter *filter, const struct seccomp_ruling *ruling, char *out,
                          size_t size);

/* What one system call may get: the first outcome whose condition holds decides, and the last has none. */
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
  bool foreign;     /* none of the profile's: no rows, its calls are killed */
  const struct seccomp_row *rows;
  uint32_t count;
};
/* Every system call that is known on an architecture (NULL: the native one), by number. 0, or -1: no such
 * architecture. */
int seccomp_tabulate (const struct json_document *document, const struct spec_seccomp *profile,
                      const struct seccomp_filter *filter, const char *arch, struct arena *arena,
                      struct seccomp_table *out, struct error *error);

/* What of two profiles is not the same: a system call, with what it gets by each, or a property of the profile. */
struct seccomp_difference
{
  const char *what;  /* "mkdir", "defaultAction" */
  const char *archs; /* "x86_64, x86": of a system call; NULL: a property */
  const char *one, *two;
};
struct seccomp_differences
{
  struct seccomp_difference *items; /* in the arena */
  uint32_t count, room;
};
struct seccomp_side
{
  const struct json_document *document;
  const struct spec_seccomp *profile;
  const struct seccomp_filter *filter;
};
/* Properties first, then system calls: of one architecture, or with arch NULL of each that both have. Both filters are
 * run at the borders of both profiles' conditions, so that the same meaning in other words is no difference. 0 or -1.
 */
int seccomp_diff (const struct seccomp_side *one, const struct seccomp_side *two, const char *arch, struct arena *arena,
                  struct seccomp_differences *out, struct error *error);

/* "ALLOW", "ERRNO 38 (function not implemented)". */
void seccomp_verdict_text (uint32_t verdict, char out[96]);
/* Warns of rules that never count or contradict each other, of what programs will miss; an error where none can start.
 */
void seccomp_lint (const struct json_document *document, const struct spec_seccomp *profile,
                   const struct seccomp_filter *filter, struct report *report);
/* Of these warnings those about conditions that are passed by with bits that the kernel does not look at. */
void seccomp_lint_widths (const struct json_document *document, const struct spec_seccomp *profile,
                          const struct seccomp_filter *filter, struct report *report);
/* An instruction as words, "if == 59 (0x3b) goto 7 else 8". */
void seccomp_instruction_text (const struct seccomp_filter *filter, uint32_t index, char out[128]);
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
/* One line an instruction. */
void seccomp_print (const struct seccomp_filter *filter, FILE *out);

/* Warns when others than root and husk's own user can make what listenerPath leads to. Looks at the directories. */
void seccomp_check_agent_place (const struct json_document *document, const struct spec_seccomp *profile,
                                struct report *report);

#endif
