/*
 * husk seccomp: tools for profiles, in any of the formats that people keep them in. Each has its own file.
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
  { "check", "FILE", "report errors and unwise rules in a profile", cli_seccomp_check },
  { "explain", "FILE SYSCALL [ARGUMENT...]", "show what a system call gets, and why", cli_seccomp_explain },
  { "explain", "--all FILE", "show what every system call gets", cli_seccomp_explain },
  { "diff", "A B", "compare two profiles", cli_seccomp_diff },
  { "diff", "--not-looser-than BASE FILE", "prove that FILE allows nothing that BASE denies", cli_seccomp_diff },
  { "merge", "--intersect|--union A B...", "print what all of them, or any, allow", cli_seccomp_merge },
  { "report", "FILE", "write a page of HTML about a profile", cli_seccomp_report },
  { "resolve", "FILE", "print docker's format or a SeccompProfile as an OCI profile", cli_seccomp_resolve },
  { "dump", "FILE", "print the filter that the kernel would get", cli_seccomp_dump },
  { "dump", "--pid PID", "print the filters that a running process has; so explain and diff", cli_seccomp_dump },
  { "audit", "[PROFILE]", "read what the kernel's log says of denied and logged calls", cli_seccomp_audit },
  { "default", "", "print husk's own profile, RuntimeDefault", cli_seccomp_default },
  { "record", "-o FILE -- COMMAND...", "record the smallest profile that a command needs", cli_seccomp_record },
  { "agent", "--listen SOCKET", "serve SCMP_ACT_NOTIFY: print and answer each call", cli_seccomp_agent },
};

const struct globals *cli_seccomp_globals;

static int
print_help (void)
{
  (void)fputs ("usage: husk seccomp TOOL [OPTIONS] [OPERANDS]\n"
               "\n"
               "FILE is a seccomp profile, in the form that Kubernetes takes, a whole config.json, a profile in\n"
               "docker's format, or a SeccompProfile; - is standard input.\n"
               "\n",
               stdout);
  for (size_t i = 0; i < sizeof tools / sizeof *tools; i++)
    {
      char line[80];
      (void)snprintf (line, sizeof line, "%s %s", tools[i].name, tools[i].operands);
      (void)printf ("  %-34s  %s\n", line, tools[i].summary);
    }
  (void)fputs ("\nRun 'husk seccomp TOOL --help' for its options.\n", stdout);
  return 0;
}

int
cli_seccomp (int argc, char **argv, const struct globals *globals)
{
  struct error error = { 0 };
  const char *verb = argc > 1 ? argv[1] : "";
  cli_seccomp_globals = globals;
  if (strcmp (verb, "-h") == 0 || strcmp (verb, "--help") == 0)
    return print_help ();
  for (size_t i = 0; i < sizeof tools / sizeof *tools; i++)
    if (strcmp (tools[i].name, verb) == 0)
      return tools[i].run (argc - 1, argv + 1);
  if (*verb)
    (void)error_set (&error, 0, "\"%.40s\" is not a seccomp tool", verb);
  else
    (void)error_set (&error, 0, "seccomp needs a tool");
  error_hint (&error, "see 'husk seccomp --help'");
  return cli_fail (&error);
}
