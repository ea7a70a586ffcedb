/*
 * --no-pivot: the root will be changed with chroot(2), and the host's mounts stay below it in the mount namespace. No
 * process inside can reach them, but the kernel lets a user namespace mount a fresh proc or sysfs if the mount
 * namespace has one that nothing covers. So they are unmounted. What cannot be unmounted, in a user namespace, is
 * covered.
 */
#include "init.h"
#include "syscalls.h"

#include <errno.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#define ROUNDS_MAX 64 /* unmounting uncovers other mounts for the next round */

struct table /* /proc/self/mountinfo, line by line */
{
  int fd;
  size_t start, end;
  char text[8192]; /* more than a line, whose path has at most 4096 bytes */
};

/* The next line without its newline. NULL: the end if errno is 0, else an error. */
static char *
next_line (struct table *table)
{
  for (;;)
    {
      char *line = table->text + table->start, *newline = memchr (line, '\n', table->end - table->start);
      if (newline)
        {
          *newline = '\0';
          table->start = (size_t)(newline + 1 - table->text);
          return line;
        }
      memmove (table->text, line, table->end - table->start);
      table->end -= table->start;
      table->start = 0;
      ssize_t got = table->end < sizeof table->text
                        ? read (table->fd, table->text + table->end, sizeof table->text - table->end)
                        : 0;
      if (got < 0 && errno == EINTR)
        continue;
      if (got < 0)
        return NULL;
      if (got == 0)
        {
          errno = table->end ? EOVERFLOW : 0; /* a line longer than any valid one */
          return NULL;
        }
      table->end += (size_t)got;
    }
}

/* The fifth field, in which a space is written as "\040". */
static char *
mount_point (char *line)
{
  char *path = line, *to;
  for (int i = 0; path && i < 4; i++)
    path = (path = strchr (path, ' ')) ? path + 1 : NULL;
  if (!path)
    return NULL;
  to = path;
  for (const char *at = path; *at && *at != ' '; to++)
    if (at[0] == '\\' && at[1] && at[2] && at[3])
      {
        *to = (char)((at[1] - '0') << 6 | (at[2] - '0') << 3 | (at[3] - '0'));
        at += 4;
      }
    else
      *to = *at++;
  *to = '\0';
  return path;
}

/* Whether it is the root of a proc or sysfs: a part of one, such as a bind of /proc/sys, does not matter to the kernel.
 * 1, 0, or -1 if that is unknown. */
static int
is_proc_or_sysfs (const char *path)
{
  struct statfs fs;
  struct stat status;
  if (statfs (path, &fs) < 0) /* ENOENT: a path in the container */
    return errno == ENOENT || errno == ENOTDIR ? 0 : -1;
  if (fs.f_type != PROC_SUPER_MAGIC && fs.f_type != SYSFS_MAGIC)
    return 0;
  return stat (path, &status) < 0 ? -1 : status.st_ino == 1; /* the root's inode */
}

/* Makes one pass over the table. Paths are resolved in the old root, where those of the container's own mounts do not
 * exist. Unmounts what it can or, with cover, covers what is left. Returns how many it unmounted, or -1. */
static int
unmount_round (struct init *init, int cover)
{
  struct table table = { .fd = proc_open (init, "self/mountinfo", O_RDONLY) };
  int count = 0;
  if (table.fd < 0)
    return fail (init, errno, "read /proc/self/mountinfo");
  for (char *line; (line = next_line (&table));)
    {
      char *path = mount_point (line);
      if (!path || text_equal (path, "/"))
        continue;
      if (!cover)
        count += umount2 (path, MNT_DETACH | UMOUNT_NOFOLLOW) == 0;
      else
        {
          int found = is_proc_or_sysfs (path);
          if (found < 0 || (found && mount ("tmpfs", path, "tmpfs", MS_RDONLY, NULL) < 0))
            count = fail (init, errno, "cover the host's ", path);
        }
      if (count < 0)
        break;
    }
  if (count >= 0 && errno != 0)
    count = fail (init, errno, "read /proc/self/mountinfo");
  (void)close (table.fd);
  return count;
}

int
leave_old_root (struct init *init)
{
  int count = 1;
  for (int i = 0; i < ROUNDS_MAX && count > 0; i++)
    count = unmount_round (init, 0);
  return count < 0 ? -1 : unmount_round (init, 1) < 0 ? -1 : 0;
}
