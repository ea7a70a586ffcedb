/*
 * How a profile becomes a program: arch.c knows the architectures, rules.c turns the profile's rules into verdicts for
 * numbers of system calls, emit.c writes instructions, compile.c puts the groups together.
 */
#ifndef HUSK_SECCOMP_FILTER_H
#define HUSK_SECCOMP_FILTER_H

#include <linux/seccomp.h>

#include "husk/seccomp.h"

struct arch
{
  const char *name; /* "SCMP_ARCH_X86_64" */
  uint32_t token;   /* libseccomp's, and with x32's exception the kernel's AUDIT_ARCH_* */
  uint32_t audit;   /* AUDIT_ARCH_* in struct seccomp_data */
  bool wide;        /* 64-bit arguments */
  bool big_endian;
  int socketcall, ipc; /* numbers of the multiplexing calls, or -1 */
};

/* NULL: no such architecture. */
const struct arch *arch_of_name (const char *name);
/* The specification knows it, libseccomp does not yet: without a table of its calls it can have no rules. */
bool arch_is_newer (const char *name);
const struct arch *arch_native (void);
/* The same for what a person writes, "x86_64" for "SCMP_ARCH_X86_64"; NULL: the native one. NULL with an error. */
const struct arch *arch_find (const char *name, struct error *error);
/* All of them, by index; NULL after the last. */
const struct arch *arch_at (uint32_t index);
/* A call as a filter of that architecture sees it: with its order of the arguments' halves, whatever runs this. */
struct seccomp_data arch_call (const struct arch *arch, int number, const uint64_t arguments[6]);
/* Of a call that was made; x32 is told by the number. NULL: not known. */
const struct arch *arch_of_data (const struct seccomp_data *data);
/* The name of an AUDIT_ARCH_*, x86_64 for that which x32 shares with it; NULL: not known. */
const char *arch_name_of_audit (uint32_t audit);
/* "x86_64" of "SCMP_ARCH_X86_64", in small letters, in the arena. */
const char *arch_short_name (const struct arch *arch, struct arena *arena);
/* The profile lists it, or it is the native one. */
bool arch_in_profile (const struct arch *arch, const struct spec_seccomp *profile);
/* The nearest name, for messages, or NULL. */
const char *arch_nearest (const char *name);
/* What an architecture adds to the numbers that all share: x32 its bit, MIPS the thousands of its ABIs. */
int arch_base (const struct arch *arch);

/* calls.c: names and numbers of system calls. libseccomp is asked first, then the table of introduced.c, so that a call
 * which is newer than libseccomp is one as any other. */
#define CALL_UNKNOWN (-1) /* nobody knows a call of that name, on whatever architecture */
/* Its number, CALL_UNKNOWN, or another negative number: it is no call of its own on this architecture. */
int call_number (const struct arch *arch, const char *name);
/* Only one behind socketcall or ipc has such a number. */
static inline bool
call_is_multiplexed (int number)
{
  return number < CALL_UNKNOWN && number > -300;
}
/* The name of a number, malloc'd; NULL: nobody knows one. */
char *call_name (const struct arch *arch, int number);

/* Calls that some architectures reach through one multiplexing system call: net.h and ipc.h of the kernel. */
#define MULTIPLEXED_MAX 24 /* the highest number of a call among them */
struct multiplexed_call
{
  const char *name;
  bool ipc;
  uint8_t call;                      /* argument 0 of socketcall or ipc */
  uint16_t x86, s390, powerpc, mips; /* their numbers as calls of their own, or 0 */
};
const struct multiplexed_call *multiplexed_of_name (const char *name);
const struct multiplexed_call *multiplexed_of_call (bool ipc, uint64_t call);
/* The number as a call of its own, or 0. */
int multiplexed_number (const struct multiplexed_call *call, const struct arch *arch);

#define X32_BIT 0x40000000u

