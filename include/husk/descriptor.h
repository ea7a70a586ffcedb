/*
 * Descriptors: every one is close-on-exec from birth, owned by one variable, and closed when that goes out of scope.
 */
#ifndef HUSK_DESCRIPTOR_H
#define HUSK_DESCRIPTOR_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/types.h>
#include <unistd.h>

#include "husk/error.h"

static inline void
descriptor_close (int *fd)
{
  if (*fd >= 0)
    (void)close (*fd);
  *fd = -1;
}
#define auto_close __attribute__ ((cleanup (descriptor_close)))

static inline int
take_fd (int *fd)
{
  int taken = *fd;
  *fd = -1;
  return taken;
}

static inline void
memory_free (void *pointer)
{
  free (*(void **)pointer);
}
#define auto_free __attribute__ ((cleanup (memory_free)))

/* Opens /dev/null on those of 0, 1, 2 that are closed, so that no later descriptor lands there. */
int descriptor_guard_stdio (void);
/* Sets close-on-exec on every descriptor >= first. Falls back to /proc/self/fd before Linux 5.11. */
int descriptor_cloexec_from (int first);

#define DESCRIPTORS_SENT_MAX 32
/* Sends bytes with descriptors (SCM_RIGHTS; count may be 0) over a Unix socket, without SIGPIPE. Gives how many bytes
 * went, or -1 with errno. */
ssize_t descriptors_send (int socket, const void *data, size_t size, const int *fds, size_t count);

/* Whole reads and writes; EINTR and short counts are handled. 0 or -1 with errno. */
int write_all (int fd, const void *data, size_t size);
/* Reads a regular file of at most limit bytes (EFBIG beyond, EINVAL for what is no regular file), opened with
 * O_NONBLOCK so that a FIFO cannot hang it. Gives malloc'd memory with a NUL after the size. */
int read_file_at (int dir, const char *path, size_t limit, char **out_data, size_t *out_size, struct error *error);
/* Reads the start of a small file of the kernel's, with a NUL at its end. Gives its length, or -1 and an empty text. */
ssize_t read_small (const char *path, char *out, size_t size);
/* Writes path in dir by a temporary name and rename, so that no reader sees half of it. mode as for open. */
int replace_file_at (int dir, const char *path, const void *data, size_t size, mode_t mode, struct error *error);
/* Writes one string to an existing file (a control file): one open, one write, no create. 0 or -1 with errno. */
int write_file_at (int dir, const char *path, const char *text);

#endif
