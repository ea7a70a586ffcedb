/*
 * The end of a cgroup: signals to every process in it, and its removal.
 */
#include "husk/cgroup.h"

#include <errno.h>
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>

#include "freeze.h"
#include "husk/descriptor.h"
#include "husk/log.h"
#include "husk/process.h"
#include "husk/tree.h"

#define HOLD_MILLISECONDS 2000 /* to freeze it for a signal */
#define REMOVE_LONGEST_WAIT 2048000000l
#define SIGNAL_AT_A_TIME 64
#define ROUNDS_MAX 100 /* of signals to a cgroup that cannot be frozen */

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

static int
compare_pids (const void *a, const void *b)
{
  pid_t first = *(const pid_t *)a, second = *(const pid_t *)b;
  return (first > second) - (first < second);
}

/* Sorts, and removes duplicates: a process that moves while the list is read can occur twice. */
static void
pids_tidy (struct pids *pids)
{
  size_t kept = 0;
  if (pids->count)
    qsort (pids->items, pids->count, sizeof *pids->items, compare_pids);
  for (size_t i = 0; i < pids->count; i++)
    if (kept == 0 || pids->items[kept - 1] != pids->items[i])
      pids->items[kept++] = pids->items[i];
  pids->count = kept;
}

/* Prefers the hierarchy that freeze.c uses, because its list does not change while it is frozen. Otherwise any will do.
 */
const struct cgroup_directory *
cgroup_main (const struct cgroup *cgroup)
{
  const struct cgroup_directory *found = NULL;
  for (uint32_t i = 0; i < cgroup->count; i++)
    {
      const struct cgroup_directory *directory = &cgroup->directories[i];
      if (directory->v2)
        return directory;
      if (!found || tree_has_controller (directory, "freezer"))
        found = directory;
    }
  return found;
}

int
cgroup_number (const struct cgroup *cgroup, uint64_t *out, struct error *error)
{
  char path[4400];
  struct stat status;
  const struct cgroup_directory *directory = cgroup_main (cgroup);
  *out = 0;
  if (!directory)
    return 0;
  (void)snprintf (path, sizeof path, "%s/%s", directory->mount, directory->path);
  if (lstat (path, &status) < 0)
    return errno == ENOENT ? 0 : error_set (error, errno, "stat cgroup %s", path);
  *out = status.st_ino;
  return 0;
}

void
cgroup_pin (struct cgroup *cgroup, uint64_t number)
{
  const struct cgroup_directory *main = cgroup_main (cgroup);
  for (uint32_t i = 0; i < cgroup->count; i++)
    if (&cgroup->directories[i] == main)
      cgroup->directories[i].number = number;
}

int
cgroup_processes (const struct cgroup *cgroup, pid_t **out, size_t *out_count, struct error *error)
{
  struct pids pids = { 0 };
  const struct cgroup_directory *directory = cgroup_main (cgroup);
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
  pids_tidy (&pids);
  *out = pids.items;
  *out_count = pids.count;
  return 0;
}

/* ---- signals -------------------------------------------------------------------------------------------------------
 */

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

struct signal_batch
{
  const struct cgroup *cgroup;
  int signal;
  int pidfds[SIGNAL_AT_A_TIME];
  pid_t pids[SIGNAL_AT_A_TIME];
  size_t count;
};

static int
signal_process (const struct signal_batch *batch, size_t i, struct error *error)
{
  return syscall (SYS_pidfd_send_signal, batch->pidfds[i], batch->signal, NULL, 0) == 0 || errno == ESRCH
             ? 0
             : error_set (error, errno, "send signal %d to process %d", batch->signal, (int)batch->pids[i]);
}

/* Signals the processes that are still in the cgroup now that their pidfds are open: a pid may have been reused since
 * it was listed. */
static int
signal_open (struct signal_batch *batch, struct error *error)
{
  auto_free pid_t *now = NULL;
  size_t now_count = 0;
  int result = batch->count ? cgroup_processes (batch->cgroup, &now, &now_count, error) : 0;
  for (size_t i = 0; i < batch->count; i++)
    {
      if (result == 0 && now_count && bsearch (&batch->pids[i], now, now_count, sizeof *now, compare_pids))
        result = signal_process (batch, i, error);
      descriptor_close (&batch->pidfds[i]);
    }
  batch->count = 0;
  return result;
}

