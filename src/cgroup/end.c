/*
 * The end of a cgroup: signals to all that is in it, and its removal.
 */
#include "husk/cgroup.h"

#include <errno.h>
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "husk/descriptor.h"
#include "tree.h"

/* ---- processes -----------------------------------------------------------------------------------------------------
 */

struct pids
{
  pid_t *items;
  size_t count, room;
};

static int
pids_add (pid_t pid, void *data)
{
  struct pids *pids = data;
  for (size_t i = 0; i < pids->count; i++)
    if (pids->items[i] == pid)
      return 0;
  if (pids->count == pids->room)
    {
      size_t room = pids->room ? pids->room * 2 : 64;
      pid_t *items = realloc (pids->items, room * sizeof *items);
      if (!items)
        return -1;
      pids->items = items;
      pids->room = room;
    }
  pids->items[pids->count++] = pid;
  return 0;
}

static int
pids_of_directory (int directory, void *data)
{
  return tree_pids (directory, pids_add, data) < 0 ? -1 : 0;
}

/* The hierarchy to look in: the freezer's on v1, for it can hold them still; any is as good otherwise. */
static const struct cgroup_directory *
main_directory (const struct cgroup *cgroup)
{
  const struct cgroup_directory *found = NULL;
  for (uint32_t i = 0; i < cgroup->count; i++)
    {
      const struct cgroup_directory *directory = &cgroup->directories[i];
      if (!directory->v2 && strstr (strrchr (directory->mount, '/'), "freezer"))
        return directory;
      if (!found || directory->v2)
        found = directory;
    }
  return found;
}

int
cgroup_processes (const struct cgroup *cgroup, pid_t **out, size_t *out_count, struct error *error)
{
  struct pids pids = { 0 };
  const struct cgroup_directory *directory = main_directory (cgroup);
  *out = NULL;
  *out_count = 0;
  auto_close int fd = directory ? tree_open (directory) : -1;
  if (fd < 0)
    return directory && errno != ENOENT ? error_set (error, errno, "open cgroup %s", directory->path) : 0;
  if (tree_walk (fd, pids_of_directory, &pids) < 0)
    {
      free (pids.items);
      return error_set (error, errno ? errno : ENOMEM, "list the processes of cgroup %s", directory->path);
    }
  *out = pids.items;
  *out_count = pids.count;
  return 0;
}

/* ---- freezing
 * -------------------------------------------------------------------------------------------------------- */

static void
freezer (const struct cgroup *cgroup, bool freeze)
{
  for (uint32_t i = 0; i < cgroup->count; i++)
    {
      const struct cgroup_directory *directory = &cgroup->directories[i];
      bool v1 = !directory->v2 && strstr (strrchr (directory->mount, '/'), "freezer");
      if (!v1 && !directory->v2)
        continue;
      auto_close int fd = tree_open (directory);
      if (fd < 0)
        continue;
      if (v1)
        (void)write_file_at (fd, "freezer.state", freeze ? "FROZEN" : "THAWED");
      else
        (void)write_file_at (fd, "cgroup.freeze", freeze ? "1" : "0");
    }
}

bool
cgroup_frozen (const struct cgroup *cgroup)
{
  for (uint32_t i = 0; i < cgroup->count; i++)
    {
      const struct cgroup_directory *directory = &cgroup->directories[i];
      bool v1 = !directory->v2 && strstr (strrchr (directory->mount, '/'), "freezer");
      if (!v1 && !directory->v2)
        continue;
      char state[16] = "";
      auto_close int cgroup_fd = tree_open (directory);
      auto_close int fd
          = cgroup_fd < 0 ? -1 : openat (cgroup_fd, v1 ? "freezer.state" : "cgroup.freeze", O_RDONLY | O_CLOEXEC);
      if (fd >= 0 && read (fd, state, sizeof state - 1) > 0 && (state[0] == 'F' || state[0] == '1'))
        return true;
    }
  return false;
}

/* ---- signals
 * ---------------------------------------------------------------------------------------------------------- */

