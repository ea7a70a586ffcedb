/*
 * yajl's events -> the flat tree. All memory, including yajl's own, comes from the arena, so a failed parse leaks
 * nothing.
 */
#include "husk/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yajl/yajl_parse.h>

#include "encoding.h"
#include "syntax.h"

struct parser
{
  struct json_document *document;
  yajl_handle yajl;
  struct error *error;
  size_t last_end;                   /* where the previous token ended */
  uint32_t depth;                    /* the number of open containers */
  origin_t open[JSON_MAX_DEPTH + 1]; /* the open containers' nodes */
  origin_t last[JSON_MAX_DEPTH + 1]; /* the last child of each */
  const char *key;                   /* the key of the next value */
  bool ended;                        /* yajl has seen the whole text */
};

/* ---- memory for yajl -------------------------------------------------------------------------------------------- */

static void *
parser_malloc (void *context, size_t size)
{
  size_t *block = arena_alloc (context, size + 16);
  *block = size;
  return (char *)block + 16;
}

static void *
parser_realloc (void *context, void *old, size_t size)
{
  void *block = parser_malloc (context, size);
  if (old)
    {
      size_t had = *(size_t *)((char *)old - 16);
      memcpy (block, old, had < size ? had : size);
    }
  return block;
}

static void
parser_free (void *context, void *pointer)
{
  (void)context;
  (void)pointer;
}

/* ---- nodes --------------------------------------------------------------------------------------------------------
 */

static int
refuse_text (struct parser *parser, origin_t node, const char *what)
{
  (void)error_set_at (parser->error, node, 0, "%s", what);
  json_place (parser->document, parser->error);
  return 0;
}

static bool
is_between (char byte)
{
  return byte == ' ' || byte == '\n' || byte == ':' || byte == ',' || byte == '\0' || byte == '\t' || byte == '\r';
}

static void
token_end (struct parser *parser)
{
  parser->last_end = yajl_get_bytes_consumed (parser->yajl);
}

/* Every token but ':' and ',' makes a callback, so a token starts at the first other character after the previous
 * token. */
static size_t
token_start (struct parser *parser)
{
  const char *bytes = parser->document->bytes;
  size_t at = parser->last_end;
  token_end (parser);
  while (at < parser->last_end && is_between (bytes[at]))
    at++;
  return at;
}

static origin_t
node_add (struct parser *parser, enum json_kind kind)
{
  struct json_document *document = parser->document;
  origin_t number = document->count++;
  struct json_node *node = &document->nodes[number];
  uint32_t depth = parser->depth;
  node->offset = (uint32_t)token_start (parser);
  node->kind = (uint8_t)kind;
  node->key = parser->key;
  parser->key = NULL;
  if (depth > 0)
    {
      node->parent = parser->open[depth];
      document->nodes[node->parent].count++;
      if (parser->last[depth])
        document->nodes[parser->last[depth]].next = number;
      else
        document->nodes[node->parent].first = number;
      parser->last[depth] = number;
    }
  return number;
}

/* A string without escapes is kept in place: a NUL replaces its closing quote, which yajl has already read. Others are
 * copied. */
static bool
is_in_place (const struct parser *parser, const unsigned char *text, size_t length)
{
  const char *bytes = parser->document->bytes, *start = (const char *)text;
  return start >= bytes && start + length < bytes + parser->document->size;
}

static const char *
keep_string (struct parser *parser, const unsigned char *text, size_t length)
{
  char *bytes = (char *)parser->document->bytes;
  const char *start = (const char *)text;
  if (!is_in_place (parser, text, length))
    return arena_copy (parser->document->arena, start, length);
  bytes[(size_t)(start - bytes) + length] = '\0';
  return start;
}

static int
on_null (void *context)
{
  (void)node_add (context, JSON_NULL);
  return 1;
}

static int
on_boolean (void *context, int truth)
{
  struct parser *parser = context;
  parser->document->nodes[node_add (parser, JSON_BOOL)].truth = truth != 0;
  return 1;
}

