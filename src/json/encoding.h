/*
 * UTF-8, by the letter, and the form of texts that are not UTF-8.
 */
#ifndef HUSK_JSON_ENCODING_H
#define HUSK_JSON_ENCODING_H

#include <stddef.h>

#include "husk/arena.h"

/* Where the first bytes are that are not a character; size if there are none. */
size_t encoding_wrong (const char *bytes, size_t size);
/* The reverse of json_bytes: the text itself, or bytes in the arena. NULL: json_bytes does not write this. */
const char *encoding_unbyte (const char *text, struct arena *arena);

#endif
