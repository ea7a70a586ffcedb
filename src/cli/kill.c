/*
 * husk kill: an id and a signal, for container_kill (container/end.c). Without a signal it sends TERM. But "--" as the
 * last word is an error, because a script whose variable is empty does not mean TERM.
 */
#include "cli.h"

#include <string.h>

#include "husk/signals.h"

static const char help[] = "usage: husk kill [--all] ID [SIGNAL]\n"
                           "\n"
                           "Sends a signal (a number or a name, default TERM) to the container's first process;\n"
                           "KILL goes to all of them.\n"
                           "\n"
                           "  -a, --all    signal every process in the container's cgroup, even when the first\n"
                           "               has ended\n"
                           "  -h, --help\n";

static const struct option kill_options[] = { { "all", no_argument, NULL, 'a' }, CLI_HELP_OPTION };

static int
usage_error (const char *what)
{
  struct error error = { 0 };
  (void)error_set (&error, 0, "%s", what);
  error_hint (&error, "see 'husk kill --help'");
  return cli_fail (&error);
}

int
cli_kill (int argc, char **argv, const struct globals *globals)
{
  struct error error = { 0 };
  bool all = false;
  if (strcmp (argv[argc - 1], "--") == 0) /* an empty signal does not mean TERM */
    return usage_error ("kill takes a container id and a signal");
  for (int option; (option = cli_option (argc, argv, "ah", kill_options)) != -1;)
    {
      if (option != 'a')
        return cli_usage ("kill", help, option);
      all = true;
    }
  if (argc - optind < 1 || argc - optind > 2)
    return usage_error ("kill takes a container id and a signal");
  const char *id = argv[optind], *name = argc - optind == 2 ? argv[optind + 1] : "TERM";
  int signal = signal_number (name);
  if (signal < 0)
    {
      (void)error_set (&error, 0, "\"%.40s\" is not a signal", name);
      return cli_fail (&error);
    }
  return container_kill (globals, id, signal, all, &error) < 0 ? cli_fail (&error) : 0;
}
