#include "husk/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yajl/yajl_gen.h>

#include "encoding.h"

int
json_write_open (struct json_writer *writer, bool pretty)
{
  writer->failed = false;
  writer->generator = yajl_gen_alloc (NULL);
  if (!writer->generator)
    return -1;
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
}

/* Each byte that is no character becomes U+FFFD, as Go's encoder has it. */
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
  (void)yajl_gen_string (writer->generator, (const unsigned char *)repaired, (size_t)(end - repaired));
  free (repaired);
}

static void
text (struct json_writer *writer, const char *value)
{
  size_t size = strlen (value);
  if (encoding_wrong (value, size) < size)
    {
      text_repaired (writer, value, size);
      return;
    }
  (void)yajl_gen_string (writer->generator, (const unsigned char *)value, strlen (value));
}

static void
name (struct json_writer *writer, const char *key)
{
  if (key)
    text (writer, key);
}

void
json_write_object (struct json_writer *writer, const char *key)
{
  name (writer, key);
  (void)yajl_gen_map_open (writer->generator);
}

void
json_write_object_end (struct json_writer *writer)
{
  (void)yajl_gen_map_close (writer->generator);
}

void
json_write_array (struct json_writer *writer, const char *key)
{
  name (writer, key);
  (void)yajl_gen_array_open (writer->generator);
}

void
json_write_array_end (struct json_writer *writer)
{
  (void)yajl_gen_array_close (writer->generator);
}

void
json_write_string (struct json_writer *writer, const char *key, const char *value)
{
  if (!value)
    return;
  name (writer, key);
  text (writer, value);
}

void
json_write_int (struct json_writer *writer, const char *key, int64_t value)
{
  name (writer, key);
  (void)yajl_gen_integer (writer->generator, value);
}

void
json_write_uint (struct json_writer *writer, const char *key, uint64_t value)
{
  char digits[24];
  int size = snprintf (digits, sizeof digits, "%llu", (unsigned long long)value);
  name (writer, key);
  (void)yajl_gen_number (writer->generator, digits, (size_t)size); /* yajl's own integers are signed */
}

void
json_write_decimal (struct json_writer *writer, const char *key, double value)
{
  char digits[32];
  int size = snprintf (digits, sizeof digits, "%.2f", value);
  name (writer, key);
  (void)yajl_gen_number (writer->generator, digits, (size_t)size);
}

void
json_write_null (struct json_writer *writer, const char *key)
{
  name (writer, key);
  (void)yajl_gen_null (writer->generator);
}

void
json_write_bool (struct json_writer *writer, const char *key, bool value)
{
  name (writer, key);
  (void)yajl_gen_bool (writer->generator, value);
}

const char *
json_write_text (struct json_writer *writer, size_t *out_size)
{
  const unsigned char *bytes = NULL;
  size_t size = 0;
  (void)yajl_gen_get_buf (writer->generator, &bytes, &size);
  if (out_size)
    *out_size = size;
  return (const char *)bytes;
}
