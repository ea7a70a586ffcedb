/*
 * husk run: the options of create (cli_create_options), for container_run (container/run.c). The exit status is the
 * program's, 128+N if signal N has killed it. After a failure it is container_run's status, or cli_fail's if that is 0.
 */
#include "cli.h"

static const char help[]
    = "usage: husk run [OPTIONS] ID\n"
      "\n"
      "Creates and starts the container ID from a bundle (a directory with config.json),\n"
      "waits for its program and removes the container. The exit status is the program's,\n"
      "or 128+N if signal N killed it.\n"
      "\n"
      "  -b, --bundle DIR            the bundle (default: the working directory)\n"
      "  -d, --detach                do not wait: leave the container running\n"
      "      --keep                  do not remove the container when its program has ended\n" CLI_CREATE_OPTIONS_HELP;

int
cli_run (int argc, char **argv, const struct globals *globals)
{
  struct create_options options = { 0 };
  struct error error = { 0 };
  log_share_stderr (true);
  int status = 0, done = cli_create_options (argc, argv, help, true, &options);
  if (done)
    return done > 0;
  if (container_run (globals, &options, &status, &error) == 0)
    return status;
  int failed = cli_fail (&error);
  return status ? status : failed;
}
