/*
 * setns(2) and unshare(2) around the clone: launch.c enters the namespaces for husk-init and returns, or a process in
 * between enters them and stays. child.c makes a time namespace inside a new user namespace. husk itself must be able
 * to return, so keep() refuses user and mount namespaces, and husk's own is opened before another is entered. A failure
 * to return fails the launch.
 */
#include "namespace.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <sys/ioctl.h>

#include "husk/descriptor.h"
#include "husk/host.h"
#include "husk/kernel.h"

/* config-linux.md, "Namespaces": a path that is not a namespace of that type is an error. */
int
namespace_open (struct plan_join *join, struct error *error)
{
  origin_t origin = join->origin;
  if (join->fd != PLAN_PREPARE || !join->path)
    return 0;
  auto_close int fd = descriptor_open (join->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (fd < 0)
    return error_set_at (error, origin, errno, "open the namespace %s", join->path);
  int type = ioctl (fd, NS_GET_NSTYPE);
  if (type < 0)
    return error_set_at (error, origin, 0, "%s is not a namespace", join->path);
  if ((uint64_t)type != join->flags)
    return error_set_at (error, origin, 0, "%s is a namespace of another type", join->path);
  join->fd = take_fd (&fd);
  return 0;
}

static const char *
own_file (uint64_t flag)
{
  bool no_return = flag == CLONE_NEWUSER || flag == CLONE_NEWNS; /* husk could not return from these */
  return no_return ? NULL : host_namespace_file (flag);
}

static int
keep (struct namespaces_kept *kept, uint64_t flag, struct error *error)
{
  const char *file = own_file (flag);
  if (!file)
    return error_set (error, EINVAL, "enter a namespace for a clone");
  int fd = descriptor_open (file, O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    return error_set (error, errno, "open %s", file);
  kept->items[kept->count].fd = fd;
  kept->items[kept->count++].flag = (int)flag;
  return 0;
}

/* The offsets can be written only until the first process, the clone, is in the new namespace. */
static int
unshare_time (const char *offsets, struct error *error)
{
  if (unshare (CLONE_NEWTIME) < 0)
    return error_set (error, errno, "make a time namespace");
  if (offsets[0] && write_file_at (AT_FDCWD, "/proc/self/timens_offsets", offsets) < 0)
    return error_set (error, errno, "write the time offsets");
  return 0;
}

static int
make_time (const char *offsets, struct namespaces_kept *kept, struct error *error)
{
  return keep (kept, CLONE_NEWTIME, error) < 0 ? -1 : unshare_time (offsets, error);
}

int
namespaces_enter_new_time (const char *offsets, struct error *error)
{
  if (unshare_time (offsets, error) < 0)
    return -1;
  auto_close int own = descriptor_open ("/proc/self/ns/time_for_children", O_RDONLY | O_CLOEXEC);
  return own < 0 || setns (own, CLONE_NEWTIME) < 0 ? error_set (error, errno, "enter the new time namespace") : 0;
}

static int
cannot_join (const struct plan_join *join, struct error *error)
{
  int code = errno;
  (void)error_set_at (error, join->origin, code, "join %s", join->path ? join->path : "the container's pid namespace");
  if (code == EPERM && join->path)
    error_hint (error, "this needs CAP_SYS_ADMIN in the user namespace that owns it: name that one by its path too, "
                       "instead of a new one");
  return -1;
}

int
namespaces_enter (const struct plan_parent *parent, struct namespaces_kept *kept, struct error *error)
{
  for (uint32_t i = 0; i < parent->join_before_count; i++)
    {
      const struct plan_join *join = &parent->joins_before[i];
      if (keep (kept, join->flags, error) < 0)
        return -1;
      if (setns (join->fd, (int)join->flags) < 0)
        return cannot_join (join, error);
    }
  return parent->time_offsets && !parent->time_inside ? make_time (parent->time_offsets, kept, error) : 0;
}

void
namespaces_stay (struct namespaces_kept *kept)
{
  while (kept->count > 0)
    descriptor_close (&kept->items[--kept->count].fd);
}

int
namespaces_leave (struct namespaces_kept *kept, struct error *error)
{
  int result = 0;
  for (uint32_t i = kept->count; i-- > 0;)
    {
      if (setns (kept->items[i].fd, kept->items[i].flag) < 0)
        result = error_set (error, errno, "return from a namespace");
      descriptor_close (&kept->items[i].fd);
    }
  kept->count = 0;
  return result;
}