/* Signals the processes that were not in the previous list. Returns how many, or -1. */
static int
signal_new (const struct cgroup *cgroup, const pid_t *pids, size_t count, const pid_t *before, size_t before_count,
            int signal, struct error *error)
{
  struct signal_batch batch = { .cgroup = cgroup, .signal = signal };
  int sent = 0;
  for (size_t i = 0; i < count; i++)
    {
      if (before_count && bsearch (&pids[i], before, before_count, sizeof *before, compare_pids))
        continue;
      sent++;
      int pidfd = (int)syscall (SYS_pidfd_open, pids[i], 0);
      if (pidfd < 0 && process_gone (errno))
        continue;
      if (pidfd < 0)
        {
          int code = errno;
          (void)signal_open (&batch, error);
          return error_set (error, code, "open process %d to send signal %d to it", (int)pids[i], signal);
        }
      batch.pidfds[batch.count] = pidfd;
      batch.pids[batch.count++] = pids[i];
      if (batch.count == SIGNAL_AT_A_TIME && signal_open (&batch, error) < 0)
        return -1;
    }
  return signal_open (&batch, error) < 0 ? -1 : sent;
}

/* Repeats until the list has nothing new. For a frozen cgroup one round is enough. */
static int
signal_rounds (const struct cgroup *cgroup, int signal, struct error *error)
{
  auto_free pid_t *before = NULL;
  size_t before_count = 0;
  for (int round = 0; round < ROUNDS_MAX; round++)
    {
      pid_t *pids;
      size_t count;
      if (cgroup_processes (cgroup, &pids, &count, error) < 0)
        return -1;
      int sent = signal_new (cgroup, pids, count, before, before_count, signal, error);
      free (before);
      before = pids;
      before_count = count;
      if (sent <= 0)
        return sent;
    }
  return 0;
}

/* Freezes the cgroup, so that no process forks between the list and the signal. Without a freezer, signal_rounds lists
 * the processes again. *stuck is set if the cgroup could not be thawed afterwards. */
static int
signal_held (const struct cgroup *cgroup, int signal, struct error *stuck, struct error *error)
{
  struct error trouble = { 0 };
  struct freezer held = { .command = -1 };
  (void)freeze_within (cgroup, HOLD_MILLISECONDS, &held, &trouble);
  int result = signal_rounds (cgroup, signal, error);
  (void)freeze_undo (&held, stuck);
  return result;
}

/* Also thaws cgroups that others have frozen, because killed processes cannot end while they are frozen on v1. */
static int
kill_all (const struct cgroup *cgroup, struct error *error)
{
  struct error trouble = { 0 };
  bool frozen = false; /* also if unknown: freezing it again does no harm */
  int result = 0;
  if (!kill_by_file (cgroup))
    {
      (void)cgroup_frozen (cgroup, &frozen, &trouble);
      /* a failure to thaw is ignored: everything is thawed below */
      result = frozen ? signal_rounds (cgroup, SIGKILL, error)
                      : signal_held (cgroup, SIGKILL, &(struct error){ 0 }, error);
    }
  trouble = (struct error){ 0 };
  if (thaw_everything (cgroup, &trouble) == 0)
    return result;
  if (result == 0)
    *error = trouble;
  else
    log_warning_line (&trouble);
  return -1;
}

int
cgroup_signal (const struct cgroup *cgroup, int signal, struct error *error)
{
  bool frozen;
  struct error stuck = { 0 };
  if (cgroup->count == 0)
    return 0;
  if (signal == SIGKILL)
    return kill_all (cgroup, error);
  if (cgroup_frozen (cgroup, &frozen, error) < 0)
    return -1;
  int result = frozen ? signal_rounds (cgroup, signal, error) : signal_held (cgroup, signal, &stuck, error);
  if (!stuck.set)
    return result;
  if (result < 0)
    log_warning_line (error);
  return *error = stuck, -1;
}

/* ---- removal -------------------------------------------------------------------------------------------------------
 */

