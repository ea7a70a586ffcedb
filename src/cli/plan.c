/*
 * husk plan: prints the plan that compile_bundle makes from a bundle on this host; as text, the cgroup's settings come
 * before it. It reads config.json and facts about the host, makes nothing, and must run without root and without a root
 * file system. The values of environment variables may be secrets, so they are printed only with --show-env.
 */
#include "cli.h"

#include <errno.h>
#include <stdio.h>

#include "husk/compile.h"

static const char help[] = "usage: husk plan [OPTIONS]\n"
                           "\n"
                           "Prints what creating and starting a bundle would do on this host, step by step, each\n"
                           "with its place in config.json. It reads only config.json and needs no root, and the root\n"
                           "file system need not exist.\n"
                           "\n"
                           "  -b, --bundle DIR   the bundle (default: the working directory)\n"
                           "  -f, --config FILE  read this config instead of the bundle's config.json\n"
                           "      --json         print JSON\n"
                           "      --show-env     show the values of environment variables, not only their names\n"
                           "  -h, --help\n";

static const struct option plan_options_table[] = {
  { "bundle", required_argument, NULL, 'b' },
  { "config", required_argument, NULL, 'f' },
  { "json", no_argument, NULL, 'j' },
  { "show-env", no_argument, NULL, 'e' },
  CLI_HELP_OPTION,
};

static int
print_plan (const struct globals *globals, const char *bundle, const char *file, bool json, bool secrets,
            struct error *error)
{
  struct compiled_bundle compiled = { 0 };
  const struct compilation *compilation = &compiled.compilation;
  const struct json_document *document = &compiled.document;
  struct report report = { .error = error, .each = report_to_log };
  if (compile_bundle (bundle, file, "ID", globals->cgroup_manager, &compiled, &report, error) < 0)
    return -1;
  if (!json)
    limits_print (&compilation->cgroup, &compilation->limits, document, stdout);
  int printed = json ? plan_print_json (compilation->plan, document, secrets, stdout)
                     : plan_print (compilation->plan, document, secrets, stdout);
  return printed < 0 ? cli_output_failed (errno, "print the plan", error) : 0;
}

int
cli_plan (int argc, char **argv, const struct globals *globals)
{
  struct error error = { 0 };
  const char *bundle = ".", *file = NULL;
  bool json = false, secrets = false;
  for (int option; (option = cli_option (argc, argv, "b:f:h", plan_options_table)) != -1;)
    {
      if (option == 'b')
        bundle = optarg;
      else if (option == 'f')
        file = optarg;
      else if (option == 'j')
        json = true;
      else if (option == 'e')
        secrets = true;
      else
        return cli_usage ("plan", help, option);
    }
  if (cli_no_operands ("plan", argc, argv) < 0)
    return 1;
  return print_plan (globals, bundle, file, json, secrets, &error) < 0 ? cli_fail (&error) : 0;
}
