/*
 * libFuzzer: any bytes as an image's /etc/passwd, read by husk-init's own step. Whatever they are, HOME is one absolute
 * path, of one line and one field, that ends inside of its buffer. (husk reads no group file: ids are numbers.)
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "init.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static int passwd = -1;

/* In place of path.c's: the one file that there is. */
int
path_open (struct init *init, const char *path, int flags)
{
  (void)init, (void)flags;
  if (strcmp (path, "/etc/passwd") != 0)
    abort ();
  return dup (passwd);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  static struct init init;
  static struct page page;
  struct plan_exec exec = { .uid = size % 3 ? 1000 : 0 };
  struct step step = { .kind = STEP_HOME, .exec = &exec };
  init.page = &page;
  init.step = &step;
  if (passwd < 0)
    passwd = memfd_create ("passwd", MFD_CLOEXEC);
  if (ftruncate (passwd, 0) < 0 || pwrite (passwd, data, size, 0) != (ssize_t)size || lseek (passwd, 0, SEEK_SET) < 0)
    abort ();
  memset (init.home, 'x', sizeof init.home);
  if (step_home (&init) < 0)
    abort ();
  size_t length = strnlen (init.home, sizeof init.home);
  if (length == sizeof init.home || strncmp (init.home, "HOME=/", 6) != 0 || strpbrk (init.home, "\n:"))
    abort ();
  return 0;
}
