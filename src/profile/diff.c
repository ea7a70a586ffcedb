/*
 * Compares two profiles. Rules are compared by their effect: both filters are run on the boundary values of all
 * conditions.
 */
#include "husk/calls.h"
#include "husk/profile.h"

#include <stdio.h>
#include <string.h>

#define PROBES_MAX 512        /* values of one argument */
#define CALLS_MAX (1ul << 20) /* combinations of them */

struct diff
{
  const struct profile_side *one, *two;
  struct arena *arena;
  struct profile_differences *out;
};

/* ---- findings -------------------------------------------------------------------------------------------------- */

static struct profile_difference *
diff_add (struct diff *diff)
{
  struct profile_differences *out = diff->out;
  out->items = arena_more (diff->arena, out->items, out->count, &out->room, 256, sizeof *out->items);
  return &out->items[out->count++];
}

static void
compare_property (struct diff *diff, const char *what, const char *one, const char *two)
{
  one = one ? one : "none";
  two = two ? two : "none";
  if (strcmp (one, two) != 0)
    *diff_add (diff) = (struct profile_difference){ .what = what, .one = one, .two = two };
}

/* A difference that a call has on several architectures is listed once. */
static void
add_call (struct diff *diff, const struct arch *arch, const char *name, const char *one, const char *two)
{
  const char *arch_name = arch_short_name (arch, diff->arena);
  for (uint32_t i = 0; i < diff->out->count; i++)
    {
      struct profile_difference *known = &diff->out->items[i];
      if (known->archs && strcmp (known->what, name) == 0 && strcmp (known->one, one) == 0
          && strcmp (known->two, two) == 0)
        {
          known->archs = arena_format (diff->arena, "%s, %s", known->archs, arch_name);
          return;
        }
    }
  *diff_add (diff) = (struct profile_difference){ name, arch_name, one, two };
}

/* ---- properties ------------------------------------------------------------------------------------------------ */

static const char *
action_text (const struct spec_seccomp *profile, struct arena *arena)
{
  char text[96];
  verdict_text (action_word (&profile->default_action, &profile->default_errno_ret), text);
  return arena_string (arena, text);
}

/* The architectures that are filtered, in the order of arch_at, not of the profile. */
static const char *
arch_texts (const struct spec_seccomp *profile, struct arena *arena)
{
  const char *text = NULL;
  const struct arch *arch;
  for (uint32_t i = 0; (arch = arch_at (i)); i++)
    if (arch_in_profile (arch, profile))
      text = text ? arena_format (arena, "%s, %s", text, arch_short_name (arch, arena)) : arch_short_name (arch, arena);
  return text;
}

static const char *
flag_texts (uint32_t flags, struct arena *arena)
{
  const char *text = NULL, *name;
  for (uint32_t i = 0; (name = seccomp_flag_name (i)) != NULL; i++)
    if (flags & flag_word (name))
      {
        name += strlen ("SECCOMP_FILTER_FLAG_");
        text = text ? arena_format (arena, "%s, %s", text, name) : name;
      }
  return text;
}

static const char *
applied_text (const struct profile_side *side, struct arena *arena)
{
  return side->unapplied ? arena_format (arena, "no: %s", side->unapplied) : "yes";
}

static void
compare_properties (struct diff *diff)
{
  const struct spec_seccomp *one = diff->one->profile, *two = diff->two->profile;
  struct arena *arena = diff->arena;
  compare_property (diff, "defaultAction", action_text (one, arena), action_text (two, arena));
  compare_property (diff, "applied", applied_text (diff->one, arena), applied_text (diff->two, arena));
  compare_property (diff, "architectures", arch_texts (one, arena), arch_texts (two, arena));
  compare_property (diff, "flags", flag_texts (diff->one->filter->flags, arena),
                    flag_texts (diff->two->filter->flags, arena));
  compare_property (diff, "listenerPath", one->listener_path.text, two->listener_path.text);
  compare_property (diff, "listenerMetadata", one->listener_metadata.text, two->listener_metadata.text);
}

/* ---- system calls ---------------------------------------------------------------------------------------------- */

/* Values of one argument. */
struct probes
{
  uint64_t values[PROBES_MAX];
  uint32_t count;
};
struct probe_set
{
  struct probes arguments[6];
  bool full; /* some values did not fit */
};

static void
probe (struct probe_set *probe_set, uint32_t index, uint64_t value)
{
  struct probes *probes = &probe_set->arguments[index];
  for (uint32_t i = 0; i < probes->count; i++)
    if (probes->values[i] == value)
      return;
  if (probes->count == PROBES_MAX)
    probe_set->full = true;
  else
    probes->values[probes->count++] = value;
}

