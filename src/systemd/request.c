/*
 * Reads husk's request from husk-systemd's standard input, before main.c does anything else. An invalid request comes
 * from a person trying the program, so the error has its place. Annotations' texts are parsed here too, so an invalid
 * one is refused before systemd is asked for anything.
 */
#include "request.h"

#include <string.h>

#include "husk/json.h"

#define PATIENCE 25000 /* husk waits 30 s for the program */

struct document_device
{
  origin_t node;
  struct json_string device, access;
  struct json_uint rate;
};
struct document_property
{
  origin_t node;
  struct json_string name, text, variant, seconds;
  struct json_bool optional, truth;
  struct json_uint number;
  struct json_uints mask;
  JSON_ARRAY_OF (struct document_device) rates;
  JSON_ARRAY_OF (struct document_device) access;
};
struct request_document
{
  origin_t node;
  struct json_enum verb;
  struct json_string unit, slice, below;
  struct json_bool user;
  struct json_uint pid, timeout;
  JSON_ARRAY_OF (struct document_property) properties;
};

static const struct json_name verbs[] = { { "check", VERB_CHECK },   { "start", VERB_START }, { "set", VERB_SET },
                                          { "attach", VERB_ATTACH }, { "stop", VERB_STOP },   { NULL, 0 } };

static const struct json_field rate_fields[] = { JSON_TEXT (struct document_device, "device", device, .required = true),
                                                 JSON_UINT (struct document_device, "rate", rate, .required = true),
                                                 { 0 } };
static const struct json_type rate_type = { "a device's rate", sizeof (struct document_device), rate_fields };
static const struct json_field access_fields[]
    = { JSON_TEXT (struct document_device, "device", device, .required = true),
        JSON_TEXT (struct document_device, "access", access, .required = true),
        { 0 } };
static const struct json_type access_type = { "access to a device", sizeof (struct document_device), access_fields };

static const struct json_field property_fields[]
    = { JSON_TEXT (struct document_property, "name", name, .required = true, .filled = true),
        JSON_FLAG (struct document_property, "optional", optional),
        JSON_FLAG (struct document_property, "truth", truth),
        JSON_UINT (struct document_property, "number", number),
        JSON_TEXT (struct document_property, "text", text),
        JSON_UINT_LIST (struct document_property, "mask", mask, .ranged = true, .minimum = 0, .maximum = 255),
        JSON_LIST (struct document_property, "rates", rates, struct document_device, &rate_type),
        JSON_LIST (struct document_property, "access", access, struct document_device, &access_type),
        JSON_TEXT (struct document_property, "variant", variant),
        JSON_TEXT (struct document_property, "seconds", seconds),
        { 0 } };
static const struct json_type property_type = { "a property", sizeof (struct document_property), property_fields };

static const struct json_field asked_fields[]
    = { JSON_CHOICE (struct request_document, "verb", verb, verbs, "a verb", .required = true),
        JSON_TEXT (struct request_document, "unit", unit, .required = true, .filled = true),
        JSON_FLAG (struct request_document, "user", user),
        JSON_TEXT (struct request_document, "slice", slice, .filled = true),
        JSON_TEXT (struct request_document, "below", below),
        JSON_UINT (struct request_document, "pid", pid, .ranged = true, .minimum = 1, .maximum = INT32_MAX),
        JSON_UINT (struct request_document, "timeout", timeout, .ranged = true, .minimum = 1, .maximum = 3600000),
        JSON_LIST (struct request_document, "properties", properties, struct document_property, &property_type),
        { 0 } };
static const struct json_type asked_type = { "a request", sizeof (struct request_document), asked_fields };

struct record_reader
{
  struct json_document document;
  struct arena *arena;
  struct report report;
  struct unit_request *request;
};

static const struct property_device *
read_devices (struct record_reader *reader, const struct document_device *asked, uint32_t count)
{
  struct property_device *devices = arena_array (reader->arena, struct property_device, count);
  for (uint32_t i = 0; i < count; i++)
    devices[i] = (struct property_device){ asked[i].device.text, asked[i].access.text, asked[i].rate.value };
  return devices;
}

