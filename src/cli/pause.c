/*
 * husk pause and husk resume: an id each, for container_pause and container_resume (container/pause.c). The two differ
 * only in their names, their help and the function that pause_run calls.
 */
#include "cli.h"

static const char pause_help[] = "usage: husk pause ID\n"
                                 "\n"
                                 "Freezes all processes of a container until 'husk resume ID'.\n"
                                 "\n"
                                 "  -h, --help\n";
static const char resume_help[] = "usage: husk resume ID\n"
                                  "\n"
                                  "Thaws the processes of a paused container.\n"
                                  "\n"
                                  "  -h, --help\n";

static const struct option pause_options[] = { CLI_HELP_OPTION };

static int
pause_run (const char *command, const char *help, int argc, char **argv, const struct globals *globals,
           int (*operation) (const struct globals *, const char *, struct error *))
{
  struct error error = { 0 };
  int option = cli_option (argc, argv, "h", pause_options);
  if (option != -1)
    return cli_usage (command, help, option);
  const char *id = cli_id (command, argc, argv);
  if (!id)
    return 1;
  return operation (globals, id, &error) < 0 ? cli_fail (&error) : 0;
}

int
cli_pause (int argc, char **argv, const struct globals *globals)
{
  return pause_run ("pause", pause_help, argc, argv, globals, container_pause);
}

int
cli_resume (int argc, char **argv, const struct globals *globals)
{
  return pause_run ("resume", resume_help, argc, argv, globals, container_resume);
}
