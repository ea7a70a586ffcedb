/*
 * The first mistake in a text that yajl refuses, for people. yajl knows what it expected, and this room's events what
 * came before; but it reports the end of a token, or of the file, in the words of its grammar. So the place is looked
 * for between its last token and the refused one, and both are shown. What is JSON is yajl's decision alone.
 */
#include "syntax.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "husk/json.h"

#define SHOWN 24 /* of a token in a message */

struct token
{
  size_t start, end;
};

struct look
{
  struct syntax *syntax;
  struct token last, next; /* the last that yajl took, the one that it refused */
  char between;            /* a comma or colon between them, or NUL */
  size_t between_at;
};

struct shown
{
  char text[SHOWN + 4];
};

static void __attribute__ ((format (printf, 4, 5)))
wrong (struct look *look, size_t at, const char *hint, const char *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  look->syntax->at = at;
  (void)vsnprintf (look->syntax->text, sizeof look->syntax->text, format, arguments);
  (void)snprintf (look->syntax->hint, sizeof look->syntax->hint, "%s", hint);
  va_end (arguments);
}

/* NUL at the end. */
static char
byte_at (const struct syntax *syntax, size_t at)
{
  return at < syntax->size ? syntax->bytes[at] : '\0';
}

static bool
said (const struct look *look, const char *words)
{
  return strstr (look->syntax->complaint, words) != NULL;
}

static bool
is_space (char byte)
{
  return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n';
}

