/*
 * A husk that does not know a property: what HUSK_MUTANT names is removed from each document as soon as it is parsed.
 * tests/conformance/mutants runs the property's tests with that husk, and one of them must fail. The linker puts this
 * in between (--wrap, meson.build here); the installed husk has no such code.
 *
 * HUSK_MUTANT is a pointer of JSON in which "*" is any key, an element has no key or "*", and "[key=value]"
 * asks for a member or, without the key, for the value itself: /mounts/[destination=/tmp]/options/[=ro].
 * With "!" before it a value is not forgotten, but becomes an unknown word.
 */
#include "husk/json.h"

#include <stdlib.h>
#include <string.h>

/* The last part of a pattern: what follows the last slash outside of brackets. */
static const char *
last_part (const char *pattern, size_t size)
{
  const char *part = NULL;
  bool condition = false;
  for (size_t i = 0; i < size; i++)
    {
      if (pattern[i] == '[')
        condition = true;
      else if (pattern[i] == ']')
        condition = false;
      else if (pattern[i] == '/' && !condition)
        part = pattern + i;
    }
  return part;
}

static bool
is_text (const char *text, const char *wanted, size_t size)
{
  return text && strlen (text) == size && memcmp (text, wanted, size) == 0;
}

/* "key=value" of this value's member, or "=value" of itself. */
static bool
condition_holds (const struct json_node *nodes, origin_t node, const char *condition, size_t size)
{
  const char *value = memchr (condition, '=', size);
  if (!value)
    return false;
  size_t key = (size_t)(value - condition), length = size - key - 1;
  if (key == 0)
    return is_text (nodes[node].text, value + 1, length);
  for (origin_t member = nodes[node].first; member; member = nodes[member].next)
    if (is_text (nodes[member].key, condition, key) && is_text (nodes[member].text, value + 1, length))
      return true;
  return false;
}

static bool
part_matches (const struct json_node *nodes, origin_t node, const char *part, size_t size)
{
  const char *bracket = memchr (part, '[', size);
  size_t key = bracket ? (size_t)(bracket - part) : size;
  bool any = key == 0 || (key == 1 && part[0] == '*');
  if (!any && !is_text (nodes[node].key, part, key))
    return false;
  return !bracket || condition_holds (nodes, node, bracket + 1, size - key - 2);
}

/* What may be a document of its own: a process for exec, limits for update, a profile. */
static bool
is_whole (const char *pattern, size_t size)
{
  static const char *const parts[] = { "", "/process", "/linux/resources", "/linux/seccomp" };
  for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
    if (is_text (parts[i], pattern, size))
      return true;
  return false;
}

/* From the value up to the root, as the pattern goes from its end to its beginning. */
static bool
matches (const struct json_node *nodes, origin_t node, const char *pattern)
{
  size_t size = strlen (pattern);
  for (; nodes[node].parent; node = nodes[node].parent)
    {
      const char *part = last_part (pattern, size);
      if (!part || !part_matches (nodes, node, part + 1, size - (size_t)(part - pattern) - 1))
        return false;
      size = (size_t)(part - pattern);
    }
  return is_whole (pattern, size);
}

static void
forget_property (struct json_document *document)
{
  const char *pattern = getenv ("HUSK_MUTANT");
  if (!pattern)
    return;
  bool unknown = pattern[0] == '!';
  pattern += unknown;
  if (pattern[0] != '/')
    return;
  for (origin_t parent = JSON_ROOT; parent < document->count; parent++)
    for (origin_t *link = &document->nodes[parent].first; *link;)
      if (!matches (document->nodes, *link, pattern))
        link = &document->nodes[*link].next;
      else if (unknown)
        {
          document->nodes[*link].text = "unknown";
          link = &document->nodes[*link].next;
        }
      else
        {
          *link = document->nodes[*link].next;
          document->nodes[parent].count--;
        }
}

int __real_json_parse (char *bytes, size_t size, const char *name, struct arena *arena, struct json_document *out,
                       struct error *error);
int __wrap_json_parse (char *bytes, size_t size, const char *name, struct arena *arena, struct json_document *out,
                       struct error *error);

int
__wrap_json_parse (char *bytes, size_t size, const char *name, struct arena *arena, struct json_document *out,
                   struct error *error)
{
  if (__real_json_parse (bytes, size, name, arena, out, error) < 0)
    return -1;
  forget_property (out);
  return 0;
}
