/*
 * The list of differences that a comparison makes: of two profiles (diff.c), or of the filters of processes
 * (src/loaded/compare.c).
 */
#include "husk/calls.h"
#include "husk/profile.h"

#include <string.h>

void
profile_difference_add (struct profile_differences *out, const struct arch *arch, const char *what, const char *one,
                        const char *two, struct arena *arena)
{
  const char *name = arch ? arch_short_name (arch, arena) : NULL;
  for (uint32_t i = 0; arch && i < out->count; i++)
    {
      struct profile_difference *known = &out->items[i];
      if (known->archs && strcmp (known->what, what) == 0 && strcmp (known->one, one) == 0
          && strcmp (known->two, two) == 0)
        {
          known->archs = arena_format (arena, "%s, %s", known->archs, name);
          return;
        }
    }
  out->items = arena_more (arena, out->items, out->count, &out->room, 256, sizeof *out->items);
  out->items[out->count++] = (struct profile_difference){ what, name, one, two };
}
