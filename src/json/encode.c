/*
 * Structs -> JSON, by the tables that decode.c reads them with: one row is one key in both directions. Only plain
 * types, which husk itself writes (state.json), can be encoded. A config is only read.
 */
#include "husk/json.h"

#include <stdlib.h>
#include <string.h>

static void
encode_bytes (struct json_writer *writer, const char *key, const char *text)
{
  char *bytes = text ? json_bytes (text) : NULL;
  writer->failed |= text && !bytes;
  json_write_string (writer, key, bytes);
  free (bytes);
}

static void
encode_word (struct json_writer *writer, const struct json_field *field, int value)
{
  const char *name = json_name_of (field->names, value);
  writer->failed |= !name;
  json_write_string (writer, field->key, name);
}

static void
encode_pairs (struct json_writer *writer, const char *key, const struct json_pairs *pairs)
{
  json_write_object (writer, key);
  for (uint32_t i = 0; i < pairs->count; i++)
    json_write_string (writer, pairs->items[i].key, pairs->items[i].value);
  json_write_object_end (writer);
}

static void
encode_list (struct json_writer *writer, const struct json_field *field, const char *items, uint32_t count)
{
  json_write_array (writer, field->key);
  for (uint32_t i = 0; i < count; i++)
    {
      json_write_object (writer, NULL);
      json_encode (writer, field->type, items + i * field->type->size);
      json_write_object_end (writer);
    }
  json_write_array_end (writer);
}

static void
encode_field (struct json_writer *writer, const struct json_field *field, const char *in)
{
  const void *member = in + field->offset;
  switch (field->kind)
    {
    case JSON_FIELD_PLAIN_BOOL:
      if (*(const bool *)member || !field->sparse)
        json_write_bool (writer, field->key, *(const bool *)member);
      break;
    case JSON_FIELD_PLAIN_32:
      if (*(const uint32_t *)member || !field->sparse)
        json_write_uint (writer, field->key, *(const uint32_t *)member);
      break;
    case JSON_FIELD_PLAIN_64:
      json_write_uint (writer, field->key, *(const uint64_t *)member);
      break;
    case JSON_FIELD_PLAIN_TEXT:
      json_write_string (writer, field->key, *(const char *const *)member);
      break;
    case JSON_FIELD_PLAIN_BYTES:
      encode_bytes (writer, field->key, *(const char *const *)member);
      break;
    case JSON_FIELD_PLAIN_WORD:
      encode_word (writer, field, *(const int *)member);
      break;
    case JSON_FIELD_PLAIN_ITEMS:
      encode_list (writer, field, *(const char *const *)member, *(const uint32_t *)(const void *)(in + field->count));
      break;
    case JSON_FIELD_PLAIN_LIST:
      encode_list (writer, field, member, *(const uint32_t *)(const void *)(in + field->count));
      break;
    case JSON_FIELD_PAIRS:
      encode_pairs (writer, field->key, member);
      break;
    case JSON_FIELD_UNUSED:
      break;
    default:
      writer->failed = true;
    }
}

void
json_encode (struct json_writer *writer, const struct json_type *type, const void *in)
{
  for (const struct json_field *field = type->fields; field->key; field++)
    encode_field (writer, field, in);
}
