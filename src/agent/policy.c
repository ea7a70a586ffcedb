/*
 * An agent's policy, for `husk seccomp agent --policy`: the tables that decode it, and its answer to a call, for
 * client.c. verify.c has the checks that no table can express. The keys of a seccomp profile are refused with a hint,
 * because the two kinds of file are easily confused.
 */
#include "husk/agent.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "husk/calls.h"

static const struct json_name answers[] = {
  { "continue", AGENT_CONTINUE }, { "errno", AGENT_ERRNO }, { "kill", AGENT_KILL }, { "open", AGENT_OPEN }, { NULL, 0 }
};

#define PROFILE "belongs to a seccomp profile, but this is an agent's policy"
#define POLICY "{\"defaultAnswer\": ..., \"rules\": [{\"names\": [...], \"answer\": ...}]}"

static const struct json_type arg_type
    = { "an argument's condition", sizeof (struct spec_seccomp_arg),
        (const struct json_field[]){
            JSON_UINT (struct spec_seccomp_arg, "index", index, .required = true, .ranged = true, .maximum = 5),
            JSON_UINT (struct spec_seccomp_arg, "value", value, .required = true),
            JSON_UINT (struct spec_seccomp_arg, "valueTwo", value_two),
            JSON_CHOICE (struct spec_seccomp_arg, "op", op, spec_operator_names, "a comparison", .required = true),
            { 0 } } };

static const struct json_type rule_type
    = { "a rule", sizeof (struct agent_rule),
        (const struct json_field[]){
            JSON_TEXTS (struct agent_rule, "names", names, .required = true, .filled = true),
            JSON_CHOICE (struct agent_rule, "answer", answer, answers, "an answer", .required = true),
            JSON_UINT (struct agent_rule, "errnoRet", errno_ret, .ranged = true, .minimum = 1, .maximum = 4095),
            JSON_TEXT (struct agent_rule, "errno", errno_name),
            JSON_LIST (struct agent_rule, "args", args, struct spec_seccomp_arg, &arg_type),
            JSON_TEXTS (struct agent_rule, "paths", paths, .filled = true),
            JSON_TEXT (struct agent_rule, "file", file),
            JSON_FLAG (struct agent_rule, "writable", writable),
            JSON_UNUSED ("comment"),
            { 0 } } };

static const struct json_type policy_type = {
  "a policy", sizeof (struct agent_policy),
  (const struct json_field[]){ JSON_CHOICE (struct agent_policy, "defaultAnswer", default_answer, answers, "an answer"),
                               JSON_UINT (struct agent_policy, "defaultErrnoRet", default_errno_ret, .ranged = true,
                                          .minimum = 1, .maximum = 4095),
                               JSON_TEXT (struct agent_policy, "defaultErrno", default_errno_name),
                               JSON_LIST (struct agent_policy, "rules", rules, struct agent_rule, &rule_type),
                               JSON_UNUSED ("comment"),
                               JSON_REFUSED ("defaultAction", PROFILE, POLICY),
                               JSON_REFUSED ("syscalls", PROFILE, POLICY),
                               { 0 } }
};

/* A policy is written by hand, and a key with a typo would be a rule that does less than it says. */
static int
refuse_unknown (const struct json_document *document, origin_t object, const struct json_type *type,
                struct report *report)
{
  int result = 0;
  for (origin_t at = json_node (document, object)->first; at; at = json_node (document, at)->next)
    {
      const char *key = json_node (document, at)->key;
      const struct json_field *field = type->fields;
      while (field->key && (!key || strcmp (field->key, key) != 0))
        field++;
      if (!key || (field->kind == JSON_FIELD_ARRAY && json_node (document, at)->kind != JSON_ARRAY))
        continue; /* of another kind than it should be, which decoding reports */
      if (!field->key)
        {
          const char *nearest = json_nearest_key (key, type);
          char hint[96];
          (void)snprintf (hint, sizeof hint, "did you mean \"%s\"?", nearest ? nearest : "");
          result = report_error (report, document, at, nearest ? hint : NULL, "unknown key \"%s\"", key);
        }
      else if (field->kind == JSON_FIELD_ARRAY)
        for (origin_t item = json_node (document, at)->first; item; item = json_node (document, item)->next)
          if (json_node (document, item)->kind == JSON_OBJECT
              && refuse_unknown (document, item, field->type, report) < 0)
            result = -1;
    }
  return result;
}

