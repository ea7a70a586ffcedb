/*
 * What `husk seccomp check` reports about a profile that compiles: whether programs can start and end, and which rules
 * have no effect, contradict an earlier one or repeat it. It also warns, for create as well, when other users could
 * take the place of the profile's agent. Rules must be judged as in src/seccomp (rules.c, compile.c): a rule that
 * repeats the default is left out, and the first rule without conditions decides. The only error is a profile under
 * which no program can start.
 */
#include "husk/calls.h"
#include "lint.h"

#include <linux/seccomp.h>
#include <seccomp.h>
#include <string.h>

#include "husk/host.h"

#define NAMES_MAX 4000 /* every name is compared with every other */

struct lint
{
  const struct json_document *document;
  const struct spec_seccomp *profile;
  const struct seccomp_filter *filter;
  struct report *report;
};

static bool
may_run (uint32_t verdict)
{
  uint32_t action = verdict & SECCOMP_RET_ACTION_FULL;
  return action == SECCOMP_RET_ALLOW || action == SECCOMP_RET_LOG || action == SECCOMP_RET_USER_NOTIF
         || action == SECCOMP_RET_TRACE;
}

static uint32_t
ruling (const struct lint *lint, const char *name, origin_t *out_origin)
{
  struct error error = { 0 };
  struct profile_ruling found = { .verdict = SECCOMP_RET_ALLOW };
  struct seccomp_call call = { .name = name };
  (void)profile_explain (lint->profile, lint->filter, &call, &found, &error);
  *out_origin = found.rule ? found.rule->node : lint->profile->default_action.node;
  return found.verdict;
}

/* Every program needs to be executed and to exit. */
static void
lint_essentials (struct lint *lint)
{
  char text[96];
  origin_t origin;
  uint32_t verdict = ruling (lint, "execve", &origin);
  verdict_text (verdict, text);
  if (!may_run (verdict))
    (void)report_error (lint->report, lint->document, origin, "allow execve",
                        "execve gets %s: no program can start under this profile", text);
  verdict = ruling (lint, "exit_group", &origin);
  verdict_text (verdict, text);
  if (!may_run (verdict))
    report_warning (lint->report, lint->document, origin, "allow exit_group",
                    "exit_group gets %s: a program cannot exit", text);
}

/* Programs try new calls and fall back on ENOSYS, but take EPERM for a refusal. */
static void
lint_default (struct lint *lint)
{
  const struct spec_seccomp *profile = lint->profile;
  if (!lint->filter->ages && profile->default_action.value == SPEC_ACT_ERRNO
      && (!profile->default_errno_ret.set || profile->default_errno_ret.value == 1))
    report_warning (lint->report, lint->document, profile->default_action.node, "\"defaultErrnoRet\": 38 is ENOSYS",
                    "system calls newer than this profile get EPERM, and programs do not fall back");
}

static void
lint_architectures (struct lint *lint)
{
  const struct json_strings *listed = &lint->profile->architectures;
  if (listed->count && !json_strings_have (listed, arch_native ()->name))
    report_warning (lint->report, lint->document, listed->node, NULL,
                    "%s, this machine's architecture, is not listed: it is filtered anyway", arch_native ()->name);
}

/* Compares one name of a rule with an unconditional rule that also names it. */
static void
lint_pair (struct lint *lint, const struct spec_seccomp_rule *rule, uint32_t n, const struct spec_seccomp_rule *other,
           bool earlier)
{
  const struct json_document *document = lint->document;
  struct error place = { .origin = other->node };
  bool same = action_word (&rule->action, &rule->errno_ret) == action_word (&other->action, &other->errno_ret);
  if (!rule->args.count && !earlier)
    return;
  origin_t node = json_element (document, rule->names.node, n);
  json_place (document, &place);
  if (rule->args.count)
    report_warning (lint->report, document, node, NULL, "%s: this rule has no effect: %s names it without conditions",
                    rule->names.items[n], place.place);
  else if (same)
    report_warning (lint->report, document, node, NULL, "%s is already in %s", rule->names.items[n], place.place);
  else
    report_warning (lint->report, document, node, NULL, "%s: this rule contradicts %s, which wins",
                    rule->names.items[n], place.place);
}

/* ---- conditions -------------------------------------------------------------------------------------------------- */

/* A condition that always holds is not reported: it can be meant as "otherwise" after other conditions. */
static void
lint_condition (struct lint *lint, const struct spec_seccomp_rule *rule, const struct spec_seccomp_arg *arg)
{
  uint64_t value = arg->value.value, two = arg->value_two.value;
  if ((arg->op.value == SPEC_CMP_LT && value == 0) || (arg->op.value == SPEC_CMP_GT && value == UINT64_MAX))
    report_warning (lint->report, lint->document, arg->node, NULL, "this is never true%s",
                    rule_repeats_argument (rule) ? "" : ", so the rule has no effect");
  if (arg->op.value == SPEC_CMP_MASKED_EQ && two & ~value)
    report_warning (lint->report, lint->document, arg->node, "value is the mask, valueTwo the operand",
                    "valueTwo has bits that the mask lacks: they are ignored");
}

