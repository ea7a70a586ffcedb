/*
 * Turns rules that name calls into verdicts on numbers, for each architecture of the profile. compile.c makes the
 * filter from them, and table.c the table of seccomp explain --all. A rule with the default action has no verdict, and
 * src/profile relies on that.
 */
#include "filter.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "husk/descriptor.h"

/* Two conditions on one argument cannot both be required: as in other runtimes, either one is enough. */
bool
rule_repeats_argument (const struct spec_seccomp_rule *rule)
{
  uint32_t seen = 0;
  for (uint32_t i = 0; i < rule->args.count; i++)
    {
      if (seen >> rule->args.items[i].index.value & 1)
        return true;
      seen |= 1u << rule->args.items[i].index.value;
    }
  return false;
}

static void
add_number (struct compiler *compiler, struct group *group, struct verdict verdict,
            const struct spec_seccomp_rule *rule)
{
  verdict.condition = -1;
  verdict.rule = rule->args.count ? rule : NULL;
  if (!rule_repeats_argument (rule))
    {
      verdict_add (compiler, group, &verdict);
      return;
    }
  for (uint32_t i = 0; i < rule->args.count; i++)
    {
      verdict.condition = (int32_t)i;
      verdict_add (compiler, group, &verdict);
    }
}

/* A rule for a call that can also be made through socketcall or ipc applies there too. */
static void
add_multiplexed (struct compiler *compiler, struct group *group, const struct arch *arch, struct verdict verdict,
                 const struct spec_seccomp_rule *rule, const char *name)
{
  const struct multiplexed_call *call = multiplexed_of_name (name);
  if (!call)
    return;
  int direct = multiplexed_number (call, arch);
  if (direct > 0)
    {
      verdict.number = (uint32_t)direct;
      add_number (compiler, group, verdict, rule);
    }
  verdict.number = (uint32_t)(call->ipc ? arch->ipc : arch->socketcall);
  verdict.multiplexed = call->call;
  add_number (compiler, group, verdict, rule);
}

/* All unknown names share one warning: a profile newer than husk may have dozens. */
static void
note_unknown (struct compiler *compiler, const struct spec_seccomp_rule *rule, uint32_t index)
{
  const char *name = rule->names.items[index];
  struct unknown *unknown = &compiler->unknown;
  if (unknown->count++ == 0)
    {
      unknown->node = json_element (compiler->document, rule->names.node, index);
      unknown->first = name;
    }
  size_t used = strlen (unknown->names);
  (void)snprintf (unknown->names + used, sizeof unknown->names - used, "%s%s", used ? ", " : "", name);
}

static int
report_unknown (struct compiler *compiler)
{
  const struct unknown *unknown = &compiler->unknown;
  char hint[96] = "";
  if (unknown->count == 0)
    return 0;
  auto_free char *nearest = call_nearest (arch_native (), unknown->first);
  if (nearest && unknown->count == 1)
    (void)snprintf (hint, sizeof hint, "did you mean %s?", nearest);
  else if (nearest)
    (void)snprintf (hint, sizeof hint, "did you mean %s for %s?", nearest, unknown->first);
  const char *plural = unknown->count > 1 ? "s" : "";
  const char *more = strlen (unknown->names) + 1 == sizeof unknown->names ? "..." : "";
  if (compiler->profile->refuse_unknown)
    return report_error (compiler->report, compiler->document, unknown->node, hint[0] ? hint : NULL,
                         "unknown system call%s %s%s, and " UNKNOWN_CALL_ANNOTATION " is set", plural, unknown->names,
                         more);
  report_warning (compiler->report, compiler->document, unknown->node, hint[0] ? hint : NULL,
                  "unknown system call%s %s%s: skipped", plural, unknown->names, more);
  return 0;
}

static void
expand_name (struct compiler *compiler, const struct spec_seccomp_rule *rule, uint32_t order, uint32_t index,
             uint32_t call)
{
  const char *name = rule->names.items[index];
  struct verdict verdict = { .order = order, .action = action_word (&rule->action, &rule->errno_ret) };
  bool known = false;
  for (uint32_t g = 0; g < compiler->group_count; g++)
    for (uint32_t a = 0; a < compiler->groups[g].arch_count; a++)
      {
        const struct arch *arch = compiler->groups[g].archs[a];
        int number = call_number_with (arch, name, call);
        if (number == CALL_UNKNOWN)
          continue;
        known = true;
        if (number >= 0 && rule->args.count == 0
            && group_add_plain (&compiler->groups[g], a, (uint32_t)number, order + 1))
          continue;
        verdict.wide = arch->wide;
        verdict.big_endian = arch->big_endian;
        verdict.number = (uint32_t)number;
        if (number >= 0)
          add_number (compiler, &compiler->groups[g], verdict, rule);
        else if (call_is_multiplexed (number) && arch->socketcall >= 0)
          add_multiplexed (compiler, &compiler->groups[g], arch, verdict, rule, name);
      }
  if (!known)
    note_unknown (compiler, rule, index);
}

static int
compare_rules (const void *a, const void *b)
{
  const struct verdict *one = a, *two = b;
  if (one->number != two->number)
    return one->number < two->number ? -1 : 1;
  if (one->order != two->order)
    return one->order < two->order ? -1 : 1;
  return one->place < two->place ? -1 : one->place > two->place;
}

static void
expand_rule (struct compiler *compiler, uint32_t order)
{
  const struct spec_seccomp_rule *rule = &compiler->profile->syscalls.items[order];
  compiler->notify |= rule->action.value == SPEC_ACT_NOTIFY;
  /* a rule with the default action decides nothing, and other runtimes leave it out */
  bool decides = action_word (&rule->action, &rule->errno_ret) != compiler->default_action;
  if (!decides && !compiler->ages)
    return;
  for (uint32_t n = 0; n < rule->names.count; n++)
    {
      uint32_t call = call_find (rule->names.items[n]), version = call_version (call);
      /* whichever rule names a call, the profile is not older, even if none of its architectures has the call */
      compiler->age = version > compiler->age ? version : compiler->age;
      if (decides)
        expand_name (compiler, rule, order, n, call);
    }
}

int
rules_expand (struct compiler *compiler)
{
  for (uint32_t r = 0; r < compiler->profile->syscalls.count; r++)
    expand_rule (compiler, r);
  if (report_unknown (compiler) < 0)
    return -1;
  rules_age (compiler);
  for (uint32_t g = 0; g < compiler->group_count; g++)
    if (compiler->groups[g].count)
      qsort (compiler->groups[g].verdicts, compiler->groups[g].count, sizeof (struct verdict), compare_rules);
  return 0;
}
