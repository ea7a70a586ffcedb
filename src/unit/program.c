/*
 * Finds husk-systemd, runs it once for each of unit.c's requests and returns its output. `husk features` only asks
 * whether it is installed. It gets only three variables of husk's environment, by which it finds systemd. PATIENCE must
 * be longer than husk-systemd's own deadline, or its error would never be read.
 */
#include "program.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "husk/descriptor.h"
#include "husk/program.h"
#include "husk/unit.h"

#define PROGRAM "husk-systemd"
#define PATIENCE 30000 /* milliseconds; its own deadline is 25 s */

/* All that it needs of husk's environment: the addresses of the buses. */
static const char *const kept[] = { "XDG_RUNTIME_DIR", "DBUS_SESSION_BUS_ADDRESS", "DBUS_SYSTEM_BUS_ADDRESS" };

static int
find_program (char *out, size_t size, struct error *error)
{
  if (program_find (PROGRAM, out, size))
    return 0;
  (void)error_set (error, 0,
                   "husk was built without libsystemd: --systemd-cgroup needs the program " PROGRAM
                   " (looked for at %.200s and %s/" PROGRAM ")",
                   out, program_directory);
  error_hint (error, "--cgroup-manager=cgroupfs does not need systemd");
  return -1;
}

bool
unit_possible (void)
{
  char path[4352];
  return program_find (PROGRAM, path, sizeof path);
}

#define KEPT (sizeof kept / sizeof kept[0])

struct surroundings
{
  char variables[KEPT][4200], *environment[KEPT + 1];
};

static void
surround (struct surroundings *out)
{
  size_t count = 0;
  for (size_t i = 0; i < KEPT; i++)
    {
      const char *value = getenv (kept[i]);
      if (!value)
        continue;
      (void)snprintf (out->variables[count], sizeof out->variables[0], "%s=%s", kept[i], value);
      out->environment[count] = out->variables[count];
      count++;
    }
  out->environment[count] = NULL;
}

int
unit_program_run (const char *verb, const char *request, size_t size, struct unit_program_output *output,
                  struct error *error)
{
  char path[4352], name[64];
  struct surroundings surroundings;
  struct program_end end;
  output->out[0] = output->errors[0] = '\0';
  if (find_program (path, sizeof path, error) < 0)
    return -1;
  surround (&surroundings);
  (void)snprintf (name, sizeof name, PROGRAM " %s", verb);
  struct program program = { .path = path,
                             .name = name,
                             .arguments = (char *[]){ path, NULL },
                             .environment = surroundings.environment,
                             .patience = PATIENCE,
                             .input = request,
                             .input_size = size,
                             .out = { .text = output->out, .size = sizeof output->out },
                             .errors = { .text = output->errors, .size = sizeof output->errors } };
  if (program_run (&program, &end, error) < 0)
    return -1;
  if (end.way != PROGRAM_EXITED)
    return program_fail (&program, &end, error);
  if (program.out.cut) /* part of an answer is useless */
    output->out[0] = '\0';
  if (program.out.cut && program_succeeded (&end))
    return error_set (error, 0, "%s printed more than %zu bytes", name, sizeof output->out - 1);
  return program_succeeded (&end) ? 0 : 1;
}
