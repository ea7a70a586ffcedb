/*
 * husk check: prints everything that is wrong with a bundle's config.json, and counts it. It goes as far as create does
 * before anything is made: compile_bundle decodes the config and compiles it for this host. It also looks for
 * conditions in the seccomp profile that a caller can evade (profile_lint_widths), and with --host for what this
 * machine lacks (doctor_check_bundle). It makes nothing and must run without root. With --json the output is always one
 * array.
 */
#include "check.h"

#include <stdio.h>

#include "husk/doctor.h"
#include "husk/privilege.h"
#include "husk/profile.h"

static const char help[]
    = "usage: husk check [OPTIONS] [FILE]\n"
      "\n"
      "Reads a bundle's config.json and reports every mistake in it, each with its line and\n"
      "column. It changes nothing and needs no root. The exit status is 1 if there is an error,\n"
      "and 0 if there are only warnings. FILE is a config, whose bundle is the directory that it\n"
      "is in unless --bundle names it, or a bundle.\n"
      "\n"
      "  -b, --bundle DIR   the bundle (default: the working directory)\n"
      "  -f, --config FILE  read this config instead of the bundle's config.json\n"
      "      --host         also look at this machine: the root file system and the program in it,\n"
      "                     sources of binds, hooks, devices and namespaces by their paths, id maps,\n"
      "                     cgroups, seccomp. Only if the config itself has no errors\n"
      "      --json         print an array of findings: file, line, column, pointer, severity,\n"
      "                     message, hint; what one does not have is left out\n"
      "      --strict       treat warnings as errors\n"
      "  -h, --help\n";

static const struct option check_options[]
    = { { "bundle", required_argument, NULL, 'b' }, { "config", required_argument, NULL, 'f' },
        { "host", no_argument, NULL, 'o' },         { "json", no_argument, NULL, 'j' },
        { "strict", no_argument, NULL, 's' },       CLI_HELP_OPTION };

/* Other findings of `husk seccomp check` are for the profile's author, but such a condition is a security hole. */
static void
check_widths (const struct spec *spec, struct arena *arena, struct report *report)
{
  struct report silent = { 0 }; /* plan_compile has reported the rest */
  struct seccomp_filter filter;
  if (spec->linux_->seccomp
      && seccomp_compile (spec->seccomp_document, spec->linux_->seccomp, arena, &filter, &silent) == 0)
    profile_lint_widths (spec->seccomp_document, spec->linux_->seccomp, &filter, report);
}

/* run and create warn about it too, but the warning may be lost there. */
static void
check_privilege (const struct globals *globals, const struct compilation *compilation,
                 const struct json_document *document, struct report *report)
{
  if (privilege_decide (&compilation->spec, &compilation->host, globals->privileged_seccomp, false)
      != CONFINED_CONTRADICTED)
    return;
  struct contradiction contradiction = privilege_contradiction (&compilation->spec, &compilation->host);
  report_warning (report, document, contradiction.node, NULL, CONTRADICTION, contradiction.text);
}

static void
check_bundle (const struct globals *globals, struct check *check, struct error *error)
{
  struct compiled_bundle *compiled = &check->compiled;
  const struct compilation *compilation = &compiled->compilation;
  const struct spec *spec = &compilation->spec;
  struct report *report = &check->report;
  int done = compile_bundle (check->config.bundle, check->config.file, "check", globals->cgroup_manager, compiled,
                             report, error);
  if (compilation->decoded)
    {
      check_widths (spec, &compiled->arena, report);
      if (spec->linux_->seccomp)
        profile_check_agent_place (spec->seccomp_document, spec->linux_->seccomp, report);
    }
  if (compilation->decoded && !error->set)
    check_privilege (globals, compilation, &compiled->document, report);
  if (check->host && done == 0)
    doctor_check_bundle (globals, compiled, report);
}

static int
check_run (const struct globals *globals, struct check *check)
{
  struct error error = { 0 };
  if (check->json && check_json_open (check) < 0)
    return 1;
  check_bundle (globals, check, &error);
  if (error.set && !check->json)
    return cli_fail (&error);
  if (error.set)
    check_json_error (check, &error);
  if (check->json && check_json_print (check) != 0)
    return 1;
  if (!check->json)
    {
      cli_print_counts (&check->report);
      (void)putchar ('\n');
    }
  return check->report.errors > 0 || (check->strict && check->report.warnings > 0);
}

int
cli_check (int argc, char **argv, const struct globals *globals)
{
  static struct check check; /* large, and zero */
  struct arena arena;
  check.report.each = cli_print_finding;
  for (int option; (option = cli_option (argc, argv, "b:f:h", check_options)) != -1;)
    {
      if (option == 'b')
        check.config.bundle = optarg;
      else if (option == 'f')
        check.config.file = optarg;
      else if (option == 's')
        check.strict = true;
      else if (option == 'o')
        check.host = true;
      else if (option == 'j')
        check.json = true;
      else
        return cli_usage ("check", help, option);
    }
  if (cli_config_parse ("check", argc, argv, &arena, &check.config) < 0)
    return 1;
  return check_run (globals, &check);
}
