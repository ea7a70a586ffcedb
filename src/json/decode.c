/*
 * Nodes -> structs, by tables. Decoding continues after an error, so that one run reports everything that is wrong with
 * a config.
 */
#include "husk/json.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "encoding.h"

struct decoder
{
  const struct json_document *document;
  struct arena *arena;
  struct report *report;
  bool refused; /* a key of another format has been reported; reporting the others would repeat it */
};

static int decode_object (struct decoder *decoder, origin_t node, const struct json_type *type, void *out);

static const char *
kind_word (uint8_t kind)
{
  static const char *const words[]
      = { "nothing", "null", "a boolean", "a number", "a string", "an array", "an object" };
  return words[kind <= JSON_OBJECT ? kind : 0];
}

/* How the value is written in the kind that is expected, if that is all that is wrong. NULL: there is nothing to say.
 */
static const char *
remedy_of_kind (const struct json_node *value, enum json_kind kind, char *out, size_t size)
{
  const char *text = value->kind == JSON_BOOL ? (value->truth ? "true" : "false") : value->text;
  bool quoted = value->kind == JSON_STRING;
  bool plain = kind == JSON_NUMBER ? quoted && *text && !text[strspn (text, "0123456789")]
                                   : kind == JSON_BOOL && quoted && (!strcmp (text, "true") || !strcmp (text, "false"));
  if (plain && strlen (text) < 24)
    (void)snprintf (out, size, "without quotes: %s", text);
  else if (kind == JSON_STRING && (value->kind == JSON_NUMBER || value->kind == JSON_BOOL) && strlen (text) < 24)
    (void)snprintf (out, size, "in quotes: \"%s\"", text);
  else if (kind == JSON_ARRAY && quoted && strlen (text) < 24)
    (void)snprintf (out, size, "a list with one entry is [\"%s\"]", text);
  else
    return NULL;
  return out;
}

/* hint: for a value of another kind, or NULL */
static int
expect_kind (struct decoder *decoder, origin_t node, enum json_kind kind, const char *hint)
{
  const struct json_node *value = &decoder->document->nodes[node];
  if (value->kind == kind)
    return 0;
  char remedy[80] = "";
  return report_error (decoder->report, decoder->document, node,
                       hint ? hint : remedy_of_kind (value, kind, remedy, sizeof remedy), "expected %s, found %s",
                       kind_word (kind), kind_word (value->kind));
}

static int
expect (struct decoder *decoder, origin_t node, enum json_kind kind)
{
  return expect_kind (decoder, node, kind, NULL);
}

/* ---- numbers -------------------------------------------------------------------------------------------------------
 */

static int
expect_whole (struct decoder *decoder, origin_t node, const struct json_field *field)
{
  const struct json_node *value = &decoder->document->nodes[node];
  bool digits = value->kind == JSON_STRING && value->text[0] >= '0' && value->text[0] <= '9';
  if (expect_kind (decoder, node, JSON_NUMBER, digits ? NULL : field->hint) < 0)
    return -1;
  const char *digit = value->text + (value->text[0] == '-');
  while (*digit >= '0' && *digit <= '9') /* not strspn(3), which builds a table each time */
    digit++;
  if (*digit == '\0')
    return 0;
  return report_error (decoder->report, decoder->document, node, NULL, "%s is not a whole number", value->text);
}

static int
out_of_range (struct decoder *decoder, origin_t node, const struct json_field *field)
{
  const char *text = decoder->document->nodes[node].text;
  int64_t minimum = field->ranged ? field->minimum : field->kind == JSON_FIELD_INT ? INT64_MIN : 0;
  uint64_t maximum = field->ranged ? field->maximum : field->kind == JSON_FIELD_INT ? INT64_MAX : UINT64_MAX;
  return report_error (decoder->report, decoder->document, node, NULL, "%s is out of range (%lld to %llu)", text,
                       (long long)minimum, (unsigned long long)maximum);
}

