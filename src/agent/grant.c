/*
 * The answer "open": the agent opens the file and the caller gets the descriptor. Unlike with "continue", nothing
 * that the caller changes after the decision matters: the path that the policy saw is the one that is opened. The file
 * is opened with the agent's rights, so the rule decides, and not what the caller might do by itself. Files of the
 * caller's are reached without following any link, from the root directory that the container's process had before it
 * ran a program: an unprivileged caller can make namespaces and mount any file over a path there. They are regular
 * files or directories: opening a device or a FIFO has effects, and a device would be past the container's device
 * rules.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "husk/agent.h"
#include "husk/descriptor.h"
#include "husk/kernel.h"

/* Flags that the caller decides about. O_CREAT is not among them: the file has to exist. */
#define KEPT (O_ACCMODE | O_APPEND | O_TRUNC | O_SYNC | O_DSYNC)

bool
grant_takes (const char *name)
{
  return strcmp (name, "open") == 0 || strcmp (name, "openat") == 0 || strcmp (name, "openat2") == 0
         || strcmp (name, "creat") == 0;
}

/* The flags of open(2). Returns 0 or an errno. openat2 with restrictions on how a path is resolved is ENOSYS, for which
 * callers have a fallback. */
static int
read_flags (const struct seccomp_notif *call, const char *name, uint64_t *out)
{
  struct open_how how;
  if (strcmp (name, "creat") == 0)
    *out = O_CREAT | O_WRONLY | O_TRUNC;
  else if (strcmp (name, "open") == 0)
    *out = call->data.args[1];
  else if (strcmp (name, "openat") == 0)
    *out = call->data.args[2];
  else
    {
      int code = call->data.args[3] < sizeof how ? EINVAL : caller_read (call, call->data.args[2], &how, sizeof how);
      *out = how.flags;
      return code ? code : how.resolve || call->data.args[3] > sizeof how ? ENOSYS : 0;
    }
  return 0;
}

static int
check_flags (uint64_t flags, const struct agent_rule *rule)
{
  if (flags & O_PATH || (flags & O_TMPFILE) == O_TMPFILE)
    return EOPNOTSUPP;
  if (((flags & O_ACCMODE) != O_RDONLY || flags & O_TRUNC) && !rule->writable.value)
    return EACCES;
  return (flags & (O_CREAT | O_EXCL)) == (O_CREAT | O_EXCL) ? EEXIST : 0;
}

/* A directory of the host is never handed over: ".." would lead from it to all others. */
static int
open_file (const char *file, uint64_t flags)
{
  struct stat status;
  auto_close int fd = descriptor_open (file, (int)(flags & KEPT) | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  if (fd < 0 || fstat (fd, &status) < 0)
    return -errno;
  if (S_ISDIR (status.st_mode))
    return -EISDIR;
  return flags & O_DIRECTORY ? -ENOTDIR : take_fd (&fd);
}

/* A caller with a root directory or a mount namespace of its own has chosen by itself what is at its paths. 0 or an
 * errno. */
static int
check_place (const struct notification *notification, const struct client *client)
{
  struct place place;
  bool same = client->root >= 0 && place_read ((pid_t)notification->call->pid, &place)
              && memcmp (&place, &client->place, sizeof place) == 0;
  if (!notification_waits (notification, client->listener))
    return ESRCH; /* it may have been another process's */
  return same ? 0 : EACCES;
}

static int
open_path (const struct notification *notification, const struct client *client, const char *path, uint64_t flags)
{
  const struct open_how how
      = { .flags = O_PATH | O_NOFOLLOW | O_CLOEXEC, .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_SYMLINKS };
  char again[48];
  struct stat status;
  int code = check_place (notification, client);
  if (code)
    return -code;
  auto_close int found = descriptor_open_how (client->root, path, &how);
  if (found < 0 || fstat (found, &status) < 0)
    return -errno;
  if (S_ISLNK (status.st_mode))
    return -ELOOP;
  if (!S_ISREG (status.st_mode) && !S_ISDIR (status.st_mode))
    return -EACCES;
  if (flags & O_DIRECTORY && !S_ISDIR (status.st_mode))
    return -ENOTDIR;
  (void)snprintf (again, sizeof again, "/proc/self/fd/%d", found);
  int fd = descriptor_open (again, (int)(flags & KEPT) | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  return fd < 0 ? -errno : fd;
}

int
grant_open (const struct notification *notification, const struct client *client, const char *name,
            const struct agent_rule *rule, const struct caller_paths *paths, bool *out_cloexec)
{
  uint64_t flags = 0;
  int code = read_flags (notification->call, name, &flags);
  if (code == 0 && !notification_waits (notification, client->listener))
    code = ESRCH;
  if (code == 0)
    code = check_flags (flags, rule);
  if (code == 0 && !rule->file.text && paths->items[0].code)
    code = paths->items[0].code;
  if (code)
    return -code;
  int fd = rule->file.text ? open_file (rule->file.text, flags)
                           : open_path (notification, client, paths->items[0].text, flags);
  if (fd >= 0) /* the agent must not block, the caller may */
    (void)fcntl (fd, F_SETFL, (int)(flags & (O_APPEND | O_NONBLOCK)));
  *out_cloexec = flags & O_CLOEXEC;
  return fd;
}
