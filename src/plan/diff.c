/*
 * `husk plan --diff`: the order of steps matters, so two plans are compared as diff(1) compares files: by their longest
 * common subsequence of lines. Places in config.json are printed but not compared. Most plans differ in a few steps, so
 * what they begin and end with in common is set aside first.
 */
#include "diff.h"

#include <stdlib.h>
#include <string.h>

#include "husk/descriptor.h"
#include "husk/text.h"

/* Beyond that many pairs, lines between the common beginning and the common end are not matched with each other: all of
 * them are printed, which is true as well. */
#define PAIRS_MAX (1u << 24)

struct diff
{
  struct diff_lines sides[2];
  uint32_t begin;    /* lines in common at the beginning */
  uint32_t count[2]; /* lines between that and the common end */
  uint16_t *common;  /* [i][j]: how many lines in common the rests from i and j have; or NULL */
  unsigned places;
  FILE *out;
};

static bool
same_text (const struct diff_line *a, const struct diff_line *b)
{
  return strcmp (a->word, b->word) == 0 && strcmp (a->text, b->text) == 0;
}

static bool
same_line (const struct diff_line *a, const struct diff_line *b)
{
  return same_text (a, b) && a->hidden_size == b->hidden_size
         && (a->hidden_size == 0 || memcmp (a->hidden, b->hidden, a->hidden_size) == 0);
}

static const struct diff_line *
line_at (const struct diff *diff, int side, uint32_t index)
{
  return &diff->sides[side].items[diff->begin + index];
}

static void
set_aside (struct diff *diff)
{
  uint32_t a = diff->sides[0].count, b = diff->sides[1].count;
  const struct diff_line *one = diff->sides[0].items, *two = diff->sides[1].items;
  while (diff->begin < a && diff->begin < b && same_line (&one[diff->begin], &two[diff->begin]))
    diff->begin++;
  while (a > diff->begin && b > diff->begin && same_line (&one[a - 1], &two[b - 1]))
    a--, b--;
  diff->count[0] = a - diff->begin;
  diff->count[1] = b - diff->begin;
}

static uint16_t *
common_at (const struct diff *diff, uint32_t i, uint32_t j)
{
  return &diff->common[(size_t)i * (diff->count[1] + 1) + j];
}

static int
find_common (struct diff *diff)
{
  const uint32_t a = diff->count[0], b = diff->count[1];
  if (a >= UINT16_MAX || b >= UINT16_MAX || (uint64_t)a * b > PAIRS_MAX)
    return 0;
  diff->common = calloc ((size_t)(a + 1) * (b + 1), sizeof *diff->common);
  if (!diff->common)
    return -1;
  for (uint32_t i = a; i-- > 0;)
    for (uint32_t j = b; j-- > 0;)
      {
        uint16_t down = *common_at (diff, i + 1, j), right = *common_at (diff, i, j + 1);
        *common_at (diff, i, j) = same_line (line_at (diff, 0, i), line_at (diff, 1, j))
                                      ? (uint16_t)(*common_at (diff, i + 1, j + 1) + 1)
                                  : down > right ? down
                                                 : right;
      }
  return 0;
}

struct span
{
  uint32_t from[2], to[2];
};

/* Whether the other side has a line that reads the same, so that the difference must be told. */
static bool
is_ambiguous (const struct diff *diff, const struct span *span, int side, const struct diff_line *line)
{
  for (uint32_t i = span->from[!side]; line->note && i < span->to[!side]; i++)
    if (same_text (line, line_at (diff, !side, i)))
      return true;
  return false;
}

static void
print_span (struct diff *diff, const struct span *span)
{
  if (span->from[0] == span->to[0] && span->from[1] == span->to[1])
    return;
  if (diff->places++)
    (void)fputc ('\n', diff->out);
  for (int side = 0; side < 2; side++)
    for (uint32_t i = span->from[side]; i < span->to[side]; i++)
      {
        const struct diff_line *line = line_at (diff, side, i);
        struct error place = { .origin = line->origin };
        json_place (diff->sides[side].document, &place);
        const char *gap = place.place[0] ? "  " : "";
        (void)text_line (diff->out, "%c %-18s %s%s%s%s", "-+"[side], line -> word, line -> text,
                         is_ambiguous (diff, span, side, line) ? line -> note : "", gap, place.place);
      }
}

static void
print_all (struct diff *diff)
{
  struct span span = { { 0 }, { 0 } };
  while (diff->common && span.to[0] < diff->count[0] && span.to[1] < diff->count[1])
    {
      uint32_t i = span.to[0], j = span.to[1];
      if (same_line (line_at (diff, 0, i), line_at (diff, 1, j)))
        {
          print_span (diff, &span);
          span = (struct span){ { i + 1, j + 1 }, { i + 1, j + 1 } };
        }
      else if (*common_at (diff, i + 1, j) >= *common_at (diff, i, j + 1))
        span.to[0]++;
      else
        span.to[1]++;
    }
  span.to[0] = diff->count[0];
  span.to[1] = diff->count[1];
  print_span (diff, &span);
}

int
plan_diff (struct compiled_bundle sides[2], bool secrets, FILE *out, unsigned *out_count)
{
  struct diff diff = { .out = out };
  for (int i = 0; i < 2; i++)
    if (diff_lines_of (&sides[i], secrets, &diff.sides[i]) < 0)
      return -1;
  set_aside (&diff);
  if (find_common (&diff) < 0)
    return -1;
  print_all (&diff);
  free (diff.common);
  *out_count = diff.places;
  return fflush (out) == 0 ? 0 : -1;
}