static int
decode_int (struct decoder *decoder, origin_t node, const struct json_field *field, struct json_int *out)
{
  if (expect_whole (decoder, node, field) < 0)
    return -1;
  errno = 0;
  long long value = strtoll (decoder->document->nodes[node].text, NULL, 10);
  if (errno || (field->ranged && (value < field->minimum || (value > 0 && (uint64_t)value > field->maximum))))
    return out_of_range (decoder, node, field);
  *out = (struct json_int){ true, value, node };
  return 0;
}

static int
read_uint (struct decoder *decoder, origin_t node, const struct json_field *field, uint64_t *out)
{
  const char *text = decoder->document->nodes[node].text;
  if (expect_whole (decoder, node, field) < 0)
    return -1;
  errno = 0;
  unsigned long long value = text[0] == '-' ? 0 : strtoull (text, NULL, 10);
  if (text[0] == '-' || errno
      || (field->ranged && (value > field->maximum || (field->minimum > 0 && value < (uint64_t)field->minimum))))
    return out_of_range (decoder, node, field);
  *out = value;
  return 0;
}

static int
decode_uint (struct decoder *decoder, origin_t node, const struct json_field *field, struct json_uint *out)
{
  if (read_uint (decoder, node, field, &out->value) < 0)
    return -1;
  out->set = true;
  out->node = node;
  return 0;
}

static int
decode_uints (struct decoder *decoder, origin_t node, const struct json_field *field, struct json_uints *out)
{
  int result = 0;
  const struct json_node *nodes = decoder->document->nodes;
  if (expect (decoder, node, JSON_ARRAY) < 0)
    return -1;
  out->node = node;
  out->items = arena_array (decoder->arena, uint64_t, nodes[node].count + 1);
  for (origin_t element = nodes[node].first; element; element = nodes[element].next)
    if (read_uint (decoder, element, field, &out->items[out->count++]) < 0)
      result = -1;
  return result;
}

/* ---- words ----------------------------------------------------------------------------------------------------------
 */

static int
decode_text (struct decoder *decoder, origin_t node, const struct json_field *field, struct json_string *out)
{
  const struct json_node *value = &decoder->document->nodes[node];
  if (expect (decoder, node, JSON_STRING) < 0)
    return -1;
  if (field->filled && value->text[0] == '\0')
    return report_error (decoder->report, decoder->document, node, NULL, "the string is empty");
  *out = (struct json_string){ value->text, node };
  return 0;
}

static int
read_word (struct decoder *decoder, origin_t node, const struct json_field *field, int *out)
{
  const struct json_node *value = &decoder->document->nodes[node];
  char hint[128] = "";
  if (expect (decoder, node, JSON_STRING) < 0)
    return -1;
  for (const struct json_name *name = field->names; name->text; name++)
    if (strcmp (name->text, value->text) == 0)
      {
        *out = name->value;
        return 0;
      }
  const char *nearest = json_nearest (value->text, field->names);
  if (nearest)
    (void)snprintf (hint, sizeof hint, "did you mean %s?", nearest);
  return report_error (decoder->report, decoder->document, node, nearest ? hint : NULL, "\"%s\" is not %s", value->text,
                       field->noun);
}

static int
decode_enum (struct decoder *decoder, origin_t node, const struct json_field *field, struct json_enum *out)
{
  int value;
  if (read_word (decoder, node, field, &value) < 0)
    return -1;
  *out = (struct json_enum){ true, value, node };
  return 0;
}

static int
decode_strings (struct decoder *decoder, origin_t node, const struct json_field *field, struct json_strings *out)
{
  int result = 0;
  const struct json_node *nodes = decoder->document->nodes;
  if (expect (decoder, node, JSON_ARRAY) < 0)
    return -1;
  if (field->filled && nodes[node].count == 0)
    return report_error (decoder->report, decoder->document, node, NULL, "the array is empty");
  out->set = true;
  out->node = node;
  out->items = arena_array (decoder->arena, const char *, nodes[node].count + 1);
  for (origin_t element = nodes[node].first; element; element = nodes[element].next)
    {
      if (expect (decoder, element, JSON_STRING) < 0)
        result = -1;
      else
        out->items[out->count++] = nodes[element].text;
    }
  return result;
}

