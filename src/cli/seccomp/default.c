/*
 * husk seccomp default: prints RuntimeDefault, the profile that profile_default_json (src/profile) makes for a set of
 * capabilities. --seccomp-profile=RuntimeDefault applies the one for the container's capabilities. Without options the
 * set is profile_usual_capabilities. Each --cap adds to it in the order of the command line; all and none replace what
 * came before.
 */
#include <errno.h>
#include <stdio.h>

#include "cli.h"
#include "profile.h"

static const char help[]
    = "usage: husk seccomp default [OPTIONS]\n"
      "\n"
      "Prints husk's own profile, RuntimeDefault, as JSON, for a container with the 14 capabilities\n"
      "that docker and containerd grant, or with the given ones.\n"
      "\n"
      "      --cap CAP    add this capability: SYS_ADMIN or CAP_SYS_ADMIN; all: every capability;\n"
      "                   none: only those that follow\n"
      "      --arch ARCH  for another architecture (x86_64, aarch64, ...; default: this machine's)\n"
      "  -h, --help\n";

static const struct option default_options[]
    = { { "cap", required_argument, NULL, 'c' }, { "arch", required_argument, NULL, 'a' }, CLI_HELP_OPTION };

int
cli_seccomp_default (int argc, char **argv)
{
  struct arena arena;
  struct error error = { 0 };
  const char *arch = NULL, *text = NULL;
  uint64_t capabilities = profile_usual_capabilities;
  for (int option; (option = cli_option (argc, argv, "h", default_options)) != -1;)
    {
      if (option == 'a')
        arch = optarg;
      else if (option != 'c')
        return cli_usage ("seccomp default", help, option);
      else if (profile_add_capability (optarg, &capabilities, &error) < 0)
        return cli_fail (&error);
    }
  if (cli_no_operands ("seccomp default", argc, argv) < 0)
    return 1;
  if (arena_open (&arena, 1ul << 24) < 0)
    (void)error_set (&error, errno, "reserve memory");
  else
    text = profile_default_json (capabilities, arch, &arena, &error);
  if (!text)
    return cli_fail (&error);
  return cli_print (text);
}
