/*
 * Architectures and system calls as profiles name them: names, numbers, and the kernel that introduced each call.
 * husk's own table has all calls, with their numbers on the architectures of this kernel, and libseccomp has the
 * numbers on the others. The words of a profile are here too.
 */
#ifndef HUSK_CALLS_H
#define HUSK_CALLS_H

#include <linux/seccomp.h>
#include <stdbool.h>
#include <stdint.h>

#include "husk/arena.h"
#include "husk/spec.h"

/* A version of Linux, as a number that compares like it. */
#define LINUX(major, minor) ((uint32_t)(major) << 8 | (uint32_t)(minor))

/* Architectures with call numbers, in the order of the columns of src/seccomp/calls.csv. */
enum call_abi
{
  ABI_X86_64,
  ABI_X86,
  ABI_X32,
  ABI_AARCH64,
  ABI_ARM,
  ABI_MIPS,
  ABI_MIPS64,
  ABI_MIPS64N32,
  ABI_PPC,
  ABI_PPC64,
  ABI_S390,
  ABI_S390X,
  ABI_PARISC,
  ABI_PARISC64,
  ABI_RISCV64,
  ABI_LOONGARCH64,
  ABI_M68K,
  ABI_SH,
};

struct arch
{
  const char *name; /* "SCMP_ARCH_X86_64" */
  uint32_t token;   /* libseccomp's; except for x32, also the kernel's AUDIT_ARCH_* */
  uint32_t audit;   /* AUDIT_ARCH_* in struct seccomp_data */
  bool wide;        /* 64-bit arguments */
  bool big_endian;
  int socketcall, ipc; /* numbers of the multiplexing calls, or -1 */
  enum call_abi abi;
};

/* NULL: unknown architecture. */
const struct arch *arch_of_name (const char *name);
/* The specification has it, but libseccomp does not yet: without a table of its calls it can have no rules. */
bool arch_is_newer (const char *name);
const struct arch *arch_native (void);
/* The same for the name that a user writes, "x86_64" for "SCMP_ARCH_X86_64"; NULL means the native one. Returns NULL
 * with an error. */
const struct arch *arch_find (const char *name, struct error *error);
/* All of them, by index; NULL after the last. */
const struct arch *arch_at (uint32_t index);
/* A call as a filter of this architecture sees it: the halves of each argument are in its byte order. */
struct seccomp_data arch_call (const struct arch *arch, int number, const uint64_t arguments[6]);
/* The architecture that a call was made on. The call's number distinguishes x32. NULL: unknown. */
const struct arch *arch_of_data (const struct seccomp_data *data);
/* The name of an AUDIT_ARCH_*; "x86_64" for the one that x32 shares with it. NULL: unknown. */
const char *arch_name_of_audit (uint32_t audit);
/* "x86_64" for "SCMP_ARCH_X86_64", in lower case, in the arena. */
const char *arch_short_name (const struct arch *arch, struct arena *arena);
/* Whether the profile lists it or it is the native one. */
bool arch_in_profile (const struct arch *arch, const struct spec_seccomp *profile);
/* The nearest name, for messages, or NULL. */
const char *arch_nearest (const char *name);
/* What an architecture adds to the shared call numbers: x32 its bit, MIPS its ABI's thousands. */
int arch_base (const struct arch *arch);
/* Where its numbers are, by index: from start to before end, with gaps. 0, 0 after the last. */
struct call_span
{
  int start, end;
};
struct call_span arch_span (const struct arch *arch, uint32_t index);

#define CALL_UNKNOWN (-1)     /* no architecture has a call with that name */
#define CALL_MULTIPLEXED (-2) /* it is behind socketcall or ipc, or would be where there are these */
/* Its number, or CALL_UNKNOWN. Another negative number: it has no number of its own on this architecture. */
int call_number (const struct arch *arch, const char *name);
/* Whether the call is behind socketcall or ipc. */
static inline bool
call_is_multiplexed (int number)
{
  return number < CALL_UNKNOWN && number > -300;
}
/* The name for a number, malloc'd, or NULL. */
char *call_name (const struct arch *arch, int number);

/* The architecture's call whose name is nearest to a text, malloc'd, or NULL if none is near. */
char *call_nearest (const struct arch *arch, const char *text);

/* Calls that some architectures reach through one multiplexing system call (the kernel's net.h and ipc.h). */
#define MULTIPLEXED_MAX 24 /* the highest `call` below */
struct multiplexed_call
{
  const char *name;
  bool ipc;
  uint8_t call;                      /* argument 0 of socketcall or ipc */
  uint16_t x86, s390, powerpc, mips; /* their numbers as separate calls, or 0 */
};
const struct multiplexed_call *multiplexed_of_name (const char *name);
const struct multiplexed_call *multiplexed_of_call (bool ipc, uint64_t call);
/* Its number as a separate call, or 0. */
int multiplexed_number (const struct multiplexed_call *call, const struct arch *arch);

#define X32_BIT 0x40000000u

/* The LINUX () that introduced the call; 0: before 3.0, or unknown. */
uint32_t introduced_version (const char *name);

/* Whether two conditions of a rule test the same argument: then either one is enough. */
bool rule_repeats_argument (const struct spec_seccomp_rule *rule);
#define CONDITION_SIZE 80
/* "(arg0 & 0x1) == 0x0" */
void condition_text (const struct spec_seccomp_arg *arg, char out[CONDITION_SIZE]);
/* The SECCOMP_FILTER_FLAG_* with this name, or 0. */
uint32_t flag_word (const char *text);
/* The SECCOMP_RET_* for an action, with its errno. */
uint32_t action_word (const struct json_enum *action, const struct json_uint *code);

#endif
