/*
 * The host's /proc, reached through a descriptor that has been checked to be procfs, because in a container the path
 * "/proc" may be anything. It is closed before the root becomes the container's.
 */
#include "init.h"
#include "syscalls.h"

#include <errno.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/vfs.h>

/* husk passes the descriptor if the plan needs it. A fallback for an old kernel may need it otherwise; the host's files
 * are still visible then. */
static int
at_hand (struct init *init)
{
  struct statfs fs;
  if (init->proc >= 0)
    return 0;
  init->proc = RETRY (open ("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (init->proc >= 0 && fstatfs (init->proc, &fs) == 0)
    {
      if (fs.f_type == PROC_SUPER_MAGIC)
        return 0;
      errno = EINVAL;
    }
  int code = errno;
  proc_close (init);
  errno = code;
  return -1;
}

int
proc_open (struct init *init, const char *file, int flags)
{
  return at_hand (init) < 0 ? -1 : RETRY (openat (init->proc, file, flags | O_CLOEXEC));
}

int
proc_write (struct init *init, const char *file, const char *text)
{
  size_t size = strlen (text);
  int fd = proc_open (init, file, O_WRONLY);
  if (fd < 0)
    return -1;
  ssize_t wrote = RETRY (write (fd, text, size));
  int code = wrote < 0 ? errno : EIO;
  (void)close (fd);
  errno = code;
  return wrote == (ssize_t)size ? 0 : -1;
}

const char *
proc_path (struct init *init, char out[48], int fd)
{
  char digits[24];
  if (at_hand (init) < 0)
    return NULL;
  if (fchdir (init->proc) < 0)
    return NULL;
  size_t used = text_append (out, 48, 0, "self/fd/");
  (void)text_append (out, 48, used, text_number (digits, (uint64_t)fd));
  return out;
}

void
proc_close (struct init *init)
{
  if (init->proc >= 0)
    (void)close (init->proc);
  init->proc = -1;
}
