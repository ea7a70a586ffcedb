#include "filter.h"

#include <errno.h>
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

int
seccomp_explain (const struct spec_seccomp *profile, const struct seccomp_filter *filter,
                 const struct seccomp_call *call, struct seccomp_ruling *out, struct error *error)
{
  const struct arch *arch = arch_find (call->arch, error);
  int number = arch ? find_number (arch, call->name, error) : -1;
  if (number < 0)
    return -1;
  struct seccomp_data data = arch_call (arch, number, call->arguments);
  *out = (struct seccomp_ruling){ .arch = arch->name, .name = call->name, .number = number };
  out->verdict = seccomp_interpret (filter->program, filter->length, &data);
  out->foreign = !arch_in_profile (arch, profile);
  out->rule = out->foreign ? NULL : find_rule (profile, arch, number, call->arguments);
  if (profile_ages (profile) && !out->foreign && !out->rule && out->verdict == (SECCOMP_RET_ERRNO | ENOSYS))
    {
      char *name = seccomp_syscall_resolve_num_arch (arch->token, number);
      out->introduced = name ? introduced_version (name) : 0;
      out->introduced = out->introduced ? out->introduced : UINT32_MAX;
      free (name);
    }
  return 0;
}
