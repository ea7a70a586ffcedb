/*
 * Freezing: the kernel stops every process of a cgroup and of the cgroups below it.
 *
 * If there is both a cgroup2 tree and v1's freezer, the former is used: a process that it has frozen can still be
 * killed, and it sends an event when it is done.
 */
#include "freeze.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "husk/clock.h"
#include "husk/descriptor.h"
#include "husk/log.h"
#include "husk/tree.h"

#define FREEZE_MILLISECONDS 10000
#define WRITE_AGAIN_MILLISECONDS 50
#define LOOK_AGAIN_MILLISECONDS 100 /* v1 sends no events */
#define COUNTERMAND_MILLISECONDS 20 /* v2 sends no event if an order is reversed before it was carried out */
#define THAW_TRIES 6                /* 1 ms apart at first, doubled each time */

/* ---- undoing ------------------------------------------------------------------------------------------------- */

static const char *
command_file (bool v2)
{
  return v2 ? "cgroup.freeze" : "freezer.state";
}

static int
give_command (int command, bool v2, bool freeze)
{
  const char *word = v2 ? (freeze ? "1" : "0") : (freeze ? "FROZEN" : "THAWED");
  return write_all (command, word, strlen (word));
}

static void
pause_before (int try)
{
  struct timespec pause = { .tv_nsec = 1000000L << try };
  (void)nanosleep (&pause, NULL);
}

/* Thaws through the file that froze it, which is still open: nothing that has failed since then can prevent that. -1
 * with errno when it stays frozen. */
static int
undo (int command, const struct cgroup_directory *directory)
{
  for (int try = 0; give_command (command, directory->v2, false) < 0; try++)
    {
      int code = errno;
      if (tree_is_gone (code))
        return 0;
      if (try == THAW_TRIES)
        {
          errno = code;
          return -1;
        }
      pause_before (try);
    }
  return 0;
}

/* Always -1. A cgroup that stays frozen is worse than an earlier error, so that one becomes a warning. */
static int
stays_frozen (const struct cgroup_directory *directory, struct error *error)
{
  int code = errno;
  if (error->set)
    log_warning_line (error);
  *error = (struct error){ 0 };
  (void)error_set (error, code, "cgroup %s/%s remains frozen: write %s", directory->mount, directory->path,
                   command_file (directory->v2));
  error_hint (error, "'husk resume ID' thaws it");
  return -1;
}

/* Another process has given the opposite order since. There is nothing more to wait for, and its order is not undone.
 * Always -1. */
static int
countermanded (void)
{
  errno = ECANCELED;
  return -1;
}

/* ---- v2 ------------------------------------------------------------------------------------------------------ */

/* Whether cgroup.events reports this state; -1: unknown. */
static int
events_report_state (int events, bool frozen)
{
  char text[256];
  ssize_t got = descriptor_read_from (events, text, sizeof text - 1, 0);
  if (got < 0)
    return -1;
  text[got] = '\0';
  return strstr (text, frozen ? "frozen 1" : "frozen 0") != NULL;
}

/* 0 while our order is in force; -1 with errno, ECANCELED if another process has reversed it. */
static int
check_order (int directory, bool freeze)
{
  char order[8];
  if (tree_read (directory, "cgroup.freeze", order, sizeof order) < 0)
    return -1;
  return (order[0] == '1') == freeze ? 0 : countermanded ();
}

static int
set_v2 (int directory, int command, bool freeze, int64_t deadline)
{
  int done = 0;
  auto_close int events = descriptor_open_at (directory, "cgroup.events", O_RDONLY | O_CLOEXEC);
  if (events < 0 || give_command (command, true, freeze) < 0)
    return -1;
  while ((done = events_report_state (events, freeze)) == 0)
    {
      struct pollfd change = { events, POLLPRI, 0 };
      int64_t left = deadline - now_milliseconds ();
      if (left <= 0)
        {
          errno = ETIMEDOUT;
          return -1;
        }
      if (descriptor_poll (&change, 1, left < COUNTERMAND_MILLISECONDS ? (int)left : COUNTERMAND_MILLISECONDS) < 0
          || check_order (directory, freeze) < 0)
        return -1;
    }
  return done < 0 ? -1 : 0;
}

/* ---- v1 ------------------------------------------------------------------------------------------------------ */

