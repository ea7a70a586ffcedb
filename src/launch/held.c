/*
 * Checks a silent husk-init every HELD_LOOK_MILLISECONDS while dialogue.c or start.c polls: has another process stopped
 * it, or does a file system hold it up? If so, the caller kills it. In doubt it is left alone: a /proc or a freezer
 * that cannot be read is not a reason to kill it, and a paused container is waited for.
 */
#include "husk/launch.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "husk/descriptor.h"

#define STOPPED_LOOKS 3
#define STILL_LOOKS 30

/* Stopped by a signal: 'T' after the name, which may contain anything. */
static bool
is_stopped (pid_t pid)
{
  char path[32], stat[512];
  (void)snprintf (path, sizeof path, "/proc/%d/stat", (int)pid);
  const char *name = read_small (path, stat, sizeof stat) > 0 ? strrchr (stat, ')') : NULL;
  return name && strncmp (name, ") T", 3) == 0;
}

/* "Unknown" counts as paused: it is not a reason to kill husk-init. */
static bool
is_paused (const struct launch *launch)
{
  bool frozen = false;
  return cgroup_frozen (launch->cgroup, &frozen, &(struct error){ 0 }) < 0 || frozen;
}

int
held_check (struct stall *held, pid_t pid, const struct page *page, const struct launch *launch, struct error *error)
{
  uint32_t step = page->step;
  bool still = launch && launch->hurried && step == held->step && !is_paused (launch);
  held->stopped = is_stopped (pid) ? held->stopped + 1 : 0;
  held->still = still ? held->still + 1 : 0;
  held->step = step;
  if (held->stopped >= STOPPED_LOOKS)
    {
      (void)error_set (error, 0, "husk-init (process %d) was stopped by a signal and does not continue", (int)pid);
      error_hint (error, "a process that shares its pid namespace may have stopped it");
      return -1;
    }
  if (held->still >= STILL_LOOKS)
    {
      (void)error_set (error, ETIMEDOUT, "husk-init (process %d) is blocked in the container", (int)pid);
      error_hint (error, "a file system of the container may not respond");
      return -1;
    }
  return 0;
}
