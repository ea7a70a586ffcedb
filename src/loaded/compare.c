/*
 * Compares whole filters: the verdicts on every number, and where two threads, or a thread and a profile, differ
 * (numbers.c: on which numbers they are tried). The outcome of a call is its set of verdicts over the arguments of
 * probe.c; two sides are equal only if they agree on all of these arguments.
 */
#include <linux/seccomp.h>
#include <stdlib.h>
#include <string.h>

#include "husk/descriptor.h"
#include "loaded.h"

/* ---- one call ------------------------------------------------------------------------------------------------- */

static void
add_verdict (struct loaded_answer *answer, uint32_t verdict)
{
  for (uint32_t i = 0; i < answer->count; i++)
    if (answer->verdicts[i] == verdict)
      return;
  if (answer->count == LOADED_VERDICTS)
    answer->unsure = true;
  else
    answer->verdicts[answer->count++] = verdict;
}

static bool
note_answer (const uint32_t verdicts[2], const struct seccomp_data *call, void *data)
{
  (void)call;
  add_verdict (data, verdicts[0]);
  return true;
}

void
loaded_ask (const struct loaded_filters *loaded, const struct arch *arch, int number, struct loaded_answer *out)
{
  const struct loaded_filters *const sides[2] = { loaded, NULL };
  *out = (struct loaded_answer){ .count = 0 };
  if (!loaded_try (sides, arch, number, note_answer, out))
    out->unsure = true;
}

static bool
same_answer (const struct loaded_answer *one, const struct loaded_answer *two)
{
  return one->count == two->count && one->unsure == two->unsure
         && memcmp (one->verdicts, two->verdicts, one->count * sizeof *one->verdicts) == 0;
}

const char *
loaded_answer_text (const struct loaded_answer *answer, struct arena *arena)
{
  const char *text = answer->count > 1 ? "by its arguments: " : "";
  for (uint32_t i = 0; i < answer->count; i++)
    {
      char verdict[96];
      verdict_text (answer->verdicts[i], verdict);
      text = arena_format (arena, "%s%s%s", text, i ? ", " : "", verdict);
    }
  return answer->unsure ? arena_format (arena, "%s, and perhaps others: not all arguments could be tried", text) : text;
}

/* ---- all calls of an architecture ----------------------------------------------------------------------------- */

static const char *
name_of (const struct arch *arch, int number, bool *out_named, struct arena *arena)
{
  auto_free char *name = call_name (arch, number);
  *out_named = name != NULL;
  return name ? arena_string (arena, name) : arena_format (arena, "%d", number);
}

/* In the order of unsigned numbers: what follows the greatest is negative, and a range of its own. */
static bool
joins (const struct loaded_row *last, const struct loaded_row *next)
{
  return !last->named && !next->named && last->last != INT32_MAX && last->last + 1 == next->number
         && same_answer (&last->answer, &next->answer);
}

/* How many numbers without a name a row has. */
static uint32_t
width (const struct loaded_row *row)
{
  return row->named ? 0 : (uint32_t)row->last - (uint32_t)row->number + 1;
}

void
loaded_tabulate (const struct loaded_filters *loaded, const struct arch *arch, struct arena *arena,
                 struct loaded_table *out)
{
  const struct loaded_filters *const sides[2] = { loaded, NULL };
  struct loaded_numbers numbers;
  loaded_list_numbers (sides, arch, arena, &numbers);
  *out = (struct loaded_table){ .incomplete = numbers.incomplete };
  for (uint32_t i = 0; i < numbers.count; i++)
    {
      struct loaded_row row = { .number = numbers.items[i].first, .last = numbers.items[i].last };
      loaded_ask (loaded, arch, row.number, &row.answer);
      row.name = name_of (arch, row.number, &row.named, arena);
      if (out->count && joins (&out->rows[out->count - 1], &row))
        {
          out->rows[out->count - 1].last = row.last;
          continue;
        }
      out->rows = arena_more (arena, out->rows, out->count, &out->room, 512, sizeof *out->rows);
      out->rows[out->count++] = row;
    }
  for (uint32_t i = 0; i < out->count; i++)
    {
      struct loaded_row *row = &out->rows[i];
      if (row->number != row->last)
        row->name = arena_format (arena, "%d to %d", row->number, row->last);
      row->text = loaded_answer_text (&row->answer, arena);
      if (width (row) > width (&out->rows[out->usual]))
        out->usual = i;
    }
}

