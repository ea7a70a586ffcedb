/*
 * husk seccomp explain --all: the verdicts of a whole profile. Calls with the same verdict by the same rule are
 * grouped.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cli.h"
#include "husk/text.h"
#include "profile.h"

/* Where an outcome comes from: "profile.json:7:5: /syscalls/1". */
static void
outcome_place (const struct profile *profile, const struct seccomp_outcome *outcome, struct error *out)
{
  *out = (struct error){ .origin = outcome->rule ? outcome->rule->node : profile->seccomp->default_action.node };
  json_place (&profile->document, out);
}

static bool
same_group (const struct seccomp_row *one, const struct seccomp_row *two)
{
  return one->count == 1 && two->count == 1 && one->outcomes->verdict == two->outcomes->verdict
         && one->outcomes->rule == two->outcomes->rule;
}

static void
print_together (const struct profile *profile, const struct seccomp_table *table, uint32_t first)
{
  char verdict[96];
  struct error place;
  struct cli_words words = { .indent = 4 };
  outcome_place (profile, table->rows[first].outcomes, &place);
  verdict_text (table->rows[first].outcomes->verdict, verdict);
  (void)text_line (stdout, "%s, by %s", verdict, place.place);
  for (uint32_t i = first; i < table->count; i++)
    if (same_group (&table->rows[first], &table->rows[i]))
      {
        char word[128];
        (void)snprintf (word, sizeof word, "%s (%d)", table->rows[i].name, table->rows[i].number);
        cli_word (&words, word);
      }
  cli_words_end (&words);
}

static void
print_conditions (const struct profile *profile, const struct seccomp_row *row)
{
  (void)text_line (stdout, "%s (%d)", row->name, row->number);
  for (uint32_t i = 0; i < row->count; i++)
    {
      const struct seccomp_outcome *outcome = &row->outcomes[i];
      char verdict[96];
      struct error place;
      outcome_place (profile, outcome, &place);
      verdict_text (outcome->verdict, verdict);
      (void)text_line (stdout, "    %s %s%s, by %s", verdict, outcome->condition ? "if " : "else",
                       outcome->condition ? outcome->condition : "", place.place);
    }
}

static void
print_text (const struct profile *profile, const struct seccomp_table *table)
{
  (void)text_line (stdout, "%s", table->arch);
  if (table->foreign)
    (void)printf ("\nKILL_THREAD for any call: this architecture is not in the profile\n");
  for (uint32_t i = 0; i < table->count; i++)
    {
      uint32_t before = 0;
      while (before < i && !same_group (&table->rows[before], &table->rows[i]))
        before++;
      if (before < i)
        continue;
      (void)putchar ('\n');
      if (table->rows[i].count > 1)
        print_conditions (profile, &table->rows[i]);
      else
        print_together (profile, table, i);
    }
  if (profile->unapplied)
    (void)text_line (stdout, "\nbut the profile is not applied: %s", profile->unapplied);
}

static void
write_row (struct json_writer *writer, const struct profile *profile, const struct seccomp_row *row)
{
  json_write_object (writer, NULL);
  json_write_string (writer, "syscall", row->name);
  json_write_int (writer, "number", row->number);
  json_write_array (writer, "outcomes");
  for (uint32_t i = 0; i < row->count; i++)
    {
      char verdict[96];
      struct error place;
      outcome_place (profile, &row->outcomes[i], &place);
      verdict_text (row->outcomes[i].verdict, verdict);
      json_write_object (writer, NULL);
      json_write_string (writer, "verdict", verdict);
      json_write_string (writer, "condition", row->outcomes[i].condition);
      json_write_string (writer, "place", place.place);
      json_write_object_end (writer);
    }
  json_write_array_end (writer);
  json_write_object_end (writer);
}

int
cli_print_table (struct profile *profile, const char *arch, bool json, struct error *error)
{
  struct seccomp_table table;
  struct json_writer writer;
  if (seccomp_tabulate (&profile->document, profile->seccomp, &profile->filter, arch, &profile->arena, &table, error)
      < 0)
    return -1;
  if (!json)
    {
      print_text (profile, &table);
      return 0;
    }
  if (json_write_open (&writer, true) < 0)
    return error_set (error, 0, "out of memory for JSON");
  json_write_object (&writer, NULL);
  json_write_string (&writer, "architecture", table.arch);
  json_write_bool (&writer, "inProfile", !table.foreign);
  json_write_bool (&writer, "applied", !profile->unapplied);
  json_write_array (&writer, "syscalls");
  for (uint32_t i = 0; i < table.count; i++)
    write_row (&writer, profile, &table.rows[i]);
  json_write_array_end (&writer);
  json_write_object_end (&writer);
  return json_write_print (&writer, stdout) < 0 ? cli_output_failed (errno, "write to standard output", error) : 0;
}
