/*
 * What a profile means, evaluated call by call from the decoded rules as docs/seccomp.md states it: no BPF, none of the
 * compiler's tables. Names, numbers and pseudo numbers of multiplexed calls are libseccomp's. Those of new calls come
 * from calls.csv.
 */
#ifndef HUSK_TESTS_MEANING_H
#define HUSK_TESTS_MEANING_H

#include <errno.h>
#include <linux/audit.h>
#include <linux/bpf_common.h>
#include <linux/seccomp.h>
#include <seccomp.h>

#include "calls_file.h"

#include "husk/profile.h"

struct machine
{
  const char *name;
  uint32_t token, audit;
  bool wide; /* 64-bit arguments */
};
#define MACHINE(name, wide)                                                                                            \
  {                                                                                                                    \
    "SCMP_ARCH_" #name, SCMP_ARCH_##name, SCMP_ARCH_##name, wide                                                       \
  }
static const struct machine machines[] = {
  MACHINE (X86_64, true),
  MACHINE (X86, false),
  { "SCMP_ARCH_X32", SCMP_ARCH_X32, AUDIT_ARCH_X86_64, false },
  MACHINE (AARCH64, true),
  MACHINE (ARM, false),
  MACHINE (RISCV64, true),
  MACHINE (PPC64LE, true),
  MACHINE (MIPSEL, false),
  MACHINE (MIPSEL64, true),
  MACHINE (MIPSEL64N32, false),
  MACHINE (S390X, true),
  MACHINE (S390, false),
  MACHINE (PPC64, true),
  MACHINE (PPC, false),
  MACHINE (MIPS, false),
  MACHINE (MIPS64, true),
  MACHINE (MIPS64N32, false),
  MACHINE (PARISC, false),
  MACHINE (PARISC64, true),
#ifdef SCMP_ARCH_LOONGARCH64
  MACHINE (LOONGARCH64, true),
#endif
#ifdef SCMP_ARCH_M68K
  MACHINE (M68K, false),
#endif
#ifdef SCMP_ARCH_SH
  MACHINE (SH, false),
  MACHINE (SHEB, false),
#endif
};
#define MACHINE_COUNT (sizeof machines / sizeof machines[0])

static inline bool
machine_listed (const struct spec_seccomp *profile, const struct machine *machine)
{
  for (uint32_t i = 0; i < profile->architectures.count; i++)
    if (strcmp (profile->architectures.items[i], machine->name) == 0)
      return true;
  return false;
}

static inline bool
machine_native (const struct machine *machine)
{
  return machine->token == seccomp_arch_native ();
}

/* A rule that applies to a number: directly, or to one call behind socketcall or ipc. */
struct mention
{
  uint32_t number;
  const struct spec_seccomp_rule *rule;
  uint32_t call; /* argument 0 that is asked for, or 0: any */
  bool recent;   /* libseccomp does not know the number */
};
#define MENTIONS_MAX 8192
struct meaning
{
  const struct spec_seccomp *profile;
  const struct machine *machine;
  bool known; /* one of the profile's, or the native one: any other is killed */
  uint32_t standard;
  uint32_t count;
  struct mention mentions[MENTIONS_MAX]; /* in the profile's order */
};

static inline uint32_t
meaning_action (const struct json_enum *action, const struct json_uint *code)
{
  uint32_t data = code->set ? (uint32_t)code->value : EPERM;
  static const uint32_t plain[] = { [SPEC_ACT_KILL_THREAD] = SECCOMP_RET_KILL_THREAD,
                                    [SPEC_ACT_KILL_PROCESS] = SECCOMP_RET_KILL_PROCESS,
                                    [SPEC_ACT_TRAP] = SECCOMP_RET_TRAP,
                                    [SPEC_ACT_ALLOW] = SECCOMP_RET_ALLOW,
                                    [SPEC_ACT_LOG] = SECCOMP_RET_LOG,
                                    [SPEC_ACT_NOTIFY] = SECCOMP_RET_USER_NOTIF };
  if (action->value == SPEC_ACT_ERRNO)
    return SECCOMP_RET_ERRNO | data;
  return action->value == SPEC_ACT_TRACE ? SECCOMP_RET_TRACE | data : plain[action->value];
}

