/*
 * A profile as a table: the possible outcomes of each system call of an architecture, and the rule behind each.
 */
#include "filter.h"

#include <linux/seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
condition_text (const struct spec_seccomp_arg *arg, char out[CONDITION_SIZE])
{
  static const char *const operators[] = { [SPEC_CMP_NE] = "!=", [SPEC_CMP_LT] = "<",  [SPEC_CMP_LE] = "<=",
                                           [SPEC_CMP_EQ] = "==", [SPEC_CMP_GE] = ">=", [SPEC_CMP_GT] = ">" };
  unsigned index = (unsigned)arg->index.value;
  unsigned long long value = arg->value.value, two = arg->value_two.value & value; /* as the filter compares */
  if (arg->op.value == SPEC_CMP_MASKED_EQ)
    (void)snprintf (out, CONDITION_SIZE, "(arg%u & 0x%llx) == 0x%llx", index, value, two);
  else
    (void)snprintf (out, CONDITION_SIZE, "arg%u %s 0x%llx", index, operators[arg->op.value], value);
}

/* The conditions that the compiler tests for a verdict. */
static const char *
verdict_text (const struct verdict *verdict, struct arena *arena)
{
  const char *text = NULL;
  if (verdict->multiplexed)
    text = arena_format (arena, "arg0 == 0x%x", verdict->multiplexed);
  for (uint32_t i = 0; verdict->rule && i < verdict->rule->args.count; i++)
    {
      const struct spec_seccomp_arg *arg = &verdict->rule->args.items[i];
      if ((verdict->condition >= 0 && verdict->condition != (int32_t)i)
          || (verdict->multiplexed && arg->index.value == 0))
        continue;
      char one[CONDITION_SIZE];
      condition_text (arg, one);
      text = text ? arena_format (arena, "%s && %s", text, one) : arena_string (arena, one);
    }
  return text;
}

/* A condition that every argument meets: such rules are written to mean "otherwise". */
static bool
always_holds (const struct verdict *verdict)
{
  const struct spec_seccomp_arg *arg;
  if (!verdict->rule || verdict->multiplexed || (verdict->condition < 0 && verdict->rule->args.count != 1))
    return false;
  arg = &verdict->rule->args.items[verdict->condition < 0 ? 0 : verdict->condition];
  return arg->op.value == SPEC_CMP_GE && arg->value.value == 0;
}

/* Without a ruling, the filter says what the number gets. */
static struct seccomp_row
make_row (const struct compiler *compiler, const struct seccomp_filter *filter, const struct arch *arch, int number,
          const struct ruling *ruling)
{
  struct seccomp_data data = { .nr = number, .arch = arch->audit };
  const uint32_t count = ruling ? ruling->count : 0;
  struct seccomp_outcome *outcomes = arena_array (compiler->arena, struct seccomp_outcome, count + 1);
  struct seccomp_row row = { .number = number, .outcomes = outcomes };
  const struct spec_seccomp_rule *rules = compiler->profile->syscalls.items;
  if (!ruling)
    {
      outcomes[row.count++].verdict = seccomp_interpret (filter->program, filter->length, &data);
      return row;
    }
  if (ruling->plain)
    {
      outcomes[row.count++]
          = (struct seccomp_outcome){ plain_action (compiler, ruling->plain), NULL, &rules[ruling->plain - 1] };
      return row;
    }
  const struct verdict *verdicts = ruling->verdicts;
  for (uint32_t i = 0; i < count; i++)
    if (!verdicts[i].rule && !verdicts[i].multiplexed) /* a rule without conditions decides alone */
      {
        outcomes[row.count++] = (struct seccomp_outcome){ verdicts[i].action, NULL, &rules[verdicts[i].order] };
        return row;
      }
  for (uint32_t i = 0; i < count; i++)
    {
      const char *text = always_holds (&verdicts[i]) ? NULL : verdict_text (&verdicts[i], compiler->arena);
      struct seccomp_outcome *last = row.count ? &outcomes[row.count - 1] : NULL;
      if (text && last && last->rule == &rules[verdicts[i].order])
        last->condition = arena_format (compiler->arena, "%s | %s", last->condition, text);
      else
        outcomes[row.count++] = (struct seccomp_outcome){ verdicts[i].action, text, &rules[verdicts[i].order] };
      if (!text)
        return row;
    }
  outcomes[row.count++].verdict = compiler->default_action;
  return row;
}

static const struct group *
find_group (const struct compiler *compiler, const struct arch *arch)
{
  for (uint32_t g = 0; g < compiler->group_count; g++)
    if (compiler->groups[g].archs[0]->audit == arch->audit)
      return &compiler->groups[g];
  return NULL;
}

static void
add_rows (const struct compiler *compiler, const struct seccomp_filter *filter, const struct arch *arch,
          struct call_span span, struct seccomp_row *rows, uint32_t *out_count)
{
  const struct group *group = find_group (compiler, arch);
  struct ruling ruling = { 0 };
  bool more = true;
  if (!group)
    return; /* not an architecture of the profile */
  for (int number = span.start; number < span.end; number++)
    {
      while (more && ruling.end <= (uint32_t)number)
        more = group_next (group, &ruling);
      char *name = call_name (arch, number);
      if (!name)
        continue;
      bool ruled = more && ruling.number <= (uint32_t)number;
      struct seccomp_row *row = &rows[(*out_count)++];
      *row = make_row (compiler, filter, arch, number, ruled ? &ruling : NULL);
      row->name = arena_string (compiler->arena, name);
      free (name);
    }
}

int
seccomp_tabulate (const struct json_document *document, const struct spec_seccomp *profile,
                  const struct seccomp_filter *filter, const char *arch_name, struct arena *arena,
                  struct seccomp_table *out, struct error *error)
{
  const struct arch *arch = arch_find (arch_name, error);
  struct report silent = { .error = &(struct error){ 0 } }; /* compiling the filter has reported everything */
  struct compiler *compiler = arena_new (arena, struct compiler);
  if (!arch)
    return -1;
  *out = (struct seccomp_table){ .arch = arch->name, .foreign = !arch_in_profile (arch, profile) };
  if (out->foreign)
    return 0;
  *compiler
      = (struct compiler){ .document = document,
                           .profile = profile,
                           .arena = arena,
                           .report = &silent,
                           .default_action = action_word (&profile->default_action, &profile->default_errno_ret) };
  if (compiler_add_archs (compiler) < 0 || rules_expand (compiler) < 0)
    return error_set (error, 0, "not a valid profile");
  struct call_span main = arch_span (arch, 0), private = arch_span (arch, 1);
  struct seccomp_row *rows
      = arena_array (arena, struct seccomp_row, main.end - main.start + private.end - private.start);
  add_rows (compiler, filter, arch, main, rows, &out->count);
  add_rows (compiler, filter, arch, private, rows, &out->count);
  out->rows = rows;
  return 0;
}
