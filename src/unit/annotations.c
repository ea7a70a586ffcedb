/*
 * org.systemd.property.NAME: properties of the container's unit by annotation, as CRI-O and others pass them on. The
 * names are checked here. husk-systemd parses the values, because it has GLib.
 */
#include <string.h>

#include "properties.h"

#define TEXT_MAX 65536 /* no property needs more */

static const char prefix[] = UNIT_ANNOTATION;

/* Properties that make the unit the container's. */
static const char *const husks_own[] = { "Slice", "Delegate", "PIDs", "PIDFDs" };

static const char *
name_fault (const char *name)
{
  size_t length = strspn (name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789");
  if (name[length] || length < 3 || length > 100 || name[0] < 'A' || name[0] > 'Z')
    return "is not a property name: letters and digits, starting with a capital";
  for (size_t i = 0; i < sizeof husks_own / sizeof husks_own[0]; i++)
    if (strcmp (name, husks_own[i]) == 0)
      return "is set by husk and cannot be changed";
  return NULL;
}

static bool
in_seconds (const char *name)
{
  size_t length = strlen (name);
  return length > 3 && strcmp (name + length - 3, "Sec") == 0 && (length < 4 || name[length - 4] != 'U');
}

/* Only annotations have texts for husk-systemd to read. */
static bool
is_annotated (const struct unit_properties *properties, const char *name)
{
  for (uint32_t i = 0; i < properties->count; i++)
    if (properties->items[i].kind == UNIT_VARIANT && strcmp (properties->items[i].name, name) == 0)
      return true;
  return false;
}

/* Unit files have "TimeoutStopSec=30", D-Bus has TimeoutStopUSec in microseconds: an annotation may have either, but
 * not both, since the order of keys in an object means nothing. */
static int
add_annotation (struct properties *properties, const struct json_pair *pair, const struct json_document *document,
                struct report *report)
{
  const char *name = pair->key + sizeof prefix - 1;
  const char *wrong = name_fault (name);
  if (wrong)
    return report_error (report, document, pair->node, NULL, "\"%.100s\" %s", name, wrong);
  if (strlen (pair->value) > TEXT_MAX)
    return report_error (report, document, pair->node, NULL, "\"%.100s\" is longer than 64 KiB", name);
  bool seconds = in_seconds (name);
  if (seconds)
    name = arena_format (properties->arena, "%.*sUSec", (int)strlen (name) - 3, name);
  if (is_annotated (properties->out, name))
    return report_error (report, document, pair->node, NULL, "another annotation sets \"%.100s\" as well", name);
  struct unit_property *property = property_put (properties, name, UNIT_VARIANT, pair->node);
  property->text = pair->value;
  property->seconds = seconds;
  property->optional = false; /* no control file has it */
  return 0;
}

int
unit_annotations (const struct json_pairs *annotations, const struct json_document *document, struct arena *arena,
                  struct unit_properties *out, struct report *report)
{
  struct properties properties = { .arena = arena, .out = out };
  int result = 0;
  for (uint32_t i = 0; i < annotations->count; i++)
    if (strncmp (annotations->items[i].key, prefix, sizeof prefix - 1) == 0
        && add_annotation (&properties, &annotations->items[i], document, report) < 0)
      result = -1;
  return result;
}
