/*
 * "did you mean": the nearest word by edit distance.
 */
#include "husk/json.h"

#include <ctype.h>
#include <string.h>

#define WORD_MAX 64

/* Levenshtein's distance without case, in one row; at most limit + 1. */
static unsigned
distance (const char *a, const char *b, unsigned limit)
{
  unsigned row[WORD_MAX + 1];
  size_t a_length = strlen (a), b_length = strlen (b);
  if (a_length > WORD_MAX || b_length > WORD_MAX)
    return limit + 1;
  for (size_t j = 0; j <= b_length; j++)
    row[j] = (unsigned)j;
  for (size_t i = 1; i <= a_length; i++)
    {
      unsigned diagonal = row[0];
      row[0] = (unsigned)i;
      for (size_t j = 1; j <= b_length; j++)
        {
          unsigned change = diagonal + (toupper ((unsigned char)a[i - 1]) != toupper ((unsigned char)b[j - 1]));
          unsigned best = row[j] < row[j - 1] ? row[j] + 1 : row[j - 1] + 1;
          diagonal = row[j];
          row[j] = change < best ? change : best;
        }
    }
  return row[b_length];
}

/* People rarely err in the first letters: "RLIMIT_FOO" shares more with RLIMIT_FSIZE than with RLIMIT_AS, which is
 * nearer. */
static size_t
shared_start (const char *a, const char *b)
{
  size_t length = 0;
  while (a[length] && toupper ((unsigned char)a[length]) == toupper ((unsigned char)b[length]))
    length++;
  return length;
}

const char *
json_nearest (const char *text, const struct json_name *names)
{
  const char *nearest = NULL;
  unsigned limit = (unsigned)(strlen (text) / 3) + 1;
  long best = 0;
  for (; names->text; names++)
    {
      unsigned far = distance (text, names->text, limit);
      long score = 2 * (long)shared_start (text, names->text) - (long)far;
      if (far <= limit && (!nearest || score > best))
        {
          best = score;
          nearest = names->text;
        }
    }
  return nearest;
}
