/*
 * Which characters are escaped for display, and where a text may be cut. error.c, log.c, the commands' tables and the
 * JSON writer use it; tests/unit/test_text.c checks its properties. A line may pass through here more than once, so an
 * escaped text must come out unchanged. No cut may split a UTF-8 character: the rest of it would be shown as bytes.
 */
#include "husk/text.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define PIECE_SIZE 8 /* "\u202e" */

size_t
text_character (const char *at, size_t left, uint32_t *out)
{
  const unsigned char *bytes = (const unsigned char *)at;
  unsigned char lowest = 0x80, highest = 0xbf; /* of the second byte */
  if (left == 0)
    return 0;
  unsigned char first = bytes[0];
  size_t size = first < 0x80 ? 1 : first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;
  if (size == 0 || size > left)
    return 0;
  if (first == 0xe0)
    lowest = 0xa0;
  else if (first == 0xf0)
    lowest = 0x90;
  else if (first == 0xed)
    highest = 0x9f;
  else if (first == 0xf4)
    highest = 0x8f;
  uint32_t number = size == 1 ? first : first & (0xffu >> (size + 1));
  for (size_t i = 1; i < size; i++)
    {
      if (bytes[i] < (i == 1 ? lowest : 0x80) || bytes[i] > (i == 1 ? highest : 0xbf))
        return 0;
      number = number << 6 | (bytes[i] & 0x3f);
    }
  *out = number;
  return size;
}

static bool
is_unfit (uint32_t number)
{
  return number < 0x20 || (number >= 0x7f && number <= 0x9f) || number == 0x61c || number == 0x200e || number == 0x200f
         || (number >= 0x2028 && number <= 0x202e) || (number >= 0x2066 && number <= 0x2069);
}

size_t
text_unfit (const char *bytes, size_t size)
{
  size_t at = 0;
  while (at < size)
    {
      uint32_t number = 0;
      while (at < size && bytes[at] >= ' ' && bytes[at] <= '~') /* plain, as nearly all is */
        at++;
      size_t step = text_character (bytes + at, size - at, &number);
      if (step == 0 || is_unfit (number))
        break;
      at += step;
    }
  return at;
}

/* Writes the escape of the unfit character at `at`; *out_size is the character's size. */
static size_t
escape (const char *at, size_t left, char out[PIECE_SIZE], size_t *out_size)
{
  uint32_t number = 0;
  size_t size = text_character (at, left, &number);
  *out_size = size ? size : 1;
  return (size_t)(size <= 1 ? snprintf (out, PIECE_SIZE, "\\x%02x", (unsigned char)*at)
                            : snprintf (out, PIECE_SIZE, "\\u%04x", number & 0xffff));
}

/* The length of the longest prefix of at most room bytes that does not split a character. */
static size_t
whole (const char *text, size_t length, size_t room)
{
  if (length <= room)
    return length;
  while (room > 0 && ((unsigned char)text[room] & 0xc0) == 0x80)
    room--;
  return room;
}

size_t
text_escape (const char *text, char *out, size_t size)
{
  size_t left = strlen (text), used = 0;
  while (left > 0)
    {
      char piece[PIECE_SIZE];
      size_t fit = text_unfit (text, left), taken = whole (text, fit, size - 1 - used), own;
      memcpy (out + used, text, taken);
      used += taken;
      if (taken < fit || fit == left)
        break;
      size_t escaped = escape (text + fit, left - fit, piece, &own);
      if (escaped > size - 1 - used)
        break;
      memcpy (out + used, piece, escaped);
      used += escaped;
      text += fit + own;
      left -= fit + own;
    }
  out[used] = '\0';
  return used;
}

void
text_format (char *out, size_t size, const char *format, va_list arguments)
{
  uint32_t number;
  int length = vsnprintf (out, size, format, arguments);
  if (length < 0 || (size_t)length < size)
    return;
  size_t end = size - 1;
  size_t start = end;
  while (start > 0 && end - start < 4 && ((unsigned char)out[start - 1] & 0xc0) == 0x80)
    start--;
  /* the first byte of a last character that does not fit whole */
  if (start > 0 && (unsigned char)out[start - 1] >= 0xc0
      && text_character (out + start - 1, end - start + 1, &number) == 0)
    out[start - 1] = '\0';
}

const char *
text_end (const char *text, char *out, size_t size)
{
  size_t length = strlen (text);
  const char *end = text + length;
  if (length >= size)
    {
      end = text + length - (size - 1 - strlen ("..."));
      while (((unsigned char)*end & 0xc0) == 0x80)
        end++;
    }
  (void)snprintf (out, size, "%s%s", length >= size ? "..." : "", length >= size ? end : text);
  return out;
}

int
text_line (FILE *out, const char *format, ...)
{
  char *line;
  va_list arguments;
  va_start (arguments, format);
  int length = vasprintf (&line, format, arguments);
  va_end (arguments);
  if (length < 0)
    return -1;
  size_t size = TEXT_ESCAPED * (size_t)length + 1;
  char *shown = text_unfit (line, (size_t)length) < (size_t)length ? malloc (size) : line;
  if (shown && shown != line)
    (void)text_escape (line, shown, size);
  int result = shown && fputs (shown, out) >= 0 && putc ('\n', out) >= 0 ? 0 : -1;
  if (shown != line)
    free (shown);
  free (line);
  return result;
}
