/*
 * OOM kills in a cgroup, which `husk events` watches and counts.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>

#include "husk/descriptor.h"
#include "read.h"
#include "husk/tree.h"

static int
open_v1 (int directory)
{
  char order[48];
  auto_close int control = descriptor_open_at (directory, "memory.oom_control", O_RDONLY | O_CLOEXEC);
  auto_close int event = eventfd (0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (control < 0 || event < 0)
    return -1;
  (void)snprintf (order, sizeof order, "%d %d", event, control);
  return write_file_at (directory, "cgroup.event_control", order) < 0 ? -1 : take_fd (&event);
}

static int
open_v2 (int directory)
{
  char path[64];
  auto_close int events = descriptor_open_at (directory, "memory.events", O_RDONLY | O_CLOEXEC);
  auto_close int watch = events < 0 ? -1 : inotify_init1 (IN_CLOEXEC | IN_NONBLOCK);
  (void)snprintf (path, sizeof path, "/proc/self/fd/%d", events);
  return watch < 0 || inotify_add_watch (watch, path, IN_MODIFY) < 0 ? -1 : take_fd (&watch);
}

int
cgroup_oom_open (const struct cgroup *cgroup, short *out_events, struct error *error)
{
  const struct cgroup_directory *directory = tree_directory (cgroup, "memory");
  auto_close int fd = directory ? tree_open (directory) : -1;
  *out_events = POLLIN;
  int result = fd < 0 ? -1 : directory->v2 ? open_v2 (fd) : open_v1 (fd);
  if (result >= 0)
    return result;
  (void)error_set (error, directory ? errno : 0, "watch for OOM kills: the memory controller of the cgroup");
  error_hint (error, "without it there are no OOM events");
  return -1;
}

static int
add_killed (int directory, void *data)
{
  struct arena arena;
  char memory[4096] __attribute__ ((aligned (8))) = "";
  arena_over (&arena, memory, sizeof memory);
  *(uint64_t *)data
      += statistics_read_keyed (statistics_read_text (directory, "memory.oom_control", &arena), "oom_kill");
  return 0;
}

static int
oom_count (const struct cgroup_directory *directory, int top, uint64_t *out)
{
  struct arena arena;
  char memory[4096] __attribute__ ((aligned (8))) = "";
  arena_over (&arena, memory, sizeof memory);
  *out = 0;
  if (!directory->v2) /* each cgroup counts only its own kills */
    return tree_walk (top, add_killed, out);
  const char *text = statistics_read_text (top, "memory.events", &arena);
  *out = statistics_read_keyed (text, "oom_kill");
  return text && *text ? 0 : -1;
}

uint64_t
cgroup_new_oom_kills (const struct cgroup *cgroup, int fd, uint64_t *known)
{
  const struct cgroup_directory *directory = tree_directory (cgroup, "memory");
  auto_close int top = directory ? tree_open (directory) : -1;
  char events[4096] __attribute__ ((aligned (8)));
  uint64_t before = *known, count;
  while (fd >= 0 && descriptor_read (fd, events, sizeof events) > 0)
    ;
  if (top < 0 || oom_count (directory, top, &count) < 0)
    return 0;
  *known = count;
  /* on v1 the count falls when a cgroup below is removed */
  return before != OOM_KILLS_UNKNOWN && count > before ? count - before : 0;
}
