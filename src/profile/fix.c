/*
 * Makes the profile that also allows the denied calls that an observer has seen (observer/denials.c). In each turn, the
 * profile is compiled, each denied call is explained, and whatever still denies it is changed in the one way that
 * helps. So the result is proved on the very calls that it is for, and no change is made that helps none of them.
 */
#include "husk/calls.h"
#include "husk/profile.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lint.h"

#define DENIALS_MAX 4096
#define VALUES_MAX 16 /* sets of argument values: a call with more is allowed with any */
#define ADDED_MAX                                                                                                      \
  3 /* rules that are not for certain arguments: of what is allowed, of what is missing, and of what is kept */
#define MISSING (SECCOMP_RET_ERRNO | ENOSYS)

/* The name under which a profile allows the call. */
static const char *
denied_name (const struct profile_ruling *ruling)
{
  return ruling->single[0] ? ruling->single : ruling->name;
}

bool
profile_denial_stays (const struct profile_ruling *ruling)
{
  return ruling->named && verdict_denies (ruling->listed) && profile_call_fallback (denied_name (ruling));
}

/* ---- denials ----------------------------------------------------------------------------------------------------- */

/* The bits of an argument that the call's rules test: all bits, unless every rule has the same mask. */
static uint64_t
asked_bits (const struct spec_seccomp *profile, const char *name, uint64_t index)
{
  uint64_t bits = 0;
  for (uint32_t r = 0; r < profile->syscalls.count; r++)
    {
      const struct spec_seccomp_rule *rule = &profile->syscalls.items[r];
      for (uint32_t i = 0; i < rule->args.count && json_strings_have (&rule->names, name); i++)
        {
          const struct spec_seccomp_arg *arg = &rule->args.items[i];
          uint64_t asked = arg->op.value == SPEC_CMP_MASKED_EQ ? arg->value.value : UINT64_MAX;
          if (arg->index.value == index)
            bits = bits == 0 || bits == asked ? asked : UINT64_MAX;
        }
    }
  return bits;
}

/* For socketcall and ipc, only argument 0 is kept: it selects the call, and the others cannot be tested. */
static struct seccomp_data
reduced_call (const struct spec_seccomp *profile, const struct profile_ruling *ruling, const struct seccomp_data *data)
{
  struct seccomp_data reduced = { .nr = data->nr, .arch = data->arch };
  if (ruling->single[0])
    reduced.args[0] = data->args[0];
  else
    for (uint32_t i = 0; i < 6; i++)
      reduced.args[i] = data->args[i] & asked_bits (profile, ruling->name, i);
  return reduced;
}

void
profile_denial_note (struct profile_denials *denials, const struct spec_seccomp *profile,
                     const struct profile_ruling *ruling, const struct seccomp_data *data)
{
  uint32_t alike = 0;
  struct seccomp_data reduced = reduced_call (profile, ruling, data);
  if (!ruling->arch || !(ruling->named || ruling->foreign))
    return; /* no profile can allow it */
  for (uint32_t i = 0; i < denials->count; i++)
    {
      if (memcmp (&denials->items[i], &reduced, sizeof reduced) == 0)
        return;
      alike += denials->items[i].nr == data->nr && denials->items[i].arch == data->arch;
    }
  if (alike > VALUES_MAX && !ruling->single[0])
    return; /* that there are too many is known by now */
  if (denials->count == denials->room)
    {
      uint32_t room = denials->room ? 2 * denials->room : 64;
      struct seccomp_data *more = room > DENIALS_MAX ? NULL : realloc (denials->items, room * sizeof *denials->items);
      if (!more)
        {
          denials->crowded = true;
          return;
        }
      denials->items = more;
      denials->room = room;
    }
  denials->items[denials->count++] = reduced;
}

/* ---- changes ------------------------------------------------------------------------------------------------------
 */

struct fixer
{
  const struct json_document *document;
  const struct spec_seccomp *before;
  const struct profile_denials *denials;
  struct arena *arena;
  struct profile_fixed *out;
  struct spec_seccomp asked; /* out->profile at the start of this turn, with its filter */
  struct seccomp_filter filter;
  uint32_t known; /* the number of changes of earlier turns, which should have helped by now */
  struct spec_seccomp_rule *allowed, *missing;
  bool errno_for_newer, changed;
};

