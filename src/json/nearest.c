/*
 * Words of an enumeration: the word for a value, and for "did you mean" the nearest by edit distance.
 */
#include "husk/json.h"

#include <ctype.h>
#include <limits.h>
#include <string.h>

#define WORD_MAX 64
#define KEY_DISTANCE 2

static bool
letters_alike (uint32_t a, uint32_t b)
{
  return a == b || (a < 0x80 && b < 0x80 && toupper ((int)a) == toupper ((int)b));
}

/* Writes a text's characters as numbers; returns how many there are, or WORD_MAX + 1. A letter of another alphabet, or
 * an invisible one, thus counts as one mistake however many bytes it has. */
static size_t
characters (const char *text, uint32_t out[WORD_MAX])
{
  size_t count = 0;
  for (const unsigned char *byte = (const unsigned char *)text; *byte; byte++)
    if (count > 0 && (*byte & 0xc0) == 0x80)
      out[count - 1] = out[count - 1] << 8 | *byte;
    else if (count == WORD_MAX)
      return WORD_MAX + 1;
    else
      out[count++] = *byte;
  return count;
}

/* Counts letters left out, added, changed or swapped with the next (optimal string alignment), ignoring case. Returns
 * limit + 1 for words that are too long, or whose lengths alone differ by more than limit. */
static unsigned
distance (const char *first, const char *second, unsigned limit)
{
  unsigned rows[3][WORD_MAX + 1];
  uint32_t a[WORD_MAX], b[WORD_MAX];
  size_t a_length = characters (first, a), b_length = characters (second, b);
  if (a_length > WORD_MAX || b_length > WORD_MAX || a_length > b_length + limit || b_length > a_length + limit)
    return limit + 1;
  for (size_t j = 0; j <= b_length; j++)
    rows[0][j] = (unsigned)j;
  for (size_t i = 1; i <= a_length; i++)
    {
      unsigned *row = rows[i % 3], *above = rows[(i + 2) % 3], *before = rows[(i + 1) % 3];
      row[0] = (unsigned)i;
      for (size_t j = 1; j <= b_length; j++)
        {
          unsigned best = above[j - 1] + !letters_alike (a[i - 1], b[j - 1]);
          if (above[j] + 1 < best)
            best = above[j] + 1;
          if (row[j - 1] + 1 < best)
            best = row[j - 1] + 1;
          if (i > 1 && j > 1 && letters_alike (a[i - 1], b[j - 2]) && letters_alike (a[i - 2], b[j - 1])
              && before[j - 2] + 1 < best)
            best = before[j - 2] + 1;
          row[j] = best;
        }
    }
  return rows[a_length % 3][b_length];
}

/* People rarely get the first letters wrong. RLIMIT_AS is nearer to "RLIMIT_FOO" than RLIMIT_FSIZE is, but shares less
 * of its start. */
static size_t
shared_start (const char *a, const char *b)
{
  size_t length = 0;
  while (a[length] && letters_alike ((unsigned char)a[length], (unsigned char)b[length]))
    length++;
  return length;
}

const char *
json_name_of (const struct json_name *names, int64_t value)
{
  while (names->text && names->value != value)
    names++;
  return names->text;
}

/* The length of what all names begin with up to a "_": people write NOFILE for RLIMIT_NOFILE. */
static size_t
common_start (const struct json_name *names)
{
  size_t length = strlen (names->text);
  for (const struct json_name *name = names + 1; name->text; name++)
    {
      size_t shared = shared_start (names->text, name->text);
      length = shared < length ? shared : length;
    }
  while (length > 0 && names->text[length - 1] != '_')
    length--;
  return length;
}

/* "net" for network */
static bool
is_short_form (const char *text, const char *name)
{
  size_t length = strlen (text);
  return length >= 2 && shared_start (text, name) == length;
}

const char *
json_nearest (const char *text, const struct json_name *names)
{
  const char *nearest = NULL;
  unsigned limit = (unsigned)(strlen (text) / 3) + 1;
  size_t common = names->text ? common_start (names) : 0;
  long best = 0;
  for (; names->text; names++)
    {
      const char *name = names->text + (shared_start (text, names->text) < common ? common : 0);
      unsigned far = is_short_form (text, name) ? limit : distance (text, name, limit);
      long score = 2 * (long)shared_start (text, name) - (long)far;
      if (far <= limit && (!nearest || score > best))
        {
          best = score;
          nearest = names->text;
        }
    }
  return nearest;
}

#define ERRNOS_MAX 192 /* Linux has 133, some with two names */

const char *
json_nearest_errno (const char *text)
{
  struct json_name words[ERRNOS_MAX + 1] = { { NULL, 0 } };
  for (uint32_t i = 0; i < ERRNOS_MAX && errno_name_at (i); i++)
    words[i].text = errno_name_at (i);
  return json_nearest (text, words);
}

const char *
json_nearest_key (const char *key, const struct json_type *type)
{
  const char *nearest = NULL;
  unsigned least = UINT_MAX;
  size_t start = 0;
  for (const struct json_field *field = type->fields; field->key; field++)
    {
      unsigned far = distance (key, field->key, KEY_DISTANCE);
      size_t shared = shared_start (key, field->key);
      if (far > KEY_DISTANCE || far >= strlen (field->key))
        continue; /* any two-letter key is within two letters of "op" */
      if (field->kind == JSON_FIELD_REFUSED)
        far += KEY_DISTANCE + 1; /* suggested only if nothing else is near */
      if (far < least || (far == least && shared > start))
        {
          least = far;
          start = shared;
          nearest = field->key;
        }
    }
  return nearest;
}
