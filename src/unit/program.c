/*
 * husk-systemd as a child process: found, run once for each request of unit.c, and what it has written handed back.
 * `husk features` asks only whether it is there. It gets three variables of husk's environment, by which it finds
 * systemd, and no others. PATIENCE must be longer than husk-systemd's own deadline, or its error would never be read.
 */
#include "program.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "husk/descriptor.h"
#include "husk/program.h"
#include "husk/signals.h"
#include "husk/unit.h"

#define PROGRAM "husk-systemd"
#define PATIENCE 30000 /* milliseconds: it has a deadline of its own, of 25 s */

/* All that it needs of husk's environment: where the buses are. */
static const char *const kept[] = { "XDG_RUNTIME_DIR", "DBUS_SESSION_BUS_ADDRESS", "DBUS_SYSTEM_BUS_ADDRESS" };

static int
find (char *out, size_t size, struct error *error)
{
  if (program_find (PROGRAM, out, size))
    return 0;
  (void)error_set (error, 0,
                   "husk was built without libsystemd: --systemd-cgroup needs the program " PROGRAM
                   " (looked for at %.200s and %s/" PROGRAM ")",
                   out, program_directory);
  error_hint (error, "--cgroup-manager=cgroupfs does without systemd");
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

static int
judge (int end, int status, const char *verb, struct error *error)
{
  if (end == PROGRAM_LATE)
    return error_set (error, ETIMEDOUT, "wait for " PROGRAM " %s for %d s", verb, PATIENCE / 1000);
  if (WIFSIGNALED (status))
    return error_set (error, 0, PROGRAM " %s was killed by %s", verb, signal_name (WTERMSIG (status)));
  return WEXITSTATUS (status) == 0 ? 0 : 1;
}

int
unit_program_run (const char *verb, const char *request, size_t size, struct unit_program_output *output,
                  struct error *error)
{
  char path[4352];
  struct surroundings surroundings;
  int status;
  output->out[0] = output->errors[0] = '\0';
  if (find (path, sizeof path, error) < 0)
    return -1;
  surround (&surroundings);
  struct program program = { .path = path,
                             .arguments = (char *[]){ path, NULL },
                             .environment = surroundings.environment,
                             .patience = PATIENCE,
                             .input = request,
                             .input_size = size,
                             .out = output->out,
                             .out_size = sizeof output->out,
                             .errors = output->errors,
                             .errors_size = sizeof output->errors };
  int end = program_run (&program, &status, error);
  return end < 0 ? -1 : judge (end, status, verb, error);
}
