/*
 * Rules in docker's format that do not apply to the container for which the profile was resolved. `husk seccomp
 * explain` lists those for its call, because the resolved profile does not contain them.
 */
#include <stdio.h>
#include <string.h>

#include "husk/calls.h"
#include "resolve.h"

static bool
names_call (const struct docker_rule *rule, const char *name)
{
  return json_strings_have (&rule->names, name) || (rule->name.text && strcmp (rule->name.text, name) == 0);
}

static bool
is_resolved (const struct spec_seccomp *profile, const struct docker_rule *rule)
{
  for (uint32_t i = 0; i < profile->syscalls.count; i++)
    if (profile->syscalls.items[i].node == rule->node)
      return true;
  return false;
}

static const char *
list_text (const char *text, const char *word, const struct json_strings *list, struct arena *arena)
{
  for (uint32_t i = 0; i < list->count; i++)
    text = arena_format (arena, "%s%s%s", text, i ? ", " : word, list->items[i]);
  return text;
}

/* " includes caps CAP_BPF arches amd64" */
static const char *
filter_text (const char *text, const char *word, const struct docker_filter *filter, struct arena *arena)
{
  const char *start = arena_format (arena, "%s%s%s", text, *text ? ", " : "", word), *all = start;
  if (!filter)
    return text;
  all = list_text (all, " caps ", &filter->caps, arena);
  all = list_text (all, " arches ", &filter->arches, arena);
  if (filter->min_kernel.text && filter->min_kernel.text[0])
    all = arena_format (arena, "%s minKernel %s", all, filter->min_kernel.text);
  return strcmp (all, start) == 0 ? text : all;
}

static const char *
rule_text (const struct json_document *document, const struct docker_rule *rule, struct arena *arena)
{
  struct error place = { .origin = rule->node };
  struct json_uint code = rule->errno_ret;
  struct report quiet = { 0 };
  char verdict[96];
  if (rule->errno_value.node && !json_is_empty (document, rule->errno_value.node))
    (void)profile_errno_read (document, rule->errno_value.node, true, &code, &quiet); /* errors were reported before */
  json_place (document, &place);
  verdict_text (action_word (&rule->action, &code), verdict);
  const char *asks = filter_text ("", "includes", rule->includes, arena);
  asks = filter_text (asks, "excludes", rule->excludes, arena);
  return arena_format (arena, "%s says %s%s for other containers: %s", place.place, verdict,
                       rule->args.count ? ", under conditions," : "", asks);
}

struct json_strings
profile_left_out (const struct json_document *document, const struct spec_seccomp *profile, const char *name,
                  struct arena *arena)
{
  struct docker_profile docker;
  struct report quiet = { 0 };
  struct json_strings lines = { 0 };
  if (foreign_format (document) != PROFILE_DOCKER || foreign_decode_docker (document, arena, &docker, &quiet) < 0)
    return lines;
  lines.items = arena_array (arena, const char *, docker.syscalls.count + 1);
  for (uint32_t i = 0; i < docker.syscalls.count; i++)
    if (names_call (&docker.syscalls.items[i], name) && !is_resolved (profile, &docker.syscalls.items[i]))
      lines.items[lines.count++] = rule_text (document, &docker.syscalls.items[i], arena);
  return lines;
}
