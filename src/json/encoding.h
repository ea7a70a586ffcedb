/*
 * UTF-8, by the letter.
 */
#ifndef HUSK_JSON_ENCODING_H
#define HUSK_JSON_ENCODING_H

#include <stddef.h>

/* Where the first bytes are that are no character; size if all are. */
size_t encoding_wrong (const char *bytes, size_t size);

#endif
