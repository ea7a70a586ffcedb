/*
 * libFuzzer: lines as a mount: its destination, type and source, then its options. The path is absolute and clean, no
 * attribute is both set and cleared, each datum is an option's, and a list of options that is there twice means what it
 * means once. The same mount in a config is decoded or refused at a place.
 */
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>

#include "husk/spec.h"
#include "must.h"

#define OPTIONS_MAX 64

static bool
is_clean (const char *path)
{
  size_t length = strlen (path);
  return path[0] == '/' && !strstr (path, "//") && !strstr (path, "/./") && !strstr (path, "/../")
         && (length < 2 || (path[length - 1] != '/' && strcmp (path + length - 2, "/.") != 0))
         && (length < 3 || strcmp (path + length - 3, "/..") != 0);
}

static void
check_attributes (uint64_t set, uint64_t clear)
{
  /* the access time is a number in a field, which is cleared as a whole before it is set */
  must ((set & clear & ~(uint64_t)MOUNT_ATTR__ATIME) == 0);
  must ((set & MOUNT_ATTR__ATIME) == 0 || (clear & MOUNT_ATTR__ATIME) == MOUNT_ATTR__ATIME);
}

static void
check_parsed (const struct spec_mount *mount, struct arena *arena)
{
  const struct spec_mount_options *parsed = &mount->parsed;
  must (mount->path && is_clean (mount->path));
  check_attributes (parsed->set, parsed->clear);
  check_attributes (parsed->recursive_set, parsed->recursive_clear);
  must (parsed->data_count <= mount->options.count);
  for (uint32_t i = 0; i < parsed->data_count; i++)
    must (parsed->data[i].key != NULL);

  struct spec_mount twice = *mount;
  const char **items = arena_array (arena, const char *, 2 * mount->options.count + 1);
  for (uint32_t i = 0; i < 2 * mount->options.count; i++)
    items[i] = mount->options.items[i % mount->options.count];
  twice.options.items = items;
  twice.options.count *= 2;
  spec_mount_read (&twice, arena);
  must (twice.kind == mount->kind && strcmp (twice.path, mount->path) == 0);
  must (twice.parsed.set == parsed->set && twice.parsed.clear == parsed->clear);
  must (twice.parsed.recursive_set == parsed->recursive_set && twice.parsed.recursive_clear == parsed->recursive_clear);
  must (twice.parsed.propagation == parsed->propagation && twice.parsed.remount == parsed->remount);
  must (twice.parsed.copy_up == parsed->copy_up && twice.parsed.idmap == parsed->idmap);
}

static void
decode (const struct spec_mount *mount, struct arena *arena)
{
  struct json_writer writer;
  struct json_document document;
  struct error error = { 0 };
  struct report report = { .error = &error };
  struct spec spec;
  size_t size;
  must (json_write_open (&writer, false) == 0);
  json_write_object (&writer, NULL);
  json_write_string (&writer, "ociVersion", "1.2.0");
  json_write_object (&writer, "root");
  json_write_string (&writer, "path", "rootfs");
  json_write_object_end (&writer);
  json_write_array (&writer, "mounts");
  json_write_object (&writer, NULL);
  json_write_string (&writer, "destination", mount->destination.text);
  json_write_string (&writer, "type", mount->type.text);
  json_write_string (&writer, "source", mount->source.text);
  json_write_array (&writer, "options");
  for (uint32_t i = 0; i < mount->options.count; i++)
    json_write_string (&writer, NULL, mount->options.items[i]);
  json_write_array_end (&writer);
  json_write_object_end (&writer);
  json_write_array_end (&writer);
  json_write_object_end (&writer);
  const char *text = json_write_text (&writer, &size);
  must (text && json_parse (arena_copy (arena, text, size), size, "config.json", arena, &document, &error) == 0);
  int result = spec_decode (&document, arena, &spec, &report);
  must (result == 0 ? spec.mounts.count == 1 : error.set && error.text[0] && error.origin);
  json_write_close (&writer);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  struct arena arena;
  const char *words[OPTIONS_MAX + 3] = { "", "", "" };
  uint32_t count = 0;
  must (arena_open (&arena, 1ul << 28) == 0);
  char *rest = arena_copy (&arena, (const char *)data, size);
  for (char *line; count < sizeof words / sizeof *words && (line = strsep (&rest, "\n"));)
    words[count++] = line;
  struct spec_mount mount = { .destination.text = words[0],
                              .type.text = words[1][0] ? words[1] : NULL,
                              .source.text = words[2][0] ? words[2] : NULL,
                              .options = { words + 3, count > 3 ? count - 3 : 0, true, 0 } };
  spec_mount_read (&mount, &arena);
  check_parsed (&mount, &arena);
  decode (&mount, &arena);
  arena_close (&arena);
  return 0;
}
