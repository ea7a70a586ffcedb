/*
 * The findings of `husk check --json`: one array, whatever happens, for editors and CI. A key that has no value is left
 * out: a bundle that cannot be opened has no line. file is the path that opens the config from where husk was called.
 */
#include "check.h"

/* config.json of the bundle, or the config that was named. */
static const char *
file_of (struct check *check)
{
  const struct cli_config *config = &check->config;
  return config->file ? config->file : spec_file_name (config->bundle, &check->compiled.arena);
}

static void
write_place (struct json_writer *writer, const struct json_document *document, origin_t origin)
{
  char pointer[4096];
  uint32_t line, column;
  if (!origin || origin > document->count)
    return;
  json_position (document, origin, &line, &column);
  json_pointer (document, origin, pointer, sizeof pointer);
  json_write_uint (writer, "line", line);
  json_write_uint (writer, "column", column);
  json_write_string (writer, "pointer", pointer);
}

static void
write_finding (struct report *report, enum severity severity, const struct error *finding)
{
  struct check *check = report->data;
  struct json_writer *writer = &check->writer;
  char message[sizeof finding->text + 128];
  (void)snprintf (message, sizeof message, "%s%s%s", finding->text, finding->code ? ": " : "",
                  finding->code ? errno_text (finding->code) : "");
  json_write_object (writer, NULL);
  json_write_string (writer, "file", check->compiled.arena.start ? file_of (check) : check->config.bundle);
  write_place (writer, report->document ? report->document : &check->compiled.document, finding->origin);
  json_write_string (writer, "severity", cli_severity (severity));
  json_write_string (writer, "message", message);
  json_write_string (writer, "hint", finding->hint[0] ? finding->hint : NULL);
  json_write_object_end (writer);
}

int
check_json_open (struct check *check)
{
  struct error error = { 0 };
  check->report.each = write_finding;
  check->report.data = check;
  if (json_write_open (&check->writer, true) < 0)
    return (void)error_set (&error, ENOMEM, "write JSON"), (void)cli_fail (&error), -1;
  json_write_array (&check->writer, NULL);
  return 0;
}

void
check_json_error (struct check *check, const struct error *error)
{
  check->report.document = &check->compiled.document;
  check->report.errors++;
  write_finding (&check->report, SEVERITY_ERROR, error);
}

int
check_json_print (struct check *check)
{
  json_write_array_end (&check->writer);
  return cli_print_json (&check->writer);
}
