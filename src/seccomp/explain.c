#include "filter.h"

#include <ctype.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
seccomp_verdict_text (uint32_t verdict, char out[96])
{
  static const struct
  {
    uint32_t action;
    const char *word;
  } words[] = { { SECCOMP_RET_ALLOW, "ALLOW" },
                { SECCOMP_RET_LOG, "LOG" },
                { SECCOMP_RET_USER_NOTIF, "NOTIFY" },
                { SECCOMP_RET_TRAP, "TRAP" },
                { SECCOMP_RET_KILL_PROCESS, "KILL_PROCESS" },
                { SECCOMP_RET_KILL_THREAD, "KILL_THREAD" } };
  unsigned data = verdict & SECCOMP_RET_DATA;
  uint32_t action = verdict & SECCOMP_RET_ACTION_FULL;
  (void)snprintf (out, 96, "0x%x", verdict);
  if (action == SECCOMP_RET_ERRNO)
    (void)snprintf (out, 96, "ERRNO %u (%s)", data, errno_text ((int)data));
  if (action == SECCOMP_RET_TRACE)
    (void)snprintf (out, 96, "TRACE %u", data);
  for (size_t i = 0; i < sizeof words / sizeof *words; i++)
    if (words[i].action == action)
      (void)snprintf (out, 96, "%s", words[i].word);
}

/* "x86_64" is written as "SCMP_ARCH_X86_64" is. */
static const struct arch *
find_arch (const char *name, struct error *error)
{
  char full[64];
  if (!name)
    return arch_native ();
  (void)snprintf (full, sizeof full, "%s%.40s", strncmp (name, "SCMP_ARCH_", 10) == 0 ? "" : "SCMP_ARCH_", name);
  for (char *letter = full; *letter; letter++)
    *letter = (char)toupper ((unsigned char)*letter);
  const struct arch *arch = arch_of_name (full);
  if (!arch)
    {
      const char *nearest = arch_nearest (full);
      (void)error_set (error, 0, "\"%.40s\" is not an architecture", name);
      if (nearest)
        error_hint (error, "did you mean %s?", nearest);
    }
  return arch;
}

static int
find_number (const struct arch *arch, const char *name, struct error *error)
{
  char *end;
  long number = strtol (name, &end, 10);
  if (end != name && !*end)
    return (int)number;
  number = seccomp_syscall_resolve_name_arch (arch->token, name);
  if (number == __NR_SCMP_ERROR)
    return error_set (error, 0, "\"%.60s\" is not a system call", name);
  if (number < 0)
    return error_set (error, 0, "%.60s is no call of its own on %s", name, arch->name);
  return (int)number;
}

static bool
holds (const struct spec_seccomp_arg *arg, const struct arch *arch, const uint64_t arguments[6])
{
  uint64_t mask = arch->wide ? UINT64_MAX : UINT32_MAX;
  uint64_t given = arguments[arg->index.value] & mask, value = arg->value.value & mask;
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
    default: /* MASKED_EQ */
      return (given & value) == (arg->value_two.value & value);
    }
}

static bool
applies (const struct spec_seccomp_rule *rule, const struct arch *arch, const uint64_t arguments[6])
{
  bool any = false, all = true;
  for (uint32_t i = 0; i < rule->args.count; i++)
    {
      bool one = holds (&rule->args.items[i], arch, arguments);
      any |= one;
      all &= one;
    }
  return rule_repeats_argument (rule) ? any : all;
}

static bool
names (const struct spec_seccomp_rule *rule, const struct arch *arch, int number)
{
  for (uint32_t n = 0; n < rule->names.count; n++)
    if (seccomp_syscall_resolve_name_arch (arch->token, rule->names.items[n]) == number)
      return true;
  return false;
}

/* The order of docs/seccomp.md: a rule without conditions decides, else the first that holds, else the default. */
static const struct spec_seccomp_rule *
find_rule (const struct spec_seccomp *profile, const struct arch *arch, int number, const uint64_t arguments[6])
{
  const struct spec_seccomp_rule *found = NULL;
  uint32_t standard = action_word (&profile->default_action, &profile->default_errno_ret);
  for (uint32_t r = 0; r < profile->syscalls.count; r++)
    {
      const struct spec_seccomp_rule *rule = &profile->syscalls.items[r];
      if (action_word (&rule->action, &rule->errno_ret) == standard || !names (rule, arch, number))
        continue;
      if (rule->args.count == 0)
        return rule;
      if (!found && applies (rule, arch, arguments))
        found = rule;
    }
  return found;
}

static bool
in_profile (const struct spec_seccomp *profile, const struct arch *arch)
{
  for (uint32_t i = 0; i < profile->architectures.count; i++)
    if (arch_of_name (profile->architectures.items[i]) == arch)
      return true;
  return arch == arch_native ();
}

int
seccomp_explain (const struct spec_seccomp *profile, const struct seccomp_filter *filter,
                 const struct seccomp_call *call, struct seccomp_ruling *out, struct error *error)
{
  const struct arch *arch = find_arch (call->arch, error);
  int number = arch ? find_number (arch, call->name, error) : -1;
  if (number < 0)
    return -1;
  struct seccomp_data data = { .nr = number, .arch = arch->audit };
  bool swapped = arch->big_endian != (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__);
  for (int i = 0; i < 6; i++) /* the filter reads the halves where that architecture has them */
    data.args[i] = swapped ? call->arguments[i] >> 32 | call->arguments[i] << 32 : call->arguments[i];
  *out = (struct seccomp_ruling){ .arch = arch->name, .name = call->name, .number = number };
  out->verdict = seccomp_interpret (filter->program, filter->length, &data);
  out->foreign = !in_profile (profile, arch);
  out->rule = out->foreign ? NULL : find_rule (profile, arch, number, call->arguments);
  return 0;
}
