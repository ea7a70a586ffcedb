/*
 * Whether the cgroup that a record names is the container's own, because everything in it is killed, frozen or limited.
 *
 * It must have the inode number that it had when husk made it, and the container's process must be in it. If the
 * process has ended, the number alone decides. A record of an older husk, without a number, is believed if its process
 * is in the cgroup, or if the process has ended and the cgroup is empty.
 */
#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "husk/descriptor.h"
#include "husk/process.h"
#include "record.h"

#define END_MILLISECONDS 2000

static int
not_its_own (const struct record *record, const struct cgroup_directory *directory, const char *why,
             struct error *error)
{
  (void)error_set (error, 0, "cgroup %s/%s is not known to be container \"%s\"'s: %s", directory->mount,
                   directory->path, record->id, why);
  error_hint (error, "its record may have been changed");
  return -1;
}

/* The path in a line "N:NAMES:/PATH" of /proc/PID/cgroup, or NULL if that is not the directory's hierarchy. */
static const char *
path_in (char *line, const struct cgroup_directory *directory)
{
  const char *mount = strrchr (directory->mount, '/') + 1;
  char *names = strchr (line, ':'), *path = names ? strchr (names + 1, ':') : NULL;
  if (!path)
    return NULL;
  size_t length = (size_t)(path - ++names);
  if (strncmp (names, "name=", 5) == 0)
    names += 5, length -= 5;
  if (directory->v2 ? length > 0 : (strlen (mount) != length || strncmp (mount, names, length) != 0))
    return NULL;
  return path + 1;
}

/* The path in /proc may begin further up than the mount. */
static bool
leads_below (const char *path, const char *directory)
{
  size_t length = strlen (directory);
  for (const char *at = path; (at = strchr (at, '/'));)
    {
      at++;
      if (strncmp (at, directory, length) == 0 && (at[length] == '/' || at[length] == '\0'))
        return true;
    }
  return false;
}

/* Whether the thread is in or below each of the directories. The one that the number identifies is not checked. */
static int
check_thread (const struct record *record, pid_t thread, bool numbered, struct error *error)
{
  static char text[65536];
  char path[64];
  (void)snprintf (path, sizeof path, "/proc/%d/task/%d/cgroup", (int)record->pid, (int)thread);
  if (read_small (path, text, sizeof text) <= 0)
    return error_set (error, errno, "cannot inspect process %d: read %s", (int)record->pid, path);
  const struct cgroup_directory *main = cgroup_main (&record->cgroup);
  char *rest = NULL;
  for (char *line = strtok_r (text, "\n", &rest); line; line = strtok_r (NULL, "\n", &rest))
    for (uint32_t i = 0; i < record->cgroup.count; i++)
      {
        const struct cgroup_directory *directory = &record->cgroup.directories[i];
        const char *place = numbered && directory == main ? NULL : path_in (line, directory);
        if (place && !leads_below (place, directory->path))
          return not_its_own (record, directory, "the container's process is not in it", error);
      }
  return 0;
}

/* Whether the process is in the cgroup. If its first thread has ended, that one is in no cgroup, so any thread counts.
 */
static int
check_membership (const struct record *record, bool numbered, struct error *error)
{
  char path[48];
  if (check_thread (record, record->pid, numbered, error) == 0)
    return 0;
  (void)snprintf (path, sizeof path, "/proc/%d/task", (int)record->pid);
  DIR *threads = opendir (path);
  bool found = false;
  for (struct dirent *entry; threads && !found && (entry = readdir (threads));)
    {
      pid_t thread = (pid_t)atoi (entry->d_name);
      found = thread > 0 && thread != record->pid && check_thread (record, thread, numbered, &(struct error){ 0 }) == 0;
    }
  if (threads)
    (void)closedir (threads);
  if (found)
    *error = (struct error){ 0 };
  return found ? 0 : -1;
}

static int
check_empty (const struct record *record, struct error *error)
{
  auto_free pid_t *pids = NULL;
  size_t count = 0;
  if (cgroup_processes (&record->cgroup, &pids, &count, error) < 0)
    return -1;
  return count ? not_its_own (record, cgroup_main (&record->cgroup),
                              "the container's process has ended, and other processes are in it", error)
               : 0;
}

/* Whether the process is about to end: the kernel removes it from v1's cgroups before it becomes a zombie. */
static bool
ends (const struct record *record)
{
  int found = -1;
  struct error unseen = { 0 };
  if (process_open (record->pid, record->pid_start, &found, &unseen) < 0)
    return false;
  auto_close int pidfd = found;
  struct pollfd end = { pidfd, POLLIN, 0 };
  return pidfd < 0 || descriptor_poll (&end, 1, END_MILLISECONDS) > 0;
}

/* known_alive NULL: not known yet. A process that has ended since that check does not make the record wrong. */
static int
trust (const struct record *record, const bool *known_alive, struct error *error)
{
  const struct cgroup_directory *main = cgroup_main (&record->cgroup);
  uint64_t number = 0;
  bool alive = known_alive && *known_alive;
  if (!main)
    return 0;
  if (record->cgroup.unit.name
      && strcmp (strrchr (main->path, '/') ? strrchr (main->path, '/') + 1 : main->path, record->cgroup.unit.name) != 0)
    return not_its_own (record, main, "it is not the cgroup of its unit", error);
  if (record->cgroup_number && cgroup_number (&record->cgroup, &number, error) < 0)
    return -1;
  if (number && number != record->cgroup_number)
    return not_its_own (record, main, "another cgroup has taken its place", error);
  if (!known_alive && process_alive (record->pid, record->pid_start, &alive, error) < 0)
    return -1;
  if (alive && check_membership (record, record->cgroup_number != 0, error) == 0)
    return 0;
  if (alive && !ends (record))
    return -1;
  *error = (struct error){ 0 };
  return record->cgroup_number ? 0 : check_empty (record, error);
}

int
record_trust_cgroup (struct record *record, struct error *error)
{
  if (trust (record, NULL, error) < 0)
    return -1;
  cgroup_pin (&record->cgroup, record->cgroup_number);
  return 0;
}

int
record_trust_cgroup_of_living (struct record *record, struct error *error)
{
  if (trust (record, &(bool){ true }, error) < 0)
    return -1;
  cgroup_pin (&record->cgroup, record->cgroup_number);
  return 0;
}
