/*
 * Parses GVariant's text format with GLib (for request.c) and appends values to a D-Bus message (for properties.c). The
 * text is from the author of the annotations; husk limits its length, GLib its depth. Types of GVariant that D-Bus
 * lacks are refused before systemd is asked for anything.
 */
#include "variant.h"

#include <errno.h>
#include <glib.h>
#include <math.h>
#include <string.h>

#define FORMAT_HINT "values are in GVariant's text format: true, uint64 5, 'text'"

/* NULL, or what D-Bus lacks. A pair in braces is a dictionary's entry, which D-Bus does not allow by itself. */
static const char *
type_fault (const char *type)
{
  if (strchr (type, 'm'))
    return "D-Bus has no maybe types";
  if (strchr (type, 'h'))
    return "a property cannot be a descriptor";
  if (strstr (type, "()"))
    return "D-Bus has no empty tuples";
  for (const char *at = strchr (type, '{'); at; at = strchr (at + 1, '{'))
    if (at == type || at[-1] != 'a')
      return "D-Bus has entries only in dictionaries";
  return NULL;
}

/* Checks the types within variants. */
static const char *
value_fault (GVariant *value)
{
  const char *type = g_variant_get_type_string (value);
  const char *fault = NULL;
  for (size_t i = 0; !fault && strchr (type, 'v') && i < g_variant_n_children (value); i++)
    {
      GVariant *child = g_variant_get_child_value (value, i);
      if (type[0] == 'v')
        fault = type_fault (g_variant_get_type_string (child));
      if (!fault)
        fault = value_fault (child);
      g_variant_unref (child);
    }
  return fault;
}

static double
seconds_of (GVariant *value)
{
  switch (g_variant_classify (value))
    {
    case G_VARIANT_CLASS_BYTE:
      return g_variant_get_byte (value);
    case G_VARIANT_CLASS_INT16:
      return g_variant_get_int16 (value);
    case G_VARIANT_CLASS_UINT16:
      return g_variant_get_uint16 (value);
    case G_VARIANT_CLASS_INT32:
      return g_variant_get_int32 (value);
    case G_VARIANT_CLASS_UINT32:
      return g_variant_get_uint32 (value);
    case G_VARIANT_CLASS_INT64:
      return (double)g_variant_get_int64 (value);
    case G_VARIANT_CLASS_UINT64:
      return (double)g_variant_get_uint64 (value);
    case G_VARIANT_CLASS_DOUBLE:
      return g_variant_get_double (value);
    default:
      return -1;
    }
}

/* Whole seconds are multiplied as integers, because a double has only 53 bits. */
static GVariant *
to_microseconds (GVariant *value)
{
  double seconds = seconds_of (value);
  if (!(seconds >= 0 && seconds * 1e6 < 0x1p64))
    return NULL;
  bool whole = seconds == floor (seconds);
  return g_variant_ref_sink (
      g_variant_new_uint64 (whole ? (guint64)seconds * 1000000 : (guint64)round (seconds * 1e6)));
}

variant *
variant_read (const char *text, bool seconds, struct error *error)
{
  GError *trouble = NULL;
  GVariant *value = g_variant_parse (NULL, text, NULL, NULL, &trouble);
  if (!value)
    {
      /* GLib's message is "0-2:expected ...": a range of bytes, then the text */
      const char *words = strchr (trouble->message, ':');
      (void)error_set (error, 0, "\"%.100s\" cannot be read: %s", text, words ? words + 1 : trouble->message);
      error_hint (error, FORMAT_HINT);
      g_error_free (trouble);
      return NULL;
    }
  const char *fault = type_fault (g_variant_get_type_string (value));
  if (!fault)
    fault = value_fault (value);
  if (fault)
    {
      (void)error_set (error, 0, "\"%.100s\" has the type %.100s: %s", text, g_variant_get_type_string (value), fault);
      g_variant_unref (value);
      return NULL;
    }
  if (!seconds)
    return value;
  GVariant *time = to_microseconds (value);
  g_variant_unref (value);
  if (!time)
    (void)error_set (error, 0, "\"%.100s\" is not a time in seconds: it must be a number from 0", text);
  return time;
}

void
variant_free (variant *value)
{
  g_variant_unref (value);
}

const char *
variant_type (variant *value)
{
  return g_variant_get_type_string (value);
}

static int
append_basic (sd_bus_message *message, char type, GVariant *value)
{
  union
  {
    uint8_t byte;
    int truth;
    int16_t signed16;
    uint16_t unsigned16;
    int32_t signed32;
    uint32_t unsigned32;
    int64_t signed64;
    uint64_t unsigned64;
    double number;
  } basic;
  switch (type)
    {
    case 'b':
      basic.truth = g_variant_get_boolean (value);
      break;
    case 'y':
      basic.byte = g_variant_get_byte (value);
      break;
    case 'n':
      basic.signed16 = g_variant_get_int16 (value);
      break;
    case 'q':
      basic.unsigned16 = g_variant_get_uint16 (value);
      break;
    case 'i':
      basic.signed32 = g_variant_get_int32 (value);
      break;
    case 'u':
      basic.unsigned32 = g_variant_get_uint32 (value);
      break;
    case 'x':
      basic.signed64 = g_variant_get_int64 (value);
      break;
    case 't':
      basic.unsigned64 = g_variant_get_uint64 (value);
      break;
    case 'd':
      basic.number = g_variant_get_double (value);
      break;
    case 's':
    case 'o':
    case 'g':
      return sd_bus_message_append_basic (message, type, g_variant_get_string (value, NULL));
    default:
      return -EINVAL;
    }
  return sd_bus_message_append_basic (message, type, &basic);
}

/* Opens a container with sd-bus's signature of its contents: the element's type for an array, and the part within the
 * brackets for a tuple or an entry. */
static int
open_container (sd_bus_message *message, GVariant *value)
{
  const char *type = g_variant_get_type_string (value);
  if (type[0] == 'v')
    {
      GVariant *content = g_variant_get_variant (value);
      int result = sd_bus_message_open_container (message, 'v', g_variant_get_type_string (content));
      g_variant_unref (content);
      return result;
    }
  if (type[0] == 'a')
    return sd_bus_message_open_container (message, 'a', type + 1);
  char *members = g_strndup (type + 1, strlen (type) - 2);
  int result = sd_bus_message_open_container (message, type[0] == '{' ? 'e' : 'r', members);
  g_free (members);
  return result;
}

int
variant_append (sd_bus_message *message, variant *value)
{
  const char *type = g_variant_get_type_string (value);
  if (!g_variant_is_container (value))
    return append_basic (message, type[0], value);
  int result = open_container (message, value);
  for (size_t i = 0; i < g_variant_n_children (value) && result >= 0; i++)
    {
      GVariant *child = g_variant_get_child_value (value, i);
      result = variant_append (message, child);
      g_variant_unref (child);
    }
  return result < 0 ? result : sd_bus_message_close_container (message);
}
