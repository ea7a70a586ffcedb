/*
 * The place where a text stops being UTF-8: parse.c refuses a document there, write.c replaces the byte, record_text.c
 * writes the text in another form. text_character (text.h) decides what a character is, for printing as well: there
 * must not be a second definition.
 */
#include "encoding.h"

#include "husk/json.h"
#include "husk/text.h"

size_t
encoding_wrong (const char *bytes, size_t size)
{
  size_t at = 0, step;
  uint32_t number;
  for (; at < size; at += step)
    if ((unsigned char)bytes[at] < 0x80) /* nearly all: each husk reads a config and a record */
      step = 1;
    else if ((step = text_character (bytes + at, size - at, &number)) == 0)
      break;
  return at;
}

bool
json_is_utf8 (const char *bytes, size_t size)
{
  return encoding_wrong (bytes, size) == size;
}
