/*
 * Where the configuration of an engine names husk, line by line, and whether the husk that it names is there. Files are
 * searched for the word, not parsed: a person who looks for a line finds it by its number. Comments do not count.
 */
#include "examine.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "husk/json.h"

#define WORD "husk"

static const struct engine
{
  const char *name, *path; /* a file, or with a slash at its end a directory of files */
} engines[] = {
  { "podman", "/usr/share/containers/containers.conf" },
  { "podman", "/etc/containers/containers.conf" },
  { "podman", "/etc/containers/containers.conf.d/" },
  { "docker", "/etc/docker/daemon.json" },
  { "containerd", "/etc/containerd/config.toml" },
  { "containerd", "/etc/containerd/conf.d/" },
  { "CRI-O", "/etc/crio/crio.conf" },
  { "CRI-O", "/etc/crio/crio.conf.d/" },
};

/* Outside of a comment, and not as the end of another word. */
static bool
names_husk (const char *line)
{
  const char *comment = strchr (line, '#');
  for (const char *at = line; (at = strstr (at, WORD)) != NULL; at += strlen (WORD))
    if ((!comment || at < comment) && (at == line || !(isalnum ((unsigned char)at[-1]) || strchr ("-_.", at[-1]))))
      return true;
  return false;
}

/* A quoted absolute path whose last component begins with the word; NULL: the line has none. */
static const char *
path_in (struct doctor *doctor, const char *line)
{
  for (const char *at = line; (at = strstr (at, "/" WORD)) != NULL; at++)
    {
      const char *start = at, *end = at + strcspn (at, "\"'");
      while (start > line && !strchr ("\"'", start[-1]))
        start--;
      if (start > line && *start == '/' && *end)
        return arena_copy (doctor->arena, start, (size_t)(end - start));
    }
  return NULL;
}

static void
examine_line (struct doctor *doctor, const struct engine *engine, const char *file, unsigned number, const char *line)
{
  if (!names_husk (line))
    return;
  const char *path = path_in (doctor, line);
  bool broken = path && access (path, X_OK) < 0;
  const char *meaning
      = broken ? arena_format (doctor->arena, "%s cannot be executed: %s", path, errno_text (errno)) : NULL;
  finding_add (doctor, (struct doctor_finding){
                           broken ? DOCTOR_LIMITED : DOCTOR_OK, engine->name,
                           arena_format (doctor->arena, "%s:%u: %s", file, number, line + strspn (line, " \t")),
                           meaning, broken ? "install husk there, or write where it is" : NULL });
}

static void
examine_file (struct doctor *doctor, const struct engine *engine, const char *file)
{
  struct error error = { 0 };
  const char *name;
  size_t size;
  unsigned number = 0;
  char *rest = json_read_named (file, doctor->arena, &name, &size, &error);
  if (!rest && error.code != ENOENT)
    finding_add (doctor, (struct doctor_finding){ DOCTOR_LIMITED, engine->name,
                                                  arena_format (doctor->arena, "%s: %s", file, errno_text (error.code)),
                                                  "it may name husk", "ask as a user who may read it" });
  for (char *line; rest && (line = strsep (&rest, "\n")) != NULL;)
    examine_line (doctor, engine, file, ++number, line);
}

static int
by_name (const void *a, const void *b)
{
  return strcmp (*(const char *const *)a, *(const char *const *)b);
}

static void
examine_directory (struct doctor *doctor, const struct engine *engine)
{
  const char **names = NULL;
  uint32_t count = 0, room = 0;
  DIR *directory = opendir (engine->path);
  for (const struct dirent *entry; directory && (entry = readdir (directory)) != NULL;)
    if (entry->d_name[0] != '.')
      {
        names = arena_more (doctor->arena, names, count, &room, 16, sizeof *names);
        names[count++] = arena_format (doctor->arena, "%s%s", engine->path, entry->d_name);
      }
  if (directory)
    (void)closedir (directory);
  if (count > 1)
    qsort (names, count, sizeof *names, by_name);
  for (uint32_t i = 0; i < count; i++)
    examine_file (doctor, engine, names[i]);
}

void
examine_engines (struct doctor *doctor)
{
  uint32_t before = doctor->count;
  const char *home = getenv ("HOME");
  for (size_t i = 0; i < sizeof engines / sizeof engines[0]; i++)
    if (engines[i].path[strlen (engines[i].path) - 1] == '/')
      examine_directory (doctor, &engines[i]);
    else
      examine_file (doctor, &engines[i], engines[i].path);
  if (home && home[0] == '/')
    examine_file (doctor, &engines[0], arena_format (doctor->arena, "%s/.config/containers/containers.conf", home));
  if (doctor->count == before)
    finding_add (doctor, (struct doctor_finding){ DOCTOR_OK, "engines",
                                                  "no configuration of podman, docker, containerd or CRI-O "
                                                  "names husk",
                                                  NULL, NULL });
}
