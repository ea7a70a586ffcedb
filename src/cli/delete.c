/*
 * husk delete: an id, or with --regex an expression for ids (matching.c), and --force, for container_delete
 * (container/end.c), which decides what --force does about a container that runs, is damaged or does not exist.
 */
#include "cli.h"

static const char help[] = "usage: husk delete [--force] ID\n"
                           "       husk delete [--force] --regex EXPRESSION\n"
                           "\n"
                           "Removes the cgroup and the record of a container that has stopped or was never started.\n"
                           "\n"
                           "  -f, --force  kill it first if it is running; not an error if it does not exist\n"
                           "  -r, --regex  all containers with an id that matches the extended regular expression\n"
                           "  -h, --help\n";

static const struct option delete_options[]
    = { { "force", no_argument, NULL, 'f' }, { "regex", no_argument, NULL, 'r' }, CLI_HELP_OPTION };

static int
delete_one (const struct globals *globals, const char *id, const void *force, struct error *error)
{
  return container_delete (globals, id, *(const bool *)force, error);
}

int
cli_delete (int argc, char **argv, const struct globals *globals)
{
  struct error error = { 0 };
  bool force = false, regex = false;
  for (int option; (option = cli_option (argc, argv, "frh", delete_options)) != -1;)
    {
      if (option == 'f')
        force = true;
      else if (option == 'r')
        regex = true;
      else
        return cli_usage ("delete", help, option);
    }
  const char *id = cli_id ("delete", argc, argv);
  if (!id)
    return 1;
  if (regex)
    return cli_each_matching (globals, id, delete_one, &force);
  return container_delete (globals, id, force, &error) < 0 ? cli_fail (&error) : 0;
}
