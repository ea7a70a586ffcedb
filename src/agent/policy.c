/*
 * An agent's policy, for `husk seccomp agent --policy`: the tables that decode it, and its answer to a call, for
 * client.c. The keys of a seccomp profile are refused with a hint, because the two kinds of file are easily confused.
 * Names of system calls are not checked: a misspelt one matches no call.
 */
#include "husk/agent.h"

#include <errno.h>

static const struct json_name answers[]
    = { { "continue", AGENT_CONTINUE }, { "errno", AGENT_ERRNO }, { "kill", AGENT_KILL }, { NULL, 0 } };

#define PROFILE "belongs to a seccomp profile, but this is an agent's policy"
#define POLICY "{\"defaultAnswer\": ..., \"rules\": [{\"names\": [...], \"answer\": ...}]}"

static const struct json_type rule_type
    = { "a rule", sizeof (struct agent_rule),
        (const struct json_field[]){
            JSON_TEXTS (struct agent_rule, "names", names, .required = true, .filled = true),
            JSON_CHOICE (struct agent_rule, "answer", answer, answers, "an answer", .required = true),
            JSON_UINT (struct agent_rule, "errnoRet", errno_ret, .ranged = true, .minimum = 1, .maximum = 4095),
            { 0 } } };

static const struct json_type policy_type = {
  "a policy", sizeof (struct agent_policy),
  (const struct json_field[]){ JSON_CHOICE (struct agent_policy, "defaultAnswer", default_answer, answers, "an answer"),
                               JSON_UINT (struct agent_policy, "defaultErrnoRet", default_errno_ret, .ranged = true,
                                          .minimum = 1, .maximum = 4095),
                               JSON_LIST (struct agent_policy, "rules", rules, struct agent_rule, &rule_type),
                               JSON_REFUSED ("defaultAction", PROFILE, POLICY),
                               JSON_REFUSED ("syscalls", PROFILE, POLICY),
                               { 0 } }
};

int
agent_policy_load (const char *file, struct arena *arena, struct agent_policy *out, struct error *error)
{
  struct json_document document;
  struct report report = { .error = error, .each = report_to_log };
  if (json_load_named (file, arena, &document, error) < 0)
    return -1;
  return json_decode (&document, JSON_ROOT, &policy_type, out, arena, &report);
}

struct agent_decision
agent_policy_decide (const struct agent_policy *policy, const char *name)
{
  struct agent_decision decision
      = { policy->default_answer.set ? (enum agent_answer)policy->default_answer.value : AGENT_CONTINUE,
          policy->default_errno_ret.set ? (int)policy->default_errno_ret.value : ENOSYS };
  for (uint32_t r = 0; name && r < policy->rules.count; r++)
    if (json_strings_have (&policy->rules.items[r].names, name))
      {
        decision.kind = (enum agent_answer)policy->rules.items[r].answer.value;
        if (policy->rules.items[r].errno_ret.set)
          decision.code = (int)policy->rules.items[r].errno_ret.value;
        return decision;
      }
  return decision;
}

const char *
agent_answer_word (enum agent_answer answer)
{
  return json_name_of (answers, (int64_t)answer);
}
