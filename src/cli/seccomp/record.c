/*
 * husk seccomp record: runs a command without a container and writes a profile of the calls that it made, by
 * observe_command (observer/command.c). Where the profile goes is checked before the command runs (observe_place). The
 * exit status is the command's, 128+N after signal N; 127 and 126 if it is missing or cannot be executed; 1 otherwise.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "husk/log.h"
#include "husk/observer.h"
#include "husk/program.h"
#include "profile.h"

static const char help[]
    = "usage: husk seccomp record [OPTIONS] --output FILE -- COMMAND [ARGUMENT...]\n"
      "\n"
      "Runs a command, without a container, and writes the smallest profile under which it and its\n"
      "children would have run: it allows every system call that they made, and no other. It needs\n"
      "no root; an ordinary user's command runs with no_new_privs. The exit status is the command's.\n"
      "'husk run --seccomp-record' does the same in a container.\n"
      "\n"
      "  -o, --output FILE           where to write the profile, in the form that Kubernetes keeps "
      "(Localhost)\n" CLI_RECORD_HELP "  -h, --help\n";

static const struct option record_options[]
    = { { "output", required_argument, NULL, 'o' }, CLI_RECORD_OPTIONS, CLI_HELP_OPTION };

int
cli_seccomp_record (int argc, char **argv)
{
  struct observer observer = OBSERVER_NONE;
  struct arena arena;
  const char *file = NULL;
  struct error error = { 0 };
  int status = 0;
  observer.mode = OBSERVE_RECORD;
  for (int option; (option = cli_option (argc, argv, "+o:h", record_options)) != -1;)
    {
      if (option == 'o')
        file = optarg;
      else
        {
          int taken = cli_record_option (option, &observer.format);
          if (taken == 0)
            return cli_usage ("seccomp record", help, option);
          if (taken < 0)
            return 1;
        }
    }
  if (!file)
    (void)error_set (&error, 0, "seccomp record needs --output FILE");
  else if (optind >= argc)
    (void)error_set (&error, 0, "seccomp record needs a command");
  else if (arena_open (&arena, 1ul << 30) < 0)
    (void)error_set (&error, errno, "reserve memory");
  else if (observe_place (&observer, file, &arena, &error) == 0
           && observe_command (argv + optind, &observer, &status, &error) == 0)
    {
      char *lines = observer.remark;
      for (const char *line = strsep (&lines, "\n"); lines; line = strsep (&lines, "\n"))
        log_warning ("%s", line);
      return program_status (status);
    }
  (void)cli_fail (&error);
  return error.kind == ERROR_NOT_FOUND ? 127 : error.kind == ERROR_NOT_EXECUTABLE ? 126 : 1;
}
