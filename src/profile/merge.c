/*
 * Merges two profiles, for husk seccomp merge: each call gets the stricter of two actions, or the looser one. The rules
 * of both profiles are combined call by call, and merge_rules.c and merge_write.c write the result. Then all three
 * filters are followed at once (walk.c), and a result that is not exact is an error, never a profile. That also finds
 * what the format cannot express: a rule for one architecture only, or a 64-bit condition on a 32-bit one.
 */
#include <stdio.h>
#include <string.h>

#include "husk/descriptor.h"
#include "merge.h"
#include "walk.h"

#define RULINGS_MAX 1024 /* of one call */

static uint32_t
choose_verdict (bool any, uint32_t one, uint32_t two)
{
  int first = verdict_rank (one), second = verdict_rank (two);
  return (any ? second > first : second < first) ? two : one;
}

/* ---- rulings ---------------------------------------------------------------------------------------------------- */

static struct ruling *
add_ruling (struct rulings *rulings, uint32_t action, struct arena *arena)
{
  rulings->items = arena_more (arena, rulings->items, rulings->count, &rulings->room, 8, sizeof *rulings->items);
  struct ruling *ruling = &rulings->items[rulings->count++];
  *ruling = (struct ruling){ .action = action };
  return ruling;
}

static void
add_rule (struct rulings *rulings, const struct spec_seccomp_rule *rule, uint32_t action, struct arena *arena)
{
  bool each = rule_repeats_argument (rule);
  struct ruling *ruling = NULL;
  for (uint32_t i = 0; i < rule->args.count; i++)
    {
      const struct spec_seccomp_arg *arg = &rule->args.items[i];
      if (!ruling || each)
        ruling = add_ruling (rulings, action, arena);
      (void)region_add (&ruling->region, (uint32_t)arg->index.value, comparison_of (arg)); /* six at most */
    }
}

/* Like the compiler: a rule without conditions decides, else the first whose conditions hold, else the default. */
static void
list_rulings (const struct merge *merge, int side, const char *name, struct rulings *out)
{
  const struct spec_seccomp *profile = merge->sides[side]->profile;
  uint32_t standard = merge->standards[side];
  for (uint32_t r = 0; r < profile->syscalls.count; r++)
    {
      const struct spec_seccomp_rule *rule = &profile->syscalls.items[r];
      uint32_t action = action_word (&rule->action, &rule->errno_ret);
      if (action == standard || !json_strings_have (&rule->names, name))
        continue;
      if (rule->args.count == 0)
        {
          out->count = 0;
          (void)add_ruling (out, action, merge->arena);
          return;
        }
      add_rule (out, rule, action, merge->arena);
    }
  (void)add_ruling (out, standard, merge->arena);
}

/* false: an earlier ruling covers all of these arguments. */
static bool
has_effect (const struct rulings *rulings, const struct region *region)
{
  for (uint32_t i = 0; i < rulings->count; i++)
    if (region_within (region, &rulings->items[i].region))
      return false;
  return true;
}

/* In this order, the first pair that holds consists of the first ruling that holds on each side. */
static int
combine_rulings (const struct merge *merge, const char *name, const struct rulings sides[2], struct rulings *out)
{
  for (uint32_t i = 0; i < sides[0].count; i++)
    for (uint32_t j = 0; j < sides[1].count; j++)
      {
        struct region region;
        uint32_t action = choose_verdict (merge->any, sides[0].items[i].action, sides[1].items[j].action);
        bool room = region_intersect (&sides[0].items[i].region, &sides[1].items[j].region, &region);
        if (!room || out->count == RULINGS_MAX)
          return error_set (merge->error, 0, "%.40s: its rules have too many combinations of conditions", name);
        region_simplify (&region);
        if (!region_is_empty (&region) && has_effect (out, &region))
          add_ruling (out, action, merge->arena)->region = region;
      }
  return 0;
}

/* ---- calls ------------------------------------------------------------------------------------------------------ */

static const char *
rules_key (const struct merged_rules *rules, struct arena *arena)
{
  const char *key = "";
  for (uint32_t r = 0; r < rules->count; r++)
    {
      const struct merged_rule *rule = &rules->items[r];
      key = arena_format (arena, "%s;%x", key, rule->action);
      for (uint32_t c = 0; c < rule->count; c++)
        key = arena_format (arena, "%s,%u %d %llx %llx", key, rule->conditions[c].index,
                            (int)rule->conditions[c].comparison.relation,
                            (unsigned long long)rule->conditions[c].comparison.mask,
                            (unsigned long long)rule->conditions[c].comparison.value);
    }
  return key;
}

static int
merge_call (struct merge *merge, const char *name)
{
  struct rulings sides[2] = { { 0 }, { 0 } }, combined = { 0 };
  for (uint32_t i = 0; i < merge->count; i++)
    if (strcmp (merge->calls[i].name, name) == 0)
      return 0;
  for (int side = 0; side < 2; side++)
    list_rulings (merge, side, name, &sides[side]);
  merge->calls = arena_more (merge->arena, merge->calls, merge->count, &merge->room, 512, sizeof *merge->calls);
  struct merged_call *call = &merge->calls[merge->count++];
  *call = (struct merged_call){ .name = name, .rules.limit = sides[0].count + sides[1].count + MERGED_RULES_MORE };
  if (combine_rulings (merge, name, sides, &combined) < 0
      || merge_find_rules (name, &combined, merge->standard, merge->arena, &call->rules, merge->error) < 0)
    return -1;
  call->key = rules_key (&call->rules, merge->arena);
  return 0;
}