int
agent_policy_load (const char *file, struct arena *arena, struct agent_policy *out, struct error *error)
{
  struct json_document document;
  struct report report = { .error = error, .each = report_to_log };
  if (json_load_named (file, arena, &document, error) < 0)
    return -1;
  if (json_node (&document, JSON_ROOT)->kind == JSON_OBJECT
      && refuse_unknown (&document, JSON_ROOT, &policy_type, &report) < 0)
    return -1;
  if (json_decode (&document, JSON_ROOT, &policy_type, out, arena, &report) < 0)
    return -1;
  return agent_policy_verify (&document, out, &report);
}

/* ---- decisions -----------------------------------------------------------------------------------------------------
 */

static bool
condition_holds (const struct spec_seccomp_arg *arg, const struct seccomp_data *data)
{
  const struct arch *arch = arch_of_data (data);
  uint64_t mask = arch && !arch->wide ? UINT32_MAX : UINT64_MAX; /* as a filter compares */
  uint64_t argument = data->args[arg->index.value] & mask, value = arg->value.value & mask;
  switch (arg->op.value)
    {
    case SPEC_CMP_NE:
      return argument != value;
    case SPEC_CMP_LT:
      return argument < value;
    case SPEC_CMP_LE:
      return argument <= value;
    case SPEC_CMP_EQ:
      return argument == value;
    case SPEC_CMP_GE:
      return argument >= value;
    case SPEC_CMP_GT:
      return argument > value;
    default:
      return (argument & value) == (arg->value_two.value & value);
    }
}

/* As in a profile: all of them, but if two test one argument, either is enough. */
static bool
conditions_hold (const struct agent_rule *rule, const struct seccomp_data *data)
{
  uint32_t holding = 0, seen = 0;
  bool repeats = false;
  for (uint32_t i = 0; i < rule->args.count; i++)
    {
      uint32_t bit = 1u << rule->args.items[i].index.value;
      repeats |= seen & bit;
      seen |= bit;
      holding += condition_holds (&rule->args.items[i], data);
    }
  return repeats ? holding > 0 : holding == rule->args.count;
}

/* "/a/b" is that path, "/a/" and a star what is in /a, and with two stars what is anywhere below /a. */
static bool
path_matches (const char *pattern, const char *path)
{
  size_t length = strlen (pattern), stars = 0;
  while (length > 0 && pattern[length - 1] == '*')
    {
      length--;
      stars++;
    }
  if (stars == 0)
    return strcmp (pattern, path) == 0;
  return strncmp (pattern, path, length) == 0 && path[length] && (stars == 2 || !strchr (path + length, '/'));
}

/* 1, 0, or a negative errno: a path could not be read. */
static int
paths_match (const struct agent_rule *rule, const struct caller_paths *paths)
{
  int result = 0;
  for (uint32_t i = 0; i < paths->count; i++)
    for (uint32_t p = 0; p < rule->paths.count; p++)
      {
        if (paths->items[i].code)
          result = -paths->items[i].code;
        else if (path_matches (rule->paths.items[p], paths->items[i].text))
          return 1;
      }
  return result;
}

struct agent_decision
agent_policy_decide (const struct agent_policy *policy, const struct seccomp_data *data, const char *name,
                     const struct caller_paths *paths)
{
  int code = policy->default_errno_ret.set ? (int)policy->default_errno_ret.value : ENOSYS;
  for (uint32_t r = 0; name && r < policy->rules.count; r++)
    {
      const struct agent_rule *rule = &policy->rules.items[r];
      if (!json_strings_have (&rule->names, name) || !conditions_hold (rule, data))
        continue;
      int matches = rule->paths.count ? paths_match (rule, paths) : 1;
      if (matches < 0)
        return (struct agent_decision){ AGENT_ERRNO, -matches, rule };
      if (matches)
        return (struct agent_decision){ (enum agent_answer)rule->answer.value,
                                        rule->errno_ret.set ? (int)rule->errno_ret.value : code, rule };
    }
  return (struct agent_decision){ policy->default_answer.set ? (enum agent_answer)policy->default_answer.value
                                                             : AGENT_CONTINUE,
                                  code, NULL };
}

const char *
agent_answer_word (enum agent_answer answer)
{
  return json_name_of (answers, (int64_t)answer);
}
