/*
 * Values of properties in GVariant's text format, from a container's annotations: true, uint64 5, 'text', ['a', 'b'],
 * [('a', uint64 5)]. GLib parses them; without it (variant_none.c) all are refused.
 */
#ifndef HUSK_SYSTEMD_VARIANT_H
#define HUSK_SYSTEMD_VARIANT_H

#include <stdbool.h>
#include <systemd/sd-bus.h>

#include "husk/error.h"

typedef struct _GVariant variant; /* NOLINT: the name that GLib gives it */

/* seconds: the text is a number of seconds, and the value becomes microseconds (t). NULL with an error: it is invalid,
 * or has a type that D-Bus lacks. */
variant *variant_read (const char *text, bool seconds, struct error *error);
void variant_free (variant *value);
/* Its D-Bus signature. */
const char *variant_type (variant *value);
/* Appends the value to a message. 0, or a negative errno. */
int variant_append (sd_bus_message *message, variant *value);

#endif