/* ---- two sides ------------------------------------------------------------------------------------------------ */

struct comparison
{
  struct loaded_answer one, two;
  bool differ;
  struct seccomp_data call; /* the first on which they differ */
};

static bool
note_both (const uint32_t verdicts[2], const struct seccomp_data *call, void *data)
{
  struct comparison *comparison = data;
  add_verdict (&comparison->one, verdicts[0]);
  add_verdict (&comparison->two, verdicts[1]);
  if (verdicts[0] != verdicts[1] && !comparison->differ)
    {
      comparison->differ = true;
      comparison->call = *call;
    }
  return true;
}

struct diff
{
  const struct loaded_filters *sides[2];
  struct arena *arena;
  struct profile_differences *out;
};

/* The arguments up to the last that is not 0, as the architecture has their halves. */
static const char *
arguments_text (const struct arch *arch, const struct seccomp_data *call, struct arena *arena)
{
  uint64_t arguments[6];
  memcpy (arguments, call->args, sizeof arguments);
  struct seccomp_data own = arch_call (arch, call->nr, arguments); /* its own inverse */
  const char *text = "";
  int last = 5;
  while (last > 0 && own.args[last] == 0)
    last--;
  for (int i = 0; i <= last; i++)
    text = arena_format (arena, "%s%s0x%llx", text, i ? ", " : "", (unsigned long long)own.args[i]);
  return text;
}

/* What each side answers, and where that depends on arguments, to which it was. */
static void
side_texts (struct diff *diff, const struct arch *arch, const char *name, const struct comparison *comparison,
            const char *out[2])
{
  const struct loaded_answer *answers[2] = { &comparison->one, &comparison->two };
  bool depends = comparison->one.count > 1 || comparison->two.count > 1;
  for (int i = 0; i < 2; i++)
    {
      char verdict[96];
      out[i] = loaded_answer_text (answers[i], diff->arena);
      if (!depends || !comparison->differ)
        continue;
      verdict_text (loaded_verdict (diff->sides[i], &comparison->call, NULL), verdict);
      out[i] = arena_format (diff->arena, "%s; %s for %s(%s)", out[i], verdict, name,
                             arguments_text (arch, &comparison->call, diff->arena));
    }
}

/* Adjacent numbers without a name are printed as one range. */
struct nameless
{
  int first, last;
  const char *texts[2];
};

/* A range of negative numbers is one of its own. */
static bool
continues (const struct nameless *range, struct loaded_range next, const char *const texts[2])
{
  return range->last != INT32_MAX && range->last + 1 == next.first && strcmp (range->texts[0], texts[0]) == 0
         && strcmp (range->texts[1], texts[1]) == 0;
}

static void
end_nameless (struct diff *diff, const struct arch *arch, struct nameless *range)
{
  if (!range->texts[0])
    return;
  profile_difference_add (diff->out, arch,
                          range->first == range->last
                              ? arena_format (diff->arena, "%d", range->first)
                              : arena_format (diff->arena, "%d to %d", range->first, range->last),
                          range->texts[0], range->texts[1], diff->arena);
  range->texts[0] = NULL;
}

