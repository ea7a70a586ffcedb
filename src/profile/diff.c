/*
 * Compares two profiles. Rules are compared by their effect: walk.c follows both filters for every call whose rules are
 * not written alike.
 */
#include <errno.h>
#include <string.h>

#include "walk.h"

struct diff
{
  const struct profile_side *one, *two;
  bool joined;
  struct arena *arena;
  struct profile_differences *out;
};

/* ---- properties ------------------------------------------------------------------------------------------------ */

static void
compare_property (struct diff *diff, const char *what, const char *one, const char *two)
{
  one = one ? one : "none";
  two = two ? two : "none";
  if (strcmp (one, two) != 0)
    profile_difference_add (diff->out, NULL, what, one, two, diff->arena);
}

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

static bool
verdicts_differ (const uint32_t *verdicts)
{
  return verdicts[0] != verdicts[1];
}

static bool
note_place (void *context, const struct walk_place *place)
{
  bool *differs = context;
  (void)place;
  *differs = true;
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

/* The same conditions can be written in several ways, so rows whose texts differ are compared by their effect. 0 or -1.
 */
static int
compare_row (struct diff *diff, const struct arch *arch, const struct walk *walk, const struct seccomp_row *one,
             const struct seccomp_row *two, struct error *error)
{
  const struct seccomp_row joined[] = { profile_row_join (one, diff->arena), profile_row_join (two, diff->arena) };
  const char *first = row_text (&joined[0], diff->arena), *second = row_text (&joined[1], diff->arena);
  bool differs = one->count == 1 && two->count == 1;
  struct error why = { 0 };
  struct arena scratch; /* a walk takes more than could be kept for each of thousands of rows */
  if (strcmp (first, second) == 0)
    return 0;
  if (!diff->joined)
    {
      first = row_text (one, diff->arena);
      second = row_text (two, diff->arena);
    }
  if (arena_open (&scratch, 1ul << 30) < 0)
    return error_set (error, errno, "reserve memory");
  struct walk here = *walk;
  here.number = &one->number;
  here.context = &differs;
  if (!differs && walk_filters (&here, arch, &scratch, &why) < 0)
    second = arena_format (diff->arena, "%s (it is undecided whether they differ: %s)", second, why.text);
  if (differs || why.set)
    profile_difference_add (diff->out, arch, one->name, first, second, diff->arena);
  arena_close (&scratch);
  return 0;
}

/* The calls with a name. No rule is for other numbers: the default action alone decides whether they get it or ENOSYS,
 * and compare_properties has compared that. */
static int
compare_arch (struct diff *diff, const struct arch *arch, struct error *error)
{
  struct seccomp_table one = { 0 }, two = { 0 };
  const struct profile_side *sides[] = { diff->one, diff->two };
  struct seccomp_table *tables[] = { &one, &two };
  struct walk walk = { .filters = { diff->one->filter, diff->two->filter },
                       .filter_count = 2,
                       .wanted = verdicts_differ,
                       .found = note_place,
                       .steps = WALK_STEPS };
  for (int i = 0; i < 2; i++)
    if (seccomp_tabulate (sides[i]->document, sides[i]->profile, sides[i]->filter, arch->name, diff->arena, tables[i],
                          error)
        < 0)
      return -1;
  for (uint32_t i = 0; i < one.count && i < two.count; i++) /* both tables list the same calls in the same order */
    if (compare_row (diff, arch, &walk, &one.rows[i], &two.rows[i], error) < 0)
      return -1;
  return 0;
}

int
profile_diff (const struct profile_side *one, const struct profile_side *two, const char *arch_name, bool joined,
              struct arena *arena, struct profile_differences *out, struct error *error)
{
  *out = (struct profile_differences){ 0 };
  struct diff diff = { one, two, joined, arena, out };
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
