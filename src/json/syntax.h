/*
 * What is wrong in a text that yajl refused, in words.
 */
#ifndef HUSK_JSON_SYNTAX_H
#define HUSK_JSON_SYNTAX_H

#include <stdbool.h>
#include <stddef.h>

struct syntax
{
  const char *bytes;
  size_t size;
  /* what yajl knows */
  const char *complaint;
  size_t consumed; /* bytes */
  size_t last_end; /* where its last token ended that was neither a comma nor a colon */
  size_t open;     /* where the innermost open array or object begins; `size`: none is open */
  bool keyed;      /* that token is a key */
  /* what is found */
  size_t at;      /* the byte that is wrong */
  char text[160]; /* what is wrong */
  char hint[96];  /* what to do about it, or empty */
};

void syntax_explain (struct syntax *syntax);

#endif
