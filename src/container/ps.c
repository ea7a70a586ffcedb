/*
 * The processes of a container: those in its cgroup or, without one, those in its pid namespace and their descendants.
 */
#include <dirent.h>
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "claim.h"
#include "husk/descriptor.h"
#include "record.h"

struct processes
{
  pid_t *pids;
  size_t count;
};
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

static bool
is_gone (int code)
{
  return code == ENOENT || code == ESRCH;
}

/* -1 with errno if it is gone or cannot be inspected. */
static int
read_parent (pid_t pid)
{
  char path[32], stat[1024];
  (void)snprintf (path, sizeof path, "/proc/%d/stat", (int)pid);
  ssize_t got = read_small (path, stat, sizeof stat);
  const char *field = got > 0 ? strrchr (stat, ')') : NULL; /* "1 (a name) S 0 ..." */
  if (field && strlen (field) > 4)
    return atoi (field + 4);
  errno = got < 0 ? errno : EIO;
  return -1;
}

/* "pid:[4026531836]" */
static int
read_namespace (pid_t pid, char out[64])
{
  char path[40];
  (void)snprintf (path, sizeof path, "/proc/%d/ns/pid", (int)pid);
  ssize_t length = readlink (path, out, 63);
  out[length > 0 ? length : 0] = '\0';
  return length < 0 ? -1 : 0;
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
  /* a zombie has no namespace any more; a process that we may not inspect is not the container's, because we could
   * inspect its first process */
  if (read_namespace (pid, own) < 0 && !is_gone (errno) && errno != EACCES)
    return -1;
  int parent = read_parent (pid);
  if (parent < 0)
    return is_gone (errno) ? 0 : -1;
  table->entries[table->count++] = (struct entry){ pid, parent, strcmp (own, namespace) == 0 };
  return 0;
}

static int
table_read (struct table *table, const char *namespace)
{
  DIR *listing = opendir ("/proc");
  int result = listing ? 0 : -1;
  int code = listing ? 0 : errno;
  errno = 0; /* only errno distinguishes a failure of readdir(3) from its end */
  for (struct dirent *entry; result == 0 && (entry = readdir (listing)); errno = result < 0 ? errno : 0)
    if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9')
      result = table_add (table, atoi (entry->d_name), namespace);
  code = code ? code : errno;
  if (listing)
    (void)closedir (listing);
  errno = code;
  return code ? -1 : result;
}

/* A container's process may have made further pid namespaces, so descendants of processes inside count as inside. */
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
by_namespace (const struct record *record, struct processes *out, struct error *error)
{
  struct table table = { 0 };
  char namespace[64];
  if (!(record->namespaces & CLONE_NEWPID))
    return error_set (error, 0, "container \"%s\" has neither a cgroup nor a pid namespace to find its processes by",
                      record->id);
  auto_close int pidfd = record_open_process (record, error);
  if (pidfd < 0)
    return -1;
  int result = read_namespace (record->pid, namespace) < 0 ? -1 : table_read (&table, namespace);
  int code = errno;
  table_spread (&table);
  out->pids = result < 0 ? NULL : calloc (table.count + 1, sizeof *out->pids);
  code = result < 0 ? code : errno;
  for (size_t i = 0; out->pids && i < table.count; i++)
    if (table.entries[i].inside)
      out->pids[out->count++] = table.entries[i].pid;
  free (table.entries);
  return !out->pids ? error_set (error, code, "list the processes of container \"%s\"", record->id) : 0;
}

static int
list_processes (struct record *record, void *data, struct error *error)
{
  struct processes *out = data;
  if (!record->cgroup.count || !record->owns_cgroup)
    return by_namespace (record, out, error);
  return record_trust_cgroup (record, error) < 0 ? -1
                                                 : cgroup_processes (&record->cgroup, &out->pids, &out->count, error);
}

int
container_processes (const struct globals *globals, const char *id, pid_t **out, size_t *out_count, struct error *error)
{
  struct processes processes = { 0 };
  int result = claim_act (globals, id, list_processes, &processes, error);
  *out = processes.pids;
  *out_count = processes.count;
  return result;
}
