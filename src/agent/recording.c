/*
 * The smallest profile: every call that was seen is allowed, by name, and nothing else.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "husk/descriptor.h"
#include "husk/log.h"
#include "recorded.h"
#include "sight.h"

#define CALLS_MAX 4096 /* far more than there are: the numbers are the container's to make up */

static bool
is_seen (const struct sight *sight, const struct seccomp_data *data)
{
  for (size_t i = 0; i < sight->count; i++)
    if (sight->calls[i].number == data->nr && sight->calls[i].arch == data->arch)
      return true;
  return false;
}

int
sight_record (struct sight *sight, struct notification *notification, int listener)
{
  const struct seccomp_data *data = &notification->call->data;
  if (sight->count < CALLS_MAX && !is_seen (sight, data))
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

struct words /* of the profile, each once */
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
compare (const void *a, const void *b)
{
  return strcmp (*(const char *const *)a, *(const char *const *)b);
}

static void
add_seen (const struct sight *sight, struct words *names, struct words *archs, struct arena *arena)
{
  char unknown[256] = "";
  for (size_t i = 0; i < sight->count; i++)
    {
      const struct seccomp_data data = { .arch = sight->calls[i].arch, .nr = sight->calls[i].number };
      char arch[24];
      char *name = seccomp_data_name (&data);
      size_t used = strlen (unknown);
      if (name)
        add_word (names, arena_string (arena, name));
      else
        (void)snprintf (unknown + used, sizeof unknown - used, " %d", data.nr);
      free (name);
      if (!seccomp_data_arch (&data, arch))
        continue;
      char *full = arena_format (arena, "SCMP_ARCH_%s", arch);
      for (char *letter = full; *letter; letter++)
        *letter = *letter >= 'a' && *letter <= 'z' ? (char)(*letter - 'a' + 'A') : *letter;
      add_word (archs, full);
    }
  if (unknown[0])
    log_warning ("no names are known of the system calls%s: they are not in the profile", unknown);
}

static void
write_words (struct json_writer *writer, const char *key, struct words *words)
{
  qsort (words->items, words->count, sizeof *words->items, compare);
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
write_merged (const struct sight *sight, struct arena *arena, struct error *error)
{
  struct spec_seccomp old = { 0 };
  struct json_writer writer;
  size_t size, known = 0;
  if (sight->observer->merge && recorded_load (sight->observer, arena, &old, error) < 0)
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
    return error_set (error, ENOMEM, "write %s", sight->observer->path);
  write_profile (&writer, &old, &names, &archs);
  const char *text = json_write_text (&writer, &size);
  int result = writer.failed ? error_set (error, ENOMEM, "write %s", sight->observer->path)
                             : recorded_write (sight->observer, text, size, error);
  json_write_close (&writer);
  return result;
}

int
sight_write_profile (const struct sight *sight, struct error *error)
{
  const struct observer *observer = sight->observer;
  struct arena arena;
  if (sight->count == 0 || (observer->failure && *observer->failure))
    return 0; /* nothing ran: what file holds is of another run */
  if (arena_open (&arena, 1ul << 30) < 0)
    return error_set (error, errno, "reserve memory");
  int result = write_merged (sight, &arena, error);
  arena_close (&arena);
  return result;
}
