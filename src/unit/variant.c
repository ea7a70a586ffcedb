/*
 * The text format of GVariant, read from annotations of a unit (annotations.c) and put into husk-systemd's notation.
 * Whoever may set annotations has written the text: its length and depth are bounded, all memory is the arena's, and
 * what is returned is the first thing that is wrong. A type is guessed as GVariant does, but never where the text names
 * one.
 */
#include "variant.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "properties.h"

#define DEPTH_MAX 8
#define TEXT_MAX 65536 /* one argument of a program is 128 KiB at most */

struct reader
{
  const char *at;
  struct arena *arena;
  const char *fault; /* the first one */
  unsigned depth;
};

/* A value read: its type, and its words. Of a type of one letter the word has no ";" yet: see variant_read. */
struct value
{
  const char *type, *words;
};

static const struct value nothing = { "", "" };

static const struct
{
  const char *word, *type;
} type_words[] = { { "boolean", "b" }, { "byte", "y" },       { "int16", "n" },    { "uint16", "q" }, { "int32", "i" },
                   { "uint32", "u" },  { "int64", "x" },      { "uint64", "t" },   { "double", "d" }, { "string", "s" },
                   { "handle", "h" },  { "objectpath", "o" }, { "signature", "g" } };

static struct value
fault (struct reader *reader, const char *text)
{
  if (!reader->fault)
    reader->fault = text;
  return nothing;
}

static void
skip (struct reader *reader)
{
  reader->at += strspn (reader->at, " \t\n\r");
}

static bool
take (struct reader *reader, char wanted)
{
  skip (reader);
  if (*reader->at != wanted)
    return false;
  reader->at++;
  return true;
}

/* ---- numbers, words -------------------------------------------------------------------------------------------- */

static bool
in_range (const char *type, bool negative, uint64_t magnitude)
{
  uint64_t positive = *type == 'y'   ? UINT8_MAX
                      : *type == 'n' ? INT16_MAX
                      : *type == 'q' ? UINT16_MAX
                      : *type == 'i' ? INT32_MAX
                      : *type == 'u' ? UINT32_MAX
                      : *type == 'x' ? INT64_MAX
                                     : UINT64_MAX;
  bool is_signed = strchr ("nix", *type) != NULL;
  return negative ? magnitude == 0 || (is_signed && magnitude <= positive + 1) : magnitude <= positive;
}

/* Without a type it is an int32, with a point or an exponent a double. */
static struct value
read_number (struct reader *reader, const char *type)
{
  const char *start = reader->at;
  size_t length = strspn (start, "+-0123456789abcdefABCDEFxX.");
  char *word = arena_copy (reader->arena, start, length), *end;
  bool negative = word[0] == '-', hexadecimal = strchr (word, 'x') || strchr (word, 'X');
  reader->at += length;
  if (!*type)
    type = !hexadecimal && strpbrk (word, ".eE") ? "d" : "i";
  if (*type == 'd')
    {
      (void)strtod (word, &end);
      return *end || end == word ? fault (reader, "a number cannot be read") : (struct value){ "d", word };
    }
  if (!strchr ("ynqiuxt", *type) || type[1])
    return fault (reader, "a number stands where another type is said to be");
  const char *digits = word + (word[0] == '-' || word[0] == '+');
  errno = 0;
  unsigned long long magnitude = strtoull (digits, &end, 0);
  if (errno || *end || end == digits || *digits == '-' || *digits == '+')
    return fault (reader, "a number cannot be read");
  if (!in_range (type, negative, magnitude))
    return fault (reader, "a number is out of its type's range (without a type it is an int32)");
  return (struct value){ type, arena_format (reader->arena, "%s%llu", negative && magnitude ? "-" : "", magnitude) };
}

static struct value read_value (struct reader *reader, const char *type);

/* true, false, or a type's name before a value */
static struct value
read_word (struct reader *reader, const char *type)
{
  size_t length = strspn (reader->at, "abcdefghijklmnopqrstuvwxyz0123456789");
  const char *word = arena_copy (reader->arena, reader->at, length);
  reader->at += length;
  if (strcmp (word, "true") == 0 || strcmp (word, "false") == 0)
    return *type && strcmp (type, "b") != 0 ? fault (reader, "a boolean stands where another type is said to be")
                                            : (struct value){ "b", word };
  for (size_t i = 0; i < sizeof type_words / sizeof type_words[0]; i++)
    if (strcmp (word, type_words[i].word) == 0 && type_words[i].type[0] != 'h')
      {
        if (*type && strcmp (type, type_words[i].type) != 0)
          return fault (reader, "two values of an array have different types");
        return read_value (reader, type_words[i].type);
      }
  return fault (reader, "a word is no value of a type that properties have");
}