/* A process that is forked while its parent freezes may escape: the state stays FREEZING until it is written again. */
static int
set_v1 (int directory, int command, bool freeze, int64_t deadline)
{
  const char *wanted = freeze ? "FROZEN" : "THAWED";
  int64_t again = 0;
  if (give_command (command, false, freeze) < 0)
    return -1;
  for (long wait = 100000;; wait = wait < 10000000 ? wait * 2 : wait)
    {
      char state[32], parent[8], self[8];
      int64_t now = now_milliseconds ();
      again = again ? again : now + WRITE_AGAIN_MILLISECONDS;
      if (tree_read (directory, "freezer.state", state, sizeof state) < 0)
        return -1;
      if (strncmp (state, wanted, strlen (wanted)) == 0)
        return 0;
      (void)tree_read (directory, "freezer.parent_freezing", parent, sizeof parent);
      if (tree_read (directory, "freezer.self_freezing", self, sizeof self) > 0 && (self[0] == '1') != freeze)
        return countermanded ();
      if (now >= deadline || (!freeze && parent[0] == '1'))
        {
          errno = now >= deadline ? ETIMEDOUT : EBUSY;
          return -1;
        }
      if (now >= again && give_command (command, false, freeze) < 0)
        return -1;
      again = now >= again ? now + WRITE_AGAIN_MILLISECONDS : again;
      struct timespec pause = { .tv_nsec = wait };
      (void)nanosleep (&pause, NULL);
    }
}

/* ---- either -------------------------------------------------------------------------------------------------- */

static bool
is_freezer (const struct cgroup_directory *directory)
{
  return directory->v2 || tree_has_controller (directory, "freezer");
}

/* Opens the directory to freeze with: v2's, else that of v1's freezer. -1 with errno when there is none. An error that
 * leaves this unknown does not lead to the other freezer: it could not thaw what the first has frozen. */
static int
open_freezer (const struct cgroup *cgroup, const struct cgroup_directory **out)
{
  int code = ENOENT;
  *out = NULL;
  for (int v2 = 1; v2 >= 0; v2--)
    for (uint32_t i = 0; i < cgroup->count; i++)
      {
        const struct cgroup_directory *directory = &cgroup->directories[i];
        if (directory->v2 != (v2 == 1) || !is_freezer (directory))
          continue;
        *out = directory;
        auto_close int fd = tree_open (directory);
        if (fd >= 0 && faccessat (fd, command_file (v2), F_OK, 0) == 0 && !tree_is_replaced (cgroup))
          return take_fd (&fd);
        code = errno;
        if (!tree_is_gone (code))
          return -1;
      }
  errno = code;
  return -1;
}

static int
set_directory (int fd, int command, bool v2, bool freeze, int64_t deadline)
{
  return v2 ? set_v2 (fd, command, freeze, deadline) : set_v1 (fd, command, freeze, deadline);
}

static int
no_freezer (const struct cgroup *cgroup, const struct cgroup_directory *tried, struct error *error)
{
  if (tried)
    return error_set (error, errno, "open the freezer of cgroup %s/%s", tried->mount, tried->path);
  if (cgroup->count)
    (void)error_set (error, 0, "cgroup %s has no freezer", cgroup->directories[0].path);
  else
    (void)error_set (error, 0, "there is no cgroup to freeze");
  error_hint (error, cgroup->count ? "mount the freezer controller of cgroup v1, or cgroup v2" : CGROUP_NONE_MADE);
  return -1;
}

static int
cannot_set (const struct cgroup_directory *directory, bool freeze, struct error *error)
{
  int code = errno;
  const char *verb = freeze ? "freeze" : "thaw";
  return code == ECANCELED ? error_set (error, 0, "%s cgroup %s/%s: it was %s meanwhile", verb, directory->mount,
                                        directory->path, freeze ? "thawed" : "frozen")
                           : error_set (error, code, "%s cgroup %s/%s", verb, directory->mount, directory->path);
}

/* With out, returns there what undoes the freeze, even if it failed halfway. Otherwise a failed freeze is undone here.
 */
static int
set_all (const struct cgroup *cgroup, bool freeze, long milliseconds, struct freezer *out, struct error *error)
{
  const struct cgroup_directory *directory;
  auto_close int fd = open_freezer (cgroup, &directory);
  if (fd < 0)
    return no_freezer (cgroup, directory, error);
  auto_close int command = descriptor_open_at (fd, command_file (directory->v2), O_WRONLY | O_CLOEXEC);
  if (command >= 0 && set_directory (fd, command, directory->v2, freeze, now_milliseconds () + milliseconds) == 0)
    {
      if (out)
        *out = (struct freezer){ take_fd (&command), directory };
      return 0;
    }
  bool theirs = errno == ECANCELED;
  (void)cannot_set (directory, freeze, error);
  if (theirs)
    return -1;
  if (out)
    *out = (struct freezer){ take_fd (&command), directory };
  else if (freeze && command >= 0 && undo (command, directory) < 0)
    (void)stays_frozen (directory, error);
  else if (!freeze)
    error_hint (error, "a cgroup above it may be frozen");
  return -1;
}

int
freeze_within (const struct cgroup *cgroup, long milliseconds, struct freezer *out, struct error *error)
{
  return set_all (cgroup, true, milliseconds, out, error);
}

int
freeze_undo (struct freezer *frozen, struct error *error)
{
  int result = 0;
  if (frozen->command >= 0 && undo (frozen->command, frozen->directory) < 0)
    result = stays_frozen (frozen->directory, error);
  descriptor_close (&frozen->command);
  return result;
}

