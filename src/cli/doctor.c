/*
 * husk doctor: prints what src/doctor has found on this machine: a line for each finding, and one with what to do for
 * each that is not well. It must answer where nothing else of husk works, so it needs no root, record or cgroup.
 */
#include "cli.h"

#include <errno.h>
#include <stdio.h>

#include "husk/descriptor.h"
#include "husk/doctor.h"
#include "husk/text.h"

static const char help[]
    = "usage: husk doctor [OPTIONS]\n"
      "\n"
      "Examines this machine for the user who runs it: the kernel, cgroups, user namespaces,\n"
      "seccomp, the programs that husk runs, and where the configurations of engines name husk.\n"
      "Nothing is made or changed. Each line says \"ok\", \"limited\" (some containers or commands\n"
      "do not work) or \"missing\" (no container can be run); the line below it says what to do.\n"
      "The exit status is 1 if something is missing, otherwise 0.\n"
      "\n"
      "      --json  print JSON\n"
      "  -h, --help\n";

static const struct option doctor_options[] = {
  { "json", no_argument, NULL, 'j' },
  CLI_HELP_OPTION,
};

static int
print_findings (const struct doctor *doctor)
{
  for (uint32_t i = 0; i < doctor->count; i++)
    {
      const struct doctor_finding *finding = &doctor->items[i];
      (void)text_line (stdout, "%-7s  %s: %s%s%s", doctor_word (finding->state), finding->subject, finding->found,
                       finding->meaning ? "; " : "", finding->meaning ? finding->meaning : "");
      if (finding->remedy)
        (void)text_line (stdout, "         to do: %s", finding->remedy);
    }
  (void)printf ("%u missing, %u limited\n", doctor->missing, doctor->limited);
  return doctor->missing > 0;
}

static int
print_json (const struct doctor *doctor)
{
  struct json_writer writer;
  struct error error = { 0 };
  if (json_write_open (&writer, true) < 0)
    return (void)error_set (&error, ENOMEM, "write the findings"), cli_fail (&error);
  json_write_object (&writer, NULL);
  json_write_uint (&writer, "missing", doctor->missing);
  json_write_uint (&writer, "limited", doctor->limited);
  json_write_array (&writer, "findings");
  for (uint32_t i = 0; i < doctor->count; i++)
    {
      const struct doctor_finding *finding = &doctor->items[i];
      json_write_object (&writer, NULL);
      json_write_string (&writer, "state", doctor_word (finding->state));
      json_write_string (&writer, "subject", finding->subject);
      json_write_string (&writer, "found", finding->found);
      json_write_string (&writer, "meaning", finding->meaning);
      json_write_string (&writer, "remedy", finding->remedy);
      json_write_object_end (&writer);
    }
  json_write_array_end (&writer);
  json_write_object_end (&writer);
  return cli_print_json (&writer) != 0 || doctor->missing > 0;
}

int
cli_doctor (int argc, char **argv, const struct globals *globals)
{
  struct arena arena;
  struct doctor doctor;
  struct error error = { 0 };
  bool json = false;
  for (int option; (option = cli_option (argc, argv, "h", doctor_options)) != -1; json = true)
    if (option != 'j')
      return cli_usage ("doctor", help, option);
  if (cli_no_operands ("doctor", argc, argv) < 0)
    return 1;
  if (arena_open (&arena, 256ul << 20) < 0) /* address space: files of engines are read into it */
    return (void)error_set (&error, errno, "examine this machine"), cli_fail (&error);
  if (doctor_examine (globals, &arena, &doctor, &error) < 0)
    return cli_fail (&error);
  int status = json ? print_json (&doctor) : print_findings (&doctor);
  arena_close (&arena);
  return status;
}
