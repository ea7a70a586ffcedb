/*
 * Where a text stops being JSON, and what is wrong there in words.
 */
#ifndef HUSK_JSON_SYNTAX_H
#define HUSK_JSON_SYNTAX_H

#include <stddef.h>

struct syntax
{
  const char *bytes;
  size_t size;
  size_t terminated; /* NULs before it are closing quotes of strings that have been parsed */
  size_t at;         /* found: the byte */
  char text[160];    /* found: what is wrong */
  char hint[96];     /* found: what to do about it, or empty */
};

/* Fills in what it finds; false: nothing is wrong. The text is not nested deeper than JSON_MAX_DEPTH. */
_Bool syntax_find (struct syntax *syntax);

#endif
