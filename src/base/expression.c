/*
 * Regular expressions, evaluated as they are read: each part of one takes a set of places in the text, where what is
 * before it may have ended, to the set of places where it may end itself. There is no backtracking, so the time is
 * polynomial, and nothing is allocated. The C library's engine would be a twentieth of a static husk.
 *
 * A fault stops the reading; expression_fault finds it by evaluating on an empty text, since every part is read
 * whatever the sets are.
 */
#include "husk/expression.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define DEPTH_MAX 32
#define REPEAT_MAX 255
#define WITHOUT_END (REPEAT_MAX + 1)

struct places
{
  bool at[EXPRESSION_TEXT_MAX + 1];
};

struct reading
{
  const char *at; /* in the expression */
  const char *text;
  size_t length;
  unsigned depth;
  const char *fault;
};

struct bytes
{
  bool has[256];
};

static void read_alternatives (struct reading *reading, const struct places *from, struct places *to);

/* ---- one character ----------------------------------------------------------------------------------------------- */

static const struct
{
  const char *name;
  int (*has) (int byte);
} classes[] = { { "[:alnum:]", isalnum }, { "[:alpha:]", isalpha }, { "[:digit:]", isdigit },  { "[:lower:]", islower },
                { "[:upper:]", isupper }, { "[:punct:]", ispunct }, { "[:xdigit:]", isxdigit } };

static void
read_class (struct reading *reading, struct bytes *out)
{
  for (size_t i = 0; i < sizeof classes / sizeof *classes; i++)
    {
      size_t length = strlen (classes[i].name);
      if (strncmp (reading->at, classes[i].name, length) != 0)
        continue;
      for (int byte = 1; byte < 128; byte++)
        out->has[byte] |= classes[i].has (byte) != 0;
      reading->at += length;
      return;
    }
  reading->fault = "unknown class of characters";
}

/* One character of a bracket, or a range. */
static void
read_range (struct reading *reading, struct bytes *out)
{
  const unsigned char *at = (const unsigned char *)reading->at;
  bool range = at[1] == '-' && at[2] && at[2] != ']';
  unsigned last = range ? at[2] : at[0];
  if (last < at[0])
    reading->fault = "the range is reversed";
  for (unsigned byte = at[0]; byte <= last; byte++)
    out->has[byte] = true;
  reading->at += range ? 3 : 1;
}

static void
read_bracket (struct reading *reading, struct bytes *out)
{
  const char *start = reading->at++;
  bool negated = *reading->at == '^', first = true;
  reading->at += negated;
  for (; !reading->fault && (first || *reading->at != ']'); first = false)
    if (!*reading->at)
      {
        reading->at = start;
        reading->fault = "[ without ]";
      }
    else if (*reading->at == '[' && reading->at[1] && strchr (":.=", reading->at[1]))
      read_class (reading, out);
    else
      read_range (reading, out);
  reading->at += !reading->fault;
  for (int byte = 0; negated && byte < 256; byte++)
    out->has[byte] = !out->has[byte];
}

static void
read_character (struct reading *reading, struct bytes *out)
{
  switch (*reading->at)
    {
    case '[':
      read_bracket (reading, out);
      return;
    case '.':
      memset (out->has, true, sizeof out->has);
      break;
    case '*':
    case '+':
    case '?':
    case '{':
      reading->fault = "nothing before it that it could repeat";
      return;
    case '\\':
      if (!reading->at[1] || isalnum ((unsigned char)reading->at[1]))
        {
          reading->fault = "\\ must be followed by a character that is not a letter or digit";
          return;
        }
      reading->at++;
      /* fallthrough */
    default:
      out->has[(unsigned char)*reading->at] = true;
    }
  reading->at++;
}

/* ---- parts ------------------------------------------------------------------------------------------------------- */

static void
read_group (struct reading *reading, const struct places *from, struct places *to)
{
  const char *start = reading->at++;
  if (++reading->depth > DEPTH_MAX)
    reading->fault = "groups are nested too deeply";
  else
    read_alternatives (reading, from, to);
  reading->depth--;
  if (!reading->fault && *reading->at != ')')
    {
      reading->at = start;
      reading->fault = "( without )";
    }
  reading->at += !reading->fault;
}

