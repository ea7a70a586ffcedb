/*
 * What husk seccomp audit prints, as lines and as JSON: a group of calls, its container, and with a profile the rule
 * that has its answer. A log has no arguments, so where a rule has conditions, the answer that was logged says which
 * rule it was.
 */
#include "audit_report.h"

#include <stdio.h>
#include <string.h>

#include "cli.h"
#include "husk/calls.h"
#include "husk/clock.h"
#include "husk/descriptor.h"
#include "husk/text.h"

/* ---- the call and the rule ------------------------------------------------------------------------------------ */

static struct seccomp_data
call_data (const struct audit_call *call)
{
  return (struct seccomp_data){ .nr = call->number, .arch = call->arch };
}

static void
action_text (const struct audit_call *call, char out[96])
{
  if (!call->has_code)
    (void)snprintf (out, 96, "%s", call->signal == 31 ? "SIGSYS" : "denied");
  else if (call->code == SECCOMP_RET_ERRNO || call->code == SECCOMP_RET_TRACE)
    (void)snprintf (out, 96, "%s", call->code == SECCOMP_RET_ERRNO ? "ERRNO" : "TRACE");
  else
    verdict_text (call->code, out);
}

/* What the profile answers, and where. */
struct audit_rule
{
  const char *verdict, *place, *condition;
  bool agrees; /* the log's answer is one of the profile's */
};

/* The whole profile on an architecture, made once. NULL: it has none. */
static const struct seccomp_table *
find_table (struct audit *audit, const struct arch *arch)
{
  struct profile *profile = audit->profile;
  struct error error = { 0 };
  for (uint32_t i = 0; i < audit->table_count; i++)
    if (strcmp (audit->tables[i].arch, arch->name) == 0)
      return &audit->tables[i];
  if (audit->table_count == TABLES_MAX
      || seccomp_tabulate (&profile->document, profile->seccomp, &profile->filter, arch->name, &audit->arena,
                           &audit->tables[audit->table_count], &error)
             < 0)
    return NULL;
  return &audit->tables[audit->table_count++];
}

/* The profile's outcome for the call that matches the log; without one, its outcome for no arguments. false: the call's
 * architecture is not in the profile. */
static bool
find_outcome (struct audit *audit, const struct audit_call *call, struct seccomp_outcome *out, bool *out_agrees)
{
  struct seccomp_data data = call_data (call);
  const struct arch *arch = arch_of_data (&data);
  const struct seccomp_table *table = arch ? find_table (audit, arch) : NULL;
  struct profile_ruling ruling;
  for (uint32_t i = 0; table && i < table->count; i++)
    for (uint32_t o = 0; table->rows[i].number == call->number && o < table->rows[i].count; o++)
      if (call->has_code && (table->rows[i].outcomes[o].verdict & SECCOMP_RET_ACTION_FULL) == call->code)
        {
          *out = table->rows[i].outcomes[o];
          *out_agrees = true;
          return true;
        }
  profile_explain_made (audit->profile->seccomp, &audit->profile->filter, &data, &ruling);
  *out = (struct seccomp_outcome){ .verdict = ruling.verdict, .rule = ruling.rule };
  *out_agrees = call->has_code && (ruling.verdict & SECCOMP_RET_ACTION_FULL) == call->code;
  return !ruling.foreign;
}

static void
find_rule (struct audit *audit, const struct audit_call *call, struct audit_rule *out)
{
  struct seccomp_outcome outcome;
  struct profile *profile = audit->profile;
  char verdict[96];
  bool listed = find_outcome (audit, call, &outcome, &out->agrees);
  struct error place = { .origin = outcome.rule                           ? outcome.rule->node
                                   : listed                               ? profile->seccomp->default_action.node
                                   : profile->seccomp->architectures.node ? profile->seccomp->architectures.node
                                                                          : profile->seccomp->node };
  json_place (&profile->document, &place);
  verdict_text (outcome.verdict, verdict);
  out->verdict = arena_string (&audit->arena, verdict);
  out->place = arena_string (&audit->arena, place.place);
  out->condition = outcome.condition;
}

/* ---- as lines ------------------------------------------------------------------------------------------------- */

static const char *
place_text (struct audit *audit, const struct audit_group *group)
{
  struct place_names names;
  struct arena *arena = &audit->arena;
  audit_name_place (audit, group, &names);
  const char *text = "";
  if (names.pod)
    text = arena_format (arena, ", pod %s%s%s", names.name_space ? names.name_space : "", names.name_space ? "/" : "",
                         names.pod);
  if (names.container)
    text = arena_format (arena, "%s, container %s", text, names.container);
  else if (names.id)
    text = arena_format (arena, "%s, container %.*s", text, strlen (names.id) == 64 ? 12 : 256, names.id);
  if (group->call.node[0])
    text = arena_format (arena, "%s, node %s", text, group->call.node);
  return text;
}

