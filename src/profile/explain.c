/*
 * Explains one system call: its verdict, the rule that decided, and a rule that nearly did.
 */
#include "husk/calls.h"
#include "husk/profile.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "husk/descriptor.h"

void
verdict_text (uint32_t verdict, char out[96])
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

bool
verdict_denies (uint32_t verdict)
{
  uint32_t action = verdict & SECCOMP_RET_ACTION_FULL;
  return action == SECCOMP_RET_ERRNO || action == SECCOMP_RET_TRAP || action == SECCOMP_RET_KILL_THREAD
         || action == SECCOMP_RET_KILL_PROCESS;
}

int
profile_find_number (const struct arch **arch, const char *name, int *out, struct error *error)
{
  char *end;
  errno = 0;
  long number = strtol (name, &end, 10);
  bool digits = end != name && !*end;
  const struct multiplexed_call *call = NULL;
  if (digits && (errno || number < 0 || number > INT32_MAX))
    return error_set (error, 0, "%s is not a system call number", name);
  if (digits && (*arch)->audit == AUDIT_ARCH_X86_64 && number & X32_BIT)
    *arch = arch_of_name ("SCMP_ARCH_X32");
  else if (digits && number < arch_base (*arch))
    return error_set (error, 0, "%s is not a system call number on %s, where they begin at %d", name, (*arch)->name,
                      arch_base (*arch));
  if (!digits)
    number = call_number (*arch, name);
  if (call_is_multiplexed ((int)number) && (*arch)->socketcall >= 0 && (call = multiplexed_of_name (name)))
    number = multiplexed_number (call, *arch) > 0 ? multiplexed_number (call, *arch) : number;
  if (number == CALL_UNKNOWN)
    {
      char *nearest = call_nearest (*arch, name);
      (void)error_set (error, 0, "\"%s\" is not a system call", name);
      if (nearest)
        error_hint (error, "did you mean %s?", nearest);
      free (nearest);
      return -1;
    }
  if (number < 0)
    return error_set (error, 0, "%s has no number of its own on %s", name, (*arch)->name);
  *out = (int)number;
  return 0;
}

static bool
condition_holds (const struct spec_seccomp_arg *arg, const struct arch *arch, const uint64_t arguments[6])
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

/* ---- rules ---------------------------------------------------------------------------------------------------------
 */

enum reach /* flags: one rule may name a call in both ways */
{
  REACH_NOT = 0,
  REACH_OWN = 1,
  REACH_MULTIPLEXED = 2, /* by socketcall or ipc: argument 0 selects the call, so conditions on it are left out */
};

static unsigned
reach (const struct spec_seccomp_rule *rule, const struct arch *arch, int number, const uint64_t arguments[6])
{
  unsigned found = REACH_NOT;
  for (uint32_t n = 0; n < rule->names.count; n++)
    {
      int named = call_number (arch, rule->names.items[n]);
      if (named == number)
        found |= REACH_OWN;
      const struct multiplexed_call *call
          = call_is_multiplexed (named) && arch->socketcall >= 0 ? multiplexed_of_name (rule->names.items[n]) : NULL;
      if (call && multiplexed_number (call, arch) == number && number > 0)
        found |= REACH_OWN;
      if (call && (call->ipc ? arch->ipc : arch->socketcall) == number
          && (arch->wide ? arguments[0] : (uint32_t)arguments[0]) == call->call)
        found |= REACH_MULTIPLEXED;
    }
  return found;
}

/* The rule has no conditions on the arguments. */
static bool
rule_is_unconditional (const struct spec_seccomp_rule *rule, enum reach reach)
{
  bool any = false, all = true;
  for (uint32_t i = 0; i < rule->args.count; i++)
    {
      bool free = reach == REACH_MULTIPLEXED && rule->args.items[i].index.value == 0;
      any |= free;
      all &= free;
    }
  return all || (any && rule_repeats_argument (rule));
}

