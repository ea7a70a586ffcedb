/*
 * husk features: prints what features_json (container/features.c) gives. A client may ask before it has any container,
 * so the command must need no root, no record and no cgroup.
 */
#include "cli.h"

#include <stdio.h>

#include "husk/descriptor.h"

static const char help[] = "usage: husk features\n"
                           "\n"
                           "Prints what husk can do as JSON, as features.md of the runtime specification has it:\n"
                           "names that a config may use, and what husk supports. No root is needed.\n"
                           "\n"
                           "  -h, --help\n";

static const struct option features_options[] = { CLI_HELP_OPTION };

int
cli_features (int argc, char **argv, const struct globals *globals)
{
  struct error error = { 0 };
  auto_free char *json = NULL;
  int option = cli_option (argc, argv, "h", features_options);
  (void)globals;
  if (option != -1)
    return cli_usage ("features", help, option);
  if (cli_no_operands ("features", argc, argv) < 0)
    return 1;
  if (features_json (&json, &error) < 0)
    return cli_fail (&error);
  return cli_print (json);
}
