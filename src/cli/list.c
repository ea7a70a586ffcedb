/*
 * husk list: prints what container_list (container/list.c) finds, as a table, as ids or as JSON. For a container that
 * cannot be inspected it logs an error, and the exit status becomes 1, but the others are still listed. Rows are
 * printed by list_table.c or the JSON writer, never by printf alone: a bundle's path may hold any byte.
 */
#include "list_table.h"

#include <string.h>

#include "husk/log.h"
#include "husk/text.h"

static const char help[]
    = "usage: husk list [OPTIONS]\n"
      "\n"
      "Lists the containers of the state directory. On a terminal the table's columns are as wide\n"
      "as what is in them, and a bundle's path too long for the line begins with \"...\"; elsewhere\n"
      "nothing is cut.\n"
      "\n"
      "  -f, --format FORMAT  table (default) or json\n"
      "  -q, --quiet          print ids only\n"
      "  -h, --help\n";

static const struct option list_options[] = {
  { "format", required_argument, NULL, 'f' },
  { "quiet", no_argument, NULL, 'q' },
  CLI_HELP_OPTION,
};

static bool some_bad;

static void
print_bad (const struct error *error, void *data)
{
  (void)data;
  some_bad = true;
  log_error_line (error);
}

static void
print_id (const struct record *record, enum status status, void *data)
{
  (void)status;
  (void)data;
  (void)text_line (stdout, "%s", record->id);
}

static void
print_row (const struct record *record, enum status status, void *data)
{
  const struct list_row row = { record->id, status == STATUS_STOPPED ? 0 : (int)record->pid, status_word (status),
                                record->bundle ? record->bundle : "", record->created ? record->created : "" };
  (void)data;
  list_table_row (&row);
}

static void
write_element (const struct record *record, enum status status, void *data)
{
  state_write (data, NULL, record, status);
}

static int
list_json (const struct globals *globals)
{
  struct error error = { 0 };
  struct json_writer writer;
  if (json_write_open (&writer, false) < 0)
    return 1;
  json_write_array (&writer, NULL);
  if (container_list (globals, write_element, print_bad, &writer, &error) < 0)
    return cli_fail (&error);
  json_write_array_end (&writer);
  return cli_print_json (&writer) != 0 || some_bad;
}

int
cli_list (int argc, char **argv, const struct globals *globals)
{
  struct error error = { 0 };
  const char *format = "table";
  bool quiet = false;
  for (int option; (option = cli_option (argc, argv, "f:qh", list_options)) != -1;)
    {
      if (option == 'f')
        format = optarg;
      else if (option == 'q')
        quiet = true;
      else
        return cli_usage ("list", help, option);
    }
  if (cli_no_operands ("list", argc, argv) < 0)
    return 1;
  bool json = strcmp (format, "json") == 0;
  if (!json && strcmp (format, "table") != 0)
    {
      (void)error_set (&error, 0, "--format \"%.40s\" must be table or json", format);
      return cli_fail (&error);
    }
  if (json && !quiet)
    return list_json (globals);
  if (quiet)
    return container_list (globals, print_id, print_bad, NULL, &error) < 0 ? cli_fail (&error) : some_bad;
  list_table_begin ();
  int result = container_list (globals, print_row, print_bad, NULL, &error);
  list_table_end ();
  return result < 0 ? cli_fail (&error) : some_bad;
}
