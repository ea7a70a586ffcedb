/*
 * Leaves the process group that it was started in for its parent's, and stays: who kills the group misses it.
 */
#include <unistd.h>

int
main (void)
{
  if (setpgid (0, getpgid (getppid ())) < 0)
    return 1;
  for (;;)
    (void)pause ();
}
