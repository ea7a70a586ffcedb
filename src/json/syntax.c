/*
 * The first mistake in a text that yajl refuses, for people: yajl's own words do not say what is missing, and it
 * reports the end of the token or of the file. This reads the text again, token by token, with the same grammar.
 */
#include "syntax.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "husk/json.h"

#define SHOWN 24 /* of a token in a message */

enum expected
{
  A_VALUE,
  A_VALUE_OR_END, /* after "[" */
  A_KEY,
  A_KEY_OR_END, /* after "{" */
  A_COLON,
  A_COMMA_OR_END,
  NOTHING_MORE,
};

struct token
{
  size_t start, end;
};

struct reader
{
  struct syntax *syntax;
  enum expected expected; /* by the grammar, as the next token */
  struct token token, last;
  size_t comma; /* the last one */
  int depth;
  size_t open[JSON_MAX_DEPTH + 2]; /* where the open arrays and objects begin */
};

/* Always returns false: the reader stops. */
static bool __attribute__ ((format (printf, 3, 4))) wrong (struct reader *reader, size_t at, const char *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  reader->syntax->at = at;
  (void)vsnprintf (reader->syntax->text, sizeof reader->syntax->text, format, arguments);
  va_end (arguments);
  return false;
}

static bool
hint (struct reader *reader, const char *text)
{
  (void)snprintf (reader->syntax->hint, sizeof reader->syntax->hint, "%s", text);
  return false;
}

/* -1 at the end. */
static int
byte_at (const struct reader *reader, size_t at)
{
  return at < reader->syntax->size ? (unsigned char)reader->syntax->bytes[at] : -1;
}

static bool
is_quote (const struct reader *reader, size_t at)
{
  int byte = byte_at (reader, at);
  return byte == '"' || (byte == '\0' && at < reader->syntax->terminated);
}

static bool
is_digit (int byte)
{
  return byte >= '0' && byte <= '9';
}

