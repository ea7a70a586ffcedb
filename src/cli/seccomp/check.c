/*
 * husk seccomp check: prints every finding about a profile, as lines or as JSON: the errors and warnings of decoding
 * and compiling, then advice for its author (profile_lint) and for this kernel (seccomp_lint_kernel), and notes of what
 * engines would make of the file (profile_compare_engines), which do not count. The exit status
 * is part of the interface: 0 for nothing, 1 for errors or, with --strict, any finding, 2 for warnings only. With
 * --json a file that cannot be loaded is a finding too, so that the output is always one array.
 */
#include <stdio.h>

#include "cli.h"
#include "profile.h"

static const char help[]
    = "usage: husk seccomp check [--json] FILE\n"
      "\n"
      "Reports errors and unwise rules in a seccomp profile, each with its place. The exit status is\n"
      "0 if there are none, 1 if there are errors, 2 if there are only warnings.\n"
      "\n" PROFILE_FILE_HELP "\n"
      "      --json    print JSON\n"
      "      --strict  treat warnings as errors\n" PROFILE_HELP "  -h, --help\n";

static const struct option check_options[]
    = { { "json", no_argument, NULL, 'j' }, { "strict", no_argument, NULL, 's' }, PROFILE_OPTIONS, CLI_HELP_OPTION };

/* What is asked for, and what finding_write needs. */
struct findings
{
  bool json, strict;
  struct profile_options options;
  struct json_writer writer; /* if json */
};

static void
finding_write (struct report *report, enum severity severity, const struct error *finding)
{
  struct findings *findings = report->data;
  json_write_object (&findings->writer, NULL);
  json_write_string (&findings->writer, "severity", cli_severity (severity));
  json_write_string (&findings->writer, "place", finding->place);
  json_write_string (&findings->writer, "text", finding->text);
  json_write_string (&findings->writer, "hint", finding->hint[0] ? finding->hint : NULL);
  json_write_object_end (&findings->writer);
}

static int
check_profile (struct findings *findings, const char *file)
{
  static struct profile profile;
  struct error error = { 0 };
  struct report report = { .each = findings->json ? finding_write : cli_print_finding, .data = findings };
  if (findings->json)
    {
      if (json_write_open (&findings->writer, true) < 0)
        return 1;
      json_write_array (&findings->writer, NULL);
    }
  if (profile_load (&profile, file, &findings->options, &report, &error) == 0)
    {
      profile_lint (&profile.document, profile.seccomp, &profile.filter, &report);
      seccomp_lint_kernel (&profile.document, profile.seccomp, &report);
      if (profile.unapplied)
        report_note (&report, &profile.document, profile.seccomp->node, "the profile is not applied: %s",
                     profile.unapplied);
      struct profile_side own = profile_side_of (&profile);
      if (profile.seccomp == &profile.bare)
        profile_compare_engines (&own, &profile.target, findings->options.errno_for_newer, &profile.arena, &report);
    }
  if (error.set)
    {
      report.errors++;
      report.each (&report, SEVERITY_ERROR, &error);
    }
  if (findings->json)
    {
      json_write_array_end (&findings->writer);
      if (cli_print_json (&findings->writer) != 0)
        return 1;
    }
  else
    {
      cli_print_counts (&report);
      (void)printf (", %u instructions\n", profile.filter.length);
    }
  return report.errors || (findings->strict && report.warnings) ? 1 : report.warnings ? 2 : 0;
}

int
cli_seccomp_check (int argc, char **argv)
{
  struct findings findings = { .options.capabilities = profile_usual_capabilities };
  for (int option; (option = cli_option (argc, argv, "h", check_options)) != -1;)
    {
      if (option == 'j')
        findings.json = true;
      else if (option == 's')
        findings.strict = true;
      else
        {
          int common = profile_option (option, optarg, &findings.options);
          if (common <= 0)
            return common < 0 ? 1 : cli_usage ("seccomp check", help, option);
        }
    }
  const char *file = cli_file ("seccomp check", argc, argv);
  return file ? check_profile (&findings, file) : 1;
}
