/*
 * System calls and constants that the oldest headers that husk-init is built with (musl's, 5.10's) may lack.
 */
#ifndef HUSK_INIT_SYSCALLS_H
#define HUSK_INIT_SYSCALLS_H

#include <fcntl.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SYS_open_tree
#define SYS_open_tree 428
#endif
#ifndef SYS_move_mount
#define SYS_move_mount 429
#endif
#ifndef SYS_fsopen
#define SYS_fsopen 430
#endif
#ifndef SYS_fsconfig
#define SYS_fsconfig 431
#endif
#ifndef SYS_fsmount
#define SYS_fsmount 432
#endif
#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif
#ifndef SYS_fspick
#define SYS_fspick 433
#endif
#ifndef SYS_close_range
#define SYS_close_range 436
#endif
#ifndef SYS_openat2
#define SYS_openat2 437
#endif
#ifndef SYS_faccessat2
#define SYS_faccessat2 439
#endif
#ifndef SYS_mount_setattr
#define SYS_mount_setattr 442
#endif

/* What a signal, or whoever traces, interrupts is done again. */
#define RETRY(call)                                                                                                    \
  ({                                                                                                                   \
    __typeof__ (call) retry_result;                                                                                    \
    do                                                                                                                 \
      retry_result = (call);                                                                                           \
    while (retry_result < 0 && errno == EINTR);                                                                        \
    retry_result;                                                                                                      \
  })

#ifndef OPEN_TREE_CLONE
#define OPEN_TREE_CLONE 1
#endif
#ifndef OPEN_TREE_CLOEXEC
#define OPEN_TREE_CLOEXEC O_CLOEXEC
#endif
#ifndef AT_RECURSIVE
#define AT_RECURSIVE 0x8000
#endif
#ifndef MOVE_MOUNT_F_EMPTY_PATH
#define MOVE_MOUNT_F_EMPTY_PATH 0x4
#define MOVE_MOUNT_T_EMPTY_PATH 0x40
#endif
#ifndef FSOPEN_CLOEXEC
#define FSOPEN_CLOEXEC 1
#endif
#ifndef FSMOUNT_CLOEXEC
#define FSMOUNT_CLOEXEC 1
#endif
#define FSCONFIG_FLAG 0        /* FSCONFIG_SET_FLAG */
#define FSCONFIG_STRING 1      /* FSCONFIG_SET_STRING */
#define FSCONFIG_CREATE 6      /* FSCONFIG_CMD_CREATE */
#define FSCONFIG_RECONFIGURE 7 /* FSCONFIG_CMD_RECONFIGURE */
#define FSPICK_CLOEXEC_EMPTY 9 /* FSPICK_CLOEXEC | FSPICK_EMPTY_PATH */
#define ATTR_READONLY 0x1      /* MOUNT_ATTR_RDONLY */
#define ATTR_NOSUID 0x2        /* MOUNT_ATTR_NOSUID */
#define ATTR_NODEV 0x4         /* MOUNT_ATTR_NODEV */
#define ATTR_NOEXEC 0x8        /* MOUNT_ATTR_NOEXEC */
#define ATTR_ATIME 0x70        /* MOUNT_ATTR__ATIME */
#define ATTR_NOATIME 0x10      /* MOUNT_ATTR_NOATIME */
#define ATTR_STRICTATIME 0x20  /* MOUNT_ATTR_STRICTATIME */
#define ATTR_NODIRATIME 0x80   /* MOUNT_ATTR_NODIRATIME */
#define ATTR_IDMAP 0x100000    /* MOUNT_ATTR_IDMAP */
#define ATTR_NOSYMFOLLOW 0x200000

#define RESOLVE_MAGIC 0x02 /* RESOLVE_NO_MAGICLINKS */
#define RESOLVE_ROOT 0x10  /* RESOLVE_IN_ROOT */

/* The kernel's own calls: musl's change the ids of all threads, blocking and unblocking signals for it. */
#ifdef SYS_setresuid32 /* 32-bit machines: the plain ones take 16 bits */
#define SYS_SETRESUID SYS_setresuid32
#define SYS_SETRESGID SYS_setresgid32
#define SYS_SETGROUPS SYS_setgroups32
#else
#define SYS_SETRESUID SYS_setresuid
#define SYS_SETRESGID SYS_setresgid
#define SYS_SETGROUPS SYS_setgroups
#endif

struct mount_attributes /* struct mount_attr */
{
  uint64_t set, clear, propagation, userns_fd;
};
struct open_how_to /* struct open_how */
{
  uint64_t flags, mode, resolve;
};

static inline int
sys_open_tree (int dir, const char *path, unsigned flags)
{
  return (int)syscall (SYS_open_tree, dir, path, flags);
}
static inline int
sys_move_mount (int from, int to, const char *name) /* onto name in to, never through a link; "": onto to itself */
{
  return (int)syscall (SYS_move_mount, from, "", to, name,
                       MOVE_MOUNT_F_EMPTY_PATH | (name[0] ? 0 : MOVE_MOUNT_T_EMPTY_PATH));
}
static inline int
sys_openat2 (int dir, const char *path, uint64_t flags, uint64_t mode, uint64_t resolve)
{
  struct open_how_to how = { flags, mode, resolve };
  return (int)syscall (SYS_openat2, dir, path, &how, sizeof how);
}
static inline int
sys_mount_setattr (int fd, unsigned flags, const struct mount_attributes *attributes)
{
  return (int)syscall (SYS_mount_setattr, fd, "", AT_EMPTY_PATH | flags, attributes, sizeof *attributes);
}

#endif
