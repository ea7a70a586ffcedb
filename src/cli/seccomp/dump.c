/*
 * husk seccomp dump: prints the filter of a profile, one instruction a line, or with --json the numbers that the kernel
 * gets; or those of a running process (live.c). profile_load compiles a profile with the same compiler as create, and
 * nothing may change it afterwards: the output is the filter of a container without an observer.
 */
#include <stdio.h>

#include "cli.h"
#include "live.h"
#include "profile.h"

static const char help[]
    = "usage: husk seccomp dump [--json] FILE\n"
      "       husk seccomp dump [--json] --pid PID | --container ID\n"
      "\n"
      "Prints the filter that the kernel would get for a profile, one instruction a line. With --pid\n"
      "it prints the filters that a process has, the newest first; that needs root, and stops the\n"
      "process for a moment.\n"
      "\n" PROFILE_FILE_HELP "\n"
      "      --json  print JSON, with the numbers that the kernel gets\n" LIVE_HELP PROFILE_HELP "  -h, --help\n";

static const struct option dump_options[]
    = { { "json", no_argument, NULL, 'j' }, LIVE_OPTIONS, PROFILE_OPTIONS, CLI_HELP_OPTION };

void
cli_write_program (struct json_writer *writer, const char *key, const struct seccomp_filter *filter)
{
  json_write_array (writer, key);
  for (uint32_t i = 0; i < filter->length; i++)
    {
      char text[128];
      instruction_text (filter, i, text);
      json_write_object (writer, NULL);
      json_write_uint (writer, "code", filter->program[i].code);
      json_write_uint (writer, "jt", filter->program[i].jt);
      json_write_uint (writer, "jf", filter->program[i].jf);
      json_write_uint (writer, "k", filter->program[i].k);
      json_write_string (writer, "text", text);
      json_write_object_end (writer);
    }
  json_write_array_end (writer);
}

static int
print_json (const struct seccomp_filter *filter)
{
  struct json_writer writer;
  if (json_write_open (&writer, true) < 0)
    return 1;
  cli_write_program (&writer, NULL, filter);
  return cli_print_json (&writer);
}

int
cli_seccomp_dump (int argc, char **argv)
{
  static struct profile profile;
  struct profile_options options = { .capabilities = profile_usual_capabilities };
  struct error error = { 0 };
  struct report report = { .error = &error };
  struct live_process live = { 0 };
  bool json = false;
  for (int option; (option = cli_option (argc, argv, "h", dump_options)) != -1;)
    {
      if (option == 'j')
        json = true;
      else if (option == 'P' || option == 'I')
        live = (struct live_process){ option, optarg };
      else
        {
          int common = profile_option (option, optarg, &options);
          if (common <= 0)
            return common < 0 ? 1 : cli_usage ("seccomp dump", help, option);
        }
    }
  if (live.option)
    return cli_no_operands ("seccomp dump", argc, argv) < 0 ? 1 : live_dump (&live, json);
  const char *file = cli_file ("seccomp dump", argc, argv);
  if (!file)
    return 1;
  if (profile_load (&profile, file, &options, &report, &error) < 0)
    return cli_fail (&error);
  profile_warn_unapplied (&profile);
  if (json)
    return print_json (&profile.filter);
  filter_print (&profile.filter, stdout);
  return 0;
}
