/*
 * Profiles in all common formats, read for a container; and profiles explained to people: the verdict on a call and the
 * rule behind it, how two profiles differ, what is wrong with one, husk's own profile, and a filter's instructions as
 * text. Nothing here is needed to load the filter of a config.json.
 */
#ifndef HUSK_PROFILE_H
#define HUSK_PROFILE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include <linux/seccomp.h>

#include "husk/seccomp.h"

/* The 14 capabilities that docker and containerd grant. */
extern const uint64_t profile_usual_capabilities;
/* husk's own profile, RuntimeDefault, as JSON text in the arena: for a container with these capabilities (1 << CAP_...,
 * its bounding set) on an architecture and those whose programs its kernel also runs. arch is "x86_64" or
 * "SCMP_ARCH_X86_64"; NULL: the native one. Only system calls that one of these architectures has are named. NULL with
 * an error: unknown architecture, or no memory. Pure. */
char *profile_default_json (uint64_t capabilities, const char *arch, struct arena *arena, struct error *error);

/* The container for which a profile is read: what docker's conditional rules depend on. */
struct profile_target
{
  const char *arch;      /* the machine's: "SCMP_ARCH_X86_64" */
  uint32_t kernel;       /* LINUX () */
  uint64_t capabilities; /* 1 << CAP_...: its bounding set */
};
/* This machine and its kernel; no capabilities. 0 or -1. */
int profile_target_here (struct profile_target *out, struct error *error);
/* LINUX () of "4.8"; unless whole, other text may follow. 0, or -1: it is not a version. */
int profile_kernel_read (const char *text, bool whole, uint32_t *out);
/* "SCMP_ARCH_X86_64" for docker's name "amd64"; NULL: unknown. */
const char *profile_arch_of_word (const char *word);

/* The files that may contain a SeccompProfile's base profiles. */
struct profile_bases
{
  const struct json_document *documents;
  uint32_t count;
};
/* Reads a profile in the specification's format, in docker's, or as a SeccompProfile, and resolves it for a container.
 * Its origins are values of the document, to which base profiles are added (json_graft). 0, or -1 with an error in the
 * report. Pure. */
int profile_read (struct json_document *document, const struct profile_target *target,
                  const struct profile_bases *bases, struct arena *arena, struct spec_seccomp *out,
                  struct report *report);
/* A profile as the specification's JSON, in the arena. NULL with an error. */
char *profile_json (const struct spec_seccomp *profile, struct arena *arena, struct error *error);

/* A system call to be explained. */
struct seccomp_call
{
  const char *arch; /* "SCMP_ARCH_X86_64" or "x86_64"; NULL: the native one */
  const char *name; /* or its number, in digits */
  uint64_t arguments[6];
};
/* The number of a call given by name or in digits. It makes *arch x32 if a bit of the number says so. 0, or -1 if the
 * architecture has no such call. */
struct arch;
int profile_find_number (const struct arch **arch, const char *name, int *out, struct error *error);
/* Its verdict under a profile. */
struct profile_ruling
{
  const char *arch; /* "SCMP_ARCH_X86"; NULL: the call was made on an unknown one */
  char name[64];    /* the number in digits if it has no name */
  bool named;
  char single[24]; /* "socket", if it was made by socketcall or ipc and no rule names these; or empty */
  int number;
  uint32_t verdict;                     /* SECCOMP_RET_*, by running the filter */
  const struct spec_seccomp_rule *rule; /* the rule that decided; NULL: the default action */
  const struct spec_seccomp_rule *near; /* the first that would have decided with other arguments, or NULL */
  uint32_t near_count;                  /* the number of these rules */
  uint32_t introduced; /* LINUX () of the call if it gets ENOSYS because it is newer than the profile; ~0: unknown */
  bool foreign;        /* the profile does not list the architecture: its calls are killed */
  uint32_t listed;     /* if foreign, the verdict if the architecture were listed; else the same as verdict */
};
/* Reads an argument as a user writes it: a number, a name (AF_INET, TIOCSTI), or several joined by |. 0 or -1. */
int profile_argument_read (const char *text, const char *arch, uint64_t *out, struct error *error);
/* "AF_INET"; NULL: it has no name. */
const char *profile_family_name (uint64_t family);
/* A row for people: outcomes beside each other that have one verdict and ask for values of one argument are one,
 * "arg0 in 0x3..0x6, 0x9", and address families have names. It means the same as the row. */