/* Several values of one argument are clear. Who writes a range, or adds another argument, means all of them. */
static void
lint_alternatives (struct lint *lint, const struct spec_seccomp_rule *rule)
{
  bool values = true;
  for (uint32_t i = 0; i < rule->args.count; i++)
    {
      const struct spec_seccomp_arg *arg = &rule->args.items[i];
      values &= arg->index.value == rule->args.items[0].index.value
                && (arg->op.value == SPEC_CMP_EQ || arg->op.value == SPEC_CMP_MASKED_EQ);
    }
  if (!values && rule_repeats_argument (rule))
    report_warning (lint->report, lint->document, rule->args.node,
                    "an argument has two conditions; for alternatives write a rule each",
                    "any one of these conditions is enough, not all of them together");
}

static bool
has_condition (const struct spec_seccomp_rule *rule, const struct spec_seccomp_arg *arg)
{
  for (uint32_t i = 0; i < rule->args.count; i++)
    {
      const struct spec_seccomp_arg *other = &rule->args.items[i];
      if (other->index.value == arg->index.value && other->op.value == arg->op.value
          && other->value.value == arg->value.value && other->value_two.value == arg->value_two.value)
        return true;
    }
  return false;
}

/* Whether the earlier rule applies whenever this one does: its conditions are a subset of this one's. */
static bool
rule_covers (const struct spec_seccomp_rule *earlier, const struct spec_seccomp_rule *rule)
{
  if (earlier->args.count == 0 || rule_repeats_argument (earlier) || rule_repeats_argument (rule))
    return false;
  for (uint32_t i = 0; i < earlier->args.count; i++)
    if (!has_condition (rule, &earlier->args.items[i]))
      return false;
  return true;
}

static void
lint_rule (struct lint *lint, uint32_t index)
{
  const struct spec_seccomp *profile = lint->profile;
  const struct spec_seccomp_rule *rule = &profile->syscalls.items[index];
  uint32_t standard = action_word (&profile->default_action, &profile->default_errno_ret);
  lint_alternatives (lint, rule);
  for (uint32_t i = 0; i < rule->args.count; i++)
    {
      lint_condition (lint, rule, &rule->args.items[i]);
      lint_width (lint->document, profile, lint->filter, rule, &rule->args.items[i], lint->report);
    }
  if (action_word (&rule->action, &rule->errno_ret) == standard)
    {
      report_warning (lint->report, lint->document, rule->node, NULL,
                      "this rule repeats the default: it has no effect");
      return;
    }
  for (uint32_t n = 0; n < rule->names.count; n++)
    for (uint32_t other = 0; other < profile->syscalls.count; other++)
      {
        const struct spec_seccomp_rule *against = &profile->syscalls.items[other];
        if (other < index && rule_covers (against, rule) && json_strings_have (&against->names, rule->names.items[n]))
          {
            struct error place = { .origin = against->node };
            json_place (lint->document, &place);
            report_warning (lint->report, lint->document, json_element (lint->document, rule->names.node, n), NULL,
                            "%s: this rule has no effect: %s applies whenever it does", rule->names.items[n],
                            place.place);
            break;
          }
        if (other == index || against->args.count || !json_strings_have (&against->names, rule->names.items[n])
            || action_word (&against->action, &against->errno_ret) == standard)
          continue;
        lint_pair (lint, rule, n, against, other < index);
        break;
      }
}

void
profile_lint (const struct json_document *document, const struct spec_seccomp *profile,
              const struct seccomp_filter *filter, struct report *report)
{
  struct lint lint = { document, profile, filter, report };
  uint32_t count = 0;
  lint_essentials (&lint);
  lint_default (&lint);
  lint_architectures (&lint);
  for (uint32_t r = 0; r < profile->syscalls.count; r++)
    count += profile->syscalls.items[r].names.count;
  for (uint32_t r = 0; count <= NAMES_MAX && r < profile->syscalls.count; r++)
    lint_rule (&lint, r);
}

void
profile_check_agent_place (const struct json_document *document, const struct spec_seccomp *profile,
                           struct report *report)
{
  static struct host_exposure exposure;
  if (spec_seccomp_notifies (profile) && host_path_exposed (profile->listener_path.text, &exposure))
    report_warning (report, document, profile->listener_path.node, NULL, HOST_EXPOSED_AGENT, exposure.directory,
                    exposure.reason);
}