static int
on_number (void *context, const char *text, size_t length)
{
  struct parser *parser = context;
  origin_t node = node_add (parser, JSON_NUMBER);
  parser->document->nodes[node].text = arena_copy (parser->document->arena, text, length);
  return 1;
}

static int
on_string (void *context, const unsigned char *text, size_t length)
{
  struct parser *parser = context;
  if (is_in_place (parser, text, length)) /* its quote is where the token starts */
    parser->last_end = (size_t)((const char *)text - 1 - parser->document->bytes);
  origin_t node = node_add (parser, JSON_STRING);
  if (memchr (text, '\0', length))
    return refuse_text (parser, node, "the string contains a NUL");
  parser->document->nodes[node].text = keep_string (parser, text, length);
  return 1;
}

static int
on_key (void *context, const unsigned char *text, size_t length)
{
  struct parser *parser = context;
  token_end (parser);
  if (memchr (text, '\0', length))
    return refuse_text (parser, parser->open[parser->depth], "a key contains a NUL");
  parser->key = keep_string (parser, text, length);
  return 1;
}

static int
open_container (struct parser *parser, enum json_kind kind)
{
  origin_t node = node_add (parser, kind);
  if (parser->depth == JSON_MAX_DEPTH)
    return refuse_text (parser, node, "nested deeper than 128 levels");
  parser->open[++parser->depth] = node;
  parser->last[parser->depth] = 0;
  return 1;
}

static int
on_object (void *context)
{
  return open_container (context, JSON_OBJECT);
}

static int
on_array (void *context)
{
  return open_container (context, JSON_ARRAY);
}

static int
compare_keys (const void *a, const void *b)
{
  const struct json_node *one = *(const struct json_node *const *)a, *two = *(const struct json_node *const *)b;
  int keys = strcmp (one->key, two->key);
  return keys ? keys : one < two ? -1 : one > two;
}

static int
refuse_twice (struct parser *parser, const struct json_node *node)
{
  char text[300];
  (void)snprintf (text, sizeof text, "duplicate key \"%.200s\"", node->key);
  return refuse_text (parser, (origin_t)(node - parser->document->nodes), text);
}

/* JSON does not define which of two equal keys counts, so a duplicate is a mistake. */
static int
check_keys (struct parser *parser, const struct json_node *object)
{
  const struct json_node *nodes = parser->document->nodes;
  if (object->count <= 32)
    {
      for (origin_t a = object->first; a; a = nodes[a].next)
        for (origin_t b = nodes[a].next; b; b = nodes[b].next)
          if (nodes[a].key[0] == nodes[b].key[0] && strcmp (nodes[a].key, nodes[b].key) == 0)
            return refuse_twice (parser, &nodes[b]);
      return 1;
    }
  const struct json_node **sorted = arena_array (parser->document->arena, const struct json_node *, object->count);
  uint32_t count = 0;
  for (origin_t a = object->first; a; a = nodes[a].next)
    sorted[count++] = &nodes[a];
  qsort (sorted, count, sizeof *sorted, compare_keys);
  for (uint32_t i = 1; i < count; i++)
    if (strcmp (sorted[i - 1]->key, sorted[i]->key) == 0)
      return refuse_twice (parser, sorted[i]);
  return 1;
}

static int
on_object_end (void *context)
{
  struct parser *parser = context;
  token_end (parser);
  origin_t node = parser->open[parser->depth--];
  return check_keys (parser, &parser->document->nodes[node]);
}

static int
on_array_end (void *context)
{
  struct parser *parser = context;
  token_end (parser);
  parser->depth--;
  return 1;
}

static const yajl_callbacks callbacks = {
  .yajl_null = on_null,
  .yajl_boolean = on_boolean,
  .yajl_number = on_number,
  .yajl_string = on_string,
  .yajl_start_map = on_object,
  .yajl_map_key = on_key,
  .yajl_end_map = on_object_end,
  .yajl_start_array = on_array,
  .yajl_end_array = on_array_end,
};