/* Of a number or a word, also of one that JSON does not know. */
static bool
is_word (int byte)
{
  return is_digit (byte) || (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || byte == '_' || byte == '-'
         || byte == '+' || byte == '.' || byte >= 0x80;
}

static bool
is_word_of (const struct reader *reader, const char *word)
{
  size_t length = reader->token.end - reader->token.start;
  return length == strlen (word) && memcmp (reader->syntax->bytes + reader->token.start, word, length) == 0;
}

static char
opener (const struct reader *reader)
{
  return reader->depth ? reader->syntax->bytes[reader->open[reader->depth]] : '\0';
}

/* A token as messages show it: its beginning, its quotes left out. */
static const char *
shown (const struct reader *reader, struct token token, char out[SHOWN + 4])
{
  size_t from = token.start, to = token.end;
  if (is_quote (reader, from) && to > from + 1)
    from++, to--;
  size_t length = to - from;
  if (length > SHOWN)
    {
      for (length = SHOWN; length > 0 && ((unsigned char)reader->syntax->bytes[from + length] & 0xc0) == 0x80;)
        length--;
      memcpy (out + length, "...", 4);
    }
  else
    out[length] = '\0';
  memcpy (out, reader->syntax->bytes + from, length);
  return out;
}

static void
place_of (const struct reader *reader, size_t offset, unsigned *line, unsigned *column)
{
  *line = *column = 1;
  for (size_t at = 0; at < offset; at++)
    if (reader->syntax->bytes[at] == '\n')
      {
        ++*line;
        *column = 1;
      }
    else
      ++*column;
}

/* ---- tokens --------------------------------------------------------------------------------------------------- */

static bool
read_escape (struct reader *reader)
{
  size_t at = reader->token.end;
  int byte = byte_at (reader, at + 1);
  if (byte == 'u')
    {
      for (size_t digit = 2; digit < 6; digit++)
        {
          int hex = byte_at (reader, at + digit);
          if (!is_digit (hex) && !(hex >= 'a' && hex <= 'f') && !(hex >= 'A' && hex <= 'F'))
            return wrong (reader, at, "\\u needs four hexadecimal digits");
        }
      reader->token.end = at + 6;
      return true;
    }
  if (byte < 0 || !byte || !strchr ("\"\\/bfnrt", byte))
    {
      (void)(byte > ' ' && byte < 0x7f ? wrong (reader, at, "strings have no escape \\%c", byte)
                                       : wrong (reader, at, "a backslash escapes nothing here"));
      return hint (reader, "a backslash itself is written \\\\");
    }
  reader->token.end = at + 2;
  return true;
}

static bool
wrong_in_string (struct reader *reader, int byte)
{
  unsigned line, column;
  if (byte < 0)
    {
      place_of (reader, reader->token.start, &line, &column);
      (void)wrong (reader, reader->token.end, "the text ends inside the string that begins at %u:%u", line, column);
      return hint (reader, "is it whole, or is a closing quote missing?");
    }
  if (byte == '\n' || byte == '\r')
    {
      (void)wrong (reader, reader->token.end, "the line ends inside a string");
      return hint (reader, "is its closing quote missing? A line feed in a string is written \\n");
    }
  return byte == '\t'
             ? wrong (reader, reader->token.end, "a tab in a string must be written \\t")
             : wrong (reader, reader->token.end, "a control character in a string must be written \\u%04x", byte);
}

static bool
read_string (struct reader *reader)
{
  reader->token.end = reader->token.start + 1;
  while (!is_quote (reader, reader->token.end))
    {
      int byte = byte_at (reader, reader->token.end);
      if (byte < ' ')
        return wrong_in_string (reader, byte);
      if (byte != '\\')
        reader->token.end++;
      else if (!read_escape (reader))
        return false;
    }
  reader->token.end++;
  return true;
}

/* Returns where the digits end. */
static size_t
skip_digits (const struct reader *reader, size_t at)
{
  while (is_digit (byte_at (reader, at)))
    at++;
  return at;
}

static bool
check_number (struct reader *reader)
{
  char text[SHOWN + 4];
  size_t at = reader->token.start + (byte_at (reader, reader->token.start) == '-'), digits = at;
  at = skip_digits (reader, at);
  if (at == digits)
    return wrong (reader, at, "\"%s\" is not a number: a digit is missing here", shown (reader, reader->token, text));
  if (at > digits + 1 && byte_at (reader, digits) == '0')
    return wrong (reader, reader->token.start, "the number %s begins with a zero", shown (reader, reader->token, text));
  for (const char *part = ".e"; *part; part++)
    if ((byte_at (reader, at) | 0x20) == (*part | 0x20) && byte_at (reader, at) != '\x0e')
      {
        digits = at + 1;
        if (*part == 'e' && (byte_at (reader, digits) == '+' || byte_at (reader, digits) == '-'))
          digits++;
        at = skip_digits (reader, digits);
        if (at == digits)
          return wrong (reader, at, "\"%s\" is not a number: a digit is missing here",
                        shown (reader, reader->token, text));
      }
  if (at == reader->token.end)
    return true;
  (void)wrong (reader, reader->token.start, "\"%s\" is not a number", shown (reader, reader->token, text));
  return hint (reader, "JSON has decimal numbers, without a unit; a string is in double quotes");
}

static bool
wrong_word (struct reader *reader)
{
  static const char *const others[][2]
      = { { "True", "true" }, { "TRUE", "true" },   { "yes", "true" },  { "on", "true" },    { "False", "false" },
          { "no", "false" },  { "FALSE", "false" }, { "off", "false" }, { "None", "null" },  { "NULL", "null" },
          { "Null", "null" }, { "nil", "null" },    { "tru", "true" },  { "fals", "false" }, { "nul", "null" } };
  char text[SHOWN + 4];
  (void)wrong (reader, reader->token.start, "%s is not a value", shown (reader, reader->token, text));
  for (size_t i = 0; i < sizeof others / sizeof *others; i++)
    if (is_word_of (reader, others[i][0]))
      {
        (void)snprintf (reader->syntax->hint, sizeof reader->syntax->hint, "did you mean %s?", others[i][1]);
        return false;
      }
  return hint (reader, "strings are in double quotes: \" \"");
}

/* A number, true, false or null. */
static bool
read_word (struct reader *reader)
{
  int first = byte_at (reader, reader->token.start);
  while (is_word (byte_at (reader, reader->token.end)))
    reader->token.end++;
  if (is_digit (first) || first == '-' || first == '+' || first == '.')
    return check_number (reader);
  return is_word_of (reader, "true") || is_word_of (reader, "false") || is_word_of (reader, "null")
         || wrong_word (reader);
}

static bool
wrong_byte (struct reader *reader)
{
  int byte = byte_at (reader, reader->token.start);
  if (byte == '/' || byte == '#')
    {
      (void)wrong (reader, reader->token.start, "JSON has no comments");
      return hint (reader, "remove it");
    }
  if (byte == '\'' || byte == '`')
    {
      (void)wrong (reader, reader->token.start, "%c does not begin a string", byte);
      return hint (reader, "strings are in double quotes: \" \"");
    }
  if (byte == '\0')
    (void)hint (reader, "is it UTF-16? JSON is UTF-8");
  return byte > ' ' && byte < 0x7f ? wrong (reader, reader->token.start, "unexpected \"%c\"", byte)
                                   : wrong (reader, reader->token.start, "unexpected byte 0x%02x", byte);
}

/* ---- the grammar ---------------------------------------------------------------------------------------------- */

static const char *
kind_of_open (const struct reader *reader)
{
  return opener (reader) == '{' ? "object" : "array";
}

static bool
wrong_end (struct reader *reader)
{
  size_t before = reader->last.end;
  unsigned line, column;
  place_of (reader, reader->open[reader->depth], &line, &column);
  if (!reader->depth)
    (void)wrong (reader, before, before ? "the value is missing" : "the text is empty");
  else
    {
      (void)wrong (reader, before, "the text ends inside the %s that begins at %u:%u", kind_of_open (reader), line,
                   column);
      (void)snprintf (reader->syntax->hint, sizeof reader->syntax->hint, "is it whole, or is a \"%c\" missing?",
                      opener (reader) == '{' ? '}' : ']');
    }
  return false;
}

static bool
missing_comma (struct reader *reader)
{
  char text[SHOWN + 4];
  return wrong (reader, reader->last.end, "a comma is missing after \"%s\"", shown (reader, reader->last, text));
}

static bool
read_close (struct reader *reader)
{
  char text[SHOWN + 4];
  int byte = byte_at (reader, reader->token.start);
  unsigned line, column;
  if (!reader->depth)
    return wrong (reader, reader->token.start, "\"%c\" closes nothing: one too many", byte);
  if ((opener (reader) == '{') != (byte == '}'))
    {
      place_of (reader, reader->open[reader->depth], &line, &column);
      (void)wrong (reader, reader->token.start, "\"%c\" cannot close the %s that begins at %u:%u", byte,
                   kind_of_open (reader), line, column);
      return hint (reader, byte == '}' ? "a \"]\" is missing before it" : "a \"}\" is missing before it");
    }
  if (reader->expected == A_COLON)
    return wrong (reader, reader->last.end, "a colon and a value are missing after the key \"%s\"",
                  shown (reader, reader->last, text));
  if (reader->expected == A_KEY || (reader->expected == A_VALUE && byte == ']'))
    {
      (void)wrong (reader, reader->comma, "a comma before \"%c\"", byte);
      return hint (reader, "remove the comma");
    }
  if (reader->expected == A_VALUE)
    return wrong (reader, reader->token.start, "a value is missing after the colon");
  reader->depth--;
  reader->expected = reader->depth ? A_COMMA_OR_END : NOTHING_MORE;
  return true;
}

static bool
read_between (struct reader *reader)
{
  char text[SHOWN + 4];
  int byte = byte_at (reader, reader->token.start);
  if (byte == ':' && reader->expected == A_COLON)
    reader->expected = A_VALUE;
  else if (byte == ',' && reader->expected == A_COMMA_OR_END)
    {
      reader->expected = opener (reader) == '{' ? A_KEY : A_VALUE;
      reader->comma = reader->token.start;
    }
  else if (reader->expected == A_COLON)
    return wrong (reader, reader->token.start, "a comma in place of the colon after the key \"%s\"",
                  shown (reader, reader->last, text));
  else if (reader->expected == NOTHING_MORE)
    return wrong (reader, reader->token.start, "\"%c\" after the end of the document", byte);
  else if (byte == ',' && byte_at (reader, reader->last.start) == ',')
    return wrong (reader, reader->token.start, "two commas in a row");
  else if (byte == ',')
    return wrong (reader, reader->token.start, "a comma in place of a %s",
                  reader->expected == A_KEY_OR_END ? "key" : "value");
  else if (reader->expected == A_COMMA_OR_END && opener (reader) == '{')
    return wrong (reader, reader->token.start, "a colon after a value: a comma or \"}\" is expected");
  else
    return wrong (reader, reader->token.start, "a colon in place of a %s",
                  reader->expected == A_KEY || reader->expected == A_KEY_OR_END ? "key" : "value");
  return true;
}

static bool
read_key (struct reader *reader)
{
  char text[SHOWN + 4];
  int byte = byte_at (reader, reader->token.start);
  if (is_quote (reader, reader->token.start))
    {
      reader->expected = A_COLON;
      return read_string (reader);
    }
  if (byte == '{' || byte == '[')
    return wrong (reader, reader->token.start, "\"%c\" in place of a key: a key is a string", byte);
  if (!is_word (byte))
    return wrong_byte (reader);
  while (is_word (byte_at (reader, reader->token.end)))
    reader->token.end++;
  (void)wrong (reader, reader->token.start, "the key %s is not in quotes", shown (reader, reader->token, text));
  return hint (reader, "keys are in double quotes: \" \"");
}

static bool
read_value (struct reader *reader)
{
  int byte = byte_at (reader, reader->token.start);
  reader->expected = reader->depth ? A_COMMA_OR_END : NOTHING_MORE;
  if (is_quote (reader, reader->token.start))
    return read_string (reader);
  if (byte != '{' && byte != '[')
    return is_word (byte) ? read_word (reader) : wrong_byte (reader);
  if (reader->depth > JSON_MAX_DEPTH)
    return wrong (reader, reader->token.start, "nested deeper than %d levels", JSON_MAX_DEPTH);
  reader->open[++reader->depth] = reader->token.start;
  reader->expected = byte == '{' ? A_KEY_OR_END : A_VALUE_OR_END;
  return true;
}

/* A value, or a string as the next key, where something else has to come before it. */
static bool
early (struct reader *reader)
{
  char text[SHOWN + 4];
  int byte = byte_at (reader, reader->token.start);
  bool begins = is_quote (reader, reader->token.start) || is_word (byte) || byte == '{' || byte == '[';
  if (reader->expected == NOTHING_MORE)
    {
      (void)wrong (reader, reader->token.start, "text after the end of the document");
      return hint (reader, "is there one \"}\" too many before it?");
    }
  if (reader->expected == A_COLON && begins)
    return wrong (reader, reader->last.end, "a colon is missing after the key \"%s\"",
                  shown (reader, reader->last, text));
  if (reader->expected == A_COLON && byte == '=')
    {
      (void)wrong (reader, reader->token.start, "\"=\" in place of the colon after the key \"%s\"",
                   shown (reader, reader->last, text));
      return false;
    }
  if (reader->expected == A_COMMA_OR_END && begins)
    return missing_comma (reader);
  if (byte == ';')
    return wrong (reader, reader->token.start, "\";\" in place of a comma");
  return wrong_byte (reader);
}

/* Reads one token; false at the end, or if something is wrong. */
static bool
read_token (struct reader *reader)
{
  int byte = byte_at (reader, reader->token.start);
  reader->token.end = reader->token.start + 1;
  if (byte == '}' || byte == ']')
    return read_close (reader);
  if (byte == ':' || byte == ',')
    return read_between (reader);
  if (reader->expected == A_KEY || reader->expected == A_KEY_OR_END)
    return read_key (reader);
  if (reader->expected == A_VALUE || reader->expected == A_VALUE_OR_END)
    return read_value (reader);
  return early (reader);
}

_Bool
syntax_find (struct syntax *syntax)
{
  struct reader reader = { .syntax = syntax, .expected = A_VALUE };
  if (syntax->size >= 3 && memcmp (syntax->bytes, "\xef\xbb\xbf", 3) == 0)
    {
      (void)wrong (&reader, 0, "the file starts with a byte order mark");
      (void)hint (&reader, "remove it");
      return true;
    }
  do
    {
      reader.last = reader.token;
      reader.token.start = reader.token.end;
      while (byte_at (&reader, reader.token.start) > 0 && strchr (" \t\r\n", byte_at (&reader, reader.token.start)))
        reader.token.start++;
      if (reader.token.start == syntax->size)
        return reader.expected != NOTHING_MORE && !wrong_end (&reader);
    }
  while (read_token (&reader));
  return true;
}
