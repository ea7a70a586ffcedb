/*
 * Finds where a text stops being UTF-8: parse.c refuses the document there, write.c replaces the byte, and json_bytes
 * writes a string of arbitrary bytes in a special form. text_character (text.h) decides what a character is, for
 * printing as well: there must not be a second definition.
 */
#include "encoding.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "husk/json.h"
#include "husk/text.h"

#define BYTES "bytes:"

/* How many bytes of ASCII come first, but for up to 7. Nearly all bytes are, and every command reads a config and a
 * record, so eight are looked at together. */
static size_t
plain_eights (const char *bytes, size_t size)
{
  size_t at = 0;
  for (uint64_t eight; size - at >= sizeof eight; at += sizeof eight)
    {
      memcpy (&eight, bytes + at, sizeof eight);
      if (eight & 0x8080808080808080)
        break;
    }
  return at;
}

size_t
encoding_wrong (const char *bytes, size_t size)
{
  size_t at = plain_eights (bytes, size), step;
  uint32_t number;
  for (; at < size; at += step)
    if ((step = text_character (bytes + at, size - at, &number)) == 0)
      break;
    else if (step > 1)
      at += plain_eights (bytes + at + step, size - at - step);
  return at;
}

char *
json_bytes (const char *text)
{
  size_t length = strlen (text);
  if (encoding_wrong (text, length) == length && strncmp (text, BYTES, strlen (BYTES)) != 0)
    return strdup (text);
  char *escaped = malloc (strlen (BYTES) + 3 * length + 1), *end = escaped;
  if (!escaped)
    return NULL;
  end += sprintf (end, BYTES);
  for (const char *at = text; *at; at++)
    if ((unsigned char)*at < 0x80 && *at != '%')
      *end++ = *at;
    else
      end += sprintf (end, "%%%02X", (unsigned char)*at);
  *end = '\0';
  return escaped;
}

static int
digit_of (char letter)
{
  static const char digits[] = "0123456789ABCDEF";
  const char *at = letter ? strchr (digits, letter) : NULL;
  return at ? (int)(at - digits) : -1;
}

const char *
encoding_unbyte (const char *text, struct arena *arena)
{
  if (strncmp (text, BYTES, strlen (BYTES)) != 0)
    return text;
  char *out = arena_string (arena, text + strlen (BYTES)), *end = out;
  for (const char *at = out; *at; at++)
    {
      bool escape = *at == '%';
      int high = escape ? digit_of (at[1]) : 0, low = escape && high >= 0 ? digit_of (at[2]) : 0;
      if (high < 0 || low < 0 || (escape && high + low == 0))
        return NULL;
      *end++ = escape ? (char)(high * 16 + low) : *at;
      at += escape ? 2 : 0;
    }
  *end = '\0';
  return out;
}