/* ---- the whole document --------------------------------------------------------------------------------------- */

static int
refuse_encoding (struct parser *parser, size_t at)
{
  struct json_document *document = parser->document;
  document->nodes[document->count].offset = (uint32_t)at;
  (void)error_set_at (parser->error, document->count, 0, "not valid UTF-8");
  json_place (document, parser->error);
  return -1;
}

/* yajl checks only the leading bits of each byte. */
static int
check_encoding (struct parser *parser)
{
  size_t wrong = encoding_wrong (parser->document->bytes, parser->document->size);
  return wrong == parser->document->size ? 0 : refuse_encoding (parser, wrong);
}

static int
syntax_error (struct parser *parser)
{
  struct json_document *document = parser->document;
  struct syntax syntax = { .bytes = document->bytes,
                           .size = document->size,
                           .complaint = (const char *)yajl_get_error (parser->yajl, 0, NULL, 0),
                           .consumed = parser->ended ? document->size : yajl_get_bytes_consumed (parser->yajl),
                           .last_end = parser->last_end,
                           .open = parser->depth ? document->nodes[parser->open[parser->depth]].offset : document->size,
                           .keyed = parser->key };
  syntax_explain (&syntax);
  size_t encoded = encoding_wrong (document->bytes, document->size);
  if (encoded < document->size && encoded <= syntax.at)
    return refuse_encoding (parser, encoded);
  document->nodes[document->count].offset = (uint32_t)syntax.at;
  (void)error_set_at (parser->error, document->count, 0, "not valid JSON: %s", syntax.text);
  if (syntax.hint[0])
    error_hint (parser->error, "%s", syntax.hint);
  json_place (document, parser->error);
  return -1;
}

/* A word or number at the very end is one only once it is known that nothing follows; yajl then counts its bytes from
 * the end. */
static yajl_status
complete (struct parser *parser)
{
  const uint32_t before = parser->document->count;
  parser->ended = true;
  yajl_status status = yajl_complete_parse (parser->yajl);
  if (parser->document->count != before)
    parser->last_end = parser->document->size;
  return status;
}

int
json_parse (char *bytes, size_t size, const char *name, struct arena *arena, struct json_document *out,
            struct error *error)
{
  yajl_alloc_funcs memory = { parser_malloc, parser_realloc, parser_free, arena };
  struct parser *parser = arena_new (arena, struct parser);
  *out = (struct json_document){ .name = name, .bytes = bytes, .size = size, .count = 1, .arena = arena };
  out->bookmark = arena_new (arena, struct json_bookmark);
  /* A value takes at least two bytes with its separator or end. Containers still open when the text ends take one byte
   * each; there may be one more of these than the depth allows. Number 0 is not a node, and a syntax error takes one.
   * This reserves address space: only what is used becomes memory. */
  out->nodes = arena_array (arena, struct json_node, size / 2 + JSON_MAX_DEPTH + 4);
  parser->document = out;
  parser->error = error;
  parser->yajl = yajl_alloc (&callbacks, &memory, parser);
  yajl_status status = yajl_parse (parser->yajl, (const unsigned char *)bytes, size);
  if (status == yajl_status_ok)
    status = complete (parser);
  if (status == yajl_status_client_canceled)
    return -1;
  if (status != yajl_status_ok || out->count == 1)
    return syntax_error (parser);
  if (check_encoding (parser) < 0)
    return -1;
  return 0;
}

char *
json_source (const struct json_document *document, struct arena *arena)
{
  char *source = arena_copy (arena, document->bytes, document->size), *end = source + document->size;
  /* the parser replaced closing quotes with NULs; a valid document contains no other NUL */
  for (char *at = source; (at = memchr (at, '\0', (size_t)(end - at))); at++)
    *at = '"';
  return source;
}
