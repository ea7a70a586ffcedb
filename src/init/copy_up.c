/*
 * tmpcopyup: the new tmpfs starts with the directory's contents. The tree is copied through descriptors, and no link is
 * followed. The copy grants nothing that the image did not. Since the tmpfs has its own flags, devices are not copied
 * from a nodev mount, nor set-user-ID bits from a nosuid one. File capabilities are never copied.
 */
#include "init.h"
#include "mount.h"
#include "syscalls.h"

#include <dirent.h>
#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#define COPY_DEPTH_MAX 64

struct entry /* struct linux_dirent64 */
{
  uint64_t inode;
  int64_t offset;
  uint16_t size;
  uint8_t type;
  char name[];
};

struct place /* a directory being copied, and its copy */
{
  int from, to, depth;
  mode_t modes; /* mode bits to copy */
  int leaves_devices;
};

static int copy_directory (struct init *init, int from, int to, int depth);

static int
copy_data (int from, int to)
{
  char chunk[16384];
  for (;;)
    {
      ssize_t got = RETRY (read (from, chunk, sizeof chunk));
      if (got <= 0)
        return (int)got;
      for (ssize_t done = 0; done < got;)
        {
          ssize_t wrote = RETRY (write (to, chunk + done, (size_t)(got - done)));
          if (wrote < 0)
            return -1;
          done += wrote;
        }
    }
}

static int
copy_file (const struct place *place, const char *name, const struct stat *status)
{
  int source = RETRY (openat (place->from, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  int target = RETRY (openat (place->to, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  int result = source < 0 || target < 0 || copy_data (source, target) < 0
                       || fchown (target, status->st_uid, status->st_gid) < 0
                       || fchmod (target, status->st_mode & place->modes) < 0
                   ? -1
                   : 0;
  int code = errno;
  if (source >= 0)
    (void)close (source);
  if (target >= 0)
    (void)close (target);
  errno = code;
  return result;
}

static int
copy_link (const struct place *place, const char *name, const struct stat *status)
{
  char target[4096];
  ssize_t size = readlinkat (place->from, name, target, sizeof target - 1);
  if (size < 0)
    return -1;
  target[size] = '\0';
  return symlinkat (target, place->to, name) < 0
             ? -1
             : fchownat (place->to, name, status->st_uid, status->st_gid, AT_SYMLINK_NOFOLLOW);
}

static int
copy_subdirectory (struct init *init, const struct place *place, const char *name, const struct stat *status)
{
  if (mkdirat (place->to, name, 0700) < 0 && errno != EEXIST)
    return -1;
  int source = RETRY (openat (place->from, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  int target = RETRY (openat (place->to, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  int result = source < 0 || target < 0 || copy_directory (init, source, target, place->depth + 1) < 0
                       || fchown (target, status->st_uid, status->st_gid) < 0
                       || fchmod (target, status->st_mode & 07777) < 0
                   ? -1
                   : 0;
  int code = errno;
  if (source >= 0)
    (void)close (source);
  if (target >= 0)
    (void)close (target);
  errno = code;
  return result;
}

static int
copy_node (const struct place *place, const char *name, const struct stat *status)
{
  int device = S_ISCHR (status->st_mode) || S_ISBLK (status->st_mode);
  if (device && place->leaves_devices)
    return 0; /* no process could open it, so it is not copied */
  if (mknodat (place->to, name, status->st_mode, status->st_rdev) < 0)
    return -1;
  return fchownat (place->to, name, status->st_uid, status->st_gid, AT_SYMLINK_NOFOLLOW);
}

static int
copy_entry (struct init *init, const struct place *place, const char *name)
{
  struct stat status;
  if (fstatat (place->from, name, &status, AT_SYMLINK_NOFOLLOW) < 0)
    return -1;
  switch (status.st_mode & S_IFMT)
    {
    case S_IFDIR:
      return copy_subdirectory (init, place, name, &status);
    case S_IFREG:
      return copy_file (place, name, &status);
    case S_IFLNK:
      return copy_link (place, name, &status);
    case S_IFSOCK:
      return 0; /* bound to its own file system */
    default:
      return copy_node (place, name, &status);
    }
}

static int
copy_directory (struct init *init, int from, int to, int depth)
{
  char listing[4096] __attribute__ ((aligned (8)));
  struct place place = { from, to, depth, 07777, 0 };
  struct statvfs mount;
  if (depth > COPY_DEPTH_MAX)
    {
      errno = ELOOP;
      return -1;
    }
  if (fstatvfs (from, &mount) < 0)
    return -1;
  if (mount.f_flag & ST_NOSUID)
    place.modes = 01777;
  place.leaves_devices = (mount.f_flag & ST_NODEV) != 0;
  for (;;)
    {
      long size = syscall (SYS_getdents64, from, listing, sizeof listing);
      if (size <= 0)
        return (int)size;
      for (long at = 0; at < size;)
        {
          const struct entry *entry = (const struct entry *)(listing + at);
          at += entry->size;
          if (text_equal (entry->name, ".") || text_equal (entry->name, ".."))
            continue;
          if (copy_entry (init, &place, entry->name) < 0)
            return -1;
        }
    }
}

int
copy_up (struct init *init, int from, int to)
{
  struct stat status;
  int source = RETRY (openat (from, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  int target = RETRY (openat (to, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (source < 0 || target < 0 || fstat (source, &status) < 0 || copy_directory (init, source, target, 0) < 0)
    return fail (init, errno, "copy the contents of ", init->step->mount->destination, " into its tmpfs");
  (void)close (source);
  (void)close (target);
  return 0;
}
