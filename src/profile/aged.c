/*
 * What a profile loses when it becomes newer: an unknown call gets ENOSYS, until the profile names a call that came
 * with the same version of Linux or a later one. From then on the unknown call gets the default action, and programs
 * take EPERM for a refusal. Merging a recording reports such calls, and fixing a profile keeps their ENOSYS.
 */
#include "husk/calls.h"
#include "husk/profile.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define MISSING (SECCOMP_RET_ERRNO | ENOSYS)

static void
add_name (struct json_strings *names, const char *name, uint32_t *room, struct arena *arena)
{
  for (uint32_t i = 0; i < names->count; i++)
    if (strcmp (names->items[i], name) == 0)
      return;
  if (names->count + 2 > *room)
    {
      uint32_t more = *room ? 2 * *room : 64;
      const char **items = arena_array (arena, const char *, more);
      if (names->count)
        memcpy (items, names->items, names->count * sizeof *items);
      names->items = items;
      *room = more;
    }
  names->items[names->count++] = name;
  names->items[names->count] = NULL;
  names->set = true;
}

/* The verdict if the default decides for all arguments, otherwise ALLOW. */
static uint32_t
verdict_by_default (const struct seccomp_row *row)
{
  return row->count == 1 && !row->outcomes[0].rule ? row->outcomes[0].verdict : SECCOMP_RET_ALLOW;
}

static int
compare_names (const void *a, const void *b)
{
  return strcmp (*(const char *const *)a, *(const char *const *)b);
}

int
profile_aged (const struct profile_side *before, const struct profile_side *after, struct arena *arena,
              struct json_strings *out, struct error *error)
{
  uint32_t room = 0;
  const struct arch *arch;
  *out = (struct json_strings){ 0 };
  if (!before->filter->ages || after->filter->age <= before->filter->age)
    return 0;
  for (uint32_t a = 0; (arch = arch_at (a)); a++)
    {
      struct seccomp_table one, two;
      if (!arch_in_profile (arch, before->profile))
        continue;
      if (seccomp_tabulate (before->document, before->profile, before->filter, arch->name, arena, &one, error) < 0
          || seccomp_tabulate (after->document, after->profile, after->filter, arch->name, arena, &two, error) < 0)
        return -1;
      for (uint32_t i = 0, j = 0; i < one.count && j < two.count;)
        {
          const struct seccomp_row *old = &one.rows[i], *new = &two.rows[j];
          if (old->number == new->number
              && verdict_by_default (old) == MISSING &&verdict_denies (verdict_by_default (new))
              && verdict_by_default (new) != MISSING)
            add_name (out, old->name, &room, arena);
          i += old->number <= new->number;
          j += new->number <= old->number;
        }
    }
  if (out->count)
    qsort (out->items, out->count, sizeof *out->items, compare_names);
  return 0;
}
