/*
 * Strict UTF-8, and the form for texts that are not UTF-8.
 */
#ifndef HUSK_JSON_ENCODING_H
#define HUSK_JSON_ENCODING_H

#include <stddef.h>

#include "husk/arena.h"

/* The offset of the first byte that is not part of a character, or size. */
size_t encoding_wrong (const char *bytes, size_t size);
/* The reverse of json_bytes: the text itself, or bytes in the arena. NULL: json_bytes never writes this. */
const char *encoding_unbyte (const char *text, struct arena *arena);

#endif
