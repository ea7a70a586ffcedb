/*
 * husk delete: an id and --force, for container_delete (container/end.c), which decides what --force does about a
 * container that runs, is damaged or does not exist.
 */
#include "cli.h"

static const char help[] = "usage: husk delete [--force] ID\n"
                           "\n"
                           "Removes the cgroup and the record of a container that has stopped or was never started.\n"
                           "\n"
                           "  -f, --force  kill it first if it is running; not an error if it does not exist\n"
                           "  -h, --help\n";

static const struct option delete_options[] = { { "force", no_argument, NULL, 'f' }, CLI_HELP_OPTION };

int
cli_delete (int argc, char **argv, const struct globals *globals)
{
  struct error error = { 0 };
  bool force = false;
  for (int option; (option = cli_option (argc, argv, "fh", delete_options)) != -1;)
    {
      if (option != 'f')
        return cli_usage ("delete", help, option);
      force = true;
    }
  const char *id = cli_id ("delete", argc, argv);
  if (!id)
    return 1;
  return container_delete (globals, id, force, &error) < 0 ? cli_fail (&error) : 0;
}
