/*
 * How a profile becomes a program: arch.c knows the architectures, rules.c turns the profile's rules into verdicts for
 * numbers of system calls, emit.c writes instructions, compile.c puts the groups together.
 */
#ifndef HUSK_SECCOMP_FILTER_H
#define HUSK_SECCOMP_FILTER_H

#include <linux/seccomp.h>

#include "husk/calls.h"
#include "husk/seccomp.h"

/* The action of one rule for one system call. Sorted by number, then by the rule's place in the profile. */
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

/* All architectures with the same AUDIT_ARCH_*: x86_64 and x32 share theirs. */
struct group
{
  const struct arch *archs[2];
  uint32_t arch_count;
  struct verdict *verdicts;
  uint32_t count, capacity;
  uint32_t beyond[2]; /* per architecture: numbers from here on are newer than all known calls; 0: not determined yet */
};

/* The Linux version that introduced a system call; those before 3.0 are left out. Newest first. The table is made at
 * build time from calls.csv, which has all calls. It has no pointers, so that starting husk relocates and reads little.
 */
struct call_introduction
{
  uint16_t name;    /* its offset in introduced_names */
  uint16_t version; /* LINUX () */
  uint16_t number;  /* without arch_base; 0: every libseccomp knows the call */
  uint16_t abis;    /* an index into introduced_abis: a bit for each enum call_abi that has the call */
};
extern const char introduced_names[];
extern const struct call_introduction introduced[];
extern const uint32_t introduced_count;
extern const uint32_t introduced_abis[];
extern const uint8_t
    introduced_by_name[]; /* indices into introduced, in the order of the names: each name is looked up */
static inline const char *
introduced_name (uint32_t at)
{
  return introduced_names + introduced[at].name;
}
/* NULL: not in the table. */
const struct call_introduction *introduced_find (const char *name);
/* call_number, with what introduced_find has for the name. */
int call_number_with (const struct arch *arch, const char *name, const struct call_introduction *call);

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
  uint32_t age;   /* see struct seccomp_filter */
  uint32_t *cost; /* the number of instructions for each rule's conditions */
};

/* Builds the groups for the profile's architectures. 0 or -1. */
int compiler_add_archs (struct compiler *compiler);
/* Fills the groups' verdicts. 0 or -1. */
int rules_expand (struct compiler *compiler);
/* Makes calls newer than the profile fail with ENOSYS (age.c) if its default is EPERM. Verdicts stay sorted. */
void rules_age (struct compiler *compiler);
void verdict_add (struct compiler *compiler, struct group *group, const struct verdict *verdict);

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
