/*
 * husk's side of systemd units: each call writes a request as JSON, runs husk-systemd once with it, and turns its
 * answer into a result or an error. src/systemd/request.c reads the request and src/systemd/main.c writes the answer:
 * the tables on both sides must match.
 */
#include "husk/unit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "husk/descriptor.h"
#include "husk/log.h"
#include "program.h"

#define ARENA (64ul << 20) /* address space for an answer of 64 KiB */

/* ---- the request ------------------------------------------------------------------------------------------------ */

static void
write_devices (struct json_writer *writer, const struct unit_property *property)
{
  json_write_array (writer, property->kind == UNIT_RATES ? "rates" : "access");
  for (uint32_t i = 0; i < property->count; i++)
    {
      const struct unit_device *device = &property->devices[i];
      json_write_object (writer, NULL);
      json_write_string (writer, "device", device->device);
      if (property->kind == UNIT_RATES)
        json_write_uint (writer, "rate", device->number);
      else
        json_write_string (writer, "access", device->access);
      json_write_object_end (writer);
    }
  json_write_array_end (writer);
}

static void
write_property (struct json_writer *writer, const struct unit_property *property)
{
  json_write_object (writer, NULL);
  json_write_string (writer, "name", property->name);
  if (property->optional)
    json_write_bool (writer, "optional", true);
  if (property->kind == UNIT_NUMBER)
    json_write_uint (writer, "number", property->number);
  else if (property->kind == UNIT_TEXT)
    json_write_string (writer, "text", property->text);
  else if (property->kind == UNIT_VARIANT)
    json_write_string (writer, property->seconds ? "seconds" : "variant", property->text);
  else if (property->kind == UNIT_MASK)
    {
      json_write_array (writer, "mask");
      for (uint32_t i = 0; i < property->count; i++)
        json_write_uint (writer, NULL, property->mask[i]);
      json_write_array_end (writer);
    }
  else
    write_devices (writer, property);
  json_write_object_end (writer);
}

struct request
{
  const char *verb, *below;
  const struct unit_properties *properties;
  bool slice;
  pid_t pid;
};

static void
write_request (struct json_writer *writer, const struct unit *unit, const struct request *request)
{
  json_write_object (writer, NULL);
  json_write_string (writer, "verb", request->verb);
  json_write_string (writer, "unit", unit->name);
  json_write_bool (writer, "user", unit->user);
  json_write_string (writer, "slice", request->slice ? unit->slice : NULL);
  json_write_string (writer, "below", request->below);
  if (request->pid)
    json_write_int (writer, "pid", request->pid);
  if (request->properties)
    {
      json_write_array (writer, "properties");
      for (uint32_t i = 0; i < request->properties->count; i++)
        write_property (writer, &request->properties->items[i]);
      json_write_array_end (writer);
    }
  json_write_object_end (writer);
}

/* ---- the answer ------------------------------------------------------------------------------------------------- */

struct answer_error
{
  origin_t node;
  struct json_int code;
  struct json_string property, text, hint;
};
struct answer
{
  origin_t node;
  struct json_string cgroup;
  struct json_strings left_out;
  struct answer_error *error;
};

static const struct json_field error_fields[]
    = { JSON_INT (struct answer_error, "errno", code, .ranged = true, .minimum = 0, .maximum = 4095),
        JSON_TEXT (struct answer_error, "property", property),
        JSON_TEXT (struct answer_error, "text", text, .required = true),
        JSON_TEXT (struct answer_error, "hint", hint),
        { 0 } };
static const struct json_type error_type = { "an error", sizeof (struct answer_error), error_fields };
static const struct json_field answer_fields[]
    = { JSON_TEXT (struct answer, "cgroup", cgroup),
        JSON_TEXTS (struct answer, "leftOut", left_out),
        JSON_STRUCT (struct answer, "error", error, struct answer_error, &error_type),
        { 0 } };
static const struct json_type answer_type = { "an answer", sizeof (struct answer), answer_fields };

/* The error's origin: the refused property's, or else the unit name's. */
static origin_t
origin_of (const struct unit *unit, const struct unit_properties *properties, const char *refused)
{
  for (uint32_t i = 0; properties && refused && i < properties->count; i++)
    if (strcmp (properties->items[i].name, refused) == 0)
      return properties->items[i].origin;
  return unit->origin;
}

static int
take_error (const struct answer_error *said, const struct unit *unit, const struct unit_properties *properties,
            struct error *error)
{
  int code = (int)said->code.value;
  if (code == ENOENT) /* clients take its text for a missing program */
    code = 0;
  (void)error_set_at (error, origin_of (unit, properties, said->property.text), code, "%s", said->text.text);
  if (said->hint.text)
    error_hint (error, "%s", said->hint.text);
  return -1;
}

/* It gave no answer: the last line on its standard error is from the dynamic loader or a library. */
static int
silent (const struct unit *unit, char *errors, struct error *error)
{
  char *last = NULL, *rest;
  for (char *line = strtok_r (errors, "\n", &rest); line; line = strtok_r (NULL, "\n", &rest))
    last = line;
  return error_set_at (error, unit->origin, 0, "husk-systemd failed%s%.300s", last ? ": " : "", last ? last : "");
}

