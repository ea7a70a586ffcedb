/*
 * Rows of the table of a profile for people. An engine's profile may allow thirty address families by as many rules,
 * one value each: what they mean together is a set of values. Between outcomes with one verdict the order has no
 * effect, so those beside each other can be joined. diff.c and the page of `husk seccomp report` print joined rows.
 */
#include <linux/seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "husk/calls.h"
#include "husk/profile.h"

struct span
{
  uint64_t first, last;
};
/* What outcomes that can be joined ask: whether an argument, or what a mask leaves of it, is one of these values. */
struct asked
{
  uint64_t index, mask;
  struct span *spans; /* in the arena */
  uint32_t count, room;
};

/* The values that a condition admits. false: they are not one span, or 32-bit architectures may see others. */
static bool
span_of (const struct spec_seccomp_arg *arg, struct span *out)
{
  const bool masked = arg->op.value == SPEC_CMP_MASKED_EQ;
  const uint64_t value = masked ? arg->value_two.value : arg->value.value;
  const bool less = arg->op.value == SPEC_CMP_LT;
  if (value > UINT32_MAX || (less && value == 0))
    return false;
  *out = (struct span){ 0, value - less };
  if (masked || arg->op.value == SPEC_CMP_EQ)
    out->first = value;
  else if (!less && arg->op.value != SPEC_CMP_LE)
    return false;
  return true;
}

static uint64_t
mask_of (const struct spec_seccomp_arg *arg)
{
  return arg->op.value == SPEC_CMP_MASKED_EQ ? arg->value.value : UINT64_MAX;
}

/* The filter may test less than the rule says (socketcall): only an outcome with all conditions of its rule is joined.
 */
static bool
is_whole (const struct seccomp_outcome *outcome)
{
  const char *rest = outcome->condition;
  char one[CONDITION_SIZE];
  for (uint32_t i = 0; rest && outcome->rule && i < outcome->rule->args.count; i++)
    {
      condition_text (&outcome->rule->args.items[i], one);
      if (strncmp (rest, one, strlen (one)) != 0)
        return false;
      rest += strlen (one);
      if (!*rest)
        return i + 1 == outcome->rule->args.count;
      if (strncmp (rest, " | ", 3) != 0)
        return false;
      rest += 3;
    }
  return false;
}

/* Adds what an outcome asks. false: it asks something else. */
static bool
add_asked (struct asked *asked, const struct seccomp_outcome *outcome, struct arena *arena)
{
  const uint32_t before = asked->count;
  if (!is_whole (outcome))
    return false;
  for (uint32_t i = 0; i < outcome->rule->args.count; i++)
    {
      const struct spec_seccomp_arg *arg = &outcome->rule->args.items[i];
      struct span span;
      if (!asked->count)
        {
          asked->index = arg->index.value;
          asked->mask = mask_of (arg);
        }
      if (!span_of (arg, &span) || asked->index != arg->index.value || asked->mask != mask_of (arg))
        {
          asked->count = before;
          return false;
        }
      asked->spans = arena_more (arena, asked->spans, asked->count, &asked->room, 64, sizeof *asked->spans);
      asked->spans[asked->count++] = span;
    }
  return true;
}

static int
compare_spans (const void *one, const void *two)
{
  uint64_t a = ((const struct span *)one)->first, b = ((const struct span *)two)->first;
  return a < b ? -1 : a > b;
}

static void
merge_spans (struct asked *asked)
{
  uint32_t kept = 0;
  qsort (asked->spans, asked->count, sizeof *asked->spans, compare_spans);
  for (uint32_t i = 1; i < asked->count; i++)
    {
      struct span *last = &asked->spans[kept], next = asked->spans[i];
      if (next.first > last->last + 1)
        asked->spans[++kept] = next;
      else if (next.last > last->last)
        last->last = next.last;
    }
  asked->count = kept + 1;
}

static const char *
value_text (uint64_t value, bool family, struct arena *arena)
{
  const char *name = family ? profile_family_name (value) : NULL;
  return name ? name : arena_format (arena, "0x%llx", (unsigned long long)value);
}

/* "arg0 in AF_UNIX..AF_INET, AF_INET6", "arg1 == 0x3" */
static const char *
asked_text (struct asked *asked, bool socket, struct arena *arena)
{
  const bool family = socket && asked->index == 0 && (uint32_t)asked->mask == UINT32_MAX;
  const char *text = arena_format (arena, "arg%u", (unsigned)asked->index);
  merge_spans (asked);
  if (asked->mask != UINT64_MAX)
    text = arena_format (arena, "(%s & 0x%llx)", text, (unsigned long long)asked->mask);
  const bool single = asked->count == 1 && asked->spans->first == asked->spans->last;
  for (uint32_t i = 0; i < asked->count; i++)
    {
      const struct span *span = &asked->spans[i];
      const char *first = value_text (span->first, family, arena), *last = value_text (span->last, family, arena);
      text = arena_format (arena, "%s%s%s", text, i ? ", " : single ? " == " : " in ", first);
      if (span->first != span->last)
        text = arena_format (arena, "%s..%s", text, last);
    }
  return text;
}

static bool
repeats (const struct seccomp_outcome *one, const struct seccomp_outcome *two)
{
  return one->verdict == two->verdict && one->condition && two->condition
         && strcmp (one->condition, two->condition) == 0;
}

struct seccomp_row
profile_row_join (const struct seccomp_row *row, struct arena *arena)
{
  struct seccomp_outcome *outcomes = arena_array (arena, struct seccomp_outcome, row->count + 1ul);
  struct seccomp_row joined = { .name = row->name, .number = row->number, .outcomes = outcomes };
  const bool socket = strcmp (row->name, "socket") == 0 || strcmp (row->name, "socketpair") == 0;
  for (uint32_t i = 0, next; i < row->count; i = next)
    {
      struct asked asked = { .count = 0 };
      struct seccomp_outcome *outcome = &outcomes[joined.count++];
      *outcome = row->outcomes[i];
      for (next = i; next < row->count && row->outcomes[next].verdict == outcome->verdict; next++)
        if (!add_asked (&asked, &row->outcomes[next], arena))
          break;
      if (asked.count > 1 || (asked.count && socket && asked.spans->first == asked.spans->last))
        outcome->condition = asked_text (&asked, socket, arena);
      else if (!asked.count) /* as for the many rules for socket behind one socketcall */
        for (next = i + 1; next < row->count && repeats (outcome, &row->outcomes[next]); next++)
          ;
      outcome->others = next - i - 1;
    }
  return joined;
}
