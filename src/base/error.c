/*
 * Fills errors and formats them as a line. Every room fills errors; the log and the commands print them. The first
 * error wins: error_fill does not change one that is set, so that a failure during cleanup does not hide the cause.
 * Names are stored as they are and escaped only in error_line. husk-init does not link this file: init/fail.c fills the
 * same struct, in the page that it shares with husk.
 */
#include "husk/error.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "husk/text.h"

static void
error_fill (struct error *error, origin_t origin, int code, const char *format, va_list arguments)
{
  if (error->set)
    return;
  memset (error, 0, sizeof *error);
  error->set = 1;
  error->code = code;
  error->origin = origin;
  text_format (error->text, sizeof error->text, format, arguments);
}

int
error_set (struct error *error, int code, const char *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  error_fill (error, 0, code, format, arguments);
  va_end (arguments);
  return -1;
}

int
error_set_at (struct error *error, origin_t origin, int code, const char *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  error_fill (error, origin, code, format, arguments);
  va_end (arguments);
  return -1;
}

int
error_set_kind (struct error *error, enum error_kind kind, int code, const char *format, ...)
{
  va_list arguments;
  bool first = !error->set;
  va_start (arguments, format);
  error_fill (error, 0, code, format, arguments);
  va_end (arguments);
  if (first)
    error->kind = kind;
  return -1;
}

void
error_hint (struct error *error, const char *format, ...)
{
  va_list arguments;
  if (error->hint[0])
    return;
  va_start (arguments, format);
  text_format (error->hint, sizeof error->hint, format, arguments);
  va_end (arguments);
}

const char *
errno_text (int code)
{
  static char text[96];
  const char *system = strerror (code);
  (void)snprintf (text, sizeof text, "%s", system);
  /* "RPC struct is bad" is unchanged, "No such file" becomes "no such file" */
  if (isupper ((unsigned char)text[0]) && islower ((unsigned char)text[1]))
    text[0] = (char)tolower ((unsigned char)text[0]);
  return text;
}

void
error_line (const struct error *error, char *out, uint32_t size)
{
  const char *const parts[] = { error->place,
                                error->place[0] ? ": " : "",
                                error->text,
                                error->code ? ": " : "",
                                error->code ? errno_text (error->code) : "",
                                error->hint[0] ? " (" : "",
                                error->hint,
                                error->hint[0] ? ")" : "" };
  size_t used = 0;
  out[0] = '\0';
  for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
    used += text_escape (parts[i], out + used, size - used);
}