static int
remove_children (int directory, void *data)
{
  (void)data;
  /* tree_walk visits leaves first, so the children of each directory can be removed when its turn comes */
  int again = descriptor_open_at (directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR *listing = again < 0 ? NULL : fdopendir (again);
  for (struct dirent *entry; listing && (entry = readdir (listing));)
    if (entry->d_type == DT_DIR && strcmp (entry->d_name, ".") != 0 && strcmp (entry->d_name, "..") != 0)
      (void)unlinkat (directory, entry->d_name, AT_REMOVEDIR);
  if (listing)
    (void)closedir (listing);
  return 0;
}

static int
count_directory (int directory, void *data)
{
  (void)directory;
  ++*(size_t *)data;
  return 0;
}

/* runtime.md, "Delete": a cgroup that existed before the container stays, but what the container made in it is removed.
 * 0: it is empty. */
static int
empty_directory (const struct cgroup_directory *directory)
{
  struct pids pids = { 0 };
  size_t directories = 0;
  auto_close int fd = tree_open (directory);
  if (fd < 0)
    return errno == ENOENT ? 0 : -1;
  (void)tree_walk (fd, remove_children, NULL); /* what could not be removed is counted below */
  int result = tree_walk (fd, count_directory, &directories) < 0 || tree_walk (fd, pids_of_directory, &pids) < 0;
  free (pids.items);
  errno = EBUSY;
  return result || directories > 1 || pids.count ? -1 : 0;
}

/* 0: it is gone, or empty if it existed before the container. */
static int
remove_directory (struct cgroup_directory *directory)
{
  const char *name = tree_name (directory);
  if (directory->found)
    return empty_directory (directory);
  if (tree_hold (directory) < 0)
    return errno == ENOENT ? 0 : -1;
  if (unlinkat (directory->holder, name, AT_REMOVEDIR) == 0 || errno == ENOENT)
    return 0;
  auto_close int fd = tree_open (directory);
  if (fd >= 0)
    (void)tree_walk (fd, remove_children, NULL); /* if a child stays, unlinkat below fails */
  return unlinkat (directory->holder, name, AT_REMOVEDIR) == 0 || errno == ENOENT ? 0 : -1;
}

/* Waits up to a second for the cgroup to become empty. */
static bool
becomes_empty (const struct cgroup *cgroup)
{
  for (long wait = 1000000; wait <= 512000000; wait *= 2)
    {
      auto_free pid_t *pids = NULL;
      size_t count = 0;
      struct error trouble = { 0 };
      if (cgroup_processes (cgroup, &pids, &count, &trouble) < 0)
        return false;
      if (count == 0)
        return true;
      struct timespec pause = { .tv_nsec = wait };
      (void)nanosleep (&pause, NULL);
    }
  return false;
}

/* Must come before the directory is removed: systemd does not notice that, and would keep a unit without a cgroup. A
 * unit that may not be the container's (its creator was killed at the wrong moment) is stopped only if it is empty. */
static int
stop_unit (const struct cgroup *cgroup, bool kill, struct error *error)
{
  struct error trouble = { 0 };
  if (kill)
    (void)cgroup_signal (cgroup, SIGKILL, &trouble); /* else systemd waits for those that ignore SIGTERM */
  else if (!becomes_empty (cgroup))
    return error_set (error, EBUSY, "unit %s has processes that are not known to be the container's",
                      cgroup->unit.name);
  return unit_stop (&cgroup->unit, error);
}

int
cgroup_remove (struct cgroup *cgroup, bool kill, struct error *error)
{
  bool gone[CGROUP_MAX_HIERARCHIES] = { false };
  int code = 0;
  struct error trouble = { 0 };
  if (cgroup->unit.name && stop_unit (cgroup, kill, error) < 0)
    return -1;
  const struct cgroup_directory *main = cgroup_main (cgroup);
  /* killed processes take a moment to leave: 1 ms, doubled, about four seconds in all */
  for (long wait = 1000000;; wait *= 2)
    {
      struct cgroup left = { .count = 0 };
      bool inhabited = false; /* the main directory is left: its processes are known to be the container's */
      for (uint32_t i = 0; i < cgroup->count; i++)
        {
          if (!gone[i])
            gone[i] = remove_directory (&cgroup->directories[i]) == 0;
          if (!gone[i])
            {
              code = errno;
              inhabited |= &cgroup->directories[i] == main;
              left.directories[left.count++] = cgroup->directories[i];
            }
        }
      if (left.count == 0)
        return 0;
      if (wait > REMOVE_LONGEST_WAIT)
        return error_set (error, code, "remove cgroup %s/%s", left.directories[0].mount, left.directories[0].path);
      if (kill && inhabited)
        (void)cgroup_signal (cgroup, SIGKILL, &trouble); /* once more; if this fails, so does the removal */
      struct timespec pause = { .tv_sec = wait / 1000000000, .tv_nsec = wait % 1000000000 };
      (void)nanosleep (&pause, NULL);
    }
}
