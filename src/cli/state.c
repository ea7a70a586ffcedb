/*
 * husk state: prints the state of runtime.md as JSON, which container_state (container/state.c) makes. Clients parse
 * standard output, so it gets that JSON and nothing else; errors go to stderr and to the log.
 */
#include "cli.h"

#include <stdio.h>

#include "husk/descriptor.h"

static const char help[] = "usage: husk state ID\n"
                           "\n"
                           "Prints the state of a container as JSON: creating, created, running, paused or\n"
                           "stopped, with its pid, bundle and annotations.\n"
                           "\n"
                           "  -h, --help\n";

static const struct option state_options[] = { CLI_HELP_OPTION };

int
cli_state (int argc, char **argv, const struct globals *globals)
{
  struct error error = { 0 };
  auto_free char *json = NULL;
  int option = cli_option (argc, argv, "h", state_options);
  if (option != -1)
    return cli_usage ("state", help, option);
  const char *id = cli_id ("state", argc, argv);
  if (!id)
    return 1;
  if (container_state (globals, id, &json, &error) < 0)
    return cli_fail (&error);
  return cli_print (json);
}
