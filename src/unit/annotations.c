/*
 * org.systemd.property.NAME: properties of the container's unit by annotation, as CRI-O and others hand them on.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "properties.h"
#include "variant.h"

static const char prefix[] = UNIT_ANNOTATION;

/* What makes the unit the container's own. */
static const char *const husks_own[] = { "Slice", "Delegate", "PIDs", "PIDFDs" };

static const char *
name_fault (const char *name)
{
  size_t length = strspn (name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789");
  if (name[length] || length < 3 || length > 100 || name[0] < 'A' || name[0] > 'Z')
    return "is no name of a property: letters and digits, beginning with a capital";
  for (size_t i = 0; i < sizeof husks_own / sizeof husks_own[0]; i++)
    if (strcmp (name, husks_own[i]) == 0)
      return "is husk's to set: a container's unit is what it is by that";
  return NULL;
}

/* Unit files have "TimeoutStopSec=30", D-Bus has TimeoutStopUSec in microseconds. NULL, or what is wrong. */
static const char *
to_microseconds (struct arena *arena, const char **name, const char **type, const char **value)
{
  static const char wrong[] = "is a time in seconds: a number that is not negative";
  *name = arena_format (arena, "%.*sUSec", (int)strlen (*name) - 3, *name);
  if (!strchr ("ynqiuxtd", (*type)[0]) || (*type)[1])
    return wrong;
  if ((*type)[0] == 'd')
    {
      double number = strtod (*value, NULL) * 1e6;
      if (!(number >= 0 && number < 1.8e19))
        return wrong;
      *value = arena_format (arena, "%llu", (unsigned long long)llround (number));
    }
  else
    {
      if ((*value)[0] == '-')
        return wrong;
      uint64_t number = strtoull (*value, NULL, 10);
      if (number > UINT64_MAX / 1000000)
        return wrong;
      *value = arena_format (arena, "%llu", (unsigned long long)number * 1000000);
    }
  *type = "t";
  return NULL;
}

static bool
in_seconds (const char *name)
{
  size_t length = strlen (name);
  return length > 3 && strcmp (name + length - 3, "Sec") == 0 && (length < 4 || name[length - 4] != 'U');
}

static int
add_annotation (struct properties *properties, const struct json_pair *pair, const struct json_document *document,
                struct report *report)
{
  const char *name = pair->key + sizeof prefix - 1, *type, *value;
  const char *wrong = name_fault (name);
  if (wrong)
    return report_error (report, document, pair->node, NULL, "\"%.100s\" %s", name, wrong);
  wrong = variant_read (pair->value, properties->arena, &type, &value);
  if (wrong)
    return report_error (report, document, pair->node, "values are in GVariant's text format: true, uint64 5, 'text'",
                         "\"%.100s\" cannot be read: %s", pair->value, wrong);
  if (in_seconds (name) && (wrong = to_microseconds (properties->arena, &name, &type, &value)))
    return report_error (report, document, pair->node, NULL, "\"%.100s\" %s", pair->key + sizeof prefix - 1, wrong);
  property_put (properties, name, type, value, pair->node)->dispensable = false; /* it is nowhere else */
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
