/*
 * Writes the JSON that husk prints, stores or sends: typed calls on yajl's generator. Whatever the values contain, the
 * text is valid UTF-8 without characters that a terminal should not get: bytes that are not characters become U+FFFD,
 * json_write_text escapes the rest, and line feeds come only from the generator. If memory runs out, `failed` is set
 * and the text may lack a value, so callers that store or send it must check.
 */
#include "husk/json.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yajl/yajl_gen.h>

#include "encoding.h"
#include "husk/text.h"

/* ---- memory --------------------------------------------------------------------------------------------------------
 * yajl does not look at what its allocator returns. It needs little for itself, which is in the writer, and gives the
 * text to writer_add. Most texts are short and fit into the writer too.
 */

static void *
writer_malloc (void *context, size_t size)
{
  struct json_writer *writer = context;
  size = (size + sizeof (max_align_t) - 1) & ~(sizeof (max_align_t) - 1);
  if (size > sizeof writer->own - writer->own_used)
    return NULL;
  writer->own_used += size;
  return writer->own + writer->own_used - size;
}

static void *
writer_realloc (void *context, void *old, size_t size)
{
  (void)old; /* yajl's buffer grows, and it is not used */
  return writer_malloc (context, size);
}

static void
writer_free (void *context, void *old)
{
  (void)context, (void)old;
}

static int
writer_grow (struct json_writer *writer, size_t room)
{
  const bool moves = writer->text == writer->first;
  char *grown = realloc (moves ? NULL : writer->text, room);
  if (!grown)
    return -1;
  if (moves)
    memcpy (grown, writer->first, writer->used + 1);
  writer->text = grown;
  writer->room = room;
  return 0;
}

static void
writer_add (void *context, const char *text, size_t size)
{
  struct json_writer *writer = context;
  size_t room = writer->room;
  while (room - writer->used <= size)
    room *= 2;
  if (room > writer->room && writer_grow (writer, room) < 0)
    {
      writer->failed = true;
      return;
    }
  memcpy (writer->text + writer->used, text, size);
  writer->used += size;
  writer->text[writer->used] = '\0';
}

int
json_write_open (struct json_writer *writer, bool pretty)
{
  writer->failed = false;
  writer->escaped = NULL;
  writer->text = writer->first;
  writer->room = sizeof writer->first;
  writer->first[0] = '\0';
  writer->used = writer->own_used = 0;
  writer->generator = yajl_gen_alloc (&(yajl_alloc_funcs){ writer_malloc, writer_realloc, writer_free, writer });
  if (!writer->generator)
    return -1;
  (void)yajl_gen_config (writer->generator, yajl_gen_print_callback, writer_add, (void *)writer);
  (void)yajl_gen_config (writer->generator, yajl_gen_beautify, pretty ? 1 : 0);
  (void)yajl_gen_config (writer->generator, yajl_gen_indent_string, "  ");
  return 0;
}

void
json_write_close (struct json_writer *writer)
{
  if (writer->generator)
    yajl_gen_free (writer->generator);
  writer->generator = NULL;
  free (writer->escaped);
  if (writer->text != writer->first)
    free (writer->text);
  writer->text = writer->first;
  writer->escaped = NULL;
}

/* yajl refuses a value that is nested too deeply or out of place, and the text lacks it. */
static void
generated (struct json_writer *writer, yajl_gen_status status)
{
  writer->failed |= status != yajl_gen_status_ok;
}

/* Each byte that is not part of a character becomes U+FFFD, as in Go's encoder. */
static void
text_repaired (struct json_writer *writer, const char *value, size_t size)
{
  char *repaired = malloc (3 * size + 1), *end = repaired;
  if (!repaired)
    {
      writer->failed = true;
      return;
    }
  while (size > 0)
    {
      size_t good = encoding_wrong (value, size);
      memcpy (end, value, good);
      end += good;
      value += good;
      size -= good;
      if (size == 0)
        break;
      memcpy (end, "\xef\xbf\xbd", 3);
      end += 3;
      value++;
      size--;
    }
  generated (writer, yajl_gen_string (writer->generator, (const unsigned char *)repaired, (size_t)(end - repaired)));
  free (repaired);
}

