/*
 * Replaces variant.c in a build without GLib: values from annotations are refused, and everything else works.
 */
#include <errno.h>

#include "variant.h"

variant *
variant_read (const char *text, bool seconds, struct error *error)
{
  (void)text;
  (void)seconds;
  (void)error_set (error, 0, "husk-systemd was built without GLib, which reads the values of properties");
  return NULL;
}

void
variant_free (variant *value)
{
  (void)value;
}

const char *
variant_type (variant *value)
{
  (void)value;
  return "";
}

int
variant_append (sd_bus_message *message, variant *value)
{
  (void)message;
  (void)value;
  return -EINVAL;
}
