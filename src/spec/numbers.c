/*
 * Lists of CPUs and memory nodes: one parser for cpusets, affinities and memory policies, so that all of them accept
 * the same.
 */
#include "types.h"

#include <stdio.h>
#include <string.h>

static bool
read_number (const char **at, uint32_t *out)
{
  const char *start = *at;
  for (*out = 0; **at >= '0' && **at <= '9' && *out < SPEC_NUMBERS_MAX; (*at)++)
    *out = *out * 10 + (uint32_t)(**at - '0');
  return *at > start && *out < SPEC_NUMBERS_MAX;
}

/* "3", "0-3", or "0-9:1/2" for the first one of every two. */
static bool
read_range (const char **at, struct spec_numbers *out)
{
  uint32_t first, last, used = 1, group = 1;
  if (!read_number (at, &first))
    return false;
  last = first;
  if (**at == '-')
    {
      (*at)++;
      if (!read_number (at, &last))
        return false;
      if (**at == ':' && ((*at)++, !read_number (at, &used) || *(*at)++ != '/' || !read_number (at, &group)))
        return false;
    }
  if (last < first || used == 0 || used > group)
    return false;
  for (uint32_t i = first; i <= last; i++)
    if ((i - first) % group < used)
      {
        out->mask[i / 64] |= 1ull << i % 64;
        out->bits = i + 1 > out->bits ? i + 1 : out->bits;
      }
  return true;
}

int
spec_read_numbers (const char *text, struct spec_numbers *out)
{
  memset (out, 0, sizeof *out);
  if (text[0] == '\0')
    return 0;
  for (const char *at = text;; at++)
    {
      at += strspn (at, " ");
      if (!read_range (&at, out))
        return -1;
      at += strspn (at, " ");
      if (*at == '\0')
        return 0;
      if (*at != ',')
        return -1;
    }
}

static bool
has (const struct spec_numbers *numbers, uint32_t number)
{
  return number < numbers->bits && numbers->mask[number / 64] >> number % 64 & 1;
}

const char *
spec_numbers_text (const struct spec_numbers *numbers, struct arena *arena)
{
  const size_t each = sizeof "8191-8191,";
  char *text = arena_alloc (arena, (numbers->bits / 2 + 1) * each), *at = text;
  for (uint32_t i = 0; i < numbers->bits; i++)
    {
      uint32_t first = i;
      if (!has (numbers, i))
        continue;
      while (has (numbers, i + 1))
        i++;
      at += sprintf (at, first == i ? "%s%u" : "%s%u-%u", at == text ? "" : ",", first, i);
    }
  return text;
}

void
check_numbers (struct checker *checker, const struct json_string *list, const char *what)
{
  struct spec_numbers numbers;
  if (list->text && spec_read_numbers (list->text, &numbers) < 0)
    (void)wrong (checker, list->node, "\"%s\" is not a list of %s such as 0-3,7", list->text, what);
}