/* What can be repeated: a group, an anchor or a character. */
static void
read_atom (struct reading *reading, const struct places *from, struct places *to)
{
  struct bytes bytes = { 0 };
  *to = (struct places){ 0 };
  switch (*reading->at)
    {
    case '(':
      read_group (reading, from, to);
      return;
    case '^':
      to->at[0] = from->at[0];
      reading->at++;
      return;
    case '$':
      to->at[reading->length] = from->at[reading->length];
      reading->at++;
      return;
    default:
      read_character (reading, &bytes);
      for (size_t i = 0; i < reading->length; i++)
        to->at[i + 1] = from->at[i] && bytes.has[(unsigned char)reading->text[i]];
    }
}

static unsigned
read_number (struct reading *reading)
{
  char *end;
  unsigned long number = isdigit ((unsigned char)*reading->at) ? strtoul (reading->at, &end, 10) : WITHOUT_END;
  if (number > REPEAT_MAX)
    reading->fault = "a repetition needs a number from 0 to 255";
  else
    reading->at = end;
  return (unsigned)number;
}

/* How often what is before it occurs: once if nothing is said. */
static void
read_repetition (struct reading *reading, unsigned *out_least, unsigned *out_most)
{
  char kind = *reading->at;
  *out_least = kind != '*' && kind != '?';
  *out_most = kind == '*' || kind == '+' ? WITHOUT_END : 1;
  if (!kind || !strchr ("*+?{", kind))
    return;
  reading->at++;
  if (kind != '{')
    return;
  *out_least = *out_most = read_number (reading);
  if (!reading->fault && *reading->at == ',')
    *out_most = *++reading->at == '}' ? WITHOUT_END : read_number (reading);
  if (!reading->fault && (*reading->at != '}' || *out_most < *out_least))
    reading->fault = "a repetition is {m}, {m,} or {m,n}";
  reading->at += !reading->fault;
}

/* Adds to `all` what it lacks of `more`, and leaves only that in it. Whether it was something. */
static bool
add_new (struct places *all, struct places *more, size_t length)
{
  bool some = false;
  for (size_t i = 0; i <= length; i++)
    {
      more->at[i] = more->at[i] && !all->at[i];
      all->at[i] |= more->at[i];
      some |= more->at[i];
    }
  return some;
}

/* An atom as often as its repetition says. A place that was reached before has led to all that can follow it. */
static void
read_part (struct reading *reading, struct places *places)
{
  const char *start = reading->at;
  struct places last = *places, next, all = { 0 };
  unsigned least, most;
  read_atom (reading, &last, &next);
  if (!reading->fault)
    read_repetition (reading, &least, &most);
  if (reading->fault)
    return;
  const char *end = reading->at;
  for (unsigned times = 0;; times++)
    {
      if (times >= least && !add_new (&all, &last, reading->length))
        break;
      if (times == most && most != WITHOUT_END)
        break;
      reading->at = start;
      read_atom (reading, &last, &next);
      if (times < least && memcmp (&next, &last, sizeof next) == 0) /* nor will it change any more */
        times = least - 1;
      last = next;
    }
  reading->at = end;
  *places = all;
}

static void
read_alternatives (struct reading *reading, const struct places *from, struct places *to)
{
  for (;; reading->at++)
    {
      struct places branch = *from;
      while (!reading->fault && *reading->at && *reading->at != '|' && *reading->at != ')')
        read_part (reading, &branch);
      (void)add_new (to, &branch, reading->length); /* only the union is of interest */
      if (reading->fault || *reading->at != '|')
        return;
    }
}

static bool
read_expression (struct reading *reading)
{
  struct places from = { 0 }, to = { 0 };
  memset (from.at, true, reading->length + 1);
  read_alternatives (reading, &from, &to);
  if (!reading->fault && *reading->at)
    reading->fault = ") without (";
  return memchr (to.at, true, reading->length + 1) != NULL;
}

const char *
expression_fault (const char *expression, size_t *out_column)
{
  struct reading reading = { .at = expression, .text = "" };
  (void)read_expression (&reading);
  *out_column = (size_t)(reading.at - expression) + 1;
  return reading.fault;
}

bool
expression_matches (const char *expression, const char *text)
{
  struct reading reading = { .at = expression, .text = text, .length = strlen (text) };
  return reading.length <= EXPRESSION_TEXT_MAX && read_expression (&reading);
}
