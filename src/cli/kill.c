/*
 * husk kill: an id, or with --regex an expression for ids (matching.c), and a signal, for container_kill
 * (container/end.c). Without a signal it sends TERM. But "--" as the
 * last word is an error, because a script whose variable is empty does not mean TERM.
 */
#include "cli.h"

#include <string.h>

#include "husk/signals.h"

static const char help[] = "usage: husk kill [--all] ID [SIGNAL]\n"
                           "       husk kill [--all] --regex EXPRESSION [SIGNAL]\n"
                           "\n"
                           "Sends a signal (a number or a name, default TERM) to the container's first process;\n"
                           "KILL goes to all of them.\n"
                           "\n"
                           "  -a, --all    signal every process in the container's cgroup, even when the first\n"
                           "               has ended\n"
                           "  -r, --regex  all running containers with an id that matches the extended regular\n"
                           "               expression\n"
                           "  -h, --help\n";

static const struct option kill_options[]
    = { { "all", no_argument, NULL, 'a' }, { "regex", no_argument, NULL, 'r' }, CLI_HELP_OPTION };

static int
usage_error (const char *what)
{
  struct error error = { 0 };
  (void)error_set (&error, 0, "%s", what);
  error_hint (&error, "see 'husk kill --help'");
  return cli_fail (&error);
}

struct order
{
  int signal;
  bool all;
};

/* One that has stopped needs no signal. */
static int
kill_one (const struct globals *globals, const char *id, const void *data, struct error *error)
{
  const struct order *order = data;
  struct error failed = { 0 };
  if (container_kill (globals, id, order->signal, order->all, &failed) == 0 || failed.kind == ERROR_NOT_RUNNING)
    return 0;
  return *error = failed, -1;
}

int
cli_kill (int argc, char **argv, const struct globals *globals)
{
  struct error error = { 0 };
  struct order order = { 0 };
  bool regex = false;
  if (strcmp (argv[argc - 1], "--") == 0) /* an empty signal does not mean TERM */
    return usage_error ("kill takes a container id and a signal");
  for (int option; (option = cli_option (argc, argv, "arh", kill_options)) != -1;)
    {
      if (option == 'a')
        order.all = true;
      else if (option == 'r')
        regex = true;
      else
        return cli_usage ("kill", help, option);
    }
  if (argc - optind < 1 || argc - optind > 2)
    return usage_error ("kill takes a container id and a signal");
  const char *id = argv[optind], *name = argc - optind == 2 ? argv[optind + 1] : "TERM";
  order.signal = signal_number (name);
  if (order.signal < 0)
    {
      (void)error_set (&error, 0, "\"%.40s\" is not a signal", name);
      return cli_fail (&error);
    }
  if (regex)
    return cli_each_matching (globals, id, kill_one, &order);
  return container_kill (globals, id, order.signal, order.all, &error) < 0 ? cli_fail (&error) : 0;
}
