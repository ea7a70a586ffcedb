/*
 * Where a value is in the text. This is computed only when it is reported.
 */
#include "husk/json.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "husk/log.h"
#include "husk/text.h"

const struct json_node *
json_node (const struct json_document *document, origin_t node)
{
  return &document->nodes[node];
}

origin_t
json_member (const struct json_document *document, origin_t object, const char *key)
{
  if (!object || document->nodes[object].kind != JSON_OBJECT)
    return 0;
  for (origin_t member = document->nodes[object].first; member; member = document->nodes[member].next)
    if (strcmp (document->nodes[member].key, key) == 0)
      return document->nodes[member].kind == JSON_NULL ? 0 : member;
  return 0;
}

/* Whether the elements of an array are numbered one after the other. They are unless one before the last has elements
 * or members, whose numbers are in between. */
static bool
is_flat (const struct json_document *document, origin_t array)
{
  const struct json_node *node = &document->nodes[array];
  origin_t last = node->first + node->count - 1;
  return node->count && last < document->count && document->nodes[last].parent == array && !document->nodes[last].next;
}

origin_t
json_element (const struct json_document *document, origin_t array, uint32_t index)
{
  if (!array)
    return 0;
  if (document->nodes[array].kind == JSON_STRING)
    return index == 0 ? array : 0;
  if (is_flat (document, array))
    return index < document->nodes[array].count ? document->nodes[array].first + index : 0;
  origin_t element = document->nodes[array].first;
  while (element && index-- > 0)
    element = document->nodes[element].next;
  return element;
}

origin_t
json_graft (struct json_document *document, const struct json_document *other)
{
  uint32_t count = document->count + other->count - 1;
  uint32_t shift = document->count - 1; /* the other's number 1 becomes the first free one */
  struct json_node *nodes = arena_array (document->arena, struct json_node, count + 1);
  struct json_graft *graft = arena_new (document->arena, struct json_graft);
  memcpy (nodes, document->nodes, document->count * sizeof *nodes);
  for (uint32_t i = 1; i < other->count; i++)
    {
      struct json_node *node = &nodes[shift + i];
      *node = other->nodes[i];
      node->parent += node->parent ? shift : 0;
      node->next += node->next ? shift : 0;
      node->first += node->first ? shift : 0;
    }
  *graft = (struct json_graft){ document->count, other->name, other->bytes, other->size, document->grafts };
  document->nodes = nodes;
  document->count = count;
  document->grafts = graft;
  return graft->first;
}

/* The file that a value is from. */
static struct json_graft
file_of (const struct json_document *document, origin_t node)
{
  const struct json_graft *graft = document->grafts;
  while (graft && graft->first > node)
    graft = graft->next;
  return graft ? *graft : (struct json_graft){ 0, document->name, document->bytes, document->size, NULL };
}

static void
step_back (struct json_bookmark *at, uint32_t offset)
{
  const uint32_t line = at->line;
  while (at->offset > offset)
    if (at->bytes[--at->offset] == '\n')
      at->line--;
  if (at->line == line)
    return;
  at->start = at->offset;
  while (at->start > 0 && at->bytes[at->start - 1] != '\n')
    at->start--;
}

void
json_position (const struct json_document *document, origin_t node, uint32_t *out_line, uint32_t *out_column)
{
  uint32_t offset = document->nodes[node].offset;
  struct json_graft file = file_of (document, node);
  struct json_bookmark *at = document->bookmark;
  if (at->bytes != file.bytes || at->offset / 2 > offset) /* the file's start is nearer */
    {
      at->bytes = file.bytes;
      at->offset = at->start = 0;
      at->line = 1;
    }
  step_back (at, offset);
  for (; at->offset < offset && at->offset < file.size; at->offset++)
    if (file.bytes[at->offset] == '\n')
      {
        at->line++;
        at->start = at->offset + 1;
      }
  *out_line = at->line;
  *out_column = offset - at->start + 1;
}