int
cgroup_freeze (const struct cgroup *cgroup, bool freeze, struct error *error)
{
  if (freeze)
    return set_all (cgroup, true, FREEZE_MILLISECONDS, NULL, error);
  if (set_all (cgroup, false, FREEZE_MILLISECONDS, NULL, error) < 0)
    return -1;
  /* another program may have used the other freezer of a hybrid layout */
  for (uint32_t i = 0; i < cgroup->count; i++)
    {
      const struct cgroup_directory *directory = &cgroup->directories[i];
      if (directory->v2 || !is_freezer (directory))
        continue;
      auto_close int fd = tree_open (directory);
      auto_close int command = fd < 0 ? -1 : descriptor_open_at (fd, "freezer.state", O_WRONLY | O_CLOEXEC);
      if ((command < 0 && tree_is_gone (errno)) || tree_is_replaced (cgroup))
        continue;
      if (command < 0 || set_v1 (fd, command, false, now_milliseconds () + FREEZE_MILLISECONDS) < 0)
        return cannot_set (directory, false, error);
    }
  return 0;
}

int
cgroup_freezer (const struct cgroup *cgroup, char *out, size_t size)
{
  const struct cgroup_directory *directory;
  auto_close int fd = open_freezer (cgroup, &directory);
  return fd < 0 || snprintf (out, size, "%s/%s", directory->mount, directory->path) >= (int)size ? -1 : 0;
}

int
cgroup_frozen (const struct cgroup *cgroup, bool *out, struct error *error)
{
  *out = false;
  for (uint32_t i = 0; i < cgroup->count; i++)
    {
      const struct cgroup_directory *directory = &cgroup->directories[i];
      char state[16];
      if (!is_freezer (directory))
        continue;
      if (tree_read_file (directory, command_file (directory->v2), state, sizeof state) < 0)
        {
          if (tree_is_gone (errno))
            continue;
          return error_set (error, errno, "cannot tell whether cgroup %s/%s is frozen", directory->mount,
                            directory->path);
        }
      if (state[0] == 'F' || state[0] == '1')
        *out = true;
    }
  return 0;
}

int
cgroup_wait_thawed (const struct cgroup *cgroup, int pidfd, struct error *error)
{
  const struct cgroup_directory *directory;
  auto_close int fd = open_freezer (cgroup, &directory);
  auto_close int events
      = fd >= 0 && directory->v2 ? descriptor_open_at (fd, "cgroup.events", O_RDONLY | O_CLOEXEC) : -1;
  for (bool frozen = true; frozen;)
    {
      struct pollfd polls[] = { { pidfd, POLLIN, 0 }, { events, POLLPRI, 0 } };
      if (events >= 0)
        (void)events_report_state (events, false); /* poll reports a change after this */
      if (cgroup_frozen (cgroup, &frozen, error) < 0)
        return -1;
      if (descriptor_poll (polls, 2, frozen ? LOOK_AGAIN_MILLISECONDS : 0) > 0 && polls[0].revents)
        return error_set_kind (error, ERROR_NOT_RUNNING, 0, "container not running");
    }
  return 0;
}

/* code: the errno of the first directory that could not be thawed and is not known to be thawed already. */
struct thaw
{
  bool v2;
  int code;
};

static int
thaw_directory (int directory, void *data)
{
  struct thaw *thaw = data;
  const char *file = command_file (thaw->v2), *word = thaw->v2 ? "0" : "THAWED";
  char state[32];
  if (write_file_at (directory, file, word) == 0 || tree_is_gone (errno))
    return 0;
  int code = errno;
  /* the caller may have no right to write there, and need not if it is thawed already */
  if (tree_read (directory, file, state, sizeof state) <= 0 || state[0] != word[0])
    thaw->code = thaw->code ? thaw->code : code;
  return 0;
}

/* Thaws it and everything below it. It comes first, because husk freezes only that one. 0 or an errno. */
static int
thaw_tree (const struct cgroup_directory *directory)
{
  struct thaw thaw = { .v2 = directory->v2 };
  auto_close int fd = tree_open (directory);
  if (fd < 0)
    return tree_is_gone (errno) ? 0 : errno;
  (void)thaw_directory (fd, &thaw);
  if (!tree_is_leaf (fd) && tree_walk (fd, thaw_directory, &thaw) < 0 && !thaw.code)
    thaw.code = errno ? errno : EIO;
  return thaw.code;
}

int
thaw_everything (const struct cgroup *cgroup, struct error *error)
{
  int result = 0;
  for (uint32_t i = 0; i < cgroup->count; i++)
    {
      const struct cgroup_directory *directory = &cgroup->directories[i];
      int code = is_freezer (directory) ? thaw_tree (directory) : 0;
      for (int try = 0; code && try < THAW_TRIES; try++)
        {
          pause_before (try);
          code = thaw_tree (directory);
        }
      if (code)
        {
          result = error_set (error, code, "thaw cgroup %s/%s", directory->mount, directory->path);
          error_hint (error, "'husk resume ID' thaws it");
        }
    }
  return result;
}
