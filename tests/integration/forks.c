/*
 * Forks endlessly, each child in a session of its own; children live for a moment and fork meanwhile.
 */
#include <signal.h>
#include <unistd.h>

int
main (void)
{
  (void)signal (SIGCHLD, SIG_IGN); /* they are not waited for */
  for (int generation = 0, turns = 0; generation == 0 || turns < 50; turns++)
    {
      if (fork () == 0)
        {
          (void)setsid ();
          generation++;
          turns = 0;
        }
      (void)usleep (2000);
    }
  return 0;
}
