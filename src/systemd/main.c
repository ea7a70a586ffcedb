/*
 * husk-systemd: the one program of husk's that talks D-Bus, so that husk itself can be static. husk runs it once for
 * each thing that it wants of systemd.
 *
 * stdout: what was asked for (start: the unit's cgroup). stderr: lines of fields between tabs, for husk to read:
 *   note TAB text
 *   error TAB errno or 0 TAB property that is refused, or empty TAB text [TAB hint]
 * Exit status 0, or 1 after an error's line.
 */
#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "husk/text.h"
#include "verbs.h"

static const char usage[] = "Usage: husk-systemd [OPTION...] start UNIT [NAME TYPE VALUE]...\n"
                            "       husk-systemd [OPTION...] set UNIT [NAME TYPE VALUE]...\n"
                            "       husk-systemd [OPTION...] attach UNIT BELOW PID\n"
                            "       husk-systemd [OPTION...] stop UNIT\n"
                            "\n"
                            "Starts a transient unit of systemd for husk, sets its properties, puts a process\n"
                            "into its cgroup (or below: \"/sub\") or stops it. A property is its name, its D-Bus\n"
                            "type and a value: MemoryMax t 1000000, After as 1;a.service;. With ? before the\n"
                            "name, a systemd that does not know it does without.\n"
                            "\n"
                            "  --user          the user's systemd\n"
                            "  --slice=SLICE   the slice that a scope lies in\n"
                            "  --pid=PID       the process that a scope begins with\n"
                            "  --timeout=MS    for all of it (25000)\n";

/* One line, whatever systemd has said. */
static void
print_field (const char *text)
{
  char field[TEXT_ESCAPED * sizeof ((struct error *)0)->text];
  (void)text_escape (text, field, sizeof field);
  (void)fprintf (stderr, "\t%s", field);
}

static int
fail (const struct error *error, const char *refused)
{
  (void)fprintf (stderr, "error\t%d", error->code);
  print_field (refused ? refused : "");
  print_field (error->text);
  if (error->hint[0])
    print_field (error->hint);
  (void)fputc ('\n', stderr);
  return 1;
}

static void
print_notes (const struct unit_request *request)
{
  for (size_t i = 0; i < request->count; i++)
    if (request->properties[i].left_out)
      (void)fprintf (stderr, "note\tunit %s: this systemd does not take %s: left out\n", request->name,
                     request->properties[i].name);
}

static int
read_number (const char *text, long maximum, long *out, const char *what, struct error *error)
{
  char *end;
  errno = 0;
  *out = strtol (text, &end, 10);
  if (errno || *end || end == text || *out < 1 || *out > maximum)
    return error_set (error, 0, "\"%.40s\" is no %s", text, what);
  return 0;
}

static int
read_properties (int count, char **words, struct unit_request *request, struct error *error)
{
  if (count % 3)
    return error_set (error, 0, "a property is three arguments: name, type, value");
  request->count = (size_t)count / 3;
  request->properties = calloc (request->count + 1, sizeof request->properties[0]);
  if (!request->properties)
    return error_set (error, ENOMEM, "read the properties");
  for (size_t i = 0; i < request->count; i++, words += 3)
    {
      bool dispensable = words[0][0] == '?';
      request->properties[i] = (struct property){
        .name = words[0] + dispensable, .type = words[1], .value = words[2], .dispensable = dispensable
      };
    }
  return 0;
}

static int
run_attach (struct bus *bus, int argc, char **argv, struct error *error)
{
  long pid;
  if (argc != 4)
    return error_set (error, 0, "attach takes a unit, a path below it and a process id");
  if (read_number (argv[3], INT32_MAX, &pid, "process id", error) < 0 || bus_open (bus, error) < 0)
    return -1;
  return systemd_attach (bus, argv[1], argv[2], (pid_t)pid, error);
}

static int
run_start (struct bus *bus, struct unit_request *request, struct error *error)
{
  char *cgroup = NULL;
  int result = systemd_start (bus, request, &cgroup, error);
  if (result == 0)
    result = printf ("%s\n", cgroup) < 0 || fflush (stdout) ? error_set (error, EIO, "tell the unit's cgroup") : 0;
  free (cgroup);
  return result;
}

static int
run (struct bus *bus, int argc, char **argv, struct unit_request *request, struct error *error)
{
  if (argc < 2)
    return error_set (error, 0, "a verb and a unit are missing: see husk-systemd --help");
  request->name = argv[1];
  if (strcmp (argv[0], "attach") == 0)
    return run_attach (bus, argc, argv, error);
  if (strcmp (argv[0], "stop") == 0 && argc == 2)
    return bus_open (bus, error) < 0 ? -1 : systemd_stop (bus, argv[1], error);
  bool start = strcmp (argv[0], "start") == 0;
  if (!start && strcmp (argv[0], "set") != 0)
    return error_set (error, 0, "\"%.40s\" is not one of start, set, attach, stop", argv[0]);
  if (read_properties (argc - 2, argv + 2, request, error) < 0 || bus_open (bus, error) < 0)
    return -1;
  int result = start ? run_start (bus, request, error) : systemd_set (bus, request, error);
  print_notes (request);
  return result;
}

/* Nobody is to start a unit for a husk that is gone: it is killed with husk, or sees that nobody reads it. */
static bool
alone (void)
{
  struct pollfd reader = { .fd = STDOUT_FILENO };
  return prctl (PR_SET_PDEATHSIG, SIGKILL) < 0 || poll (&reader, 1, 0) < 0 || (reader.revents & POLLERR);
}

int
main (int argc, char **argv)
{
  static const struct option options[]
      = { { "help", no_argument, NULL, 'h' },          { "user", no_argument, NULL, 'u' },
          { "slice", required_argument, NULL, 's' },   { "pid", required_argument, NULL, 'p' },
          { "timeout", required_argument, NULL, 't' }, { 0 } };
  struct bus bus = { .patience = 25000000 };
  struct unit_request request = { 0 };
  struct error error = { 0 };
  long number;
  if (alone ())
    return 1;
  for (int option; (option = getopt_long (argc, argv, "+h", options, NULL)) != -1 && !error.set;)
    switch (option)
      {
      case 'h':
        (void)fputs (usage, stdout);
        return 0;
      case 'u':
        bus.user = true;
        break;
      case 's':
        request.slice = optarg;
        break;
      case 'p':
        if (read_number (optarg, INT32_MAX, &number, "process id", &error) == 0)
          request.pid = (pid_t)number;
        break;
      case 't':
        if (read_number (optarg, 3600000, &number, "time in milliseconds", &error) == 0)
          bus.patience = (uint64_t)number * 1000;
        break;
      default:
        return 1;
      }
  if (error.set || run (&bus, argc - optind, argv + optind, &request, &error) < 0)
    return fail (&error, request.refused);
  return 0;
}