static int
decode_pairs (struct decoder *decoder, origin_t node, struct json_pairs *out)
{
  int result = 0;
  const struct json_node *nodes = decoder->document->nodes;
  if (expect (decoder, node, JSON_OBJECT) < 0)
    return -1;
  out->set = true;
  out->node = node;
  out->items = arena_array (decoder->arena, struct json_pair, nodes[node].count + 1);
  for (origin_t member = nodes[node].first; member; member = nodes[member].next)
    {
      if (expect (decoder, member, JSON_STRING) < 0)
        result = -1;
      else
        out->items[out->count++] = (struct json_pair){ member, nodes[member].key, nodes[member].text };
    }
  return result;
}

/* ---- structs
 * --------------------------------------------------------------------------------------------------------- */

struct any_list /* the layout that JSON_ARRAY_OF gives every type */
{
  void *items;
  uint32_t count;
  bool set;
  origin_t node;
};
struct any_keyed /* how every type of a map begins */
{
  origin_t node;
  const char *key;
};

static int
decode_list (struct decoder *decoder, origin_t node, const struct json_field *field, struct any_list *out)
{
  int result = 0;
  bool map = field->kind == JSON_FIELD_MAP;
  const struct json_node *nodes = decoder->document->nodes;
  if (expect (decoder, node, map ? JSON_OBJECT : JSON_ARRAY) < 0)
    return -1;
  out->set = true;
  out->node = node;
  out->items = arena_alloc (decoder->arena, field->type->size * (nodes[node].count + 1));
  for (origin_t element = nodes[node].first; element; element = nodes[element].next)
    {
      char *item = (char *)out->items + field->type->size * out->count++;
      if (decode_object (decoder, element, field->type, item) < 0)
        result = -1;
      if (map)
        ((struct any_keyed *)(void *)item)->key = nodes[element].key;
    }
  return result;
}

static int
decode_plain_list (struct decoder *decoder, origin_t node, const struct json_field *field, char *out, uint32_t *count)
{
  int result = 0;
  const struct json_node *nodes = decoder->document->nodes;
  *count = 0;
  if (expect (decoder, node, JSON_ARRAY) < 0)
    return -1;
  if (nodes[node].count > field->maximum)
    return report_error (decoder->report, decoder->document, node, NULL, "more than %u elements",
                         (unsigned)field->maximum);
  for (origin_t element = nodes[node].first; element; element = nodes[element].next)
    if (decode_object (decoder, element, field->type, out + field->type->size * (*count)++) < 0)
      result = -1;
  return result;
}

static int
decode_plain_items (struct decoder *decoder, origin_t node, const struct json_field *field, void *out, uint32_t *count)
{
  int result = 0;
  const struct json_node *nodes = decoder->document->nodes;
  *count = 0;
  if (expect (decoder, node, JSON_ARRAY) < 0)
    return -1;
  char *items = arena_alloc (decoder->arena, (size_t)nodes[node].count * field->type->size + 1);
  *(void **)out = items;
  for (origin_t element = nodes[node].first; element; element = nodes[element].next)
    if (decode_object (decoder, element, field->type, items + field->type->size * (*count)++) < 0)
      result = -1;
  return result;
}

