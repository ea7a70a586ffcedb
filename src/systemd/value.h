/*
 * Values as husk gives them on the command line, and their D-Bus types:
 *
 *   b y n q i u x t d s o g   the text itself: "true", "1000", "inactive-or-failed"
 *   ay                        two hexadecimal digits a byte: "0f80"
 *   all others                the basic values one after another, each ended by ";" ("\" makes the next character an
 *                             ordinary one), and before the elements of an array their number:
 *                             as "2;a.service;b.service;", a(st) "1;/dev/block/8:0;1000;"
 */
#ifndef HUSK_SYSTEMD_VALUE_H
#define HUSK_SYSTEMD_VALUE_H

#include <systemd/sd-bus.h>

/* Appends it to a message. 0, or a negative errno: EINVAL when type or text is none. */
int value_append (sd_bus_message *message, const char *type, const char *text);

#endif
