/*
 * Ends, and leaves a process behind that writes to its terminal without end. The terminal is given up first: the end of
 * the process that controls it would close it.
 */
#include <signal.h>
#include <sys/ioctl.h>
#include <unistd.h>

int
main (void)
{
  (void)signal (SIGHUP, SIG_IGN);
  (void)signal (SIGCONT, SIG_IGN);
  if (ioctl (0, TIOCNOTTY) < 0)
    return 1;
  if (fork () == 0)
    while (write (1, "and on ", 7) > 0)
      ;
  return 0;
}