static struct profile_change *
find_change (const struct fixer *fixer, enum profile_change_kind kind, const char *subject, const char *text,
             origin_t rule)
{
  for (uint32_t i = 0; i < fixer->out->count; i++)
    {
      struct profile_change *change = &fixer->out->changes[i];
      if (change->kind == kind && change->rule == rule && strcmp (change->subject, subject) == 0
          && (!text || strcmp (change->text, text) == 0))
        return change;
    }
  return NULL;
}

enum novelty
{
  NOVELTY_NEW,
  NOVELTY_TURN, /* another call has caused the change in this turn */
  NOVELTY_OLD,
};

static enum novelty
note_change (struct fixer *fixer, enum profile_change_kind kind, const char *subject, const char *text, origin_t rule)
{
  struct profile_fixed *out = fixer->out;
  const struct profile_change *there = find_change (fixer, kind, subject, text, rule);
  if (there)
    return there - out->changes < fixer->known ? NOVELTY_OLD : NOVELTY_TURN;
  out->changes = arena_more (fixer->arena, out->changes, out->count, &out->room, 32, sizeof *out->changes);
  out->changes[out->count++] = (struct profile_change){ kind, arena_string (fixer->arena, subject), text, rule };
  fixer->changed = true;
  return NOVELTY_NEW;
}

static void
add_text (struct fixer *fixer, struct json_strings *texts, const char *text)
{
  const char **items = arena_array (fixer->arena, const char *, texts->count + 2);
  if (texts->count)
    memcpy (items, texts->items, texts->count * sizeof *items);
  items[texts->count++] = arena_string (fixer->arena, text);
  texts->items = items;
  texts->set = true;
}

/* Adds a rule at the end. A rule without conditions decides wherever it is. */
static struct spec_seccomp_rule *
add_rule (struct fixer *fixer, int action)
{
  struct spec_seccomp *profile = &fixer->out->profile;
  struct spec_seccomp_rule *rule = &profile->syscalls.items[profile->syscalls.count++];
  *rule = (struct spec_seccomp_rule){ .action = { .set = true, .value = action } };
  if (action == SPEC_ACT_ERRNO)
    rule->errno_ret = (struct json_uint){ .set = true, .value = ENOSYS };
  return rule;
}

static void
add_name (struct fixer *fixer, struct spec_seccomp_rule **rule, int action, const char *name)
{
  if (!*rule)
    *rule = add_rule (fixer, action);
  if (!json_strings_have (&(*rule)->names, name))
    add_text (fixer, &(*rule)->names, name);
}

/* A rule without names has no effect. It is removed at the end, because there are pointers to its neighbours. */
static void
drop_name (struct fixer *fixer, const struct spec_seccomp_rule *denying, const char *name)
{
  struct spec_seccomp_rule *rule = &fixer->out->profile.syscalls.items[denying - fixer->asked.syscalls.items];
  struct json_strings kept = { .set = true, .node = rule->names.node };
  if (!json_strings_have (&denying->names, name))
    {
      (void)note_change (fixer, CHANGE_NOTHING, name, NULL, 0);
      return;
    }
  (void)note_change (fixer, CHANGE_DROP, name, NULL, rule->node);
  fixer->changed = true;
  for (uint32_t i = 0; i < rule->names.count; i++)
    if (strcmp (rule->names.items[i], name) != 0)
      add_text (fixer, &kept, rule->names.items[i]);
  rule->names = kept;
}

/* ---- near misses ---------------------------------------------------------------------------------------------------
 */

static uint32_t
count_values (const struct fixer *fixer, const struct seccomp_data *data)
{
  uint32_t count = 0;
  for (uint32_t i = 0; i < fixer->denials->count; i++)
    count += fixer->denials->items[i].nr == data->nr && fixer->denials->items[i].arch == data->arch;
  return count;
}

/* Adds a rule that allows the call under these conditions; text has them for the list of changes. false: it is there,
 * and does not help. */
