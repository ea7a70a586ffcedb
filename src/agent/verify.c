/*
 * Checks of an agent's policy beyond its tables: names of calls and errnos, and which keys go together. A rule by paths
 * must not say "continue". One that refuses is not a barrier if others are continued: the kernel reads the path again,
 * after the decision. policy.c decodes.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "husk/agent.h"
#include "husk/calls.h"
#include "husk/descriptor.h"

struct verification
{
  const struct json_document *document;
  struct agent_policy *policy;
  struct report *report;
};

static int
refuse_value (const struct verification *verification, origin_t node, const char *hint, const char *text)
{
  return report_error (verification->report, verification->document, node, hint, "%s", text);
}

static int
verify_errno (const struct verification *verification, const struct json_string *name, struct json_uint *out)
{
  if (!name->text)
    return 0;
  if (out->set)
    return refuse_value (verification, name->node, NULL, "an errno is given by name or by number, not both");
  int code = errno_of_name (name->text);
  if (code <= 0)
    {
      char hint[96];
      const char *nearest = json_nearest_errno (name->text);
      (void)snprintf (hint, sizeof hint, "did you mean %s?", nearest ? nearest : "");
      return report_error (verification->report, verification->document, name->node, nearest ? hint : NULL,
                           "\"%s\" is not an errno", name->text);
    }
  *out = (struct json_uint){ true, (uint64_t)code, name->node };
  return 0;
}

static bool
is_call (const char *name)
{
  for (uint32_t i = 0; arch_at (i); i++)
    if (call_number (arch_at (i), name) != CALL_UNKNOWN)
      return true;
  return false;
}

static int
refuse_name (const struct verification *verification, origin_t node, const char *name)
{
  char hint[96];
  auto_free char *nearest = call_nearest (arch_native (), name);
  (void)snprintf (hint, sizeof hint, "did you mean %s?", nearest ? nearest : "");
  return report_error (verification->report, verification->document, node, nearest ? hint : NULL,
                       "\"%s\" is not a system call", name);
}

static int
verify_names (const struct verification *verification, const struct agent_rule *rule)
{
  for (uint32_t i = 0; i < rule->names.count; i++)
    {
      const char *name = rule->names.items[i], *kinds = call_kinds (name);
      origin_t node = json_element (verification->document, rule->names.node, i);
      if (!is_call (name))
        return refuse_name (verification, node, name);
      if (rule->answer.value == AGENT_OPEN && !grant_takes (name))
        return refuse_value (verification, node, NULL,
                             "only open, openat, openat2 and creat can be answered with \"open\"");
      if (rule->paths.count && (!kinds || !strchr (kinds, 'p')))
        return refuse_value (verification, node, NULL, "this call has no path that the agent can read");
    }
  return 0;
}

static int
verify_paths (const struct verification *verification, const struct agent_rule *rule)
{
  for (uint32_t i = 0; i < rule->paths.count; i++)
    {
      const char *path = rule->paths.items[i], *star = strchr (path, '*');
      origin_t node = json_element (verification->document, rule->paths.node, i);
      if (path[0] != '/')
        return refuse_value (verification, node, NULL, "not an absolute path");
      if (star && (star[-1] != '/' || (strcmp (star, "*") != 0 && strcmp (star, "**") != 0)))
        return refuse_value (verification, node, NULL, "stars are allowed only as the last component: /* or /**");
      if (strstr (path, "//") || strstr (path, "/./") || strstr (path, "/../")
          || (path[1] && path[strlen (path) - 1] == '/'))
        return refuse_value (verification, node, NULL, "a call never has this path: calls' paths are made clean first");
    }
  if (rule->paths.count && rule->answer.value == AGENT_CONTINUE)
    return refuse_value (verification, rule->answer.node, "\"open\" opens the file itself; see seccomp_unotify(2)",
                         "\"continue\" is not safe for paths: the caller can change the path after the decision");
  return 0;
}

static int
verify_open (const struct verification *verification, const struct agent_rule *rule)
{
  bool opens = rule->answer.value == AGENT_OPEN;
  if (opens && !rule->paths.count)
    return refuse_value (verification, rule->node, NULL, "\"open\" needs \"paths\"");
  if (rule->file.text && !opens)
    return refuse_value (verification, rule->file.node, NULL, "\"file\" needs the answer \"open\"");
  if (rule->file.text && rule->file.text[0] != '/')
    return refuse_value (verification, rule->file.node, NULL, "not an absolute path");
  if (rule->writable.set && !opens)
    return refuse_value (verification, rule->writable.node, NULL, "\"writable\" needs the answer \"open\"");
  if (rule->errno_ret.set && rule->answer.value != AGENT_ERRNO)
    return refuse_value (verification, rule->errno_ret.node, NULL, "an errno needs the answer \"errno\"");
  return 0;
}

/* Not an error: it is right for trying what a program does without a file. */
static void
warn_bypass (const struct verification *verification, const struct agent_rule *rule)
{
  const struct json_enum *otherwise = &verification->policy->default_answer;
  bool refuses = rule->answer.value == AGENT_ERRNO || rule->answer.value == AGENT_KILL;
  if (rule->paths.count && refuses && (!otherwise->set || otherwise->value == AGENT_CONTINUE))
    report_warning (verification->report, verification->document, rule->paths.node, NULL,
                    "a hostile program can bypass this rule: calls with other paths are continued, and it can change "
                    "the path after the decision");
}

int
agent_policy_verify (const struct json_document *document, struct agent_policy *policy, struct report *report)
{
  const struct verification verification = { document, policy, report };
  int result = verify_errno (&verification, &policy->default_errno_name, &policy->default_errno_ret);
  if (policy->default_answer.value == AGENT_OPEN)
    result = refuse_value (&verification, policy->default_answer.node, NULL, "\"open\" is an answer of rules only");
  for (uint32_t r = 0; r < policy->rules.count; r++)
    {
      struct agent_rule *rule = &policy->rules.items[r];
      if (verify_errno (&verification, &rule->errno_name, &rule->errno_ret) < 0
          || verify_names (&verification, rule) < 0 || verify_paths (&verification, rule) < 0
          || verify_open (&verification, rule) < 0)
        result = -1;
      else
        warn_bypass (&verification, rule);
    }
  return result;
}
