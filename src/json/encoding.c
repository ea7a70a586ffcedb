#include "encoding.h"

#include "husk/json.h"

/* The size of the character that begins here. 0: a longer form than needed, half of a surrogate pair, beyond U+10FFFF,
 * cut short, or not the beginning of one. */
static size_t
character_size (const unsigned char *at, size_t left)
{
  unsigned char first = at[0], lowest = 0x80, highest = 0xbf; /* of the second byte */
  size_t size = first < 0x80 ? 1 : first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;
  if (size > left)
    return 0;
  if (first == 0xe0)
    lowest = 0xa0;
  else if (first == 0xf0)
    lowest = 0x90;
  else if (first == 0xed)
    highest = 0x9f;
  else if (first == 0xf4)
    highest = 0x8f;
  for (size_t i = 1; i < size; i++)
    if (at[i] < (i == 1 ? lowest : 0x80) || at[i] > (i == 1 ? highest : 0xbf))
      return 0;
  return size;
}

size_t
encoding_wrong (const char *bytes, size_t size)
{
  size_t at = 0, step;
  while (at < size && (step = character_size ((const unsigned char *)bytes + at, size - at)) > 0)
    at += step;
  return at;
}

bool
json_is_utf8 (const char *bytes, size_t size)
{
  return encoding_wrong (bytes, size) == size;
}
