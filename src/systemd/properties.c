/*
 * The properties of a call to systemd, and the handling of a refused one. verbs.c repeats the call of start or set as
 * long as properties_do_without returns true. Each time another property must be left out, or that would never end.
 * systemd names the property only in its message's text, so the text is searched.
 */
#include "properties.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

static const char *
type_of (const struct property *property)
{
  static const char *const types[]
      = { [PROPERTY_TRUTH] = "b",     [PROPERTY_NUMBER] = "t",     [PROPERTY_TEXT] = "s",    [PROPERTY_MASK] = "ay",
          [PROPERTY_RATES] = "a(st)", [PROPERTY_ACCESS] = "a(ss)", [PROPERTY_PROCESS] = "au" };
  return property->kind == PROPERTY_VARIANT ? variant_type (property->variant) : types[property->kind];
}

static int
append_devices (sd_bus_message *call, const struct property *property)
{
  bool rates = property->kind == PROPERTY_RATES;
  int result = sd_bus_message_open_container (call, 'a', rates ? "(st)" : "(ss)");
  for (uint32_t i = 0; i < property->count && result >= 0; i++)
    {
      const struct property_device *device = &property->devices[i];
      result = rates ? sd_bus_message_append (call, "(st)", device->device, device->rate)
                     : sd_bus_message_append (call, "(ss)", device->device, device->access);
    }
  return result < 0 ? result : sd_bus_message_close_container (call);
}

static int
append_value (sd_bus_message *call, const struct property *property)
{
  switch (property->kind)
    {
    case PROPERTY_TRUTH:
      return sd_bus_message_append (call, "b", (int)property->truth);
    case PROPERTY_NUMBER:
      return sd_bus_message_append (call, "t", property->number);
    case PROPERTY_TEXT:
      return sd_bus_message_append (call, "s", property->text);
    case PROPERTY_MASK:
      return sd_bus_message_append_array (call, 'y', property->mask, property->count);
    case PROPERTY_PROCESS:
      return sd_bus_message_append (call, "au", 1, (uint32_t)property->number);
    case PROPERTY_VARIANT:
      return variant_append (call, property->variant);
    default:
      return append_devices (call, property);
    }
}

static int
append_property (sd_bus_message *call, const struct property *property)
{
  int result = sd_bus_message_open_container (call, 'r', "sv");
  if (result >= 0)
    result = sd_bus_message_append_basic (call, 's', property->name);
  if (result >= 0)
    result = sd_bus_message_open_container (call, 'v', type_of (property));
  if (result >= 0)
    result = append_value (call, property);
  if (result >= 0)
    result = sd_bus_message_close_container (call);
  return result < 0 ? result : sd_bus_message_close_container (call);
}

static int
append_all (sd_bus_message *call, struct unit_request *request, const struct property *properties, size_t count,
            struct error *error)
{
  for (size_t i = 0; i < count; i++)
    {
      int result = properties[i].left_out ? 0 : append_property (call, &properties[i]);
      if (result >= 0)
        continue;
      request->refused = properties[i].name;
      return error_set (error, -result, "encode the value of %s, which has the type %s", properties[i].name,
                        type_of (&properties[i]));
    }
  return 0;
}

int
properties_append (sd_bus_message *call, struct unit_request *request, const struct property *own, size_t own_count,
                   struct error *error)
{
  int result = sd_bus_message_open_container (call, 'a', "(sv)");
  if (result < 0)
    return error_set (error, -result, "make a list of properties");
  if (append_all (call, request, own, own_count, error) < 0
      || append_all (call, request, request->properties, request->count, error) < 0)
    return -1;
  result = sd_bus_message_close_container (call);
  return result < 0 ? error_set (error, -result, "make a list of properties") : 0;
}

/* Whether systemd's message contains the name: "Cannot set property X, or unknown property." */
static bool
names (const char *message, const char *name)
{
  size_t length = strlen (name);
  for (const char *at = strstr (message, name); at; at = strstr (at + 1, name))
    if ((at == message || !isalnum ((unsigned char)at[-1])) && !isalnum ((unsigned char)at[length]))
      return true;
  return false;
}

static struct property *
property_in_message (struct property *properties, size_t count, const char *message)
{
  for (size_t i = 0; i < count; i++)
    if (!properties[i].left_out && names (message, properties[i].name))
      return &properties[i];
  return NULL;
}

/* For a value of the wrong type systemd's message lacks the name. husk's own properties have the right types. If only
 * one other has been set, it is that one. */
static const struct property *
find_mistyped (const struct unit_request *request, const sd_bus_error *said)
{
  const struct property *found = NULL;
  if (!sd_bus_error_has_name (said, "System.Error.ENXIO"))
    return NULL;
  for (size_t i = 0; i < request->count; i++)
    if (!request->properties[i].optional)
      {
        if (found)
          return NULL;
        found = &request->properties[i];
      }
  return found;
}

bool
properties_do_without (struct unit_request *request, struct property *own, size_t own_count, const sd_bus_error *said)
{
  const char *message = said->message ? said->message : "";
  struct property *property = property_in_message (request->properties, request->count, message);
  const struct property *mistyped = find_mistyped (request, said);
  if (property || mistyped)
    request->refused = property ? property->name : mistyped->name;
  else
    property = property_in_message (own, own_count, message);
  if (!property || !property->optional
      || !(sd_bus_error_has_name (said, SD_BUS_ERROR_PROPERTY_READ_ONLY)
           || sd_bus_error_has_name (said, SD_BUS_ERROR_UNKNOWN_PROPERTY)
           || sd_bus_error_has_name (said, SD_BUS_ERROR_NOT_SUPPORTED)
           || sd_bus_error_has_name (said, SD_BUS_ERROR_INVALID_ARGS)))
    return false;
  property->left_out = true;
  request->refused = NULL;
  return true;
}
