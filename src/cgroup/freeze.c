/*
 * Freezing: the kernel stops every process of a cgroup, and of those below it, where it is.
 *
 * Where a cgroup2 tree stands beside v1's freezer its own is used: what it has frozen can still be killed, and it tells
 * when it is done.
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
#include "tree.h"

#define FREEZE_MILLISECONDS 10000
#define WRITE_AGAIN_MILLISECONDS 50
#define LOOK_AGAIN_MILLISECONDS 100 /* v1 tells nothing by itself */

/* ---- v2 ------------------------------------------------------------------------------------------------------ */

static bool
events_say (int events, bool frozen)
{
  char text[256];
  ssize_t got = descriptor_read_from (events, text, sizeof text - 1, 0);
  text[got > 0 ? got : 0] = '\0';
  return strstr (text, frozen ? "frozen 1" : "frozen 0") != NULL;
}

static int
set_v2 (int directory, bool freeze, int64_t deadline)
{
  auto_close int events = descriptor_open_at (directory, "cgroup.events", O_RDONLY | O_CLOEXEC);
  if (events < 0 || write_file_at (directory, "cgroup.freeze", freeze ? "1" : "0") < 0)
    return -1;
  while (!events_say (events, freeze))
    {
      struct pollfd change = { events, POLLPRI, 0 };
      int64_t left = deadline - now_milliseconds ();
      if (left <= 0)
        {
          errno = ETIMEDOUT;
          return -1;
        }
      (void)descriptor_poll (&change, 1, (int)left);
    }
  return 0;
}

/* ---- v1 ------------------------------------------------------------------------------------------------------ */

/* A process that is being made while its parent freezes may slip through: the state stays FREEZING until it is written
 * again. */
static int
set_v1 (int directory, bool freeze, int64_t deadline)
{
  const char *wanted = freeze ? "FROZEN" : "THAWED";
  int64_t again = 0;
  for (long wait = 100000;; wait = wait < 10000000 ? wait * 2 : wait)
    {
      char state[32], parent[8];
      int64_t now = now_milliseconds ();
      if (now >= again && write_file_at (directory, "freezer.state", wanted) < 0)
        return -1;
      if (now >= again)
        again = now + WRITE_AGAIN_MILLISECONDS;
      (void)tree_read (directory, "freezer.state", state, sizeof state);
      if (strncmp (state, wanted, strlen (wanted)) == 0)
        return 0;
      (void)tree_read (directory, "freezer.parent_freezing", parent, sizeof parent);
      if (now >= deadline || (!freeze && parent[0] == '1'))
        {
          errno = now >= deadline ? ETIMEDOUT : EBUSY;
          return -1;
        }
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

/* The directory to freeze by, opened: v2's, else that of v1's freezer. -1 with errno when there is none. */
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
        if (fd >= 0 && faccessat (fd, v2 ? "cgroup.freeze" : "freezer.state", F_OK, 0) == 0)
          return take_fd (&fd);
        code = errno;
      }
  errno = code;
  return -1;
}

static int
set_directory (int fd, bool v2, bool freeze, int64_t deadline)
{
  return v2 ? set_v2 (fd, freeze, deadline) : set_v1 (fd, freeze, deadline);
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
  error_hint (error, cgroup->count
                         ? "mount the freezer controller of cgroup v1, or cgroup v2"
                         : "the container was made without one: none was delegated, or --cgroup-manager=disabled");
  return -1;
}

static int
set_all (const struct cgroup *cgroup, bool freeze, long milliseconds, struct error *error)
{
  const struct cgroup_directory *directory;
  auto_close int fd = open_freezer (cgroup, &directory);
  if (fd < 0)
    return no_freezer (cgroup, directory, error);
  if (set_directory (fd, directory->v2, freeze, now_milliseconds () + milliseconds) == 0)
    return 0;
  int code = errno;
  if (freeze)
    (void)write_file_at (fd, directory->v2 ? "cgroup.freeze" : "freezer.state", directory->v2 ? "0" : "THAWED");
  (void)error_set (error, code, "%s cgroup %s/%s", freeze ? "freeze" : "thaw", directory->mount, directory->path);
  if (!freeze)
    error_hint (error, "a cgroup above it may be frozen");
  return -1;
}

int
freeze_within (const struct cgroup *cgroup, long milliseconds, struct error *error)
{
  return set_all (cgroup, true, milliseconds, error);
}

int
cgroup_freeze (const struct cgroup *cgroup, bool freeze, struct error *error)
{
  if (freeze)
    return set_all (cgroup, true, FREEZE_MILLISECONDS, error);
  if (set_all (cgroup, false, FREEZE_MILLISECONDS, error) < 0)
    return -1;
  /* somebody else may have used the other freezer of a hybrid layout */
  for (uint32_t i = 0; i < cgroup->count; i++)
    {
      const struct cgroup_directory *directory = &cgroup->directories[i];
      auto_close int fd = !directory->v2 && is_freezer (directory) ? tree_open (directory) : -1;
      if (fd >= 0 && set_v1 (fd, false, now_milliseconds () + FREEZE_MILLISECONDS) < 0)
        return error_set (error, errno, "thaw cgroup %s/%s", directory->mount, directory->path);
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
      auto_close int fd = tree_open (directory);
      if (fd < 0 && errno == ENOENT)
        continue;
      if (fd < 0 || tree_read (fd, directory->v2 ? "cgroup.freeze" : "freezer.state", state, sizeof state) < 0)
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
        (void)events_say (events, false); /* a change after this is told by poll */
      if (cgroup_frozen (cgroup, &frozen, error) < 0)
        return -1;
      if (descriptor_poll (polls, 2, frozen ? LOOK_AGAIN_MILLISECONDS : 0) > 0 && polls[0].revents)
        return error_set_kind (error, ERROR_NOT_RUNNING, 0, "container not running");
    }
  return 0;
}

static int
thaw_directory (int directory, void *data)
{
  (void)data;
  (void)write_file_at (directory, "freezer.state", "THAWED");
  (void)write_file_at (directory, "cgroup.freeze", "0");
  return 0;
}

void
thaw_everything (const struct cgroup *cgroup)
{
  for (uint32_t i = 0; i < cgroup->count; i++)
    {
      auto_close int fd = is_freezer (&cgroup->directories[i]) ? tree_open (&cgroup->directories[i]) : -1;
      if (fd >= 0)
        (void)tree_walk (fd, thaw_directory, NULL);
    }
}
