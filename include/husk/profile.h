/*
 * Profiles explained to people: what a call gets and by which rule, how two profiles differ, what is wrong with one,
 * husk's own profile, and a filter's instructions as text. Nothing here is needed to load a filter.
 */
#ifndef HUSK_PROFILE_H
#define HUSK_PROFILE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "husk/seccomp.h"

/* husk's own profile, RuntimeDefault, as the text of a profile in JSON, in the arena: for a container with these
 * capabilities (1 << CAP_...; those of its bounding set) on an architecture and those that its kernel runs too. arch is
 * "x86_64" or "SCMP_ARCH_X86_64"; NULL: the native one. Only system calls that one of them has are named. NULL with an
 * error: no such architecture, no memory. Pure. */
char *profile_default_json (uint64_t capabilities, const char *arch, struct arena *arena, struct error *error);

/* A system call to be explained. */
struct seccomp_call
{
  const char *arch; /* "SCMP_ARCH_X86_64" or "x86_64"; NULL: the native one */
  const char *name; /* or its number, in digits */
  uint64_t arguments[6];
};
/* What it gets under a profile. */
struct profile_ruling
{
  const char *arch; /* "SCMP_ARCH_X86"; NULL: the call was made on an unknown one */
  char name[64];    /* the digits, if it has no name */
  bool named;
  char single[24]; /* "socket", if it is socketcall's or ipc's and no rule names that itself; or empty */
  int number;
  uint32_t verdict;                     /* SECCOMP_RET_*, by running the filter */
  const struct spec_seccomp_rule *rule; /* that decided; NULL: the default action */
  const struct spec_seccomp_rule *near; /* the first that would have decided with other arguments, or NULL */
  uint32_t near_count;                  /* near rules in all */
  uint32_t introduced; /* LINUX () of the call, if it gets ENOSYS because it is newer than the profile; ~0: unknown */
  bool foreign;        /* the profile does not list the architecture: its calls are killed */
  uint32_t listed;     /* the verdict if it were one; else as verdict */
};
/* Runs the compiled filter on a call and finds the rule that decided. -1: the call or architecture is unknown. */
int profile_explain (const struct spec_seccomp *profile, const struct seccomp_filter *filter,
                     const struct seccomp_call *call, struct profile_ruling *out, struct error *error);

/* The same for a call that was made. */
void profile_explain_made (const struct spec_seccomp *profile, const struct seccomp_filter *filter,
                           const struct seccomp_data *data, struct profile_ruling *out);
/* Which place of the profile says so, and why: ", by config.json:3:5: /defaultAction (...)". */
void profile_ruling_text (const struct json_document *document, const struct spec_seccomp *profile,
                          const struct seccomp_filter *filter, const struct profile_ruling *ruling, char *out,
                          size_t size);

/* A difference between two profiles: a system call, with what it gets under each, or a property of the profile. */
struct profile_difference
{
  const char *what;  /* "mkdir", "defaultAction" */
  const char *archs; /* "x86_64, x86": of a system call; NULL: a property */
  const char *one, *two;
};
struct profile_differences
{
  struct profile_difference *items; /* in the arena */
  uint32_t count, room;
};
struct profile_side
{
  const struct json_document *document;
  const struct spec_seccomp *profile;
  const struct seccomp_filter *filter;
};
/* Properties first, then system calls: of one architecture, or with arch NULL of each that both have. Both filters are
 * run at the borders of both profiles' conditions, so that the same meaning in other words does not count. 0 or -1.
 */
int profile_diff (const struct profile_side *one, const struct profile_side *two, const char *arch, struct arena *arena,
                  struct profile_differences *out, struct error *error);

/* "ALLOW", "ERRNO 38 (function not implemented)". */
void verdict_text (uint32_t verdict, char out[96]);
/* Warns about rules that have no effect or contradict each other, and about calls that programs will miss. A profile
 * under which no program can start is an error. */
void profile_lint (const struct json_document *document, const struct spec_seccomp *profile,
                   const struct seccomp_filter *filter, struct report *report);
/* Only the warnings about conditions that can be bypassed with bits that the kernel ignores. */
void profile_lint_widths (const struct json_document *document, const struct spec_seccomp *profile,
                          const struct seccomp_filter *filter, struct report *report);
/* An instruction as words, "if == 59 (0x3b) goto 7 else 8". */
void instruction_text (const struct seccomp_filter *filter, uint32_t index, char out[128]);
/* One line an instruction. */
void filter_print (const struct seccomp_filter *filter, FILE *out);

/* Warns when others than root and husk's own user can make what listenerPath leads to. Looks at the directories. */
void profile_check_agent_place (const struct json_document *document, const struct spec_seccomp *profile,
                                struct report *report);

#endif