static bool
kill_by_file (const struct cgroup *cgroup)
{
  for (uint32_t i = 0; i < cgroup->count; i++)
    {
      auto_close int fd = cgroup->directories[i].v2 ? tree_open (&cgroup->directories[i]) : -1;
      if (fd >= 0 && write_file_at (fd, "cgroup.kill", "1") == 0) /* Linux 5.14 */
        return true;
    }
  return false;
}

int
cgroup_signal (const struct cgroup *cgroup, int signal, struct error *error)
{
  auto_free pid_t *pids = NULL;
  size_t count;
  if (cgroup->count == 0 || (signal == SIGKILL && kill_by_file (cgroup)))
    return 0;
  /* held still, so that none forks away between the list and the signal */
  bool frozen = cgroup_frozen (cgroup);
  if (!frozen)
    freezer (cgroup, true);
  int result = cgroup_processes (cgroup, &pids, &count, error);
  for (size_t i = 0; result == 0 && i < count; i++)
    if (kill (pids[i], signal) < 0 && errno != ESRCH)
      result = error_set (error, errno, "send signal %d to process %d", signal, (int)pids[i]);
  if (!frozen || signal == SIGKILL)
    freezer (cgroup, false);
  return result;
}

/* ---- removal
 * ------------------------------------------------------------------------------------------------------------ */

static int
remove_children (int directory, void *data)
{
  (void)data;
  /* walk gives leaves first: each directory's children can be removed when it is its turn */
  int again = openat (directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR *listing = again < 0 ? NULL : fdopendir (again);
  for (struct dirent *entry; listing && (entry = readdir (listing));)
    if (entry->d_type == DT_DIR && entry->d_name[0] != '.')
      (void)unlinkat (directory, entry->d_name, AT_REMOVEDIR);
  if (listing)
    (void)closedir (listing);
  return 0;
}

/* 0: it is gone. */
static int
remove_directory (struct cgroup_directory *directory)
{
  const char *name = tree_name (directory);
  if (tree_hold (directory) < 0)
    return errno == ENOENT ? 0 : -1;
  if (unlinkat (directory->holder, name, AT_REMOVEDIR) == 0 || errno == ENOENT)
    return 0;
  auto_close int fd = tree_open (directory);
  if (fd >= 0)
    (void)tree_walk (fd, remove_children, NULL);
  return unlinkat (directory->holder, name, AT_REMOVEDIR) == 0 || errno == ENOENT ? 0 : -1;
}

/* systemd's own cgroup goes with its unit: it would call a scope failed whose directory somebody else removes. */
static int
stop_unit (const struct cgroup *cgroup, struct error *error)
{
  struct error trouble = { 0 };
  (void)cgroup_signal (cgroup, SIGKILL, &trouble); /* so that systemd need not wait for what it asks to end */
  return unit_stop (&cgroup->unit, error);
}

int
cgroup_remove (struct cgroup *cgroup, bool kill, struct error *error)
{
  bool gone[CGROUP_MAX_HIERARCHIES] = { false };
  struct error trouble = { 0 };
  if (cgroup->unit.name && kill && stop_unit (cgroup, error) < 0)
    return -1;
  /* processes that were killed are a moment in leaving: 1 ms, doubled, about a second in all */
  for (long wait = 1000000; wait <= 512000000; wait *= 2)
    {
      uint32_t left = 0, last = 0;
      for (uint32_t i = 0; i < cgroup->count; i++)
        {
          if (!gone[i])
            gone[i] = remove_directory (&cgroup->directories[i]) == 0;
          if (!gone[i])
            left++, last = i;
        }
      if (left == 0)
        return 0;
      if (wait == 512000000)
        return error_set (error, errno, "remove cgroup %s/%s", cgroup->directories[last].mount,
                          cgroup->directories[last].path);
      if (kill)
        {
          (void)cgroup_signal (cgroup, SIGKILL, &trouble);
          freezer (cgroup, false);
        }
      struct timespec pause = { .tv_nsec = wait };
      (void)nanosleep (&pause, NULL);
    }
  return 0;
}
