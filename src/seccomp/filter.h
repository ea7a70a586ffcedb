/*
 * How a profile becomes a program: arch.c knows the architectures, rules.c turns the profile's rules into verdicts for
 * numbers of system calls, emit.c writes instructions, compile.c puts the groups together.
 */
#ifndef HUSK_SECCOMP_FILTER_H
#define HUSK_SECCOMP_FILTER_H

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
const struct arch *arch_native (void);
/* The nearest name, for messages, or NULL. */
const char *arch_nearest (const char *name);

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
};

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
};

/* Fills the groups' verdicts. 0 or -1. */
int rules_expand (struct compiler *compiler);
/* Two conditions of a rule are on one argument: either is enough then. */
bool rule_repeats_argument (const struct spec_seccomp_rule *rule);
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

#endif