static bool
allow_if (struct fixer *fixer, const char *name, struct spec_seccomp_arg *args, uint32_t count, const char *text)
{
  enum novelty novelty = note_change (fixer, CHANGE_VALUES, name, text, 0);
  if (novelty != NOVELTY_NEW)
    return novelty == NOVELTY_TURN;
  struct spec_seccomp_rule *rule = add_rule (fixer, SPEC_ACT_ALLOW);
  add_text (fixer, &rule->names, name);
  rule->args.items = args;
  rule->args.count = count;
  return true;
}

/* For a call behind socketcall or ipc: allows these for the call that was made. To allow "socket" without conditions
 * would also allow it on architectures where its rules test arguments. false: that does not help. */
static bool
allow_selector (struct fixer *fixer, const struct profile_ruling *ruling, const struct seccomp_data *data)
{
  struct spec_seccomp_arg *arg = arena_new (fixer->arena, struct spec_seccomp_arg);
  char text[CONDITION_SIZE];
  arg->index.set = arg->op.set = arg->value.set = true;
  arg->op.value = SPEC_CMP_EQ;
  arg->value.value = data->args[0];
  condition_text (arg, text);
  return allow_if (fixer, ruling->name, arg, 1, arena_format (fixer->arena, "%s (%s)", text, ruling->single));
}

/* Allows the call with these values of the arguments that its rules test. false: that does not help. */
static bool
allow_values (struct fixer *fixer, const char *name, const struct seccomp_data *data)
{
  struct spec_seccomp_arg *args = arena_array (fixer->arena, struct spec_seccomp_arg, 6);
  uint32_t count = 0;
  const char *text = "";
  for (uint32_t i = 0; i < 6; i++)
    {
      uint64_t bits = asked_bits (fixer->before, name, i);
      char one[CONDITION_SIZE];
      if (!bits)
        continue;
      struct spec_seccomp_arg *arg = &args[count++];
      if (bits == UINT64_MAX && lint_takes_half (name, i)) /* like the kernel: -1 may have any upper half */
        bits = UINT32_MAX;
      *arg = (struct spec_seccomp_arg){ .index = { .set = true, .value = i },
                                        .op = { .set = true, .value = SPEC_CMP_MASKED_EQ },
                                        .value = { .set = true, .value = bits },
                                        .value_two = { .set = true, .value = data->args[i] & bits } };
      if (bits == UINT64_MAX)
        {
          arg->op.value = SPEC_CMP_EQ;
          arg->value.value = data->args[i];
          arg->value_two = (struct json_uint){ 0 };
        }
      condition_text (arg, one);
      text = arena_format (fixer->arena, "%s%s%s", text, *text ? " && " : "", one);
    }
  return count && allow_if (fixer, name, args, count, text);
}

/* ---- the loop ------------------------------------------------------------------------------------------------------
 */

static void
allow (struct fixer *fixer, const struct profile_ruling *ruling, const struct seccomp_data *data, const char *name)
{
  if (ruling->near && ruling->single[0] && allow_selector (fixer, ruling, data))
    return;
  if (ruling->near && !ruling->single[0] && count_values (fixer, data) <= VALUES_MAX
      && allow_values (fixer, name, data))
    return;
  if (note_change (fixer, CHANGE_ALLOW, name, NULL, 0) == NOVELTY_OLD)
    (void)note_change (fixer, CHANGE_NOTHING, name, NULL, 0);
  else
    add_name (fixer, &fixer->allowed, SPEC_ACT_ALLOW, name);
}

