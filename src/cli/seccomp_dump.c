#include <stdio.h>

#include "cli.h"
#include "profile.h"

static const char help[]
    = "usage: husk seccomp dump FILE\n"
      "\n"
      "Prints the filter that the kernel would get for a profile, an instruction a line. FILE is a\n"
      "bare profile or a whole config.json.\n"
      "\n" PROFILE_ENOSYS_HELP "  -h, --help\n";

static const struct option dump_options[] = { PROFILE_ENOSYS_OPTION, CLI_HELP_OPTION };

int
cli_seccomp_dump (int argc, char **argv)
{
  static struct profile profile;
  struct error error = { 0 };
  struct report report = { .error = &error };
  for (int option; (option = getopt_long (argc, argv, "+h", dump_options, NULL)) != -1;)
    {
      if (option != 'E')
        return cli_usage ("seccomp dump", help, option);
      if (cli_enosys (optarg, &profile.errno_for_newer) < 0)
        return 1;
    }
  const char *file = cli_file ("seccomp dump", argc, argv);
  if (!file)
    return 1;
  if (profile_load (&profile, file, &report, &error) < 0)
    return cli_fail (&error);
  seccomp_print (&profile.filter, stdout);
  return 0;
}