/* Of a number or a word, also of one that JSON does not know. */
static bool
is_word (char byte)
{
  return (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || byte == '_'
         || byte == '-' || byte == '+' || byte == '.' || (unsigned char)byte >= 0x80;
}

static bool
begins_number (char byte)
{
  return (byte >= '0' && byte <= '9') || byte == '-' || byte == '+' || byte == '.';
}

/* A token as messages show it: its beginning, its quotes left out. The closing quote may be a NUL by now (parse.c). */
static const char *
show (const struct look *look, struct token token, struct shown *out)
{
  const char *bytes = look->syntax->bytes;
  size_t from = token.start, to = token.end;
  if (to > from + 1 && bytes[from] == '"')
    from++, to--;
  size_t length = to - from;
  for (length = length > SHOWN ? SHOWN : length; length < to - from && length && (bytes[from + length] & 0xc0) == 0x80;)
    length--;
  (void)snprintf (out->text, sizeof out->text, "%.*s%s", (int)length, bytes + from, length < to - from ? "..." : "");
  return out->text;
}

static const char *
place_of (const struct look *look, size_t offset, struct shown *out)
{
  unsigned line = 1, column = 1;
  for (size_t at = 0; at < offset; at++)
    {
      column = look->syntax->bytes[at] == '\n' ? 1 : column + 1;
      line += look->syntax->bytes[at] == '\n';
    }
  (void)snprintf (out->text, sizeof out->text, "%u:%u", line, column);
  return out->text;
}

static char
opener (const struct look *look)
{
  return byte_at (look->syntax, look->syntax->open);
}

static const char *
container (const struct look *look)
{
  return opener (look) == '{' ? "object" : "array";
}

/* ---- the two tokens ------------------------------------------------------------------------------------------- */

static size_t
begin_of_last (const struct syntax *syntax)
{
  const char *bytes = syntax->bytes;
  size_t at = syntax->last_end;
  if (at == 0)
    return 0;
  if (is_word (bytes[at - 1]))
    {
      while (at > 0 && is_word (bytes[at - 1]))
        at--;
      return at;
    }
  if (bytes[--at] != '"' && bytes[at] != '\0')
    return at; /* a bracket */
  while (at > 0 && (bytes[at - 1] != '"' || (at > 1 && bytes[at - 2] == '\\')))
    at--;
  return at > 0 ? at - 1 : 0;
}

static size_t
skip_space (const struct syntax *syntax, size_t at)
{
  while (at < syntax->size && is_space (syntax->bytes[at]))
    at++;
  return at;
}

static void
find_tokens (struct look *look)
{
  const struct syntax *syntax = look->syntax;
  look->last = (struct token){ begin_of_last (syntax), syntax->last_end };
  size_t at = skip_space (syntax, syntax->last_end);
  bool first = syntax->open < syntax->size && look->last.start == syntax->open;
  char taken = syntax->keyed ? ':' : first ? '\0' : ',';
  if (syntax->open < syntax->size && taken && byte_at (syntax, at) == taken)
    {
      look->between = taken;
      look->between_at = at;
      at = skip_space (syntax, at + 1);
    }
  look->next = (struct token){ at, at < syntax->size ? at + 1 : at };
  while (is_word (byte_at (syntax, at)) && is_word (byte_at (syntax, look->next.end)))
    look->next.end++;
}

static bool
next_is_key (const struct look *look)
{
  return opener (look) == '{' && !look->syntax->keyed && (look->between || look->last.start == look->syntax->open);
}

/* ---- what is wrong -------------------------------------------------------------------------------------------- */

static void
explain_string (struct look *look)
{
  size_t at = look->syntax->consumed;
  char byte = byte_at (look->syntax, at);
  if (said (look, "'\\"))
    {
      while (at > 0 && byte_at (look->syntax, at) != '\\')
        at--;
      if (said (look, "'\\u'"))
        wrong (look, at, "", "\\u needs four hexadecimal digits");
      else if (byte > ' ')
        wrong (look, at, "a backslash itself is written \\\\", "strings have no escape \\%c", byte);
      else
        wrong (look, at, "a backslash itself is written \\\\", "a backslash escapes nothing here");
    }
  else if (byte == '\n' || byte == '\r')
    wrong (look, at, "is its closing quote missing? A line feed in a string is written \\n",
           "the line ends inside a string");
  else if (byte == '\t')
    wrong (look, at, "", "a tab in a string must be written \\t");
  else
    wrong (look, at, "", "a control character in a string must be written \\u%04x", (unsigned char)byte);
}

static void
explain_end (struct look *look)
{
  struct shown place;
  if (byte_at (look->syntax, look->next.start) == '"')
    wrong (look, look->syntax->size, "is it whole, or is a closing quote missing?",
           "the text ends inside the string that begins at %s", place_of (look, look->next.start, &place));
  else if (look->syntax->open == look->syntax->size)
    wrong (look, 0, "", "the text is empty");
  else
    wrong (look, look->between ? look->between_at + 1 : look->last.end,
           opener (look) == '{' ? "is it whole, or is a \"}\" missing?" : "is it whole, or is a \"]\" missing?",
           "the text ends inside the %s that begins at %s", container (look),
           place_of (look, look->syntax->open, &place));
}

static void
explain_number (struct look *look, const char *text)
{
  size_t start = look->next.start, end = look->next.end;
  char last = byte_at (look->syntax, end - 1);
  size_t digits = strspn (text, "0123456789");
  if (text[0] == '0' && digits > 1 && !text[digits])
    {
      char *rest, hint[96];
      unsigned long octal = strtoul (text, &rest, 8);
      (void)snprintf (hint, sizeof hint,
                      *rest || digits > 10 ? "JSON has decimal numbers" : "JSON has decimal numbers: octal %s is %lu",
                      text, octal);
      wrong (look, start, hint, "the number %s begins with a zero", text);
    }
  else if (digits && (last == '.' || last == 'e' || last == 'E' || last == '-' || last == '+'))
    wrong (look, end, "", "\"%s\" is not a number: a digit is missing here", text);
  else
    wrong (look, start, "JSON has decimal numbers, without a unit; a string is in double quotes",
           "\"%s\" is not a number", text);
}

static void
explain_word (struct look *look)
{
  static const char *const others[][2]
      = { { "True", "true" }, { "TRUE", "true" },   { "yes", "true" },  { "on", "true" },    { "False", "false" },
          { "no", "false" },  { "FALSE", "false" }, { "off", "false" }, { "None", "null" },  { "NULL", "null" },
          { "Null", "null" }, { "nil", "null" },    { "tru", "true" },  { "fals", "false" }, { "nul", "null" } };
  struct shown word;
  char hint[32];
  const char *text = show (look, look->next, &word);
  if (next_is_key (look))
    return wrong (look, look->next.start, "keys are in double quotes: \" \"", "the key %s is not in quotes", text);
  if (begins_number (text[0]))
    return explain_number (look, text);
  for (size_t i = 0; i < sizeof others / sizeof *others; i++)
    if (strcmp (text, others[i][0]) == 0)
      {
        (void)snprintf (hint, sizeof hint, "did you mean %s?", others[i][1]);
        return wrong (look, look->next.start, hint, "%s is not a value", text);
      }
  wrong (look, look->next.start, "strings are in double quotes: \" \"", "%s is not a value", text);
}

/* A byte that begins no token. */
static void
explain_byte (struct look *look)
{
  struct shown key;
  size_t at = look->next.start;
  char byte = byte_at (look->syntax, at);
  if (is_word (byte))
    explain_word (look);
  else if (byte == '/' || byte == '#')
    wrong (look, at, "remove it", "JSON has no comments");
  else if (byte == '\'' || byte == '`')
    wrong (look, at, "strings are in double quotes: \" \"", "%c does not begin a string", byte);
  else if (byte == '=' && look->syntax->keyed)
    wrong (look, at, "", "\"=\" in place of the colon after the key \"%s\"", show (look, look->last, &key));
  else if (byte == ';')
    wrong (look, at, "", "\";\" in place of a comma");
  else if (byte > ' ')
    wrong (look, at, "", "unexpected \"%c\"", byte);
  else
    wrong (look, at, byte ? "" : "is it UTF-16? JSON is UTF-8", "unexpected byte 0x%02x", (unsigned char)byte);
}

static void
explain_closing (struct look *look)
{
  char byte = byte_at (look->syntax, look->next.start);
  struct shown place, key;
  if ((opener (look) == '{') != (byte == '}'))
    wrong (look, look->next.start, byte == '}' ? "a \"]\" is missing before it" : "a \"}\" is missing before it",
           "\"%c\" cannot close the %s that begins at %s", byte, container (look),
           place_of (look, look->syntax->open, &place));
  else if (look->between == ',')
    wrong (look, look->between_at, "remove the comma", "a comma before \"%c\"", byte);
  else if (look->between)
    wrong (look, look->next.start, "", "a value is missing after the colon");
  else
    wrong (look, look->last.end, "", "a colon and a value are missing after the key \"%s\"",
           show (look, look->last, &key));
}

/* A token that begins something, or separates it, where something else has to come first. */
static void
explain_token (struct look *look)
{
  char byte = byte_at (look->syntax, look->next.start);
  struct shown last;
  if (byte == ',' && look->syntax->keyed && !look->between)
    wrong (look, look->next.start, "", "a comma in place of the colon after the key \"%s\"",
           show (look, look->last, &last));
  else if (byte == ',' && look->between == ',')
    wrong (look, look->next.start, "", "two commas in a row");
  else if (byte == ',' || byte == ':')
    wrong (look, look->next.start, "", "a %s in place of a %s", byte == ',' ? "comma" : "colon",
           said (look, "I expect") ? "comma"
           : next_is_key (look)    ? "key"
                                   : "value");
  else if (said (look, "I expect"))
    wrong (look, look->last.end, "", "a comma is missing after \"%s\"", show (look, look->last, &last));
  else if (said (look, "colon"))
    wrong (look, look->last.end, "", "a colon is missing after the key \"%s\"", show (look, look->last, &last));
  else if (is_word (byte))
    explain_word (look);
  else
    wrong (look, look->next.start, "", "\"%c\" in place of a key: a key is a string", byte);
}

void
syntax_explain (struct syntax *syntax)
{
  struct look look = { .syntax = syntax };
  find_tokens (&look);
  char byte = byte_at (syntax, look.next.start);
  bool ended = look.next.start == syntax->size;
  if (syntax->size >= 3 && memcmp (syntax->bytes, "\xef\xbb\xbf", 3) == 0)
    wrong (&look, 0, "remove it", "the file starts with a byte order mark");
  else if (said (&look, "UTF8"))
    wrong (&look, syntax->consumed, "", "not valid UTF-8"); /* the caller knows where it begins */
  else if (said (&look, "inside string") || said (&look, "inside a string"))
    explain_string (&look);
  else if (ended || said (&look, "EOF"))
    explain_end (&look);
  else if (look.next.start == look.last.end && look.last.end && is_word (byte)
           && begins_number (syntax->bytes[look.last.start]))
    {
      look.next.start = look.last.start; /* yajl took the beginning for a number */
      explain_word (&look);
    }
  else if (said (&look, "lexical"))
    explain_byte (&look);
  else if (syntax->open == syntax->size && (byte == '}' || byte == ']'))
    wrong (&look, look.next.start, "", "\"%c\" closes nothing", byte);
  else if (syntax->open == syntax->size)
    wrong (&look, look.next.start, "is there one \"}\" too many before it?", "text after the end of the document");
  else if (byte == '}' || byte == ']')
    explain_closing (&look);
  else
    explain_token (&look);
}
