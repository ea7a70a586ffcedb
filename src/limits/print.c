/*
 * Prints the limits for `husk plan` (cli/plan.c prints them before the steps): systemd's unit and properties, a line
 * for each setting with its place in config.json, and the device rules. It only prints what has been compiled. Names
 * and values come from the config, so text_line escapes each line.
 */
#include <stdio.h>

#include "husk/descriptor.h"
#include "husk/limits.h"
#include "husk/text.h"

static void
print_device (const struct limits_device *device, FILE *out)
{
  char text[64], major[24] = "*", minor[24] = "*";
  if (device->major >= 0)
    (void)snprintf (major, sizeof major, "%lld", (long long)device->major);
  if (device->minor >= 0)
    (void)snprintf (minor, sizeof minor, "%lld", (long long)device->minor);
  (void)snprintf (text, sizeof text, "%s %c %s:%s %s%s%s", device->allow ? "allow" : "deny", device->type, major, minor,
                  device->access & LIMITS_DEVICE_READ ? "r" : "", device->access & LIMITS_DEVICE_WRITE ? "w" : "",
                  device->access & LIMITS_DEVICE_MKNOD ? "m" : "");
  (void)text_line (out, "     %-18s %s", "device", text);
}

void
limits_print (const struct cgroup *cgroup, const struct limits *limits, const struct json_document *document, FILE *out)
{
  if (cgroup->unit.name)
    (void)text_line (out, "     %-18s %s in %s", "unit", cgroup->unit.name, cgroup->unit.slice);
  for (uint32_t i = 0; i < limits->properties.count; i++)
    {
      const struct unit_property *property = &limits->properties.items[i];
      auto_free char *text = unit_property_text (property);
      (void)text_line (out, "     %-18s %s=%s", "property", property->name, text ? text : "?");
    }
  for (uint32_t i = 0; i < limits->count; i++)
    {
      const struct limits_setting *setting = &limits->settings[i];
      struct error place = { .origin = setting->origin };
      char text[512];
      (void)snprintf (text, sizeof text, "%s = %s", setting->file, setting->value);
      if (document)
        json_place (document, &place);
      (void)text_line (out, "     %-18s %-56s %s", setting->controller, text, place.place);
    }
  for (uint32_t i = 0; i < limits->device_count; i++)
    print_device (&limits->devices[i], out);
}