static const char *
program_text (const struct audit_call *call, struct arena *arena)
{
  if (call->comm[0] && call->exe[0])
    return arena_format (arena, "%s (%s)", call->comm, call->exe);
  return call->comm[0] ? call->comm : call->exe[0] ? call->exe : "an unnamed program";
}

static void
print_group (struct audit *audit, const struct audit_group *group)
{
  const struct audit_call *call = &group->call;
  struct seccomp_data data = call_data (call);
  char arch[24], action[96];
  auto_free char *name = seccomp_data_name (&data);
  if (!seccomp_data_arch (&data, arch))
    (void)snprintf (arch, sizeof arch, "0x%x", call->arch);
  action_text (call, action);
  (void)text_line (stdout, "%6llu  %s%s%d%s by %s on %s: %s%s", (unsigned long long)group->count, name ? name : "",
                   name ? " (" : "system call ", call->number, name ? ")" : "", program_text (call, &audit->arena),
                   arch, action, place_text (audit, group));
  if (!audit->profile)
    return;
  struct audit_rule rule;
  find_rule (audit, call, &rule);
  (void)text_line (stdout, "        %s%s%s%s, by %s",
                   rule.agrees || !call->has_code ? "" : "under this profile: ", rule.verdict,
                   rule.condition ? " if " : "", rule.condition ? rule.condition : "", rule.place);
}

int
audit_print_text (struct audit *audit)
{
  const struct audit_tally *tally = &audit->tally;
  for (uint32_t i = 0; i < tally->count; i++)
    print_group (audit, &tally->groups[i]);
  if (!tally->count)
    (void)printf ("no seccomp records in %llu lines\n", (unsigned long long)tally->lines);
  else
    (void)printf ("%llu call%s, %u of them different, in %llu line%s\n", (unsigned long long)tally->calls,
                  tally->calls == 1 ? "" : "s", tally->count, (unsigned long long)tally->lines,
                  tally->lines == 1 ? "" : "s");
  return 0;
}

/* ---- as JSON -------------------------------------------------------------------------------------------------- */

static void
write_time (struct json_writer *writer, const char *key, int64_t seconds)
{
  struct now_text text;
  if (seconds)
    json_write_string (writer, key, time_text (seconds, &text));
}

static void
write_text (struct json_writer *writer, const char *key, const char *text)
{
  if (text && text[0])
    json_write_string (writer, key, text);
}

static void
write_group (struct json_writer *writer, struct audit *audit, const struct audit_group *group)
{
  const struct audit_call *call = &group->call;
  struct seccomp_data data = call_data (call);
  const struct arch *arch = arch_of_data (&data);
  struct place_names names;
  char action[96];
  auto_free char *name = seccomp_data_name (&data);
  action_text (call, action);
  audit_name_place (audit, group, &names);
  json_write_object (writer, NULL);
  json_write_uint (writer, "count", group->count);
  json_write_string (writer, "syscall", name);
  json_write_int (writer, "number", call->number);
  json_write_string (writer, "architecture", arch ? arch->name : NULL);
  json_write_uint (writer, "auditArchitecture", call->arch);
  json_write_string (writer, "action", action);
  write_text (writer, "comm", call->comm);
  write_text (writer, "exe", call->exe);
  write_time (writer, "first", group->first);
  write_time (writer, "last", group->last);
  write_text (writer, "node", call->node);
  write_text (writer, "namespace", names.name_space);
  write_text (writer, "pod", names.pod);
  write_text (writer, "container", names.container);
  write_text (writer, "containerId", names.id);
  write_text (writer, "cgroup", group->place.cgroup);
  if (audit->profile)
    {
      struct audit_rule rule;
      find_rule (audit, call, &rule);
      json_write_object (writer, "profile");
      json_write_string (writer, "verdict", rule.verdict);
      json_write_string (writer, "condition", rule.condition);
      json_write_string (writer, "place", rule.place);
      json_write_bool (writer, "agrees", rule.agrees);
      json_write_object_end (writer);
    }
  json_write_object_end (writer);
}

int
audit_print_json (struct audit *audit)
{
  struct json_writer writer;
  if (json_write_open (&writer, true) < 0)
    return 1;
  json_write_array (&writer, NULL);
  for (uint32_t i = 0; i < audit->tally.count; i++)
    write_group (&writer, audit, &audit->tally.groups[i]);
  json_write_array_end (&writer);
  return cli_print_json (&writer);
}