static int
merge_calls (struct merge *merge)
{
  for (int side = 0; side < 2; side++)
    {
      const struct spec_seccomp *profile = merge->sides[side]->profile;
      for (uint32_t r = 0; r < profile->syscalls.count; r++)
        for (uint32_t n = 0; n < profile->syscalls.items[r].names.count; n++)
          if (merge_call (merge, profile->syscalls.items[r].names.items[n]) < 0)
            return -1;
    }
  return 0;
}

/* ---- the proof -------------------------------------------------------------------------------------------------- */

/* The result's verdict is not the right one. It may kill the thread instead of the process, or vice versa: on an
 * architecture that a profile does not list, the thread is killed whatever the profile demands. */
static bool
is_wrong (bool any, const uint32_t *verdicts)
{
  uint32_t right = choose_verdict (any, verdicts[0], verdicts[1]);
  bool kills = verdict_rank (right) <= verdict_rank (SECCOMP_RET_KILL_THREAD);
  if (kills && verdict_rank (verdicts[2]) <= verdict_rank (SECCOMP_RET_KILL_THREAD))
    return false;
  return right != verdicts[2];
}

static bool
is_no_intersection (const uint32_t *verdicts)
{
  return is_wrong (false, verdicts);
}

static bool
is_no_union (const uint32_t *verdicts)
{
  return is_wrong (true, verdicts);
}

static bool
refuse (void *context, const struct walk_place *place)
{
  const struct merge *merge = context;
  const struct arch *arch = arch_of_data (&place->call);
  auto_free char *name = arch ? call_name (arch, place->call.nr) : NULL;
  char right[96], result[96], call[64];
  const char *why = "the format cannot express it";
  verdict_text (choose_verdict (merge->any, place->verdicts[0], place->verdicts[1]), right);
  verdict_text (place->verdicts[2], result);
  (void)snprintf (call, sizeof call, "%s", name ? name : "a number without a name");
  if (arch && arch_in_profile (arch, merge->sides[0]->profile) != arch_in_profile (arch, merge->sides[1]->profile))
    why = "a rule cannot be for one architecture only, and only one of the profiles lists this one";
  else if (arch
           && (place->call.nr == arch->socketcall || place->call.nr == arch->ipc
               || (name && multiplexed_of_name (name))))
    why = "one rule is for the call itself and for socketcall or ipc";
  else if (arch && !arch->wide)
    why = "a condition on more than 32 bits means something else there";
  (void)error_set (merge->error, 0, "%s on %s: it would get %s instead of %s: %s", call,
                   arch ? arch_short_name (arch, merge->arena) : "an unknown architecture", result, right, why);
  return true;
}

static int
prove_merged (struct merge *merge, const char *text)
{
  struct json_document *document = arena_new (merge->arena, struct json_document);
  struct spec_seccomp *profile = arena_new (merge->arena, struct spec_seccomp);
  struct seccomp_filter *filter = arena_new (merge->arena, struct seccomp_filter);
  struct report report = { .error = merge->error };
  struct walk walk = { .filters = { merge->sides[0]->filter, merge->sides[1]->filter, filter },
                       .filter_count = 3,
                       .wanted = merge->any ? is_no_union : is_no_intersection,
                       .found = refuse,
                       .context = merge,
                       .steps = WALK_STEPS };
  const struct arch *arch;
  uint32_t i = 0;
  if (json_parse (arena_string (merge->arena, text), strlen (text), "the result", merge->arena, document, merge->error)
          < 0
      || spec_decode_seccomp (document, merge->arena, profile, &report) < 0
      || seccomp_compile_as (document, profile, true, merge->arena, filter, &report) < 0)
    return -1;
  do
    {
      struct error error = { 0 };
      arch = arch_at (i++); /* NULL after the last: all unknown architectures */
      if (walk_filters (&walk, arch, merge->arena, &error) < 0)
        return error_set (merge->error, 0, "the result cannot be proved to be right: %.200s", error.text);
      if (merge->error->set)
        return -1;
    }
  while (arch);
  return 0;
}

char *
profile_merge (const struct profile_side *one, const struct profile_side *two, bool any, struct arena *arena,
               struct error *error)
{
  struct merge *merge = arena_new (arena, struct merge);
  *merge = (struct merge){ .sides = { one, two }, .any = any, .arena = arena, .error = error };
  for (int side = 0; side < 2; side++)
    {
      const struct spec_seccomp *profile = merge->sides[side]->profile;
      merge->standards[side] = action_word (&profile->default_action, &profile->default_errno_ret);
    }
  merge->standard = choose_verdict (any, merge->standards[0], merge->standards[1]);
  if (merge_calls (merge) < 0)
    return NULL;
  char *text = merge_write (merge);
  return text && prove_merged (merge, text) == 0 ? text : NULL;
}
