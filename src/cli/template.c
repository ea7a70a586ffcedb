/*
 * The template of `husk spec`: config.json.example with a few values replaced, added and left out, so that scripts
 * which edit the output of runc and crun find the same here. The example itself runs a demonstration. Its profile,
 * husk's own, is left out of what is built in (config_example.py) and written as `husk seccomp default` does.
 */
#include "template.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "husk/profile.h"
#include "husk/text.h"

extern const char config_example_start[], config_example_end[];

/* One change, as in RFC 6902: a pointer, and the new value as JSON, or NULL to remove the old one. If the pointer leads
 * nowhere or ends in "/-", the value is added. */
struct change
{
  const char *pointer, *value;
};

#define TEMPLATE_CAPABILITIES "[\"CAP_AUDIT_WRITE\", \"CAP_KILL\", \"CAP_NET_BIND_SERVICE\"]"

static const struct change usual_changes[] = {
  { "/process/terminal", "true" },
  { "/process/args", "[\"sh\"]" },
  { "/process/capabilities/bounding", TEMPLATE_CAPABILITIES },
  { "/process/capabilities/effective", TEMPLATE_CAPABILITIES },
  { "/process/capabilities/permitted", TEMPLATE_CAPABILITIES },
  { NULL, NULL },
};

/* For an ordinary user: a user namespace in which they are root and no other id exists, so devpts cannot have tty's
 * gid. /sys is bound from the host, because only some systems let them mount sysfs and cgroups. They have no right to
 * set device rules. */
static const struct change rootless_changes[] = {
  { "/mounts/2/options", "[\"nosuid\", \"noexec\", \"newinstance\", \"ptmxmode=0666\", \"mode=0620\"]" },
  { "/mounts/5/type", "\"none\"" },
  { "/mounts/5/source", "\"/sys\"" },
  { "/mounts/5/options", "[\"rbind\", \"nosuid\", \"noexec\", \"nodev\", \"ro\"]" },
  { "/mounts/6", NULL },
  { "/linux/resources", NULL },
  { "/linux/namespaces/-", "{\"type\": \"user\"}" },
  { NULL, NULL },
};

#define TEMPLATE_LISTS 5
struct template
{
  struct json_writer *writer;
  struct arena *arena;
  struct error *error;
  const struct change *lists[TEMPLATE_LISTS]; /* or NULL; each ends with a pointer that is NULL */
};

static const struct change *
template_find (const struct template *template, const char *pointer)
{
  for (size_t i = 0; i < TEMPLATE_LISTS; i++)
    for (const struct change *change = template->lists[i]; change && change->pointer; change++)
      if (strcmp (change->pointer, pointer) == 0)
        return change;
  return NULL;
}

static void
template_scalar (struct json_writer *writer, const struct json_node *node, const char *key)
{
  if (node->kind == JSON_STRING)
    json_write_string (writer, key, node->text);
  else if (node->kind == JSON_NUMBER)
    json_write_uint (writer, key, strtoull (node->text, NULL, 10)); /* the template has no other numbers */
  else if (node->kind == JSON_BOOL)
    json_write_bool (writer, key, node->truth);
  else
    json_write_null (writer, key);
}

static void template_children (const struct template *template, const struct json_document *document, origin_t parent);

static void
template_node (const struct template *template, const struct json_document *document, origin_t value, const char *key)
{
  const struct json_node *node = json_node (document, value);
  if (node->kind == JSON_OBJECT)
    json_write_object (template->writer, key);
  else if (node->kind == JSON_ARRAY)
    json_write_array (template->writer, key);
  else
    {
      template_scalar (template->writer, node, key);
      return;
    }
  template_children (template, document, value);
  if (node->kind == JSON_OBJECT)
    json_write_object_end (template->writer);
  else
    json_write_array_end (template->writer);
}

/* The value of a change is a document of its own, to which no changes apply. */
static void
template_changed (const struct template *template, const struct change *change, const char *key)
{
  const struct template plain = { template->writer, template->arena, template->error, { NULL } };
  struct json_document value;
  char *text = arena_string (template->arena, change->value);
  if (json_parse (text, strlen (text), change->pointer, template->arena, &value, template->error) == 0)
    template_node (&plain, &value, JSON_ROOT, key);
}

