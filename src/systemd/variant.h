/*
 * Values of properties in GVariant's text format: true, uint64 5, 'text', ['a', 'b'], [('a', uint64 5)]. Annotations of
 * a container have them. GLib reads them; without it (variant_none.c) none can be read.
 */
#ifndef HUSK_SYSTEMD_VARIANT_H
#define HUSK_SYSTEMD_VARIANT_H

#include <stdbool.h>
#include <systemd/sd-bus.h>

#include "husk/error.h"

typedef struct _GVariant variant;

/* seconds: the text is a number of seconds, the value becomes one of microseconds (t). NULL with an error: it cannot be
 * read, or has a type that D-Bus does not have. */
variant *variant_read (const char *text, bool seconds, struct error *error);
void variant_free (variant *value);
/* Its D-Bus signature. */
const char *variant_type (variant *value);
/* Appends the value to a message. 0, or a negative errno. */
int variant_append (sd_bus_message *message, variant *value);

#endif