static void
compare_range (struct diff *diff, const struct arch *arch, struct loaded_range tried, struct nameless *range)
{
  struct comparison comparison = { .differ = false };
  const char *texts[2];
  bool named;
  bool unsure = !loaded_try (diff->sides, arch, tried.first, note_both, &comparison);
  if (!comparison.differ && !unsure)
    {
      end_nameless (diff, arch, range);
      return;
    }
  comparison.one.unsure = comparison.two.unsure = unsure;
  const char *name = name_of (arch, tried.first, &named, diff->arena);
  side_texts (diff, arch, name, &comparison, texts);
  if (named || !range->texts[0] || !continues (range, tried, texts))
    end_nameless (diff, arch, range);
  if (named)
    profile_difference_add (diff->out, arch, name, texts[0], texts[1], diff->arena);
  else if (range->texts[0])
    range->last = tried.last;
  else
    *range = (struct nameless){ tried.first, tried.last, { texts[0], texts[1] } };
}

/* Every call of an architecture is killed: the filters have no rules for it. */
static bool
kills_all (const struct loaded_filters *loaded, const struct arch *arch, const struct loaded_numbers *numbers,
           struct loaded_answer *out)
{
  loaded_ask (loaded, arch, numbers->items[0].first, out);
  if (out->verdicts[0] != SECCOMP_RET_KILL_PROCESS && out->verdicts[0] != SECCOMP_RET_KILL_THREAD)
    return false;
  for (uint32_t i = 0; i < numbers->count && out->count == 1 && !out->unsure; i++)
    {
      struct loaded_answer other;
      loaded_ask (loaded, arch, numbers->items[i].first, &other);
      if (!same_answer (out, &other))
        return false;
    }
  return out->count == 1 && !out->unsure;
}

static void
compare_arch (struct diff *diff, const struct arch *arch)
{
  struct loaded_answer answers[2];
  struct nameless range = { .first = 0 };
  struct loaded_numbers numbers;
  bool killed[2] = { false, false };
  const char *untried = "not all could be tried: a filter calculates with the number, or asks for too many";
  loaded_list_numbers (diff->sides, arch, diff->arena, &numbers);
  if (numbers.incomplete)
    profile_difference_add (diff->out, arch, "numbers without a name", untried, untried, diff->arena);
  for (int i = 0; i < 2; i++)
    killed[i] = kills_all (diff->sides[i], arch, &numbers, &answers[i]);
  if (killed[0] && killed[1] && same_answer (&answers[0], &answers[1]))
    return;
  if (killed[0] || killed[1])
    {
      const char *texts[2];
      for (int i = 0; i < 2; i++)
        texts[i] = killed[i] ? loaded_answer_text (&answers[i], diff->arena) : "by the call";
      profile_difference_add (diff->out, arch, "every system call", texts[0], texts[1], diff->arena);
      return;
    }
  for (uint32_t i = 0; i < numbers.count; i++)
    compare_range (diff, arch, numbers.items[i], &range);
  end_nameless (diff, arch, &range);
}

/* Identical programs return the same verdicts, so they need not be run. */
static bool
same_programs (const struct loaded_filters *one, const struct loaded_filters *two)
{
  bool same = one->count == two->count;
  for (uint32_t i = 0; same && i < one->count; i++)
    same = one->filters[i].length == two->filters[i].length
           && memcmp (one->filters[i].program, two->filters[i].program,
                      one->filters[i].length * sizeof *one->filters[i].program)
                  == 0;
  return same;
}

int
loaded_diff (const struct loaded_filters *one, const struct loaded_filters *two, const char *arch_name,
             struct arena *arena, struct profile_differences *out, struct error *error)
{
  struct diff diff = { { one, two }, arena, out };
  const struct arch *arch = arch_find (arch_name, error);
  *out = (struct profile_differences){ .items = NULL };
  if (!arch)
    return -1;
  if (same_programs (one, two))
    return 0;
  if (arch_name)
    compare_arch (&diff, arch);
  for (uint32_t i = 0; !arch_name && (arch = loaded_arch (i)); i++)
    compare_arch (&diff, arch);
  return 0;
}
