/*
 * husk events: prints what container_events (container/events.c) reports, as lines of JSON, until the container ends.
 * Every line is flushed at once, because readers follow it through a pipe, and a line that cannot be written ends the
 * command. The interval is a duration in Go's notation.
 */
#include "cli.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char help[] = "usage: husk events [OPTIONS] ID\n"
                           "\n"
                           "Prints what a container uses, and each time one of its processes is killed for lack of\n"
                           "memory, as lines of JSON until the container ends.\n"
                           "\n"
                           "      --stats              print what it uses once\n"
                           "      --interval DURATION  between two reports (default: 5s); 500ms, 1m30s\n"
                           "  -h, --help\n";

static const struct option events_options[] = {
  { "stats", no_argument, NULL, 's' },
  { "interval", required_argument, NULL, 'i' },
  CLI_HELP_OPTION,
};

/* A duration as in Go: numbers, each with its unit. Returns milliseconds, at least 1, or -1. */
static int64_t
duration (const char *text)
{
  static const struct
  {
    const char *name;
    double milliseconds;
  } units[] = { { "ms", 1 },    { "us", 1e-3 },  { "\xc2\xb5s", 1e-3 }, { "\xce\xbcs", 1e-3 },
                { "ns", 1e-6 }, { "h", 3600e3 }, { "m", 60e3 },         { "s", 1e3 } };
  double total = 0;
  while (*text)
    {
      size_t digits = strspn (text, "0123456789."), unit = 0;
      char *end;
      double number = strtod (text, &end);
      if (digits == 0 || end != text + digits)
        return -1;
      while (unit < sizeof units / sizeof units[0] && strncmp (end, units[unit].name, strlen (units[unit].name)) != 0)
        unit++;
      if (unit == sizeof units / sizeof units[0])
        return -1;
      total += number * units[unit].milliseconds;
      text = end + strlen (units[unit].name);
    }
  if (!(total > 0 && total < 1e15))
    return -1;
  return total < 1 ? 1 : (int64_t)total;
}

static int
print_line (const char *json, void *data)
{
  (void)data;
  return printf ("%s\n", json) < 0 || fflush (stdout) < 0 ? -1 : 0;
}

int
cli_events (int argc, char **argv, const struct globals *globals)
{
  struct error error = { 0 };
  int64_t interval = 5000;
  bool once = false;
  for (int option; (option = cli_option (argc, argv, "h", events_options)) != -1;)
    {
      if (option == 's')
        once = true;
      else if (option != 'i')
        return cli_usage ("events", help, option);
      else if ((interval = duration (optarg)) < 0)
        {
          (void)error_set (&error, 0, "--interval \"%.40s\" is not a duration such as 5s, 500ms or 1m", optarg);
          return cli_fail (&error);
        }
    }
  const char *id = cli_id ("events", argc, argv);
  if (!id)
    return 1;
  return container_events (globals, id, once ? 0 : interval, print_line, NULL, &error) < 0 ? cli_fail (&error) : 0;
}