static void
fix_denial (struct fixer *fixer, const struct seccomp_data *data)
{
  struct profile_ruling ruling;
  profile_explain_made (&fixer->asked, &fixer->filter, data, &ruling);
  const char *name = denied_name (&ruling), *fallback = ruling.named ? profile_call_fallback (name) : NULL;
  if (!verdict_denies (ruling.verdict) || !ruling.arch || find_change (fixer, CHANGE_NOTHING, name, NULL, 0))
    return;
  if (ruling.foreign) /* the next turn shows the verdict once the architecture is listed */
    {
      if (note_change (fixer, CHANGE_LIST, ruling.arch, NULL, 0) == NOVELTY_NEW)
        add_text (fixer, &fixer->out->profile.architectures, ruling.arch);
      return;
    }
  if (!ruling.named)
    return;
  if (ruling.rule && !(fallback && ruling.verdict == MISSING))
    drop_name (fixer, ruling.rule, name);
  if (fallback)
    {
      const bool stays = ruling.verdict == MISSING && !ruling.introduced; /* other runtimes know only rules */
      if (!stays || !find_change (fixer, CHANGE_MISSING, name, NULL, 0))
        (void)note_change (fixer, stays ? CHANGE_NONE : CHANGE_MISSING, name, fallback, 0);
      if (!stays)
        add_name (fixer, &fixer->missing, SPEC_ACT_ERRNO, name);
    }
  else if (!ruling.rule)
    allow (fixer, &ruling, data, name);
}

/* Copies and compiles the current rules. A shallow copy is enough: lists of names are replaced, never changed. */
static int
begin_turn (struct fixer *fixer, struct error *error)
{
  struct report report = { .error = error };
  const struct spec_seccomp *profile = &fixer->out->profile;
  struct spec_seccomp_rule *rules = arena_array (fixer->arena, struct spec_seccomp_rule, profile->syscalls.count + 1);
  if (profile->syscalls.count)
    memcpy (rules, profile->syscalls.items, profile->syscalls.count * sizeof *rules);
  fixer->asked = *profile;
  fixer->asked.syscalls.items = rules;
  fixer->known = fixer->out->count;
  fixer->changed = false;
  return seccomp_compile_as (fixer->document, &fixer->asked, fixer->errno_for_newer, fixer->arena, &fixer->filter,
                             &report);
}

/* Calls that the profile does not know keep their ENOSYS, even if it now knows newer ones. */
static int
keep_missing (struct fixer *fixer, const struct seccomp_filter *before, struct error *error)
{
  const struct profile_side old = { fixer->document, fixer->before, before };
  const struct profile_side new = { fixer->document, &fixer->asked, &fixer->filter };
  struct json_strings names;
  struct spec_seccomp_rule *kept = NULL;
  if (profile_aged (&old, &new, fixer->arena, &names, error) < 0)
    return -1;
  for (uint32_t i = 0; i < names.count; i++)
    {
      (void)note_change (fixer, CHANGE_KEEP, names.items[i], NULL, 0);
      add_name (fixer, &kept, SPEC_ACT_ERRNO, names.items[i]);
    }
  return 0;
}

static void
take_out_empty_rules (struct spec_seccomp *profile)
{
  uint32_t kept = 0;
  for (uint32_t i = 0; i < profile->syscalls.count; i++)
    if (profile->syscalls.items[i].names.count)
      profile->syscalls.items[kept++] = profile->syscalls.items[i];
  profile->syscalls.count = kept;
}

int
profile_fix (const struct json_document *document, const struct spec_seccomp *profile, bool errno_for_newer,
             const struct profile_denials *denials, struct arena *arena, struct profile_fixed *out, struct error *error)
{
  struct seccomp_filter before;
  *out = (struct profile_fixed){ .profile = *profile };
  struct fixer fixer = { .document = document,
                         .before = profile,
                         .denials = denials,
                         .arena = arena,
                         .out = out,
                         .errno_for_newer = errno_for_newer };
  const uint32_t rules = profile->syscalls.count;
  out->profile.syscalls.items = arena_array (arena, struct spec_seccomp_rule, rules + denials->count + ADDED_MAX);
  if (rules)
    memcpy (out->profile.syscalls.items, profile->syscalls.items, rules * sizeof *profile->syscalls.items);
  if (begin_turn (&fixer, error) < 0)
    return -1;
  before = fixer.filter;
  for (;;) /* it ends: each turn allows a call or removes a name from a rule */
    {
      for (uint32_t i = 0; i < denials->count; i++)
        fix_denial (&fixer, &denials->items[i]);
      if (!fixer.changed)
        break;
      if (begin_turn (&fixer, error) < 0)
        return -1;
    }
  if (keep_missing (&fixer, &before, error) < 0)
    return -1;
  take_out_empty_rules (&out->profile);
  return 0;
}
