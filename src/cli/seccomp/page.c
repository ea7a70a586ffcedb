/*
 * The writer of pages. Control characters, what turns the order of reading and bytes that are not UTF-8 are shown as in
 * husk's other output (text.h), so that the page is valid text and means what it shows.
 */
#include "page.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "husk/text.h"

static void
page_append (struct page *page, const char *bytes, size_t size)
{
  if (page->size + size >= page->room)
    {
      page->room = 2 * (page->size + size) + 65536;
      char *more = arena_alloc (page->arena, page->room);
      if (page->size)
        memcpy (more, page->bytes, page->size);
      page->bytes = more;
    }
  memcpy (page->bytes + page->size, bytes, size);
  page->bytes[page->size += size] = '\0';
}

static void
append_escaped (struct page *page, const char *text)
{
  static const char special[] = "&<>\"'";
  char *shown = arena_alloc (page->arena, TEXT_ESCAPED * strlen (text) + 1);
  (void)text_escape (text, shown, TEXT_ESCAPED * strlen (text) + 1);
  for (;;)
    {
      char entity[8];
      size_t plain = strcspn (shown, special);
      page_append (page, shown, plain);
      shown += plain;
      if (!*shown)
        return;
      page_append (page, entity, (size_t)snprintf (entity, sizeof entity, "&#%d;", *shown++));
    }
}

void
page_add (struct page *page, const char *markup, ...)
{
  va_list values;
  va_start (values, markup);
  for (;;)
    {
      size_t length = strcspn (markup, "$");
      page_append (page, markup, length);
      if (!markup[length])
        break;
      append_escaped (page, va_arg (values, const char *));
      markup += length + 1;
    }
  va_end (values);
}

const char *
page_number (const struct page *page, uint64_t number)
{
  return arena_format (page->arena, "%llu", (unsigned long long)number);
}
