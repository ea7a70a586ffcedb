/*
 * husk check: prints everything that is wrong with a bundle's config.json, and counts it. It goes as far as create does
 * before anything is made: compile_bundle decodes the config and compiles it for this host. It also looks for
 * conditions in the seccomp profile that a caller can evade (profile_lint_widths). It makes nothing and must run
 * without root.
 */
#include "cli.h"

#include <stdio.h>

#include "husk/compile.h"
#include "husk/descriptor.h"
#include "husk/privilege.h"
#include "husk/profile.h"

static const char help[] = "usage: husk check [OPTIONS]\n"
                           "\n"
                           "Reads a bundle's config.json and reports every mistake in it, each with its line and\n"
                           "column. It changes nothing and needs no root. The exit status is 1 if there is an error,\n"
                           "and 0 if there are only warnings.\n"
                           "\n"
                           "  -b, --bundle DIR   the bundle (default: the working directory)\n"
                           "  -f, --config FILE  read this config instead of the bundle's config.json\n"
                           "      --strict       treat warnings as errors\n"
                           "  -h, --help\n";

static const struct option check_options[] = { { "bundle", required_argument, NULL, 'b' },
                                               { "config", required_argument, NULL, 'f' },
                                               { "strict", no_argument, NULL, 's' },
                                               CLI_HELP_OPTION };

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

static int
check_bundle (const struct globals *globals, const char *bundle, const char *file, struct report *report,
              struct error *error)
{
  struct compiled_bundle compiled = { 0 };
  const struct compilation *compilation = &compiled.compilation;
  const struct spec *spec = &compilation->spec;
  (void)compile_bundle (bundle, file, "check", globals->cgroup_manager, &compiled, report, error);
  if (compilation->decoded)
    {
      check_widths (spec, &compiled.arena, report);
      if (spec->linux_->seccomp)
        profile_check_agent_place (spec->seccomp_document, spec->linux_->seccomp, report);
    }
  if (compilation->decoded && !error->set)
    check_privilege (globals, compilation, &compiled.document, report);
  return error->set ? -1 : 0;
}

int
cli_check (int argc, char **argv, const struct globals *globals)
{
  struct error error = { 0 };
  struct report report = { .each = cli_print_finding };
  const char *bundle = ".", *file = NULL;
  bool strict = false;
  for (int option; (option = cli_option (argc, argv, "b:f:h", check_options)) != -1;)
    {
      if (option == 'b')
        bundle = optarg;
      else if (option == 'f')
        file = optarg;
      else if (option == 's')
        strict = true;
      else
        return cli_usage ("check", help, option);
    }
  if (cli_no_operands ("check", argc, argv) < 0)
    return 1;
  if (check_bundle (globals, bundle, file, &report, &error) < 0)
    return cli_fail (&error);
  cli_print_counts (&report);
  (void)putchar ('\n');
  return report.errors > 0 || (strict && report.warnings > 0);
}