/* What one system call gets by one rule. Sorted by number, then by the rule's place in the profile. */
struct verdict
{
  uint32_t number, order;
  uint32_t action;                      /* SECCOMP_RET_* with its data */
  const struct spec_seccomp_rule *rule; /* its conditions; NULL: none */
  int32_t condition;                    /* of rule->args: only that one, or -1 for all together */
  uint32_t multiplexed;                 /* not 0: only if argument 0 is this (socketcall, ipc) */
  bool wide, big_endian;
};

/* All architectures with one AUDIT_ARCH_*: x86_64 and x32 share theirs. */
struct group
{
  const struct arch *archs[2];
  uint32_t arch_count;
  struct verdict *verdicts;
  uint32_t count, capacity;
  uint32_t beyond[2]; /* of each architecture: numbers from here on are newer than all that is known; 0: not asked */
};

/* The Linux version that a system call came with; those before 3.0 are left out. Newest first, ends with NULL. */
struct introduced
{
  const char *name;
  uint16_t version; /* LINUX () */
  uint16_t number;  /* without what the architecture adds; 0: of a call that every libseccomp knows */
  uint32_t only;    /* the one architecture that has it, by libseccomp's token; 0: all have it */
};
extern const struct introduced introduced[];
/* 0: before 3.0, or nobody knows. */
uint32_t introduced_version (const char *name);

struct unknown /* names that no architecture of the profile knows */
{
  uint32_t count;
  origin_t node; /* of the first */
  const char *first;
  char names[320];
};

struct compiler
{
  const struct json_document *document;
  const struct spec_seccomp *profile;
  struct arena *arena;
  struct report *report;
  struct group groups[24];
  uint32_t group_count;
  uint32_t default_action;
  bool notify;
  struct unknown unknown;
  uint32_t age;   /* see struct seccomp_filter */
  uint32_t *cost; /* of each rule: instructions of its own */
};

/* Makes the groups of the profile's architectures. 0 or -1. */
int compiler_add_archs (struct compiler *compiler);
/* Fills the groups' verdicts. 0 or -1. */
int rules_expand (struct compiler *compiler);
/* Gives ENOSYS to the calls that are newer than the profile (age.c), if its default is EPERM. Verdicts stay sorted. */
void rules_age (struct compiler *compiler);
/* That rule: whether newer calls get ENOSYS at all. */
bool profile_ages (const struct spec_seccomp *profile);
/* Two conditions of a rule are on one argument: either is enough then. */
bool rule_repeats_argument (const struct spec_seccomp_rule *rule);
void verdict_add (struct compiler *compiler, struct group *group, const struct verdict *verdict);
#define CONDITION_SIZE 80
/* "(arg0 & 0x1) == 0x0" */
void condition_text (const struct spec_seccomp_arg *arg, char out[CONDITION_SIZE]);
/* SECCOMP_FILTER_FLAG_* of its name, 0 for none. */
uint32_t flag_word (const char *text);
/* SECCOMP_RET_* of an action, with its errno. */
uint32_t action_word (const struct json_enum *action, const struct json_uint *code);

/* Instructions, written from the end of the program to its start, so that every target is known. */
struct emitter
{
  struct sock_filter *buffer; /* filled from the back */
  uint32_t room, count;
  struct
  {
    uint32_t action, label;
  } returns[64]; /* the nearest return of each action */
  uint32_t return_count;
};
typedef uint32_t label_t; /* distance from the program's end: the number of instructions from there on */

label_t emit (struct emitter *emitter, uint16_t code, uint32_t k);
label_t emit_jump (struct emitter *emitter, uint16_t comparison, uint32_t k, label_t then, label_t otherwise);
/* A return of that action within reach of a jump. */
label_t emit_return (struct emitter *emitter, uint32_t action);
/* The conditions of a verdict: goes on to `match` or `fail`. */
label_t emit_conditions (struct emitter *emitter, const struct verdict *verdict, label_t match, label_t fail);

/* lint_width.c: warns of a condition that is passed by with bits that the kernel does not look at. */
void lint_width (const struct json_document *document, const struct spec_seccomp *profile,
                 const struct seccomp_filter *filter, const struct spec_seccomp_rule *rule,
                 const struct spec_seccomp_arg *arg, struct report *report);

#endif
