/*
 * husk plan: prints the plan that compile_bundle makes from a bundle on this host; as text, the cgroup's settings come
 * before it. It reads config.json and facts about the host, makes nothing, and must run without root and without a root
 * file system. The values of environment variables may be secrets, so they are printed only with --show-env.
 */
#include "plan_diff.h"

#include <errno.h>
#include <stdio.h>

#include "husk/compile.h"

static const char help[]
    = "usage: husk plan [OPTIONS] [FILE]\n"
      "       husk plan --diff [OPTIONS] A B\n"
      "\n"
      "Prints what creating and starting a bundle would do on this host, step by step, each\n"
      "with its place in config.json. It reads only config.json and needs no root, and the root\n"
      "file system need not exist. FILE is a config, whose bundle is the directory that it is in\n"
      "unless --bundle names it, or a bundle.\n"
      "\n"
      "With --diff it prints what differs between two of them: lines with - are what A does, lines\n"
      "with + what B does. Values of variables are compared too. The exit status is 0 if nothing\n"
      "differs, 2 if something does, 1 for errors.\n"
      "\n"
      "  -b, --bundle DIR   the bundle (default: the working directory)\n"
      "  -f, --config FILE  read this config instead of the bundle's config.json\n"
      "      --diff         compare two configs or bundles\n"
      "      --json         print JSON\n"
      "      --show-env     show the values of environment variables, not only their names\n"
      "  -h, --help\n";

static const struct option plan_options_table[] = {
  { "bundle", required_argument, NULL, 'b' }, { "config", required_argument, NULL, 'f' },
  { "diff", no_argument, NULL, 'd' },         { "json", no_argument, NULL, 'j' },
  { "show-env", no_argument, NULL, 'e' },     CLI_HELP_OPTION,
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

static int
diff_operands (const struct globals *globals, int argc, char **argv, const struct cli_config *config, bool secrets)
{
  struct error error = { 0 };
  if (!config->file && argc - optind == 2)
    return cli_plan_diff (globals, (const char *const[]){ argv[optind], argv[optind + 1] }, config->bundle, secrets);
  (void)error_set (&error, 0, "plan --diff takes two configs or bundles as operands, %d given", argc - optind);
  error_hint (&error, config->file ? "leave --config out" : "see 'husk plan --help'");
  return cli_fail (&error);
}

int
cli_plan (int argc, char **argv, const struct globals *globals)
{
  struct error error = { 0 };
  struct cli_config config = { NULL, NULL };
  struct arena arena;
  bool json = false, secrets = false, diff = false;
  for (int option; (option = cli_option (argc, argv, "b:f:h", plan_options_table)) != -1;)
    {
      if (option == 'b')
        config.bundle = optarg;
      else if (option == 'f')
        config.file = optarg;
      else if (option == 'd')
        diff = true;
      else if (option == 'j')
        json = true;
      else if (option == 'e')
        secrets = true;
      else
        return cli_usage ("plan", help, option);
    }
  if (diff && json)
    return (void)error_set (&error, 0, "--diff and --json are mutually exclusive"), cli_fail (&error);
  if (diff)
    return diff_operands (globals, argc, argv, &config, secrets);
  if (cli_config_parse ("plan", argc, argv, &arena, &config) < 0)
    return 1;
  return print_plan (globals, config.bundle, config.file, json, secrets, &error) < 0 ? cli_fail (&error) : 0;
}
