/*
 * How a profile becomes a program: arch.c knows the architectures, rules.c turns the profile's rules into verdicts for
 * numbers of system calls, emit.c writes instructions, compile.c puts the groups together.
 */
#ifndef HUSK_SECCOMP_FILTER_H
#define HUSK_SECCOMP_FILTER_H

#include <linux/seccomp.h>

#include "husk/calls.h"
#include "husk/seccomp.h"

/* The action of one rule for one system call. */
struct verdict
{
  uint32_t number, order;
  uint32_t action;                      /* SECCOMP_RET_* with its data */
  uint32_t place;                       /* of one rule: which of them comes first */
  const struct spec_seccomp_rule *rule; /* the rule with its conditions; NULL: unconditional */
  int32_t condition;                    /* the index in rule->args of the only condition to test; -1: all of them */
  uint32_t multiplexed;                 /* not 0: only if argument 0 has this value (socketcall, ipc) */
  bool wide, big_endian;
};

/* All architectures with the same AUDIT_ARCH_*: x86_64 and x32 share theirs. Most rules have no conditions, and most
 * numbers are less than PLAIN_COUNT above arch_base: those are in a table, and only the other verdicts are sorted. */
#define PLAIN_COUNT 640u
#define PLAIN_NEWER UINT32_MAX /* the call is newer than the profile (age.c) */
struct group
{
  const struct arch *archs[2]; /* by arch_base */
  uint32_t arch_count;
  uint32_t *plain[2]; /* for each of them and each number 1 + the first rule without conditions, PLAIN_NEWER, or 0 */
  struct verdict *verdicts; /* the others */
  uint32_t count, capacity;
  uint32_t beyond[2]; /* per architecture: numbers from here on are newer than all known calls; 0: not determined yet */
};
/* What decides the numbers from `number` to before `end`: a plain rule, or else the verdicts, in their order. */
struct ruling
{
  uint32_t number, end;
  uint32_t plain; /* as in struct group */
  struct verdict *verdicts;
  uint32_t count;
};

/* husk's own table of calls, made at build time from calls.csv. A call is its index. Nothing in it is a pointer, and it
 * is packed: starting husk relocates nothing of it and reads little. */
#define CALLS_IN_BLOCK 8
extern const char call_names[];      /* sorted; a byte below ' ' ends a name and is what the next one shares with it */
extern const uint16_t call_blocks[]; /* where each block of names starts, with one that shares nothing */
extern const uint32_t call_count, call_block_count;
extern const uint16_t call_versions[]; /* LINUX (); 0: before 3.0 */
extern const uint8_t call_since[];     /* for each call, an index into call_versions */
/* The numbers, without arch_base, on the architectures whose programs this kernel may run. */
#define CALL_NUMBER_BITS 10
#define CALL_ABSENT 1023u             /* the architecture lacks the call */
#define CALL_ASK 1022u                /* the number is larger: libseccomp has it */
#define CALL_BEHIND (1u << 30)        /* socketcall or ipc makes the call, on architectures with these */
extern const uint32_t call_numbers[]; /* for each call */
extern const uint8_t call_columns[];  /* for each enum call_abi its place in call_numbers, from 1 on; 0: none */
/* A call that libseccomp may be too old for, and that has the same number on all architectures. */
struct call_shared
{
  uint16_t call, number;
  uint32_t abis; /* a bit for each enum call_abi that has the call */
};
extern const struct call_shared call_shared[];
extern const uint32_t call_shared_count;

#define CALL_NONE UINT32_MAX
/* The call of this name, or CALL_NONE. */
uint32_t call_find (const char *name);
/* LINUX (); 0: before 3.0, or unknown. */
static inline uint32_t
call_version (uint32_t call)
{
  return call == CALL_NONE ? 0 : call_versions[call_since[call]];
}
/* call_number, with the call that call_find has for the name. */
int call_number_with (const struct arch *arch, const char *name, uint32_t call);
/* The same for a call of the table. */
int call_number_at (const struct arch *arch, uint32_t call);

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
  bool notify, ages; /* see struct seccomp_filter */
  struct unknown unknown;
  uint32_t age;   /* LINUX () of the newest call that the profile names */
  uint32_t *cost; /* the number of instructions for each rule's conditions */
};

/* Builds the groups for the profile's architectures. 0 or -1. */
int compiler_add_archs (struct compiler *compiler);
/* Fills the groups' verdicts. 0 or -1. */
int rules_expand (struct compiler *compiler);
/* Makes calls newer than the profile fail with ENOSYS (age.c) if its default is EPERM. */
void rules_age (struct compiler *compiler);
void group_add_arch (struct compiler *compiler, struct group *group, const struct arch *arch);
/* Notes a rule without conditions for a number of architecture `index` of the group. false: the number is not in its
 * table. */
bool group_add_plain (struct group *group, uint32_t index, uint32_t number, uint32_t plain);
void verdict_add (struct compiler *compiler, struct group *group, const struct verdict *verdict);
/* Goes on to the next numbers that a rule decides; { 0 } is before the first. false: there are no more. */
bool group_next (const struct group *group, struct ruling *ruling);
/* The SECCOMP_RET_* of a plain rule. */
uint32_t plain_action (const struct compiler *compiler, uint32_t plain);

/* Instructions are written from the end of the program to its start, so that the target of every jump is known. */
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
/* A return of this action within reach of a jump. */
label_t emit_return (struct emitter *emitter, uint32_t action);
/* Tests the conditions of a verdict and continues at `match` or `fail`. */
label_t emit_conditions (struct emitter *emitter, const struct verdict *verdict, label_t match, label_t fail);

#endif
