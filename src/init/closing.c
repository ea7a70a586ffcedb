/*
 * Closes descriptors. Once the root is the container's, nothing of the host's is open, so no name in the image can lead
 * there, however it is resolved (docs/architecture.md, "What is open").
 */
#include "init.h"
#include "syscalls.h"

#include <errno.h>

static void
close_at (int *fd)
{
  if (*fd >= 0)
    (void)close (*fd);
  *fd = -1;
}

/* Closes all descriptors from first on, except for the spared ones. */
static int
close_others (unsigned first, const int *spared, size_t count)
{
  for (;;)
    {
      unsigned next = ~0u;
      for (size_t i = 0; i < count; i++)
        if (spared[i] >= 0 && (unsigned)spared[i] >= first && (unsigned)spared[i] < next)
          next = (unsigned)spared[i];
      if (next != first && syscall (SYS_close_range, first, next == ~0u ? next : next - 1, 0u) < 0)
        return -1;
      if (next == ~0u)
        return 0;
      first = next + 1;
    }
}

/* Whether a startContainer hook is to run, which may print to a file. */
static int
hook_follows (const struct init *init)
{
  const struct step *end = init->plan->steps + init->plan->step_count;
  for (const struct step *step = init->step; step < end; step++)
    if (step->kind == STEP_HOOK)
      return 1;
  return 0;
}

int
close_host (struct init *init)
{
  int hook = hook_follows (init);
  const int spared[] = { init->control, init->plan->listen, init->rootfs, hook ? init->plan->hook_output : -1,
                         hook ? init->plan->hook_errors : -1 };
  int *shared[] = { &init->proc, &init->null, &init->empty };
  path_forget (init);
  /* numbers below kept are the program's, but one that the caller left free may now be husk-init's */
  for (size_t i = 0; i < sizeof shared / sizeof *shared; i++)
    if (*shared[i] >= 0 && (unsigned)*shared[i] < init->plan->kept)
      close_at (shared[i]);
    else
      *shared[i] = -1;
  if (close_others (init->plan->kept, spared, sizeof spared / sizeof *spared) < 0)
    return fail (init, errno, "close the host's descriptors");
  return 0;
}

int
close_all (void)
{
  return (int)syscall (SYS_close_range, 3u, ~0u, 0u);
}

int
root_of (struct init *init)
{
  if (init->rootfs >= 0)
    return init->rootfs;
  proc_close (init);
  init->rootfs = RETRY (openat (AT_FDCWD, "/", O_PATH | O_DIRECTORY | O_CLOEXEC));
  return init->rootfs;
}

void
close_root (struct init *init)
{
  close_at (&init->rootfs);
}
