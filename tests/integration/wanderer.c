/*
 * Leaves its process group for its parent's and stays: a kill of the group misses it.
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
