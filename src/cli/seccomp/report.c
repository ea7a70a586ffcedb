/*
 * husk seccomp report: a profile as a page for the browser. The verdicts are those of seccomp_tabulate, the differences
 * those of profile_diff. page.c escapes; report_read.c reads recordings and denials; report_page.c has the page's
 * parts.
 */
#include "report.h"

#include <fcntl.h>
#include <string.h>

#include "cli.h"
#include "husk/calls.h"
#include "husk/descriptor.h"
#include "husk/text.h"

static const char help[]
    = "usage: husk seccomp report [OPTIONS] FILE\n"
      "\n"
      "Writes a page of HTML about a profile: every system call by group, with its verdict on each of\n"
      "the profile's architectures and the rule that decides, what differs from another profile, and\n"
      "which of the allowed calls deserve a look. The page loads nothing and works without scripts.\n"
      "\n" PROFILE_FILE_HELP "\n"
      "      --against FILE    compare with this profile (default: husk's own, RuntimeDefault)\n"
      "      --recording FILE  a recorded profile, or an agent's lines: mark and count these calls\n"
      "      --denials FILE    what --seccomp-explain wrote: show these denials\n"
      "  -o, --output FILE     write the page there (default: standard output)\n" PROFILE_HELP "  -h, --help\n";

static const struct option report_options[] = { { "against", required_argument, NULL, 'a' },
                                                { "recording", required_argument, NULL, 'r' },
                                                { "denials", required_argument, NULL, 'd' },
                                                { "output", required_argument, NULL, 'o' },
                                                PROFILE_OPTIONS,
                                                CLI_HELP_OPTION };

struct report_files
{
  const char *profile, *against, *recording, *denials, *output;
};

struct report_call *
report_call_of (const struct profile_page *report, const char *name)
{
  for (uint32_t i = 0; i < report->count; i++)
    if (strcmp (report->calls[i].name, name) == 0)
      return &report->calls[i];
  return NULL;
}

static void
add_row (struct profile_page *report, const struct seccomp_row *row)
{
  struct report_call *call = report_call_of (report, row->name);
  if (!call)
    {
      report->calls
          = arena_more (report->arena, report->calls, report->count, &report->room, 1024, sizeof *report->calls);
      call = &report->calls[report->count++];
      *call = (struct report_call){ .name = row->name };
      call->group = profile_call_group (row->name, &call->group_index);
    }
  struct seccomp_row *joined = arena_new (report->arena, struct seccomp_row);
  *joined = profile_row_join (row, report->arena);
  call->rows[report->arch_count] = joined;
  for (uint32_t i = 0; i < row->count; i++)
    {
      call->runs |= verdict_runs (row->outcomes[i].verdict);
      call->refuses |= !verdict_runs (row->outcomes[i].verdict);
    }
}

static int
add_archs (struct profile_page *report, struct error *error)
{
  const struct profile *profile = report->profile;
  const struct arch *arch;
  for (uint32_t i = 0; (arch = arch_at (i)) && report->arch_count < REPORT_ARCHS_MAX; i++)
    {
      struct seccomp_table table;
      if (!arch_in_profile (arch, profile->seccomp))
        continue;
      if (seccomp_tabulate (&profile->document, profile->seccomp, &profile->filter, arch->name, report->arena, &table,
                            error)
          < 0)
        return -1;
      for (uint32_t r = 0; r < table.count; r++)
        add_row (report, &table.rows[r]);
      report->archs[report->arch_count++] = arch_short_name (arch, report->arena);
    }
  return 0;
}

static int
compare_base (struct profile_page *report, struct error *error)
{
  const struct profile_side sides[] = { profile_side_of (report->base), profile_side_of (report->profile) };
  if (profile_diff (&sides[0], &sides[1], NULL, true, report->arena, &report->differences, error) < 0)
    return -1;
  for (uint32_t i = 0; i < report->differences.count; i++)
    {
      const struct profile_difference *item = &report->differences.items[i];
      struct report_call *call = item->archs ? report_call_of (report, item->what) : NULL;
      if (call)
        call->differs = true;
    }
  return 0;
}

static int
load_base (struct profile *base, const char *file, const struct profile_options *options, struct error *error)
{
  struct report report = { .error = error };
  struct arena arena;
  if (file)
    return profile_load (base, file, options, &report, error);
  if (arena_open (&arena, 1ul << 24) < 0)
    return error_set (error, errno, "reserve memory");
  const char *text = profile_default_json (options->capabilities, options->arch, &arena, error);
  int result = text ? profile_load_text (base, text, "RuntimeDefault", options, &report, error) : -1;
  arena_close (&arena);
  return result;
}

static int
refuse_input (const struct report_files *files, struct error *error)
{
  const char *const inputs[] = { files->profile, files->against, files->recording, files->denials };
  for (size_t i = 0; i < sizeof inputs / sizeof *inputs; i++)
    if (inputs[i] && files->output && profile_is_file (inputs[i], files->output))
      return error_set (error, 0, "the page would replace %s, which it is made of (give --output another name)",
                        inputs[i]);
  return 0;
}

static int
write_page (const char *page, size_t size, const char *file, struct error *error)
{
  bool made;
  struct error why = { 0 };
  char shown[400];
  if (!file)
    return write_all (1, page, size) < 0 ? cli_output_failed (errno, "write the page", error) : 0;
  if (put_file_at (AT_FDCWD, file, page, size, 0644, &made, &why) < 0)
    return error_set (error, why.code, "write the page %s", text_end (file, shown, sizeof shown));
  return 0;
}

static int
make_report (const struct report_files *files, const struct profile_options *options, struct error *error)
{
  struct profile profiles[2] = { 0 };
  struct report findings = { .error = error };
  struct profile_page report = { .arena = &profiles[0].arena, .profile = &profiles[0], .base = &profiles[1] };
  size_t size;
  if (refuse_input (files, error) < 0 || profile_load (&profiles[0], files->profile, options, &findings, error) < 0
      || load_base (&profiles[1], files->against, options, error) < 0 || add_archs (&report, error) < 0
      || compare_base (&report, error) < 0
      || (files->recording && report_read_recording (&report, files->recording, error) < 0)
      || (files->denials && report_read_denials (&report, files->denials, error) < 0))
    return -1;
  const char *page = report_page (&report, &size);
  return write_page (page, size, files->output, error);
}

int
cli_seccomp_report (int argc, char **argv)
{
  struct profile_options options = { .capabilities = profile_usual_capabilities };
  struct report_files files = { 0 };
  struct error error = { 0 };
  for (int option; (option = cli_option (argc, argv, "o:h", report_options)) != -1;)
    {
      if (option == 'a')
        files.against = optarg;
      else if (option == 'r')
        files.recording = optarg;
      else if (option == 'd')
        files.denials = optarg;
      else if (option == 'o')
        files.output = optarg;
      else
        {
          int common = profile_option (option, optarg, &options);
          if (common <= 0)
            return common < 0 ? 1 : cli_usage ("seccomp report", help, option);
        }
    }
  files.profile = cli_file ("seccomp report", argc, argv);
  if (!files.profile)
    return 1;
  return make_report (&files, &options, &error) < 0 ? cli_fail (&error) : 0;
}
