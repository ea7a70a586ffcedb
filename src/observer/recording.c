/*
 * The smallest profile: it allows every call that was seen, by name, and nothing else.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "husk/descriptor.h"
#include "profile_file.h"
#include "sight.h"

#define CALLS_MAX 4096 /* far more than the number of calls with names */
#define NAMELESS_LINE 1024
#define NAMELESS_MAX 256 /* the container may make up any number of them */

static bool
is_seen (const struct sight *sight, const struct seccomp_data *data)
{
  for (size_t i = 0; i < sight->count; i++)
    if (sight->calls[i].number == data->nr && sight->calls[i].arch == data->arch)
      return true;
  return false;
}

/* Numbers without a name must not fill the table. */
static bool
has_room (struct sight *sight, const struct seccomp_data *data)
{
  auto_free char *name = seccomp_data_name (data);
  if (sight->count < CALLS_MAX && (name || sight->nameless++ < NAMELESS_MAX))
    return true;
  sight->crowded = true;
  return false;
}

int
sight_record (struct sight *sight, struct notification *notification, int listener)
{
  const struct seccomp_data *data = &notification->call->data;
  if (!is_seen (sight, data) && has_room (sight, data))
    {
      if (sight->count == sight->capacity)
        {
          size_t capacity = sight->capacity ? 2 * sight->capacity : 256;
          struct seen_call *more = realloc (sight->calls, capacity * sizeof *more);
          if (!more)
            return -1;
          sight->calls = more;
          sight->capacity = capacity;
        }
      sight->calls[sight->count++] = (struct seen_call){ data->arch, data->nr };
    }
  return notification_continue (notification, listener);
}

/* ---- the profile --------------------------------------------------------------------------------------------------
 */

struct words /* a set of strings of the profile */
{
  const char **items;
  size_t count;
};

static void
add_word (struct words *words, const char *text)
{
  for (size_t i = 0; i < words->count; i++)
    if (strcmp (words->items[i], text) == 0)
      return;
  words->items[words->count++] = text;
}

static void
add_words (struct words *words, const struct json_strings *strings)
{
  for (uint32_t i = 0; i < strings->count; i++)
    add_word (words, strings->items[i]);
}

static int
compare_calls (const void *a, const void *b)
{
  return strcmp (*(const char *const *)a, *(const char *const *)b);
}

static void
remark_nameless (struct sight *sight, const struct seccomp_data *data, const char *arch)
{
  size_t used = strlen (sight->remark);
  const char *before = used ? ", " : "unknown system calls ";
  if (used + 128 < NAMELESS_LINE)
    (void)snprintf (sight->remark + used, sizeof sight->remark - used, "%s%d of %s", before, data->nr, arch);
  else
    sight->crowded = true; /* the line is full */
}

static void
add_seen (struct sight *sight, struct words *names, struct words *archs, struct arena *arena)
{
  for (size_t i = 0; i < sight->count; i++)
    {
      const struct seccomp_data data = { .arch = sight->calls[i].arch, .nr = sight->calls[i].number };
      char arch[24];
      bool known = seccomp_data_arch (&data, arch) != NULL;
      auto_free char *name = seccomp_data_name (&data);
      if (!known)
        (void)snprintf (arch, sizeof arch, "architecture 0x%x", data.arch);
      if (name)
        add_word (names, arena_string (arena, name));
      else
        remark_nameless (sight, &data, arch);
      if (!known)
        continue;
      char *full = arena_format (arena, "SCMP_ARCH_%s", arch);
      for (char *letter = full; *letter; letter++)
        *letter = *letter >= 'a' && *letter <= 'z' ? (char)(*letter - 'a' + 'A') : *letter;
      add_word (archs, full);
    }
  size_t used = strlen (sight->remark);
  if (used)
    (void)snprintf (sight->remark + used, sizeof sight->remark - used, "%s: they are not in the profile\n",
                    sight->crowded ? ", ..." : "");
}

static void
write_words (struct json_writer *writer, const char *key, struct words *words)
{
  qsort (words->items, words->count, sizeof *words->items, compare_calls);
  json_write_array (writer, key);
  for (size_t i = 0; i < words->count; i++)
    json_write_string (writer, NULL, words->items[i]);
  json_write_array_end (writer);
}

static void
write_profile (struct json_writer *writer, const struct spec_seccomp *old, struct words *names, struct words *archs)
{
  json_write_object (writer, NULL);
  json_write_string (writer, "defaultAction", "SCMP_ACT_ERRNO");
  json_write_uint (writer, "defaultErrnoRet", old->default_errno_ret.set ? old->default_errno_ret.value : EPERM);
  write_words (writer, "architectures", archs);
  json_write_array (writer, "syscalls");
  json_write_object (writer, NULL);
  write_words (writer, "names", names);
  json_write_string (writer, "action", "SCMP_ACT_ALLOW");
  json_write_object_end (writer);
  json_write_array_end (writer);
  json_write_object_end (writer);
}

static int
write_merged (struct sight *sight, struct arena *arena, struct error *error)
{
  struct spec_seccomp old = { 0 };
  struct json_writer writer;
  size_t size, known = 0;
  const struct observer_place *place = &sight->observer->profile_place;
  if (sight->observer->merge && profile_file_load (place, arena, &old, error) < 0)
    return -1;
  for (uint32_t i = 0; i < old.syscalls.count; i++)
    known += old.syscalls.items[i].names.count;
  struct words names = { arena_array (arena, const char *, known + sight->count + 1), 0 };
  struct words archs = { arena_array (arena, const char *, old.architectures.count + sight->count + 1), 0 };
  add_words (&archs, &old.architectures);
  for (uint32_t i = 0; i < old.syscalls.count; i++)
    add_words (&names, &old.syscalls.items[i].names);
  add_seen (sight, &names, &archs, arena);
  if (json_write_open (&writer, true) < 0)
    return error_set (error, ENOMEM, "write %s", place->path);
  write_profile (&writer, &old, &names, &archs);
  const char *text = json_write_text (&writer, &size);
  int result = writer.failed ? error_set (error, ENOMEM, "write %s", place->path)
                             : profile_file_write (place, text, size, error);
  json_write_close (&writer);
  return result;
}

int
sight_write_profile (struct sight *sight, struct error *error)
{
  const struct observer *observer = sight->observer;
  struct arena arena;
  if (sight->count == 0 || (observer->failure && *observer->failure))
    return 0; /* nothing ran: the file keeps what an earlier run wrote */
  if (arena_open (&arena, 1ul << 30) < 0)
    return error_set (error, errno, "reserve memory");
  int result = write_merged (sight, &arena, error);
  arena_close (&arena);
  return result;
}
