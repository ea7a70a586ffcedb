/*
 * Extended regular expressions of regex(7) for short texts of single bytes, such as ids: literals, . [...] ^ $ () | * +
 * ? {m,n} and \ before punctuation. What POSIX leaves undefined (* at the beginning, \ before a letter) is wrong.
 */
#ifndef HUSK_EXPRESSION_H
#define HUSK_EXPRESSION_H

#include <stdbool.h>
#include <stddef.h>

#define EXPRESSION_TEXT_MAX 1024

/* What is wrong with it, and at which byte, from 1; or NULL. */
const char *expression_fault (const char *expression, size_t *out_column);
/* Whether it matches anywhere in the text, of at most EXPRESSION_TEXT_MAX bytes. The expression has no fault. */
bool expression_matches (const char *expression, const char *text);

#endif