/* ---- strings ------------------------------------------------------------------------------------------------------
 */

static char *
put_character (char *end, uint32_t code)
{
  if (code < 0x80)
    *end++ = (char)code;
  else if (code < 0x800)
    {
      *end++ = (char)(0xc0 | code >> 6);
      *end++ = (char)(0x80 | (code & 0x3f));
    }
  else
    {
      if (code < 0x10000)
        *end++ = (char)(0xe0 | code >> 12);
      else
        {
          *end++ = (char)(0xf0 | code >> 18);
          *end++ = (char)(0x80 | (code >> 12 & 0x3f));
        }
      *end++ = (char)(0x80 | (code >> 6 & 0x3f));
      *end++ = (char)(0x80 | (code & 0x3f));
    }
  return end;
}

/* After a "\". */
static char *
read_escape (struct reader *reader, char *end)
{
  static const char letters[] = "abfnrtv", meanings[] = "\a\b\f\n\r\t\v";
  char letter = *reader->at++;
  const char *found = letter ? strchr (letters, letter) : NULL;
  int digits = letter == 'u' ? 4 : letter == 'U' ? 8 : 0;
  if (found)
    *end++ = meanings[found - letters];
  else if (digits)
    {
      char code[9] = "";
      (void)snprintf (code, sizeof code, "%.*s", digits, reader->at);
      unsigned long value = strtoul (code, NULL, 16);
      if (strspn (code, "0123456789abcdefABCDEF") != (size_t)digits || value == 0 || value > 0x10ffff
          || (value >= 0xd800 && value < 0xe000))
        (void)fault (reader, "an escaped character cannot be read");
      else
        {
          end = put_character (end, (uint32_t)value);
          reader->at += digits;
        }
    }
  else
    *end++ = letter;
  return end;
}

static const char *
read_quoted (struct reader *reader)
{
  char quote = *reader->at++;
  char *out = arena_alloc (reader->arena, strlen (reader->at) + 8), *end = out;
  while (*reader->at && *reader->at != quote && !reader->fault)
    {
      if (*reader->at != '\\')
        *end++ = *reader->at++;
      else if (reader->at++, *reader->at)
        end = read_escape (reader, end);
    }
  if (*reader->at != quote)
    (void)fault (reader, "a string does not end");
  else
    reader->at++;
  return out;
}

static struct value
read_string (struct reader *reader, const char *type)
{
  const char *text = read_quoted (reader);
  if (*type && (!strchr ("sog", *type) || type[1]))
    return fault (reader, "a string stands where another type is said to be");
  return (struct value){ *type ? type : "s", text };
}

/* b'...' has a NUL at its end, which is of the value. */
static struct value
read_bytes (struct reader *reader, const char *type)
{
  reader->at++;
  const char *text = read_quoted (reader);
  size_t length = strlen (text) + 1;
  char *out = arena_alloc (reader->arena, 2 * length + 1);
  for (size_t i = 0; i < length; i++)
    (void)sprintf (out + 2 * i, "%02x", (unsigned char)text[i]);
  return *type && strcmp (type, "ay") != 0 ? fault (reader, "bytes stand where another type is said to be")
                                           : (struct value){ "ay", out };
}

/* ---- arrays, tuples, types ----------------------------------------------------------------------------------------
 */

/* As words: a basic value becomes one. */
static const char *
words_of (struct reader *reader, const struct value *value)
{
  bool basic = value->type[0] && (value->type[1] == '\0' || strcmp (value->type, "ay") == 0);
  return basic ? property_word (reader->arena, value->words) : value->words;
}

struct list
{
  const char **entries;
  uint32_t count, room;
};

static void
list_add (struct reader *reader, struct list *list, const char *entry)
{
  if (list->count == list->room)
    {
      list->room = 2 * list->room + 16;
      const char **more = arena_array (reader->arena, const char *, list->room);
      if (list->count)
        memcpy (more, list->entries, list->count * sizeof more[0]);
      list->entries = more;
    }
  list->entries[list->count++] = entry;
}

