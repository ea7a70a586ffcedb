/*
 * husk plan: prints the plan that compile_document makes of a bundle on this host, and in text the cgroup's settings
 * before it. It reads config.json and facts about the host, makes nothing, and must run without root and without a root
 * file system. Values of environment variables may be secrets: they are printed only with --show-env.
 */
#include "cli.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include "husk/compile.h"
#include "husk/descriptor.h"

static const char help[] = "usage: husk plan [OPTIONS]\n"
                           "\n"
                           "Prints what creating and starting a bundle would do on this host, step by step, each\n"
                           "with its place in config.json. Only config.json is read: no root is needed, and the\n"
                           "root file system need not be there.\n"
                           "\n"
                           "  -b, --bundle DIR  the bundle (default: the working directory)\n"
                           "      --json        as JSON\n"
                           "      --show-env    with the values of environment variables, not only their names\n"
                           "  -h, --help\n";

static const struct option plan_options_table[] = {
  { "bundle", required_argument, NULL, 'b' },
  { "json", no_argument, NULL, 'j' },
  { "show-env", no_argument, NULL, 'e' },
  CLI_HELP_OPTION,
};

static int
print (const struct globals *globals, const char *bundle, bool json, bool secrets, struct error *error)
{
  struct arena arena, plan_arena;
  struct json_document document;
  struct compilation compilation;
  char absolute[PATH_MAX];
  struct report report = { .error = error, .each = report_to_log };
  struct plan_options options = { .id = "ID", .bundle = absolute };
  auto_close int directory = descriptor_open (bundle, O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (directory < 0 || !realpath (bundle, absolute))
    return error_set (error, errno, "open bundle %s", bundle);
  if (arena_open (&arena, 1ul << 30) < 0 || arena_open (&plan_arena, PLAN_SIZE_MAX) < 0)
    return error_set (error, errno, "reserve memory");
  if (json_load (directory, "config.json", "config.json", &arena, &document, error) < 0
      || compile_document (&document, NULL, globals->cgroup_manager, &options, &arena, &plan_arena, &compilation,
                           &report, error)
             < 0
      || unit_check (&compilation.cgroup.unit, &compilation.limits.properties, &document, &report) < 0)
    return -1;
  if (!json)
    limits_print (&compilation.cgroup, &compilation.limits, &document, stdout);
  int printed = json ? plan_print_json (compilation.plan, &document, secrets, stdout)
                     : plan_print (compilation.plan, &document, secrets, stdout);
  return printed < 0 ? error_set (error, errno, "print the plan") : 0;
}

int
cli_plan (int argc, char **argv, const struct globals *globals)
{
  struct error error = { 0 };
  const char *bundle = ".";
  bool json = false, secrets = false;
  for (int option; (option = cli_option (argc, argv, "b:h", plan_options_table)) != -1;)
    {
      if (option == 'b')
        bundle = optarg;
      else if (option == 'j')
        json = true;
      else if (option == 'e')
        secrets = true;
      else
        return cli_usage ("plan", help, option);
    }
  if (cli_no_operands ("plan", argc, argv) < 0)
    return 1;
  return print (globals, bundle, json, secrets, &error) < 0 ? cli_fail (&error) : 0;
}