/* failed: its exit status was not 0. */
static int
take_answer (struct unit_program_output *output, bool failed, const struct unit *unit,
             const struct unit_properties *properties, struct arena *arena, struct answer *out, struct error *error)
{
  struct json_document document;
  struct error trouble = { 0 };
  struct report report = { .error = &trouble };
  *out = (struct answer){ 0 };
  if (!output->out[0])
    return failed ? silent (unit, output->errors, error)
                  : error_set_at (error, unit->origin, 0, "husk-systemd printed no answer");
  if (json_parse (output->out, strlen (output->out), "answer", arena, &document, &trouble) < 0
      || json_decode (&document, JSON_ROOT, &answer_type, out, arena, &report) < 0)
    return failed && output->errors[0]
               ? silent (unit, output->errors, error)
               : error_set_at (error, unit->origin, 0, "cannot read husk-systemd's answer: %s: %s", trouble.place,
                               trouble.text);
  for (uint32_t i = 0; i < out->left_out.count; i++)
    log_info ("unit %s: this systemd does not know %s: left out", unit->name, out->left_out.items[i]);
  if (out->error)
    return take_error (out->error, unit, properties, error);
  return failed ? silent (unit, output->errors, error) : 0;
}

/* out_cgroup: NULL if it is not wanted. */
static int
request_run (const struct unit *unit, const struct request *request, char **out_cgroup, struct error *error)
{
  struct arena arena;
  struct answer answer;
  struct json_writer writer;
  size_t size;
  int result = -1;
  if (arena_open (&arena, ARENA) < 0)
    return error_set (error, errno, "reserve memory");
  struct unit_program_output *output = arena_new (&arena, struct unit_program_output);
  if (json_write_open (&writer, false) < 0)
    writer.failed = true;
  else
    write_request (&writer, unit, request);
  const char *text = writer.failed ? NULL : json_write_text (&writer, &size);
  if (!text || writer.failed)
    (void)error_set (error, ENOMEM, "write a request to husk-systemd");
  else
    result = unit_program_run (request->verb, text, size, output, error);
  if (result >= 0)
    result = take_answer (output, result > 0, unit, request->properties, &arena, &answer, error);
  if (result == 0 && out_cgroup)
    {
      if (!answer.cgroup.text || answer.cgroup.text[0] != '/')
        result = error_set (error, 0, "husk-systemd did not report the cgroup of unit %s", unit->name);
      else if (!(*out_cgroup = strdup (answer.cgroup.text)))
        result = error_set (error, ENOMEM, "start unit %s", unit->name);
    }
  json_write_close (&writer);
  arena_close (&arena);
  return result;
}

/* Removes the property with this origin. false: none has it. */
static bool
drop (struct unit_properties *properties, origin_t origin)
{
  for (uint32_t i = 0; i < properties->count; i++)
    if (properties->items[i].origin == origin)
      {
        properties->items[i] = properties->items[--properties->count];
        return true;
      }
  return false;
}

int
unit_check (const struct unit *unit, const struct unit_properties *properties, const struct json_document *document,
            struct report *report)
{
  struct unit_properties variants = { 0 };
  int result = 0;
  variants.items = properties->count ? calloc (properties->count, sizeof *variants.items) : NULL;
  auto_free void *items = variants.items;
  if (properties->count && !items)
    return report_error (report, document, unit->origin, NULL, "out of memory for checking the properties of a unit");
  for (uint32_t i = 0; i < properties->count; i++)
    if (properties->items[i].kind == UNIT_VARIANT)
      variants.items[variants.count++] = properties->items[i];
  for (bool more = variants.count > 0; more;)
    {
      struct error error = { 0 };
      more = request_run (unit, &(struct request){ .verb = "check", .properties = &variants }, NULL, &error) < 0;
      if (!more)
        break;
      result = report_error (report, document, error.origin, error.hint[0] ? error.hint : NULL, "%s%s%s", error.text,
                             error.code ? ": " : "", error.code ? errno_text (error.code) : "");
      more = drop (&variants, error.origin) && variants.count; /* the next run finds the next error */
    }
  return result;
}

int
unit_start (const struct unit *unit, const struct unit_properties *properties, pid_t pid, char **out_cgroup,
            struct error *error)
{
  struct request request = { .verb = "start", .properties = properties, .slice = true, .pid = pid };
  return request_run (unit, &request, out_cgroup, error);
}

int
unit_set (const struct unit *unit, const struct unit_properties *properties, struct error *error)
{
  struct request request = { .verb = "set", .properties = properties };
  return properties->count == 0 ? 0 : request_run (unit, &request, NULL, error);
}

int
unit_attach (const struct unit *unit, const char *below, pid_t pid, struct error *error)
{
  return request_run (unit, &(struct request){ .verb = "attach", .below = below, .pid = pid }, NULL, error);
}

int
unit_stop (const struct unit *unit, struct error *error)
{
  return request_run (unit, &(struct request){ .verb = "stop" }, NULL, error);
}
