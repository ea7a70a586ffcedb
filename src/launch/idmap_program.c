/*
 * newuidmap(1) and newgidmap(1): set-user-ID programs that map the ranges that the administrator has assigned to a
 * user.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "husk/descriptor.h"
#include "husk/program.h"
#include "idmap.h"

#define DEADLINE 10000 /* milliseconds; they read two files, or ask a name service */
#define MESSAGE_SIZE 256

/* Each number becomes an argument. The list is malloc'd and points into text. */
static char **
make_arguments (const char *program, char *pid, char *text)
{
  char **list = calloc (strlen (text) / 2 + 4, sizeof *list), *rest = NULL; /* each number takes at least two bytes */
  size_t count = 0;
  if (!list)
    return NULL;
  list[count++] = (char *)program;
  list[count++] = pid;
  for (char *word = strtok_r (text, " \n", &rest); word; word = strtok_r (NULL, " \n", &rest))
    list[count++] = word;
  return list;
}

/* Searches PATH, then the usual directories: some clients call husk without a PATH. */
static bool
find_program (const char *name, char *out, size_t size)
{
  const char *path = getenv ("PATH");
  return (path && program_search (name, path, out, size)) || program_search (name, SEARCH_PATH, out, size);
}

/* "1000 100000 65536, 0 1000 1" */
static void
list_ids (const char *map, char *out, size_t size)
{
  size_t used = 0;
  for (; *map && used < size - 3; map++) /* a map ends with a newline */
    if (*map != '\n')
      out[used++] = *map;
    else if (map[1])
      used += (size_t)snprintf (out + used, 3, ", ");
  out[used] = '\0';
}

static int
refused (const struct idmap *map, const struct program *program, const struct program_end *end, struct error *error)
{
  const char *file = map->file[0] == 'u' ? "/etc/subuid" : "/etc/subgid", *message = program->errors.text;
  char ids[128], text[PROGRAM_END_SIZE];
  list_ids (map->text, ids, sizeof ids);
  if (!strstr (message, "not allowed"))
    return error_set_at (error, map->origin, 0, "%s for the map %s %s", map->program, ids,
                         program_end_text (end, message, text));
  (void)error_set_at (error, map->origin, 0, "%s does not grant this range to uid %u: %s (%.*s)", file, getuid (), ids,
                      (int)strcspn (message, "\n"), message);
  error_hint (error, "an administrator can add a line like %u:100000:65536", getuid ());
  return -1;
}

static int
idmap_program_run (const char *path, char **arguments, const struct idmap *map, struct error *error)
{
  static char *const no_environment[] = { NULL };
  char message[MESSAGE_SIZE];
  struct program_end end;
  struct program program = { .path = path,
                             .origin = map->origin,
                             .arguments = arguments,
                             .environment = no_environment,
                             .patience = DEADLINE,
                             .errors = { .text = message, .size = sizeof message } };
  if (program_run (&program, &end, error) < 0)
    return -1;
  return program_succeeded (&end) ? 0 : refused (map, &program, &end, error);
}

int
idmap_run_program (pid_t pid, const struct idmap *map, struct error *error)
{
  char path[4096], number[16];
  if (!find_program (map->program, path, sizeof path))
    {
      (void)error_set_at (error, map->origin, 0, "%s is not installed: an ordinary user can only map their own ids",
                          map->program);
      error_hint (error, "install the package uidmap (or shadow-utils), or map only your own id");
      return -1;
    }
  (void)snprintf (number, sizeof number, "%d", (int)pid);
  auto_free char *text = strdup (map->text);
  auto_free char **arguments = text ? make_arguments (map->program, number, text) : NULL;
  if (!arguments)
    return error_set (error, ENOMEM, "run %s", map->program);
  return idmap_program_run (path, arguments, map, error);
}