/* The elements have the type that is said, else that of the first one. */
static struct value
read_array (struct reader *reader, const char *type)
{
  struct list list = { 0 };
  const char *element = *type == 'a' ? type + 1 : "";
  reader->at++;
  if (*type && *type != 'a')
    return fault (reader, "an array stands where another type is said to be");
  while (!take (reader, ']'))
    {
      if (list.count && !take (reader, ','))
        return fault (reader, "between two values a \",\" is missing");
      struct value value = read_value (reader, element);
      if (reader->fault)
        return nothing;
      element = value.type;
      list_add (reader, &list, words_of (reader, &value));
    }
  if (!*element)
    return fault (reader, "an empty array needs its type: @as []");
  if (strcmp (element, "y") == 0)
    {
      char *out = arena_alloc (reader->arena, 2 * list.count + 1);
      for (uint32_t i = 0; i < list.count; i++)
        (void)sprintf (out + 2 * i, "%02x", (unsigned)strtoul (list.entries[i], NULL, 10) & 0xff);
      return (struct value){ "ay", out };
    }
  return (struct value){ arena_format (reader->arena, "a%s", element),
                         property_array (reader->arena, list.entries, list.count) };
}

/* The one complete type that a signature begins with; 0: there is none. */
static size_t
type_length (const char *type, unsigned depth)
{
  if (!*type || depth == DEPTH_MAX)
    return 0;
  if (strchr ("bynqiuxtdsog", *type))
    return 1;
  if (*type == 'a')
    return type_length (type + 1, depth + 1) ? 1 + type_length (type + 1, depth + 1) : 0;
  size_t length = *type == '(' ? 1 : 0;
  while (length && type[length] != ')')
    {
      size_t member = type_length (type + length, depth + 1);
      length = member ? length + member : 0;
    }
  return length > 1 ? length + 1 : 0;
}

static struct value
read_tuple (struct reader *reader, const char *type)
{
  const char *types = "(", *words = "", *wanted = *type ? type + 1 : "";
  unsigned count = 0;
  reader->at++;
  if (*type && *type != '(')
    return fault (reader, "a tuple stands where another type is said to be");
  for (; !take (reader, ')'); count++)
    {
      if (count && !take (reader, ','))
        return fault (reader, "between two values a \",\" is missing");
      if (count == 1 && take (reader, ')')) /* "(1,)" */
        {
          count = 2;
          break;
        }
      size_t length = *type ? type_length (wanted, 0) : 0;
      if (*type && !length)
        return fault (reader, "a tuple has more values than its type");
      struct value value = read_value (reader, arena_copy (reader->arena, wanted, length));
      if (reader->fault)
        return nothing;
      wanted += length;
      types = arena_format (reader->arena, "%s%s", types, value.type);
      words = arena_format (reader->arena, "%s%s", words, words_of (reader, &value));
      if (count > 32)
        return fault (reader, "a tuple is too long");
    }
  if (count == 0 || (*type && strcmp (wanted, ")") != 0))
    return fault (reader, "a tuple has fewer values than its type, or none");
  if (count == 1)
    return fault (reader, "a tuple of one value is written (1,)");
  return (struct value){ arena_format (reader->arena, "%s)", types), words };
}

/* "@as []" */
static struct value
read_typed (struct reader *reader, const char *type)
{
  reader->at++;
  size_t length = type_length (reader->at, 0);
  const char *said = arena_copy (reader->arena, reader->at, length);
  reader->at += length;
  if (!length || !strchr (" \t\n\r", *reader->at))
    return fault (reader, "the type after \"@\" is none that properties have");
  if (*type && strcmp (type, said) != 0)
    return fault (reader, "two values of an array have different types");
  return read_value (reader, said);
}

/* type "": what the text says, as GVariant guesses it. */
static struct value
read_value (struct reader *reader, const char *type)
{
  skip (reader);
  char first = *reader->at;
  struct value value;
  if (++reader->depth > DEPTH_MAX)
    return fault (reader, "values are nested too deep");
  if (first == '\0')
    value = fault (reader, "a value is missing");
  else if (first == '\'' || first == '"')
    value = read_string (reader, type);
  else if (first == 'b' && (reader->at[1] == '\'' || reader->at[1] == '"'))
    value = read_bytes (reader, type);
  else if (first == '[')
    value = read_array (reader, type);
  else if (first == '(')
    value = read_tuple (reader, type);
  else if (first == '@')
    value = read_typed (reader, type);
  else if (strchr ("+-.0123456789", first))
    value = read_number (reader, type);
  else
    value = read_word (reader, type);
  reader->depth--;
  return value;
}

const char *
variant_read (const char *text, struct arena *arena, const char **out_type, const char **out_value)
{
  struct reader reader = { .at = text, .arena = arena };
  if (strlen (text) > TEXT_MAX)
    return "it is longer than 64 KiB";
  struct value value = read_value (&reader, "");
  skip (&reader);
  if (!reader.fault && *reader.at)
    (void)fault (&reader, "something follows the value");
  *out_type = value.type;
  *out_value = value.words;
  return reader.fault;
}