static inline void
meaning_mention (struct meaning *meaning, uint32_t number, const struct spec_seccomp_rule *rule, uint32_t call)
{
  assert_true (meaning->count < MENTIONS_MAX);
  meaning->mentions[meaning->count++] = (struct mention){ number, rule, call, false };
}

/* Calls that a libseccomp at hand may be too old for, by the file that husk's table is made of. */
static inline int
machine_recent (const struct machine *machine, const char *name)
{
  return line_number (find_call_line (name), arch_of_name (machine->name));
}

/* The number of a multiplexed call as one of its own: libseccomp gives it in the other direction only. */
static inline int
machine_direct (const struct machine *machine, const char *name)
{
  static struct
  {
    char name[16];
    int number;
  } known[MACHINE_COUNT][64];
  static uint32_t counts[MACHINE_COUNT];
  size_t index = (size_t)(machine - machines);
  uint32_t base = strncmp (machine->name, "SCMP_ARCH_MIPS", 14) == 0 ? 4000 : 0;
  for (uint32_t number = counts[index] ? base + 600 : base; number < base + 600; number++)
    {
      char *found = seccomp_syscall_resolve_num_arch (machine->token, (int)number);
      int pseudo = found ? seccomp_syscall_resolve_name_arch (machine->token, found) : 0;
      if (pseudo < 0 && pseudo > -300 && counts[index] < 63)
        {
          known[index][counts[index]].number = (int)number;
          (void)snprintf (known[index][counts[index]++].name, 16, "%s", found);
        }
      free (found);
    }
  for (uint32_t i = 0; i < counts[index]; i++)
    if (strcmp (known[index][i].name, name) == 0)
      return known[index][i].number;
  return -1;
}

static inline void
meaning_name (struct meaning *meaning, const struct spec_seccomp_rule *rule, const char *name)
{
  int number = seccomp_syscall_resolve_name_arch (meaning->machine->token, name);
  bool recent = (number == __NR_SCMP_ERROR || number <= -300) && machine_recent (meaning->machine, name) >= 0;
  if (recent)
    number = machine_recent (meaning->machine, name);
  if (number >= 0)
    {
      meaning_mention (meaning, (uint32_t)number, rule, 0);
      meaning->mentions[meaning->count - 1].recent = recent;
    }
  if (number >= 0 || number <= -300 || number == __NR_SCMP_ERROR)
    return;
  /* -101 to -120 are the calls of socketcall, -201 to -224 those of ipc */
  bool ipc = number <= -200;
  int multiplexer = seccomp_syscall_resolve_name_arch (meaning->machine->token, ipc ? "ipc" : "socketcall");
  if (multiplexer < 0)
    return;
  int direct = machine_direct (meaning->machine, name);
  if (direct >= 0)
    meaning_mention (meaning, (uint32_t)direct, rule, 0);
  meaning_mention (meaning, (uint32_t)multiplexer, rule, (uint32_t)(-number - (ipc ? 200 : 100)));
}

static inline void
meaning_of (const struct spec_seccomp *profile, const struct machine *machine, struct meaning *out)
{
  out->profile = profile;
  out->machine = machine;
  out->known = machine_listed (profile, machine) || machine_native (machine);
  out->standard = meaning_action (&profile->default_action, &profile->default_errno_ret);
  out->count = 0;
  for (uint32_t r = 0; out->known && r < profile->syscalls.count; r++)
    for (uint32_t n = 0; n < profile->syscalls.items[r].names.count; n++)
      {
        const struct spec_seccomp_rule *rule = &profile->syscalls.items[r];
        if (meaning_action (&rule->action, &rule->errno_ret) != out->standard)
          meaning_name (out, rule, rule->names.items[n]);
      }
}