static void
probe_argument (struct probe_set *probe_set, const struct spec_seccomp_arg *arg)
{
  uint32_t index = (uint32_t)arg->index.value;
  uint64_t value = arg->value.value, mask = arg->op.value == SPEC_CMP_MASKED_EQ ? value : 0;
  if (mask)
    value = arg->value_two.value & mask;
  probe (probe_set, index, value);
  probe (probe_set, index, value - 1);
  probe (probe_set, index, value + 1);
  probe (probe_set, index, value | ~mask);
  for (uint64_t bit = 1; bit; bit <<= 1)
    if (mask & bit || bit == 1ull << 32 || bit == 1ull << 63)
      {
        probe (probe_set, index, value ^ bit);
        probe (probe_set, index, (value | ~mask) ^ bit);
      }
}

/* Adds the boundary values of a row's conditions. */
static void
probe_row (struct probe_set *probe_set, const struct seccomp_row *row)
{
  for (uint32_t i = 0; i < row->count; i++)
    for (uint32_t c = 0; row->outcomes[i].rule && c < row->outcomes[i].rule->args.count; c++)
      probe_argument (probe_set, &row->outcomes[i].rule->args.items[c]);
}

static bool
same_verdict (const struct diff *diff, const struct arch *arch, int number, const uint64_t arguments[6])
{
  struct seccomp_data data = arch_call (arch, number, arguments);
  return seccomp_interpret (diff->one->filter->program, diff->one->filter->length, &data)
         == seccomp_interpret (diff->two->filter->program, diff->two->filter->length, &data);
}

/* Tries every combination of the arguments' values. Also false if there are too many of them. */
static bool
same_everywhere (const struct diff *diff, const struct arch *arch, int number, const struct probe_set *probe_set)
{
  uint32_t at[6] = { 0 };
  unsigned long calls = 1;
  for (int i = 0; i < 6 && calls <= CALLS_MAX; i++)
    calls *= probe_set->arguments[i].count;
  if (probe_set->full || calls > CALLS_MAX)
    return false;
  for (unsigned long call = 0; call < calls; call++)
    {
      uint64_t arguments[6];
      for (int i = 0; i < 6; i++)
        arguments[i]
            = arch->wide ? probe_set->arguments[i].values[at[i]] : (uint32_t)probe_set->arguments[i].values[at[i]];
      if (!same_verdict (diff, arch, number, arguments))
        return false;
      for (int i = 0; i < 6 && ++at[i] == probe_set->arguments[i].count; i++)
        at[i] = 0;
    }
  return true;
}

static const char *
row_text (const struct seccomp_row *row, struct arena *arena)
{
  const char *text = NULL;
  for (uint32_t i = 0; i < row->count; i++)
    {
      char verdict[96];
      const char *condition = row->outcomes[i].condition;
      verdict_text (row->outcomes[i].verdict, verdict);
      const char *one = condition ? arena_format (arena, "%s if %s", verdict, condition)
                                  : arena_format (arena, "%s%s", text ? "else " : "", verdict);
      text = text ? arena_format (arena, "%s; %s", text, one) : one;
    }
  return text ? text : "";
}

static void
compare_row (struct diff *diff, const struct arch *arch, const struct seccomp_row *one, const struct seccomp_row *two)
{
  const char *first = row_text (one, diff->arena), *second = row_text (two, diff->arena);
  if (strcmp (first, second) == 0)
    return;
  if (one->count > 1 || two->count > 1)
    {
      struct probe_set *probe_set = arena_new (diff->arena, struct probe_set);
      for (uint32_t i = 0; i < 6; i++)
        probe (probe_set, i, 0);
      for (uint64_t call = 0; call <= 24; call++) /* the calls of socketcall and ipc */
        probe (probe_set, 0, call);
      probe_row (probe_set, one);
      probe_row (probe_set, two);
      if (same_everywhere (diff, arch, one->number, probe_set))
        return;
    }
  add_call (diff, arch, one->name, first, second);
}

static int
compare_arch (struct diff *diff, const struct arch *arch, struct error *error)
{
  struct seccomp_table one = { 0 }, two = { 0 };
  const struct profile_side *sides[] = { diff->one, diff->two };
  struct seccomp_table *tables[] = { &one, &two };
  for (int i = 0; i < 2; i++)
    if (seccomp_tabulate (sides[i]->document, sides[i]->profile, sides[i]->filter, arch->name, diff->arena, tables[i],
                          error)
        < 0)
      return -1;
  for (uint32_t i = 0; i < one.count && i < two.count; i++) /* both tables list the same calls in the same order */
    compare_row (diff, arch, &one.rows[i], &two.rows[i]);
  return 0;
}

int
profile_diff (const struct profile_side *one, const struct profile_side *two, const char *arch_name,
              struct arena *arena, struct profile_differences *out, struct error *error)
{
  *out = (struct profile_differences){ 0 };
  struct diff diff = { one, two, arena, out };
  const struct arch *arch = arch_find (arch_name, error);
  if (!arch)
    return -1;
  compare_properties (&diff);
  if (arch_name)
    return compare_arch (&diff, arch, error);
  for (uint32_t i = 0; (arch = arch_at (i)); i++)
    if (arch_in_profile (arch, one->profile) && arch_in_profile (arch, two->profile)
        && compare_arch (&diff, arch, error) < 0)
      return -1;
  return 0;
}