struct seccomp_row profile_row_join (const struct seccomp_row *row, struct arena *arena);
/* Runs the compiled filter on a call and finds the rule that decided. -1: the call or architecture is unknown. */
int profile_explain (const struct spec_seccomp *profile, const struct seccomp_filter *filter,
                     const struct seccomp_call *call, struct profile_ruling *out, struct error *error);

/* The same for a call that a process has made. */
void profile_explain_made (const struct spec_seccomp *profile, const struct seccomp_filter *filter,
                           const struct seccomp_data *data, struct profile_ruling *out);
/* The place in the profile that decides, and why: ", by config.json:3:5: /defaultAction (...)". */
void profile_ruling_text (const struct json_document *document, const struct spec_seccomp *profile,
                          const struct seccomp_filter *filter, const struct profile_ruling *ruling, char *out,
                          size_t size);

/* A difference between two profiles: a system call with its outcome under each, or a property of the profile. */
struct profile_difference
{
  const char *what;  /* "mkdir", "defaultAction" */
  const char *archs; /* "x86_64, x86", for a system call; NULL: a property */
  const char *one, *two;
};
struct profile_differences
{
  struct profile_difference *items; /* in the arena */
  uint32_t count, room;
};
/* Adds a difference of a system call, which the list has once for several architectures; arch NULL: of a property. */
void profile_difference_add (struct profile_differences *out, const struct arch *arch, const char *what,
                             const char *one, const char *two, struct arena *arena);
struct profile_side
{
  const struct json_document *document;
  const struct spec_seccomp *profile;
  const struct seccomp_filter *filter;
  const char *unapplied; /* why its container runs without it; NULL: it does not */
};
/* Lists properties first, then system calls: of one architecture, or with arch NULL of each that both profiles have.
 * Rules that differ only in wording do not count; those that could not be compared, because there are too many
 * conditions, do. With joined, the texts are for people: profile_row_join. 0 or -1. */
int profile_diff (const struct profile_side *one, const struct profile_side *two, const char *arch, bool joined,
                  struct arena *arena, struct profile_differences *out, struct error *error);

/* A call that one profile, the base, treats more strictly than another. */
struct profile_looseness
{
  const char *arch; /* "SCMP_ARCH_X86_64"; NULL: one that husk does not know */
  const char *name; /* or its digits */
  int number;
  bool unnamed; /* the call has no name: stands for all such numbers with the same verdicts */
  uint64_t arguments[6];
  uint32_t conditions; /* 1 << index of each argument that matters; the others can have any value */
  uint32_t base, other;
};
struct profile_proof
{
  struct profile_looseness *items; /* in the arena; first the calls that the base denies and the other lets run */
  uint32_t count, room;
  bool undecided;   /* there may be further calls with a looser action */
  char reason[192]; /* why, "on x86_64: ..." */
};
/* Finds out whether some call, on any architecture (arch not NULL: on that one), with any number and any arguments, has
 * a looser action under other than under base. If not, count is 0 and undecided false. A call is listed once for each
 * architecture; calls without a name that are treated alike are listed once. 0 or -1. */
int profile_prove (const struct profile_side *base, const struct profile_side *other, const char *arch,
                   struct arena *arena, struct profile_proof *out, struct error *error);
/* The rank of an action. If two filters return different actions, the kernel takes the lower one. Errno 0 ranks above
 * other errnos. */
int verdict_rank (uint32_t verdict);
/* ALLOW, LOG, TRACE or NOTIFY: the call is made, or an agent or tracer decides. */
bool verdict_runs (uint32_t verdict);

/* Merges two profiles: each call gets the stricter of its two actions (with any: the looser), or the first profile's if
 * they rank the same. So it allows what both (or any) allow. Returns JSON in the arena, or NULL with an error. Both
 * filters must come from seccomp_compile_as with errno_for_newer. The result is proved; if the format cannot express
 * it, the error names a call. */
char *profile_merge (const struct profile_side *one, const struct profile_side *two, bool any, struct arena *arena,
                     struct error *error);

