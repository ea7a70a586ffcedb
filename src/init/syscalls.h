/*
 * husk-init's system calls for which a supported libc may lack a function. kernel.h has their constants.
 */
#ifndef HUSK_INIT_SYSCALLS_H
#define HUSK_INIT_SYSCALLS_H

#include <fcntl.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "husk/kernel.h"

/* Repeats a call that a signal or a tracer interrupts. */
#define RETRY(call)                                                                                                    \
  ({                                                                                                                   \
    __typeof__ (call) retry_result;                                                                                    \
    do                                                                                                                 \
      retry_result = (call);                                                                                           \
    while (retry_result < 0 && errno == EINTR);                                                                        \
    retry_result;                                                                                                      \
  })

/* The plain system calls: musl's functions change the ids of all threads and block signals meanwhile. */
#ifdef SYS_setresuid32 /* on 32-bit machines the older calls take 16-bit ids */
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

static inline int
sys_open_tree (int dir, const char *path, unsigned flags)
{
  return (int)syscall (SYS_open_tree, dir, path, flags);
}
static inline int
sys_move_mount (int from, int to, const char *name) /* onto name in to, never through a link; "": onto to */
{
  return (int)syscall (SYS_move_mount, from, "", to, name,
                       MOVE_MOUNT_F_EMPTY_PATH | (name[0] ? 0 : MOVE_MOUNT_T_EMPTY_PATH));
}
static inline int
sys_openat2 (int dir, const char *path, uint64_t flags, uint64_t mode, uint64_t resolve)
{
  struct open_how how = { flags, mode, resolve };
  return (int)syscall (SYS_openat2, dir, path, &how, sizeof how);
}
static inline int
sys_mount_setattr (int fd, unsigned flags, const struct mount_attributes *attributes)
{
  return (int)syscall (SYS_mount_setattr, fd, "", AT_EMPTY_PATH | flags, attributes, sizeof *attributes);
}

#endif