static const uint8_t *
read_mask (struct record_reader *reader, const struct json_uints *asked)
{
  uint8_t *mask = arena_array (reader->arena, uint8_t, asked->count);
  for (uint32_t i = 0; i < asked->count; i++)
    mask[i] = (uint8_t)asked->items[i];
  return mask;
}

static int
read_variant (struct record_reader *reader, const struct document_property *asked, struct property *out)
{
  bool seconds = asked->seconds.text != NULL;
  const char *text = seconds ? asked->seconds.text : asked->variant.text;
  out->kind = PROPERTY_VARIANT;
  out->variant = variant_read (text, seconds, reader->report.error);
  if (out->variant)
    return 0;
  reader->request->refused = asked->name.text;
  return -1;
}

/* A property must have exactly one value. */
static int
read_property (struct record_reader *reader, const struct document_property *asked, struct property *out)
{
  int values = asked->truth.set + asked->number.set + (asked->text.text != NULL) + (asked->mask.node != 0)
               + asked->rates.set + asked->access.set + (asked->variant.text != NULL) + (asked->seconds.text != NULL);
  if (values != 1)
    return report_error (&reader->report, &reader->document, asked->node, NULL,
                         "a property has one of truth, number, text, mask, rates, access, variant, seconds");
  *out = (struct property){ .name = asked->name.text, .optional = asked->optional.value };
  if (asked->variant.text || asked->seconds.text)
    return read_variant (reader, asked, out);
  if (asked->truth.set)
    out->kind = PROPERTY_TRUTH, out->truth = asked->truth.value;
  else if (asked->number.set)
    out->kind = PROPERTY_NUMBER, out->number = asked->number.value;
  else if (asked->text.text)
    out->kind = PROPERTY_TEXT, out->text = asked->text.text;
  else if (asked->mask.node)
    out->kind = PROPERTY_MASK, out->mask = read_mask (reader, &asked->mask), out->count = asked->mask.count;
  else
    {
      bool rates = asked->rates.set;
      out->kind = rates ? PROPERTY_RATES : PROPERTY_ACCESS;
      out->count = rates ? asked->rates.count : asked->access.count;
      out->devices = read_devices (reader, rates ? asked->rates.items : asked->access.items, out->count);
    }
  return 0;
}

static int
read_asked (struct record_reader *reader, const struct request_document *asked)
{
  struct unit_request *out = reader->request;
  out->verb = (enum verb)asked->verb.value;
  out->name = asked->unit.text;
  out->user = asked->user.value;
  out->slice = asked->slice.text;
  out->below = asked->below.text ? asked->below.text : "";
  out->pid = (pid_t)asked->pid.value;
  out->patience = asked->timeout.set ? asked->timeout.value : PATIENCE;
  if (out->verb == VERB_ATTACH && !out->pid)
    return report_error (&reader->report, &reader->document, asked->node, NULL, "attach needs a pid");
  out->properties = arena_array (reader->arena, struct property, asked->properties.count + 1);
  for (uint32_t i = 0; i < asked->properties.count; i++, out->count++)
    if (read_property (reader, &asked->properties.items[i], &out->properties[i]) < 0)
      return -1;
  return 0;
}

int
request_read (int fd, struct arena *arena, struct unit_request *out, struct error *error)
{
  struct record_reader reader = { .arena = arena, .report = { .error = error }, .request = out };
  struct request_document asked;
  *out = (struct unit_request){ .patience = PATIENCE };
  /* no deadline: husk writes all of it at once, and a person may be slow */
  if (json_load_from (fd, "request", arena, &reader.document, error) < 0
      || json_decode (&reader.document, JSON_ROOT, &asked_type, &asked, arena, &reader.report) < 0)
    return -1;
  return read_asked (&reader, &asked);
}

void
request_close (struct unit_request *request)
{
  for (size_t i = 0; i < request->count; i++)
    if (request->properties[i].kind == PROPERTY_VARIANT)
      variant_free (request->properties[i].variant);
}
