/*
 * The processes of a container: those of its cgroup; without one, those of its pid namespace and below.
 */
#include <dirent.h>
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "husk/descriptor.h"
#include "record.h"

struct entry
{
  pid_t pid, parent;
  bool inside;
};
struct table
{
  struct entry *entries;
  size_t count, room;
};

static int
read_parent (pid_t pid)
{
  char path[32], stat[1024];
  (void)snprintf (path, sizeof path, "/proc/%d/stat", (int)pid);
  if (read_small (path, stat, sizeof stat) <= 0)
    return -1;
  const char *field = strrchr (stat, ')'); /* "1 (a name) S 0 ..." */
  return field && strlen (field) > 4 ? atoi (field + 4) : -1;
}

/* "pid:[4026531836]"; empty for a process that is gone. */
static void
read_namespace (pid_t pid, char out[64])
{
  char path[40];
  (void)snprintf (path, sizeof path, "/proc/%d/ns/pid", (int)pid);
  ssize_t length = readlink (path, out, 63);
  out[length > 0 ? length : 0] = '\0';
}

static int
table_add (struct table *table, pid_t pid, const char *namespace)
{
  char own[64];
  if (table->count == table->room)
    {
      size_t room = table->room ? table->room * 2 : 256;
      struct entry *entries = realloc (table->entries, room * sizeof *entries);
      if (!entries)
        return -1;
      table->entries = entries;
      table->room = room;
    }
  read_namespace (pid, own);
  table->entries[table->count++] = (struct entry){ pid, read_parent (pid), strcmp (own, namespace) == 0 };
  return 0;
}

static int
table_read (struct table *table, const char *namespace)
{
  DIR *listing = opendir ("/proc");
  int result = listing ? 0 : -1;
  for (struct dirent *entry; result == 0 && (entry = readdir (listing));)
    if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9')
      result = table_add (table, atoi (entry->d_name), namespace);
  if (listing)
    (void)closedir (listing);
  return result;
}

/* A container's process may have made pid namespaces of its own: what descends from those inside is inside. */
static void
table_spread (struct table *table)
{
  for (bool changed = true; changed;)
    {
      changed = false;
      for (size_t i = 0; i < table->count; i++)
        for (size_t j = 0; !table->entries[i].inside && j < table->count; j++)
          if (table->entries[j].inside && table->entries[j].pid == table->entries[i].parent)
            table->entries[i].inside = changed = true;
    }
}

static int
by_namespace (const struct record *record, pid_t **out, size_t *out_count, struct error *error)
{
  struct table table = { 0 };
  char namespace[64];
  if (!(record->namespaces & CLONE_NEWPID))
    return error_set (error, 0,
                      "container \"%s\" has neither a cgroup nor a pid namespace of its own to find its processes by",
                      record->id);
  auto_close int pidfd = record_open_process (record, error);
  if (pidfd < 0)
    return -1;
  read_namespace (record->pid, namespace);
  int result = namespace[0] ? table_read (&table, namespace) : -1;
  table_spread (&table);
  *out = calloc (table.count + 1, sizeof **out);
  for (size_t i = 0; *out && i < table.count; i++)
    if (table.entries[i].inside)
      (*out)[(*out_count)++] = table.entries[i].pid;
  free (table.entries);
  return result < 0 || !*out ? error_set (error, errno, "list the processes of container \"%s\"", record->id) : 0;
}

int
container_processes (const struct globals *globals, const char *id, pid_t **out, size_t *out_count, struct error *error)
{
  struct arena arena;
  struct record record;
  *out = NULL;
  *out_count = 0;
  if (record_open (globals, id, &arena, &record, NULL, error) < 0)
    return -1;
  if (!record.cgroup.count || !record.owns_cgroup)
    return by_namespace (&record, out, out_count, error);
  if (record_trust_cgroup (&record, error) < 0)
    return -1;
  return cgroup_processes (&record.cgroup, out, out_count, error);
}