static inline bool
meaning_holds (const struct spec_seccomp_arg *arg, bool wide, const uint64_t arguments[6])
{
  uint64_t all = wide ? UINT64_MAX : UINT32_MAX;
  uint64_t given = arguments[arg->index.value] & all, value = arg->value.value & all;
  switch (arg->op.value)
    {
    case SPEC_CMP_NE:
      return given != value;
    case SPEC_CMP_LT:
      return given < value;
    case SPEC_CMP_LE:
      return given <= value;
    case SPEC_CMP_EQ:
      return given == value;
    case SPEC_CMP_GE:
      return given >= value;
    case SPEC_CMP_GT:
      return given > value;
    default: /* bits of valueTwo outside of the mask do not count */
      return (given & value) == (arg->value_two.value & value);
    }
}

enum mention_fits
{
  FITS_NOT,
  FITS,       /* its conditions hold */
  FITS_ALWAYS /* it has none, apart from the call behind a multiplexing one */
};

static inline enum mention_fits
mention_fits (const struct mention *mention, bool wide, const uint64_t arguments[6])
{
  uint32_t conditions = 0, holding = 0, seen = 0;
  bool repeated = false, free_one = false;
  if (mention->call && (wide ? arguments[0] : (uint32_t)arguments[0]) != mention->call)
    return FITS_NOT;
  for (uint32_t i = 0; i < mention->rule->args.count; i++)
    {
      const struct spec_seccomp_arg *arg = &mention->rule->args.items[i];
      repeated |= seen >> arg->index.value & 1;
      seen |= 1u << arg->index.value;
      if (mention->call && arg->index.value == 0)
        {
          free_one = true; /* cannot be tested behind a multiplexing call */
          continue;
        }
      conditions++;
      holding += meaning_holds (arg, wide, arguments);
    }
  if (conditions == 0 || (repeated && free_one))
    return FITS_ALWAYS;
  return (repeated ? holding > 0 : holding == conditions) ? FITS : FITS_NOT;
}

/* A rule without conditions takes precedence: over all rules of the number, or of the multiplexed call. */
static inline const struct mention *
meaning_decisive (const struct meaning *meaning, uint32_t number, const uint64_t arguments[6], bool multiplexed)
{
  for (uint32_t i = 0; i < meaning->count; i++)
    {
      const struct mention *mention = &meaning->mentions[i];
      if (mention->number == number && (mention->call != 0) == multiplexed
          && mention_fits (mention, meaning->machine->wide, arguments) == FITS_ALWAYS)
        return mention;
    }
  return NULL;
}

/* The verdict on a call. *out_ordered: matching rules disagree, so that the profile's order decides. */
static inline uint32_t
meaning_verdict (const struct meaning *meaning, uint32_t number, const uint64_t arguments[6], bool *out_ordered)
{
  uint32_t verdict = meaning->standard;
  bool found = false;
  *out_ordered = false;
  if (!meaning->known)
    return SECCOMP_RET_KILL_THREAD;
  const struct mention *whole = meaning_decisive (meaning, number, arguments, false);
  const struct mention *call = meaning_decisive (meaning, number, arguments, true);
  if (whole)
    return meaning_action (&whole->rule->action, &whole->rule->errno_ret);
  for (uint32_t i = 0; i < meaning->count; i++)
    {
      const struct mention *mention = &meaning->mentions[i];
      if (mention->number != number || (call && mention->call && mention != call)
          || mention_fits (mention, meaning->machine->wide, arguments) == FITS_NOT)
        continue;
      uint32_t action = meaning_action (&mention->rule->action, &mention->rule->errno_ret);
      *out_ordered |= found && action != verdict;
      if (!found)
        verdict = action;
      found = true;
    }
  return verdict;
}

#endif
