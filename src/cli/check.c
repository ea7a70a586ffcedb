/*
 * husk check: prints everything that is wrong with a bundle's config.json, and counts it. It goes as far as create does
 * before that makes anything: compile_document decodes the config and compiles it for this host. Beyond that it looks
 * for conditions of the seccomp profile that a caller can evade (profile_lint_widths). It makes nothing and must run
 * without root.
 */
#include "cli.h"

#include <stdio.h>

#include <errno.h>
#include <fcntl.h>

#include "husk/compile.h"
#include "husk/descriptor.h"
#include "husk/privilege.h"
#include "husk/text.h"
#include "husk/profile.h"

static const char help[] = "usage: husk check [--strict] [--bundle DIR]\n"
                           "\n"
                           "Reads a bundle's config.json and says all that is wrong with it at once, each with\n"
                           "its line and column. Nothing is made, and no root is needed. The exit status is 1 if\n"
                           "there is an error; warnings alone are 0.\n"
                           "\n"
                           "  -b, --bundle DIR  the bundle (default: the working directory)\n"
                           "      --strict      warnings are errors too\n"
                           "  -h, --help\n";

static const struct option check_options[]
    = { { "bundle", required_argument, NULL, 'b' }, { "strict", no_argument, NULL, 's' }, CLI_HELP_OPTION };

static void
finding_say (struct report *report, enum severity severity, const struct error *finding)
{
  char line[ERROR_LINE_SIZE];
  (void)report;
  error_line (finding, line, sizeof line);
  (void)text_line (stdout, "%s: %s", severity == SEVERITY_ERROR ? "error" : "warning", line);
}

/* What `husk seccomp check` says of a profile is for its author; this one is a hole. */
static void
check_widths (const struct spec *spec, struct arena *arena, struct report *report)
{
  struct report silent = { 0 }; /* plan_compile has told the rest */
  struct seccomp_filter filter;
  if (spec->linux_->seccomp
      && seccomp_compile (spec->seccomp_document, spec->linux_->seccomp, arena, &filter, &silent) == 0)
    profile_lint_widths (spec->seccomp_document, spec->linux_->seccomp, &filter, report);
}

/* Run and create say it too, where it may be heard by nobody. */
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
check (const struct globals *globals, const char *bundle, struct report *report, struct error *error)
{
  struct arena arena, plan_arena;
  struct json_document document;
  struct compilation compilation;
  struct plan_options options = { .id = "check", .bundle = "/" };
  auto_close int directory = descriptor_open (bundle, O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (directory < 0)
    return error_set (error, errno, "open bundle %s", bundle);
  if (arena_open (&arena, 1ul << 30) < 0 || arena_open (&plan_arena, PLAN_SIZE_MAX) < 0)
    return error_set (error, errno, "reserve memory");
  if (json_load (directory, "config.json", "config.json", &arena, &document, error) < 0)
    return -1;
  if (compile_document (&document, NULL, globals->cgroup_manager, &options, &arena, &plan_arena, &compilation, report,
                        error)
      == 0)
    (void)unit_check (&compilation.cgroup.unit, &compilation.limits.properties, &document, report);
  if (compilation.decoded)
    {
      check_widths (&compilation.spec, &arena, report);
      if (compilation.spec.linux_->seccomp)
        profile_check_agent_place (compilation.spec.seccomp_document, compilation.spec.linux_->seccomp, report);
    }
  if (compilation.decoded && !error->set)
    check_privilege (globals, &compilation, &document, report);
  return error->set ? -1 : 0;
}

int
cli_check (int argc, char **argv, const struct globals *globals)
{
  struct error error = { 0 };
  struct report report = { .each = finding_say };
  const char *bundle = ".";
  bool strict = false;
  for (int option; (option = cli_option (argc, argv, "b:h", check_options)) != -1;)
    {
      if (option == 'b')
        bundle = optarg;
      else if (option == 's')
        strict = true;
      else
        return cli_usage ("check", help, option);
    }
  if (cli_no_operands ("check", argc, argv) < 0)
    return 1;
  if (check (globals, bundle, &report, &error) < 0)
    return cli_fail (&error);
  (void)printf ("%u errors, %u warnings\n", report.errors, report.warnings);
  return report.errors > 0 || (strict && report.warnings > 0);
}
