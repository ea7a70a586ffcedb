/*
 * Composes a page of HTML. Markup is constant; any text that comes from files is passed as a value, which is
 * escaped for element text and for quoted attributes alike.
 */
#ifndef HUSK_CLI_PAGE_H
#define HUSK_CLI_PAGE_H

#include "husk/arena.h"

struct page
{
  struct arena *arena;
  char *bytes; /* with a NUL after them; there is none within */
  size_t size, room;
};
/* Adds markup in which each $ is the next of the values, a const char *, escaped. */
void page_add (struct page *page, const char *markup, ...);
/* A number as a value. */
const char *page_number (const struct page *page, uint64_t number);

#endif
