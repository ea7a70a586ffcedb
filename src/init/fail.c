/*
 * How husk-init's steps report errors: error, kind, hint and note are composed in the page that husk reads. A few text
 * functions replace stdio. Nothing here allocates or makes system calls; there are only stores to memory. The first
 * error stays, so that its consequences do not hide it.
 */
#include "init.h"

#include <stdarg.h>

size_t
text_append (char *out, size_t size, size_t used, const char *text)
{
  while (text && *text && used + 1 < size)
    out[used++] = *text++;
  out[used] = '\0';
  return used;
}

const char *
text_number (char out[24], uint64_t number)
{
  char digits[24];
  size_t count = 0, used = 0;
  do
    digits[count++] = (char)('0' + number % 10);
  while (number /= 10);
  while (count)
    out[used++] = digits[--count];
  out[used] = '\0';
  return out;
}

int
text_equal (const char *a, const char *b)
{
  while (*a && *a == *b)
    a++, b++;
  return *a == *b;
}

int
init_fail (struct init *init, int code, ...)
{
  struct error *error = &init->page->error;
  size_t used = 0;
  va_list parts;
  if (error->set)
    return -1;
  va_start (parts, code);
  for (const char *part; (part = va_arg (parts, const char *));)
    used = text_append (error->text, sizeof error->text, used, part);
  va_end (parts);
  error->code = code;
  if (!error->origin)
    error->origin = init->step ? init->step->origin : 0;
  error->step = (uint16_t)init->page->step;
  error->set = 1;
  return -1;
}

void
init_origin (struct init *init, origin_t origin)
{
  init->page->error.origin = origin;
}

void
init_kind (struct init *init, enum error_kind kind)
{
  init->page->error.kind = kind;
}

void
init_hint (struct init *init, const char *hint)
{
  (void)text_append (init->page->error.hint, sizeof init->page->error.hint, 0, hint);
}

void
init_note (struct init *init, const char *note)
{
  (void)text_append (init->page->note, sizeof init->page->note, 0, note);
}
