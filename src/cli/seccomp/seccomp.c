/*
 * husk seccomp: tools for profiles, bare ones as Kubernetes keeps them or those in a config.json. One file a tool.
 */
#include <stdio.h>
#include <string.h>

#include "cli.h"
#include "profile.h"

static const struct
{
  const char *name, *operands, *summary;
  int (*run) (int argc, char **argv);
} tools[] = {
  { "check", "FILE", "what is wrong with a profile or unwise", cli_seccomp_check },
  { "explain", "FILE SYSCALL [ARGUMENT...]", "what a system call gets, and the rule that decides",
    cli_seccomp_explain },
  { "explain", "--all FILE", "the whole profile: what every system call gets", cli_seccomp_explain },
  { "diff", "A B", "what differs between two profiles", cli_seccomp_diff },
  { "dump", "FILE", "the filter that the kernel would get", cli_seccomp_dump },
  { "default", "", "husk's own profile, RuntimeDefault", cli_seccomp_default },
  { "record", "-o FILE -- COMMAND...", "the smallest profile under which a command runs", cli_seccomp_record },
  { "agent", "--listen SOCKET", "serves SCMP_ACT_NOTIFY: says each call and answers it", cli_seccomp_agent },
};

static int
print_help (void)
{
  (void)fputs ("usage: husk seccomp TOOL [OPTIONS] [OPERANDS]\n"
               "\n"
               "FILE is a seccomp profile, as Kubernetes keeps them, or a whole config.json.\n"
               "\n",
               stdout);
  for (size_t i = 0; i < sizeof tools / sizeof *tools; i++)
    {
      char line[80];
      (void)snprintf (line, sizeof line, "%s %s", tools[i].name, tools[i].operands);
      (void)printf ("  %-34s  %s\n", line, tools[i].summary);
    }
  (void)fputs ("\n'husk seccomp TOOL --help' tells about a tool.\n", stdout);
  return 0;
}

int
cli_seccomp (int argc, char **argv, const struct globals *globals)
{
  struct error error = { 0 };
  const char *verb = argc > 1 ? argv[1] : "";
  (void)globals;
  if (strcmp (verb, "-h") == 0 || strcmp (verb, "--help") == 0)
    return print_help ();
  for (size_t i = 0; i < sizeof tools / sizeof *tools; i++)
    if (strcmp (tools[i].name, verb) == 0)
      return tools[i].run (argc - 1, argv + 1);
  if (*verb)
    (void)error_set (&error, 0, "\"%.40s\" is not a tool of seccomp", verb);
  else
    (void)error_set (&error, 0, "seccomp needs a tool");
  error_hint (&error, "see 'husk seccomp --help'");
  return cli_fail (&error);
}
