/*
 * Sets mount attributes with mount(2), for kernels without mount_setattr(2) (Linux 5.12) and for what only mount(2) can
 * mount. A remount sets all flags of a mount, so the current ones are read first and kept.
 */
#include "init.h"
#include "mount.h"
#include "syscalls.h"

#include <sys/mount.h>
#include <sys/statvfs.h>

static const struct
{
  uint64_t attribute;
  unsigned long flag;
} flags_of[] = { { MOUNT_ATTR_RDONLY, MS_RDONLY },
                 { MOUNT_ATTR_NOSUID, MS_NOSUID },
                 { MOUNT_ATTR_NODEV, MS_NODEV },
                 { MOUNT_ATTR_NOEXEC, MS_NOEXEC },
                 { MOUNT_ATTR_NODIRATIME, MS_NODIRATIME },
                 { MOUNT_ATTR_NOATIME, MS_NOATIME },
                 { MOUNT_ATTR_STRICTATIME, MS_STRICTATIME },
                 { MOUNT_ATTR_NOSYMFOLLOW, MS_NOSYMFOLLOW } };

unsigned long
mount_flags (uint64_t attributes)
{
  unsigned long flags = 0;
  for (size_t i = 0; i < sizeof flags_of / sizeof *flags_of; i++)
    flags |= attributes & flags_of[i].attribute ? flags_of[i].flag : 0;
  return flags;
}

uint64_t
mount_attributes (unsigned long flags)
{
  uint64_t attributes = 0;
  for (size_t i = 0; i < sizeof flags_of / sizeof *flags_of; i++)
    attributes |= flags & flags_of[i].flag ? flags_of[i].attribute : 0;
  return attributes;
}

int
mount_current_flags (int mounted, unsigned long *out_flags)
{
  struct statvfs status;
  if (fstatvfs (mounted, &status) < 0)
    return -1;
  /* statfs(2) uses mount(2)'s numbers, except for nosymfollow, and has no flag for strictatime */
  *out_flags = status.f_flag & mount_flags (~(uint64_t)(MOUNT_ATTR_NOSYMFOLLOW | MOUNT_ATTR_STRICTATIME));
  *out_flags |= status.f_flag & STATFS_NOSYMFOLLOW ? MS_NOSYMFOLLOW : 0;
  return 0;
}

int
mount_change_flags (struct init *init, int mounted, unsigned long set, unsigned long clear)
{
  char place[48];
  unsigned long kept;
  const char *path = proc_path (init, place, mounted);
  if (!path || mount_current_flags (mounted, &kept) < 0)
    return -1;
  return (int)syscall (SYS_mount, NULL, path, NULL, MS_BIND | MS_REMOUNT | set | (kept & ~clear), NULL);
}