/* For struct members that are the value itself, without its node. */
static int
decode_plain (struct decoder *decoder, origin_t node, const struct json_field *field, void *member)
{
  struct json_string text;
  uint64_t number;
  switch (field->kind)
    {
    case JSON_FIELD_PLAIN_BOOL:
      if (expect (decoder, node, JSON_BOOL) < 0)
        return -1;
      *(bool *)member = decoder->document->nodes[node].truth;
      return 0;
    case JSON_FIELD_PLAIN_WORD:
      return read_word (decoder, node, field, member);
    case JSON_FIELD_PLAIN_TEXT:
    case JSON_FIELD_PLAIN_BYTES:
      if (decode_text (decoder, node, field, &text) < 0)
        return -1;
      *(const char **)member
          = field->kind == JSON_FIELD_PLAIN_TEXT ? text.text : encoding_unbyte (text.text, decoder->arena);
      return *(const char **)member
                 ? 0
                 : report_error (decoder->report, decoder->document, node, NULL, "a %% without two digits");
    default:
      if (read_uint (decoder, node, field, &number) < 0)
        return -1;
      if (field->kind == JSON_FIELD_PLAIN_64)
        *(uint64_t *)member = number;
      else
        *(uint32_t *)member = (uint32_t)number;
      return 0;
    }
}

static int
decode_child (struct decoder *decoder, origin_t node, const struct json_field *field, void **out)
{
  if (expect (decoder, node, JSON_OBJECT) < 0)
    return -1;
  *out = arena_alloc (decoder->arena, field->type->size); /* kept despite errors: its other values are checked */
  return decode_object (decoder, node, field->type, *out);
}

static int
decode_field (struct decoder *decoder, origin_t node, const struct json_field *field, void *out)
{
  void *member = (char *)out + field->offset;
  const struct json_node *value = &decoder->document->nodes[node];
  switch (field->kind)
    {
    case JSON_FIELD_BOOL:
      if (expect (decoder, node, JSON_BOOL) < 0)
        return -1;
      *(struct json_bool *)member = (struct json_bool){ true, value->truth, node };
      return 0;
    case JSON_FIELD_INT:
      return decode_int (decoder, node, field, member);
    case JSON_FIELD_UINT:
      return decode_uint (decoder, node, field, member);
    case JSON_FIELD_TEXT:
      return decode_text (decoder, node, field, member);
    case JSON_FIELD_ENUM:
      return decode_enum (decoder, node, field, member);
    case JSON_FIELD_STRINGS:
      return decode_strings (decoder, node, field, member);
    case JSON_FIELD_UINTS:
      return decode_uints (decoder, node, field, member);
    case JSON_FIELD_PAIRS:
      return decode_pairs (decoder, node, member);
    case JSON_FIELD_OBJECT:
      return decode_child (decoder, node, field, member);
    case JSON_FIELD_ARRAY:
    case JSON_FIELD_MAP:
      return decode_list (decoder, node, field, member);
    case JSON_FIELD_VALUE:
      *(struct json_value *)member = (struct json_value){ node };
      return 0;
    case JSON_FIELD_PLAIN_ITEMS:
      return decode_plain_items (decoder, node, field, member, (uint32_t *)(void *)((char *)out + field->count));
    case JSON_FIELD_PLAIN_LIST:
      return decode_plain_list (decoder, node, field, member, (uint32_t *)(void *)((char *)out + field->count));
    default:
      return decode_plain (decoder, node, field, member);
    }
}

/* Unknown keys are ignored, because the specification grows by new keys. One that resembles a known key is probably a
 * mistake. */
static void
look_for_variant (struct decoder *decoder, origin_t node, const struct json_type *type)
{
  char hint[96];
  const char *key = decoder->document->nodes[node].key, *nearest = json_nearest_key (key, type);
  if (!nearest)
    return;
  (void)snprintf (hint, sizeof hint, "did you mean \"%s\"?", nearest);
  report_warning (decoder->report, decoder->document, node, hint, "the key \"%s\" is unknown and ignored", key);
}

bool
json_is_empty (const struct json_document *document, origin_t node)
{
  const struct json_node *value = &document->nodes[node];
  if (value->kind == JSON_STRING)
    return value->text[0] == '\0';
  bool empty = value->kind == JSON_NULL || value->kind >= JSON_ARRAY;
  for (origin_t child = value->first; child && empty; child = document->nodes[child].next)
    empty = json_is_empty (document, child);
  return empty;
}