/* "ALLOW", "ERRNO 38 (function not implemented)". */
void verdict_text (uint32_t verdict, char out[96]);
/* Warns about rules that have no effect or contradict each other, and about missing calls that programs need. A profile
 * under which no program can start is an error. */
void profile_lint (const struct json_document *document, const struct spec_seccomp *profile,
                   const struct seccomp_filter *filter, struct report *report);
/* Only the warnings about conditions that can be bypassed with bits that the kernel ignores. */
void profile_lint_widths (const struct json_document *document, const struct spec_seccomp *profile,
                          const struct seccomp_filter *filter, struct report *report);
/* An instruction as words, "if == 59 (0x3b) goto 7 else 8". */
void instruction_text (const struct seccomp_filter *filter, uint32_t index, char out[128]);
/* One line per instruction. */
void filter_print (const struct seccomp_filter *filter, FILE *out);

/* The rules of a file in docker's format that name the call, but do not apply to the profile's container: one line
 * each, in the arena. */
struct json_strings profile_left_out (const struct json_document *document, const struct spec_seccomp *profile,
                                      const char *name, struct arena *arena);
/* Reports how containerd, podman and CRI-O, and docker would resolve a file in docker's format, where the result
 * differs from husk's (own). Pure. */
void profile_compare_engines (const struct profile_side *own, const struct profile_target *target, bool errno_for_newer,
                              struct arena *arena, struct report *report);

/* Why a call should be reviewed before a profile allows it, as the end of a sentence; NULL: no reason. */
const char *profile_call_risk (const char *name);
/* What the calls beside this one in husk's own profile are for; out_index orders these groups. NULL: it is in none. */
const char *profile_call_group (const char *name, uint32_t *out_index);
/* How C libraries work without the call if it gets ENOSYS, as a sentence; NULL: they need it. */
const char *profile_call_fallback (const char *name);

/* Whether the verdict refuses the call: ERRNO, TRAP or KILL. */
bool verdict_denies (uint32_t verdict);
/* Lists the calls that got ENOSYS under the first profile because they are newer than it, and get another refusal under
 * the second, which is as new as they are. Sorted, in the arena. 0 or -1. */
int profile_aged (const struct profile_side *before, const struct profile_side *after, struct arena *arena,
                  struct json_strings *out, struct error *error);

/* Calls that a profile has denied, without repetition: only arguments that a call's rules test make a difference. */
struct profile_denials
{
  struct seccomp_data *items; /* malloc'd; arguments that no rule tests are 0 */
  uint32_t count, room;
  bool crowded; /* some did not fit */
};
void profile_denial_note (struct profile_denials *denials, const struct spec_seccomp *profile,
                          const struct profile_ruling *ruling, const struct seccomp_data *data);
/* Whether the call gets ENOSYS under the profile that profile_fix makes. */
bool profile_denial_stays (const struct profile_ruling *ruling);

enum profile_change_kind
{
  CHANGE_LIST,    /* an architecture is listed */
  CHANGE_DROP,    /* a call is removed from the rule that denied it, whose origin is in rule */
  CHANGE_ALLOW,   /* a call is allowed */
  CHANGE_VALUES,  /* a call is allowed, but only with the arguments in text */
  CHANGE_MISSING, /* a call gets ENOSYS; text is how programs work without it */
  CHANGE_NONE,    /* the same for a call that has its ENOSYS already */
  CHANGE_KEEP,    /* a call that would get EPERM now gets ENOSYS, as before */
  CHANGE_NOTHING, /* a call that cannot be allowed by a rule */
};
struct profile_change
{
  enum profile_change_kind kind;
  const char *subject, *text;
  origin_t rule;
};
struct profile_fixed
{
  struct spec_seccomp profile;
  struct profile_change *changes; /* in the arena */
  uint32_t count, room;
};
/* Makes the profile that also allows what it has denied, and nothing else. 0 or -1. Pure. */
int profile_fix (const struct json_document *document, const struct spec_seccomp *profile, bool errno_for_newer,
                 const struct profile_denials *denials, struct arena *arena, struct profile_fixed *out,
                 struct error *error);

/* Warns when users other than root and husk's own could replace the socket at listenerPath, by the rights of its
 * directories. */
void profile_check_agent_place (const struct json_document *document, const struct spec_seccomp *profile,
                                struct report *report);

#endif
