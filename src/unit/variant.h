/*
 * GVariant's text format, as far as properties of units need it: true, 5, uint64 5, 'text', ['a', 'b'], ('a', 5),
 * @as [], b'bytes'. No dictionaries, variants and maybes: no property has them.
 */
#ifndef HUSK_UNIT_VARIANT_H
#define HUSK_UNIT_VARIANT_H

#include "husk/arena.h"

/* out_value is in husk-systemd's notation. NULL, or what is wrong with the text. Pure. */
const char *variant_read (const char *text, struct arena *arena, const char **out_type, const char **out_value);

#endif
