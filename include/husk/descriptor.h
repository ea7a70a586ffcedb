/*
 * Descriptors: every one is close-on-exec from birth, owned by one variable, and closed when that goes out of scope.
 */
#ifndef HUSK_DESCRIPTOR_H
#define HUSK_DESCRIPTOR_H

#include <stdbool.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/socket.h>
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

/* ---- calls that a signal may interrupt ---------------------------------------------------------------------------
 * Each makes the call of the same name, again for as long as a signal interrupts it. husk itself uses no others
 * (tests/house). close(2) is never repeated: the descriptor is gone either way. */
struct open_how;
int descriptor_open (const char *path, int flags, ... /* mode_t mode */);
int descriptor_open_at (int dir, const char *path, int flags, ... /* mode_t mode */);
/* openat2(2) */
int descriptor_open_how (int dir, const char *path, const struct open_how *how);
ssize_t descriptor_read (int fd, void *out, size_t size);
ssize_t descriptor_read_from (int fd, void *out, size_t size, off_t offset);
ssize_t descriptor_write (int fd, const void *data, size_t size);
ssize_t descriptor_send (int socket, const void *data, size_t size, int flags);
ssize_t descriptor_send_to (int socket, const void *data, size_t size, int flags, const struct sockaddr *to,
                            socklen_t length);
ssize_t descriptor_receive (int socket, void *out, size_t size, int flags);
ssize_t descriptor_send_message (int socket, const struct msghdr *message, int flags);
ssize_t descriptor_receive_message (int socket, struct msghdr *message, int flags);
int descriptor_accept (int socket, int flags);
int descriptor_connect (int socket, const struct sockaddr *address, socklen_t size);
int descriptor_lock (int fd, int operation);
/* milliseconds limits the whole wait, interruptions included. -1: no limit; the caller has a reason. */
int descriptor_poll (struct pollfd *polls, nfds_t count, int milliseconds);
pid_t process_wait (pid_t pid, int *out_status, int flags); /* waitpid(2) */
/* The same for a child that was killed or is about to end. -1 with ETIMEDOUT if it has not ended by then: a file system
 * that does not answer, perhaps one of the container's, holds up even a killed process. Whichever process adopts it
 * reaps it. */
int process_wait_within (pid_t pid, int pidfd, int *out_status, int milliseconds);
#define KILLED_MILLISECONDS 10000

/* Opens /dev/null on those of 0, 1 and 2 that are closed, so that no later descriptor gets these numbers. */
int descriptor_guard_stdio (void);
/* Sets close-on-exec on every descriptor >= first. Falls back to /proc/self/fd before Linux 5.11. */
int descriptor_cloexec_from (int first);

#define DESCRIPTORS_SENT_MAX 32
/* Sends bytes with descriptors (SCM_RIGHTS; count may be 0) over a Unix socket, without SIGPIPE. Returns how many bytes
 * were sent, or -1 with errno. */
ssize_t descriptors_send (int socket, const void *data, size_t size, const int *fds, size_t count);

/* Whole reads and writes; EINTR and short counts are handled. 0 or -1 with errno. */
int write_all (int fd, const void *data, size_t size);
/* Reads the start of a small kernel file and ends it with a NUL. Returns its length, or -1 and an empty text. */
ssize_t read_small (const char *path, char *out, size_t size);
/* The pid of a pidfd's process in husk's pid namespace; -1: it is gone, or not visible from here. */
pid_t pidfd_pid (int pidfd);
/* Writes path in dir under a temporary name and renames it, so that no reader sees half of it. mode is as for open. */
int replace_file_at (int dir, const char *path, const void *data, size_t size, mode_t mode, struct error *error);
/* The same for a path that the user chose: a device or FIFO there, or a link to one, is written to, not replaced.
 * *out_made: this call made the file. */
int put_file_at (int dir, const char *path, const void *data, size_t size, mode_t mode, bool *out_made,
                 struct error *error);
/* Writes one string to an existing file (a control file): one open, one write, no create. 0 or -1 with errno. */
int write_file_at (int dir, const char *path, const char *text);

#endif
