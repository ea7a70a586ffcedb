/*
 * husk seccomp resolve: prints a profile of any format in the specification's, which config.json and Kubernetes'
 * Localhost profiles use. profile_read (src/profile) resolves it for a container.
 */
#include <stdio.h>

#include "cli.h"
#include "husk/calls.h"
#include "profile.h"

static const char help[]
    = "usage: husk seccomp resolve [OPTIONS] FILE\n"
      "\n"
      "Prints a profile in the OCI format, as in config.json. A file in docker's format, which podman\n"
      "and CRI-O also read, is resolved for a container as the engines do; a SeccompProfile is\n"
      "printed with its base profiles.\n"
      "\n" PROFILE_FILE_HELP "\n"
      "      --arch ARCH     for docker's format: the machine's architecture (x86_64 or amd64, ...;\n"
      "                      default: this machine's)\n" PROFILE_TARGET_HELP "  -h, --help\n";

static const struct option resolve_options[]
    = { { "arch", required_argument, NULL, 'a' }, PROFILE_TARGET_OPTIONS, CLI_HELP_OPTION };

static int
set_arch (const char *name, struct profile_options *options, struct error *error)
{
  const char *known = profile_arch_of_word (name);
  const struct arch *arch = known ? NULL : arch_find (name, error);
  if (!known && !arch)
    return -1;
  options->arch = known ? known : arch->name;
  return 0;
}

int
cli_seccomp_resolve (int argc, char **argv)
{
  static struct profile profile;
  struct profile_options options = { .capabilities = profile_usual_capabilities };
  struct error error = { 0 };
  struct report report = { .error = &error };
  for (int option; (option = cli_option (argc, argv, "h", resolve_options)) != -1;)
    {
      int common = option == 'a' ? 0 : profile_option (option, optarg, &options);
      if (common < 0)
        return 1;
      if (option == 'a' && set_arch (optarg, &options, &error) < 0)
        return cli_fail (&error);
      if (option != 'a' && common == 0)
        return cli_usage ("seccomp resolve", help, option);
    }
  const char *file = cli_file ("seccomp resolve", argc, argv), *text = NULL;
  if (!file)
    return 1;
  if (profile_decode (&profile, file, &options, &report, &error) == 0)
    {
      profile_warn_unapplied (&profile);
      text = profile_json (profile.seccomp, &profile.arena, &error);
    }
  return text ? cli_print (text) : cli_fail (&error);
}