static bool
applies (const struct spec_seccomp_rule *rule, enum reach reach, const struct arch *arch, const uint64_t arguments[6])
{
  bool any = false, all = true;
  for (uint32_t i = 0; i < rule->args.count; i++)
    {
      bool one = (reach == REACH_MULTIPLEXED && rule->args.items[i].index.value == 0)
                 || condition_holds (&rule->args.items[i], arch, arguments);
      any |= one;
      all &= one;
    }
  return rule_repeats_argument (rule) ? any : all;
}

bool
verdict_runs (uint32_t verdict)
{
  uint32_t action = verdict & SECCOMP_RET_ACTION_FULL;
  return action == SECCOMP_RET_ALLOW || action == SECCOMP_RET_LOG || action == SECCOMP_RET_USER_NOTIF
         || action == SECCOMP_RET_TRACE;
}

/* The first rule without conditions. */
static const struct spec_seccomp_rule *
find_deciding (const struct spec_seccomp *profile, enum reach wanted, const struct arch *arch, int number,
               const uint64_t arguments[6])
{
  uint32_t standard = action_word (&profile->default_action, &profile->default_errno_ret);
  for (uint32_t r = 0; r < profile->syscalls.count; r++)
    {
      const struct spec_seccomp_rule *rule = &profile->syscalls.items[r];
      if (action_word (&rule->action, &rule->errno_ret) != standard && reach (rule, arch, number, arguments) & wanted
          && rule_is_unconditional (rule, wanted))
        return rule;
    }
  return NULL;
}

/* The order of docs/seccomp.md: a rule without conditions decides, else the first whose conditions hold, else the
 * default. Rules whose conditions fail before that are near misses. */
static void
find_rule (const struct spec_seccomp *profile, const struct arch *arch, const uint64_t arguments[6],
           struct profile_ruling *out)
{
  uint32_t standard = action_word (&profile->default_action, &profile->default_errno_ret);
  const struct spec_seccomp_rule *multiplexed
      = find_deciding (profile, REACH_MULTIPLEXED, arch, out->number, arguments);
  out->rule = find_deciding (profile, REACH_OWN, arch, out->number, arguments);
  for (uint32_t r = 0; r < profile->syscalls.count && !out->rule; r++)
    {
      const struct spec_seccomp_rule *rule = &profile->syscalls.items[r];
      unsigned reached = reach (rule, arch, out->number, arguments);
      if (multiplexed && rule != multiplexed)
        reached &= ~(unsigned)REACH_MULTIPLEXED;
      if (!reached || action_word (&rule->action, &rule->errno_ret) == standard)
        continue;
      if ((reached & REACH_OWN && applies (rule, REACH_OWN, arch, arguments))
          || (reached & REACH_MULTIPLEXED && applies (rule, REACH_MULTIPLEXED, arch, arguments)))
        out->rule = rule;
      else if (out->near_count++ == 0)
        out->near = rule;
    }
  if (out->rule && verdict_runs (out->verdict)) /* near misses explain only a denial */
    out->near_count = 0, out->near = NULL;
}

/* ---- rulings -------------------------------------------------------------------------------------------------------
 */

/* For socketcall and ipc, notes the call that they make, because rules name that one. Not if a rule names them. */
static void
note_single (const struct arch *arch, const uint64_t arguments[6], struct profile_ruling *out)
{
  uint64_t asked = arch->wide ? arguments[0] : (uint32_t)arguments[0];
  const struct multiplexed_call *call = NULL;
  if (out->number == arch->socketcall || out->number == arch->ipc)
    call = multiplexed_of_call (out->number == arch->ipc, asked);
  if (call && !(out->rule && reach (out->rule, arch, out->number, arguments) & REACH_OWN))
    (void)snprintf (out->single, sizeof out->single, "%s", call->name);
}

