/*
 * husk's side of systemd's units: each call runs husk-systemd once, and makes an error of the line that it leaves.
 */
#include "husk/unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "husk/descriptor.h"
#include "husk/log.h"
#include "program.h"

#define OPTIONS_MAX 8

/* The next field of a line, ended in place; "" when there is none. */
static char *
next_field (char **at)
{
  char *field = *at;
  size_t length = strcspn (field, "\t");
  *at = field + length + (field[length] ? 1 : 0);
  field[length] = '\0';
  return field;
}

/* Where it comes from: the property that systemd does not take, else the unit's name. */
static origin_t
origin_of (const struct unit *unit, const struct unit_properties *properties, const char *refused)
{
  for (uint32_t i = 0; properties && i < properties->count; i++)
    if (strcmp (properties->items[i].name, refused) == 0)
      return properties->items[i].origin;
  return unit->origin;
}

static void
take_error (char *line, const struct unit *unit, const struct unit_properties *properties, struct error *error)
{
  int code = atoi (next_field (&line));
  if (code == ENOENT) /* clients would take its words for a program that is not there */
    code = 0;
  const char *refused = next_field (&line), *text = next_field (&line), *hint = next_field (&line);
  (void)error_set_at (error, origin_of (unit, properties, refused), code, "%s", text);
  if (*hint)
    error_hint (error, "%s", hint);
}

/* "note TAB text" and "error TAB ...": src/systemd/main.c. Other lines are the loader's, or a library's. */
static void
read_lines (char *text, bool failed, const struct unit *unit, const struct unit_properties *properties,
            struct error *error)
{
  char *other = NULL, *rest;
  for (char *line = strtok_r (text, "\n", &rest); line; line = strtok_r (NULL, "\n", &rest))
    if (strncmp (line, "note\t", 5) == 0)
      log_info ("%s", line + 5);
    else if (failed && strncmp (line, "error\t", 6) == 0)
      take_error (line + 6, unit, properties, error);
    else
      other = line;
  if (failed && !error->set)
    (void)error_set_at (error, unit->origin, 0, "husk-systemd has failed%s%.300s", other ? ": " : "",
                        other ? other : "");
}

/* options: OPTIONS_MAX at most, with the verb and all before the properties, ended by NULL. */
static int
run (const struct unit *unit, const char *const *options, const struct unit_properties *properties,
     struct unit_program_output *output, struct error *error)
{
  uint32_t count = properties ? properties->count : 0, at = 1;
  auto_free const char **argv = calloc (OPTIONS_MAX + 3 * (size_t)count + 3, sizeof *argv);
  auto_free char *names = NULL;
  size_t names_size = 1;
  for (uint32_t i = 0; i < count; i++)
    names_size += strlen (properties->items[i].name) + 2;
  if (!argv || !(names = malloc (names_size)))
    return error_set (error, ENOMEM, "run husk-systemd");
  char *name = names;
  if (unit->user)
    argv[at++] = "--user";
  for (; *options; options++)
    argv[at++] = *options;
  for (uint32_t i = 0; i < count; i++)
    {
      const struct unit_property *property = &properties->items[i];
      argv[at++] = name;
      name += sprintf (name, "%s%s", property->dispensable ? "?" : "", property->name) + 1;
      argv[at++] = property->type;
      argv[at++] = property->value;
    }
  int result = unit_program_run (argv, output, error);
  if (result >= 0)
    read_lines (output->errors, result > 0, unit, properties, error);
  return result ? -1 : 0;
}

int
unit_start (const struct unit *unit, const struct unit_properties *properties, pid_t pid, char **out_cgroup,
            struct error *error)
{
  struct unit_program_output output;
  char slice[300], process[32];
  const char *options[OPTIONS_MAX];
  unsigned count = 0;
  (void)snprintf (slice, sizeof slice, "--slice=%s", unit->slice);
  (void)snprintf (process, sizeof process, "--pid=%d", (int)pid);
  options[count++] = slice;
  if (pid)
    options[count++] = process;
  options[count++] = "start";
  options[count++] = unit->name;
  options[count] = NULL;
  if (run (unit, options, properties, &output, error) < 0)
    return -1;
  output.out[strcspn (output.out, "\n")] = '\0';
  if (output.out[0] != '/')
    return error_set (error, 0, "husk-systemd has not told the cgroup of unit %s", unit->name);
  *out_cgroup = strdup (output.out);
  return *out_cgroup ? 0 : error_set (error, ENOMEM, "start unit %s", unit->name);
}

int
unit_set (const struct unit *unit, const struct unit_properties *properties, struct error *error)
{
  struct unit_program_output output;
  const char *options[] = { "set", unit->name, NULL };
  return properties->count == 0 ? 0 : run (unit, options, properties, &output, error);
}

int
unit_attach (const struct unit *unit, const char *below, pid_t pid, struct error *error)
{
  struct unit_program_output output;
  char process[32];
  const char *options[] = { "attach", unit->name, below, process, NULL };
  (void)snprintf (process, sizeof process, "%d", (int)pid);
  return run (unit, options, NULL, &output, error);
}

int
unit_stop (const struct unit *unit, struct error *error)
{
  struct unit_program_output output;
  const char *options[] = { "stop", unit->name, NULL };
  return run (unit, options, NULL, &output, error);
}