static void
write_text (struct json_writer *writer, const char *value)
{
  size_t size = strlen (value);
  if (encoding_wrong (value, size) < size)
    {
      text_repaired (writer, value, size);
      return;
    }
  generated (writer, yajl_gen_string (writer->generator, (const unsigned char *)value, strlen (value)));
}

static void
name (struct json_writer *writer, const char *key)
{
  if (key)
    write_text (writer, key);
}

void
json_write_object (struct json_writer *writer, const char *key)
{
  name (writer, key);
  generated (writer, yajl_gen_map_open (writer->generator));
}

void
json_write_object_end (struct json_writer *writer)
{
  generated (writer, yajl_gen_map_close (writer->generator));
}

void
json_write_array (struct json_writer *writer, const char *key)
{
  name (writer, key);
  generated (writer, yajl_gen_array_open (writer->generator));
}

void
json_write_array_end (struct json_writer *writer)
{
  generated (writer, yajl_gen_array_close (writer->generator));
}

void
json_write_string (struct json_writer *writer, const char *key, const char *text)
{
  if (!text)
    return;
  name (writer, key);
  write_text (writer, text);
}

void
json_write_int (struct json_writer *writer, const char *key, int64_t value)
{
  name (writer, key);
  generated (writer, yajl_gen_integer (writer->generator, value));
}

void
json_write_uint (struct json_writer *writer, const char *key, uint64_t value)
{
  char digits[24];
  int size = snprintf (digits, sizeof digits, "%llu", (unsigned long long)value);
  name (writer, key);
  generated (writer, yajl_gen_number (writer->generator, digits, (size_t)size)); /* yajl's own integers are signed */
}

void
json_write_decimal (struct json_writer *writer, const char *key, double value)
{
  char digits[32];
  int size = snprintf (digits, sizeof digits, "%.2f", value);
  name (writer, key);
  generated (writer, yajl_gen_number (writer->generator, digits, (size_t)size));
}

void
json_write_null (struct json_writer *writer, const char *key)
{
  name (writer, key);
  generated (writer, yajl_gen_null (writer->generator));
}

void
json_write_bool (struct json_writer *writer, const char *key, bool value)
{
  name (writer, key);
  generated (writer, yajl_gen_bool (writer->generator, value));
}

/* A newline is fit here: only the generator writes one, between values. */
static size_t
unfit (const char *text, size_t size)
{
  size_t at = text_unfit (text, size);
  while (at < size && text[at] == '\n')
    at += 1 + text_unfit (text + at + 1, size - at - 1);
  return at;
}

char *
json_escape (const char *json, size_t size, size_t *out_size)
{
  char *out = malloc (6 * size + 1); /* a DEL becomes six */
  size_t used = 0;
  while (out && size > 0)
    {
      size_t fit = unfit (json, size);
      uint32_t number = 0;
      memcpy (out + used, json, fit);
      used += fit;
      if (fit == size)
        break;
      size_t taken = text_character (json + fit, size - fit, &number);
      if (taken == 0)
        taken = 1, number = 0xfffd;
      used += (size_t)sprintf (out + used, "\\u%04x", number & 0xffff);
      json += fit + taken;
      size -= fit + taken;
    }
  if (out)
    out[used] = '\0';
  *out_size = used;
  return out;
}

const char *
json_write_text (struct json_writer *writer, size_t *out_size)
{
  const char *text = writer->text;
  size_t size = writer->used;
  if (unfit (text, size) < size)
    {
      size_t escaped;
      free (writer->escaped);
      writer->escaped = json_escape (text, size, &escaped);
      writer->failed |= !writer->escaped;
      size = writer->escaped ? escaped : size;
    }
  if (out_size)
    *out_size = size;
  return writer->escaped ? writer->escaped : text;
}

int
json_write_print (struct json_writer *writer, FILE *out)
{
  size_t size;
  int result = -1;
  const char *text = json_write_text (writer, &size);
  if (writer->failed)
    errno = ENOMEM;
  else if (fwrite (text, 1, size, out) == size && ((size && text[size - 1] == '\n') || fputc ('\n', out) != EOF))
    result = 0;
  json_write_close (writer);
  return result;
}
