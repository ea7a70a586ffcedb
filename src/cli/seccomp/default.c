/*
 * husk seccomp default: prints RuntimeDefault, the profile that profile_default_json (src/profile) makes for a set of
 * capabilities. --seccomp-profile=RuntimeDefault applies the one for the container's capabilities. Without options the
 * set is USUAL. Each --cap adds to it in the order of the command line; all and none replace what came before.
 */
#include <errno.h>
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "cli.h"
#include "profile.h"

static const char help[]
    = "usage: husk seccomp default [OPTIONS]\n"
      "\n"
      "Prints husk's own profile, RuntimeDefault, as JSON: for a container with the 14 capabilities\n"
      "that docker and containerd grant, or with others.\n"
      "\n"
      "      --cap CAP    add this capability: SYS_ADMIN or CAP_SYS_ADMIN; all: every capability;\n"
      "                   none: only those that follow\n"
      "      --arch ARCH  for another architecture (x86_64, aarch64, ...; default: this machine's)\n"
      "  -h, --help\n";

static const struct option default_options[]
    = { { "cap", required_argument, NULL, 'c' }, { "arch", required_argument, NULL, 'a' }, CLI_HELP_OPTION };

#define USUAL                                                                                                          \
  (CAPABILITY (CAP_AUDIT_WRITE) | CAPABILITY (CAP_CHOWN) | CAPABILITY (CAP_DAC_OVERRIDE) | CAPABILITY (CAP_FOWNER)     \
   | CAPABILITY (CAP_FSETID) | CAPABILITY (CAP_KILL) | CAPABILITY (CAP_MKNOD) | CAPABILITY (CAP_NET_BIND_SERVICE)      \
   | CAPABILITY (CAP_NET_RAW) | CAPABILITY (CAP_SETFCAP) | CAPABILITY (CAP_SETGID) | CAPABILITY (CAP_SETPCAP)          \
   | CAPABILITY (CAP_SETUID) | CAPABILITY (CAP_SYS_CHROOT))

static int
add_capability (const char *name, uint64_t *capabilities, struct error *error)
{
  char full[64];
  if (strcasecmp (name, "all") == 0)
    *capabilities = UINT64_MAX;
  else if (strcasecmp (name, "none") == 0)
    *capabilities = 0;
  else
    {
      (void)snprintf (full, sizeof full, "%s%.40s", strncasecmp (name, "CAP_", 4) == 0 ? "" : "CAP_", name);
      for (char *letter = full; *letter; letter++)
        *letter = *letter >= 'a' && *letter <= 'z' ? (char)(*letter - 'a' + 'A') : *letter;
      int number = spec_capability (full);
      if (number < 0)
        return error_set (error, 0, "\"%.40s\" is not a capability", name);
      *capabilities |= CAPABILITY (number);
    }
  return 0;
}

int
cli_seccomp_default (int argc, char **argv)
{
  struct arena arena;
  struct error error = { 0 };
  const char *arch = NULL, *text = NULL;
  uint64_t capabilities = USUAL;
  for (int option; (option = cli_option (argc, argv, "h", default_options)) != -1;)
    {
      if (option == 'a')
        arch = optarg;
      else if (option != 'c')
        return cli_usage ("seccomp default", help, option);
      else if (add_capability (optarg, &capabilities, &error) < 0)
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