static void
rule_on (const struct spec_seccomp *profile, const struct seccomp_filter *filter, const struct arch *arch,
         const struct seccomp_data *data, const uint64_t arguments[6], struct profile_ruling *out)
{
  auto_free char *name = arch ? call_name (arch, data->nr) : NULL;
  out->arch = arch ? arch->name : NULL;
  out->number = data->nr;
  out->named = name != NULL;
  if (name)
    (void)snprintf (out->name, sizeof out->name, "%s", name);
  else
    (void)snprintf (out->name, sizeof out->name, "%d", data->nr);
  out->listed = out->verdict = seccomp_interpret (filter->program, filter->length, data);
  out->foreign = !arch || !arch_in_profile (arch, profile);
  if (arch && data->nr >= 0)
    {
      find_rule (profile, arch, arguments, out);
      note_single (arch, arguments, out);
    }
  if (out->foreign)
    out->listed = out->rule ? action_word (&out->rule->action, &out->rule->errno_ret)
                            : action_word (&profile->default_action, &profile->default_errno_ret);
  else if (filter->ages && !out->rule && out->verdict == (SECCOMP_RET_ERRNO | ENOSYS))
    {
      out->introduced = name ? introduced_version (name) : 0;
      out->introduced = out->introduced ? out->introduced : UINT32_MAX;
    }
}

int
profile_explain (const struct spec_seccomp *profile, const struct seccomp_filter *filter,
                 const struct seccomp_call *call, struct profile_ruling *out, struct error *error)
{
  const struct arch *arch = arch_find (call->arch, error);
  int number = -1;
  *out = (struct profile_ruling){ .number = -1 };
  if (!arch || profile_find_number (&arch, call->name, &number, error) < 0)
    return -1;
  struct seccomp_data data = arch_call (arch, number, call->arguments);
  rule_on (profile, filter, arch, &data, call->arguments, out);
  return 0;
}

void
profile_explain_made (const struct spec_seccomp *profile, const struct seccomp_filter *filter,
                      const struct seccomp_data *data, struct profile_ruling *out)
{
  uint64_t arguments[6];
  memcpy (arguments, data->args, sizeof arguments);
  *out = (struct profile_ruling){ .number = -1 };
  rule_on (profile, filter, arch_of_data (data), data, arguments, out);
}

static void
near_text (const struct json_document *document, const struct profile_ruling *ruling, char *out, size_t size)
{
  const struct spec_seccomp_rule *rule = ruling->near;
  struct error place = { .origin = rule->node };
  char verdict[96], conditions[512] = "", one[CONDITION_SIZE], more[64] = "";
  json_place (document, &place);
  verdict_text (action_word (&rule->action, &rule->errno_ret), verdict);
  for (uint32_t i = 0; i < rule->args.count; i++)
    {
      size_t used = strlen (conditions);
      condition_text (&rule->args.items[i], one);
      (void)snprintf (conditions + used, sizeof conditions - used, "%s%s",
                      !i                             ? ""
                      : rule_repeats_argument (rule) ? " | "
                                                     : " && ",
                      one);
    }
  if (ruling->near_count > 1)
    (void)snprintf (more, sizeof more, ", nor do the conditions of %u more", ruling->near_count - 1);
  (void)snprintf (out, size, " (%s says %s if %s, which does not hold%s)", place.place, verdict, conditions, more);
}

void
profile_ruling_text (const struct json_document *document, const struct spec_seccomp *profile,
                     const struct seccomp_filter *filter, const struct profile_ruling *ruling, char *out, size_t size)
{
  struct error place = { .origin = profile->default_action.node };
  if (ruling->introduced)
    {
      int used
          = snprintf (out, size, ", because it is newer than the profile, which knows system calls up to Linux %u.%u",
                      filter->age >> 8, filter->age & 0xff);
      if (ruling->introduced != UINT32_MAX)
        (void)snprintf (out + used, size - (size_t)used, ": it came with %u.%u", ruling->introduced >> 8,
                        ruling->introduced & 0xff);
      return;
    }
  if (ruling->foreign)
    place.origin = profile->architectures.node ? profile->architectures.node : profile->node;
  else if (ruling->rule)
    place.origin = ruling->rule->node;
  json_place (document, &place);
  int used
      = snprintf (out, size, ", by %s%s%s", place.place, ruling->foreign ? ": this architecture is not in it, " : "",
                  ruling->foreign ? ruling->arch : "");
  if (used > 0 && (size_t)used < size && !ruling->foreign && ruling->near)
    near_text (document, ruling, out + used, size - (size_t)used);
}
