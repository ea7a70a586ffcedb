/*
 * husk start: an id, for container_start (container/start.c). It has no options, because create has decided everything
 * about the program.
 */
#include "cli.h"

static const char help[] = "usage: husk start ID\n"
                           "\n"
                           "Starts the program of a container made by 'husk create'.\n"
                           "\n"
                           "  -h, --help\n";

static const struct option start_options[] = { CLI_HELP_OPTION };

int
cli_start (int argc, char **argv, const struct globals *globals)
{
  struct error error = { 0 };
  int option = cli_option (argc, argv, "h", start_options);
  if (option != -1)
    return cli_usage ("start", help, option);
  const char *id = cli_id ("start", argc, argv);
  if (!id)
    return 1;
  return container_start (globals, id, &error) < 0 ? cli_fail (&error) : 0;
}