/* RFC 6901: "~" is written "~0", "/" is written "~1". */
static size_t
append_escaped (char *out, size_t used, size_t size, const char *key)
{
  for (; *key && used + 3 < size; key++)
    if (*key == '~' || *key == '/')
      {
        out[used++] = '~';
        out[used++] = *key == '~' ? '0' : '1';
      }
    else
      out[used++] = *key;
  out[used] = '\0';
  return used;
}

#define FAR 64 /* short arrays within the elements of a long one must not take the bookmark out of it */

static uint32_t
index_in_parent (const struct json_document *document, origin_t node)
{
  struct json_bookmark *mark = document->bookmark;
  origin_t parent = document->nodes[node].parent, at = document->nodes[parent].first;
  uint32_t index = 0;
  if (is_flat (document, parent))
    return node - at;
  if (mark->element && mark->element <= node && document->nodes[mark->element].parent == parent)
    {
      at = mark->element;
      index = mark->index;
    }
  for (; at != node; at = document->nodes[at].next)
    index++;
  if (index >= FAR)
    {
      mark->element = node;
      mark->index = index;
    }
  return index;
}

void
json_pointer (const struct json_document *document, origin_t node, char *out, size_t size)
{
  origin_t path[JSON_MAX_DEPTH + 1];
  uint32_t depth = 0;
  size_t used = 0;
  out[0] = '\0';
  for (; node && document->nodes[node].parent && depth < JSON_MAX_DEPTH; node = document->nodes[node].parent)
    path[depth++] = node;
  while (depth > 0 && used + 16 < size)
    {
      const struct json_node *step = &document->nodes[path[--depth]];
      out[used++] = '/';
      if (step->key)
        used = append_escaped (out, used, size, step->key);
      else
        used += (size_t)snprintf (out + used, size - used, "%u", index_in_parent (document, path[depth]));
    }
}

void
json_place (const struct json_document *document, struct error *error)
{
  char pointer[180], rest[220];
  uint32_t line, column;
  if (!error->origin || error->origin > document->count)
    return;
  json_position (document, error->origin, &line, &column);
  json_pointer (document, error->origin, pointer, sizeof pointer);
  int used = snprintf (rest, sizeof rest, ":%u:%u%s%s", line, column, pointer[0] ? ": " : "", pointer);
  struct json_graft file = file_of (document, error->origin);
  text_end (file.name, error->place, sizeof error->place - (size_t)used);
  memcpy (error->place + strlen (error->place), rest, (size_t)used + 1);
  size_t offset = document->nodes[error->origin].offset;
  /* the parser has not been beyond a syntax error */
  log_keep_source (error->place, &(struct log_source){ .bytes = file.bytes,
                                                       .size = file.size,
                                                       .offset = offset,
                                                       .changed = error->origin < document->count ? file.size : offset,
                                                       .line = line });
}

static void
add_finding (struct report *report, enum severity severity, const struct json_document *document, origin_t node,
             const char *hint, const char *format, va_list arguments)
{
  struct error finding = { .set = 1, .origin = node };
  (void)vsnprintf (finding.text, sizeof finding.text, format, arguments);
  if (hint)
    (void)snprintf (finding.hint, sizeof finding.hint, "%s", hint);
  json_place (document, &finding);
  if (severity == SEVERITY_ERROR && report->errors++ == 0 && report->error && !report->error->set)
    *report->error = finding;
  if (severity == SEVERITY_WARNING)
    report->warnings++;
  report->document = document;
  if (report->each)
    report->each (report, severity, &finding);
}

int
report_error (struct report *report, const struct json_document *document, origin_t node, const char *hint,
              const char *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  add_finding (report, SEVERITY_ERROR, document, node, hint, format, arguments);
  va_end (arguments);
  return -1;
}

void
report_warning (struct report *report, const struct json_document *document, origin_t node, const char *hint,
                const char *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  add_finding (report, SEVERITY_WARNING, document, node, hint, format, arguments);
  va_end (arguments);
}

void
report_note (struct report *report, const struct json_document *document, origin_t node, const char *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  add_finding (report, SEVERITY_NOTE, document, node, NULL, format, arguments);
  va_end (arguments);
}

void
report_to_log (struct report *report, enum severity severity, const struct error *finding)
{
  (void)report;
  if (severity == SEVERITY_WARNING)
    log_warning_line (finding);
}