static void
template_added (const struct template *template, const struct json_document *document, origin_t parent,
                const char *pointer)
{
  size_t length = strlen (pointer);
  for (size_t i = 0; i < TEMPLATE_LISTS; i++)
    for (const struct change *change = template->lists[i]; change && change->pointer; change++)
      {
        const char *last = change->pointer + length;
        if (strncmp (change->pointer, pointer, length) != 0 || *last != '/' || strchr (++last, '/'))
          continue;
        if (json_node (document, parent)->kind == JSON_ARRAY && strcmp (last, "-") == 0)
          template_changed (template, change, NULL);
        else if (json_node (document, parent)->kind == JSON_OBJECT && !json_member (document, parent, last))
          template_changed (template, change, last);
      }
}

static void
template_children (const struct template *template, const struct json_document *document, origin_t parent)
{
  char pointer[256];
  for (origin_t child = json_node (document, parent)->first; child; child = json_node (document, child)->next)
    {
      json_pointer (document, child, pointer, sizeof pointer);
      const struct change *change = template_find (template, pointer);
      const char *key = json_node (document, child)->key;
      if (!change)
        template_node (template, document, child, key);
      else if (change->value)
        template_changed (template, change, key);
    }
  json_pointer (document, parent, pointer, sizeof pointer);
  template_added (template, document, parent, pointer);
}

static const char *
template_mapping (struct arena *arena, unsigned host)
{
  return arena_format (arena, "[{\"containerID\": 0, \"hostID\": %u, \"size\": 1}]", host);
}

/* The command as a list. NULL with an error: JSON cannot hold it, or there is no memory. */
static const char *
template_command (char **command, struct arena *arena, struct error *error)
{
  struct json_writer writer;
  const char *list = NULL;
  uint32_t character;
  for (char **word = command; *word; word++)
    for (size_t left = strlen (*word), size = 0; left > 0; left -= size)
      if ((size = text_character (*word + strlen (*word) - left, left, &character)) == 0)
        return (void)error_set (error, 0, "the argument \"%.60s\" is not UTF-8, which JSON requires", *word), NULL;
  if (json_write_open (&writer, false) < 0)
    return (void)error_set (error, ENOMEM, "make the config"), NULL;
  json_write_array (&writer, NULL);
  for (char **word = command; *word; word++)
    json_write_string (&writer, NULL, *word);
  json_write_array_end (&writer);
  const char *text = json_write_text (&writer, NULL);
  if (text && !writer.failed)
    list = arena_string (arena, text);
  else
    (void)error_set (error, ENOMEM, "make the config");
  json_write_close (&writer);
  return list;
}

int
template_write (struct json_writer *writer, const struct template_choice *choice, struct arena *arena,
                struct error *error)
{
  const struct change command[] = {
    { "/process/args", choice->command ? template_command (choice->command, arena, error) : NULL },
    { "/process/terminal", choice->terminal ? "true" : "false" },
    { NULL, NULL },
  };
  if (choice->command && !command[0].value)
    return -1;
  const struct change profile[] = {
    { "/linux/seccomp", profile_default_json (profile_usual_capabilities, NULL, arena, error) },
    { NULL, NULL },
  };
  const struct change mappings[] = {
    { "/linux/uidMappings", template_mapping (arena, geteuid ()) },
    { "/linux/gidMappings", template_mapping (arena, getegid ()) },
    { NULL, NULL },
  };
  const struct template template
      = { writer,
          arena,
          error,
          { choice->command ? command : NULL, usual_changes, profile, choice->rootless ? rootless_changes : NULL,
            choice->rootless ? mappings : NULL } };
  if (!profile[0].value)
    return -1;
  char *text = arena_copy (arena, config_example_start, (size_t)(config_example_end - config_example_start));
  struct json_document example;
  if (json_parse (text, strlen (text), "config.json.example", arena, &example, error) < 0)
    return -1;
  template_node (&template, &example, JSON_ROOT, NULL);
  return error->set ? -1 : 0;
}