static int
refuse_field (struct decoder *decoder, origin_t node, const struct json_field *field)
{
  if (decoder->refused)
    return -1;
  decoder->refused = true;
  return report_error (decoder->report, decoder->document, node, field->hint, "\"%s\" %s",
                       decoder->document->nodes[node].key, field->noun);
}

/* Refused keys match in any case, because the programs whose format has them ignore case. So do all keys of a format
 * that says any_case. */
static const struct json_field *
field_of (const struct json_type *type, const char *key)
{
  for (const struct json_field *field = type->fields; field->key; field++)
    if (strcmp (field->key, key) == 0)
      return field;
  for (const struct json_field *field = type->fields; field->key; field++)
    if ((type->any_case || field->kind == JSON_FIELD_REFUSED) && strcasecmp (field->key, key) == 0)
      return field;
  return NULL;
}

/* Go's encoders write null for an absent value. The error is then at the null. Returns -1. */
static int
report_missing (struct decoder *decoder, origin_t object, const struct json_field *field, const struct json_type *type)
{
  const struct json_node *nodes = decoder->document->nodes;
  origin_t place = nodes[object].first;
  while (place && strcmp (nodes[place].key, field->key) != 0)
    place = nodes[place].next;
  if (!place)
    place = object;
  if (field->missing)
    return report_error (decoder->report, decoder->document, place, field->remedy, "\"%s\" is missing: %s", field->key,
                         field->missing);
  return report_error (decoder->report, decoder->document, place, NULL, "\"%s\" is required in %s", field->key,
                       type->noun);
}

static int
decode_object (struct decoder *decoder, origin_t node, const struct json_type *type, void *out)
{
  const struct json_node *nodes = decoder->document->nodes;
  uint64_t seen = 0;
  int result = 0;
  bool foreign = false; /* it is in another format, so keys that it lacks in this one are not reported */
  if (expect (decoder, node, JSON_OBJECT) < 0)
    return -1;
  if (!type->plain)
    *(origin_t *)out = node;
  for (origin_t member = nodes[node].first; member; member = nodes[member].next)
    {
      const struct json_field *field = field_of (type, nodes[member].key);
      if (!field && !type->partial)
        look_for_variant (decoder, member, type);
      else if (field && field->kind == JSON_FIELD_REFUSED && !json_is_empty (decoder->document, member))
        {
          foreign = true;
          result = refuse_field (decoder, member, field);
        }
      if (!field || field->kind >= JSON_FIELD_UNUSED || (nodes[member].kind == JSON_NULL && !field->not_null))
        continue;
      uint64_t bit = 1ull << (field - type->fields);
      if (seen & bit) /* the parser has refused the same spelling */
        {
          result = report_error (decoder->report, decoder->document, member, NULL,
                                 "duplicate key \"%s\", here as \"%s\"", field->key, nodes[member].key);
          continue;
        }
      seen |= bit;
      if (decode_field (decoder, member, field, out) < 0)
        result = -1;
    }
  for (const struct json_field *field = type->fields; field->key && !foreign; field++)
    if (field->required && !(seen >> (field - type->fields) & 1))
      result = report_missing (decoder, node, field, type);
  return result;
}

int
json_decode (const struct json_document *document, origin_t node, const struct json_type *type, void *out,
             struct arena *arena, struct report *report)
{
  struct decoder decoder = { document, arena, report, false };
  memset (out, 0, type->size);
  return decode_object (&decoder, node, type, out);
}

/* ---- lookups in decoded values --------------------------------------------------------------------------------- */

bool
json_strings_have (const struct json_strings *strings, const char *text)
{
  for (uint32_t i = 0; i < strings->count; i++)
    if (strcmp (strings->items[i], text) == 0)
      return true;
  return false;
}

const struct json_pair *
json_pair_of (const struct json_pairs *pairs, const char *key)
{
  for (uint32_t i = 0; i < pairs->count; i++)
    if (strcmp (pairs->items[i].key, key) == 0)
      return &pairs->items[i];
  return NULL;
}
