/*
 * A shim: runs two commands by the shell, one after the other, and reaps at once whatever they leave. Prints the
 * second's status.
 */
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static int
run (const char *command)
{
  int status;
  pid_t ended, child = fork ();
  if (child == 0)
    {
      execl ("/bin/sh", "sh", "-c", command, (char *)NULL);
      _exit (127);
    }
  while ((ended = wait (&status)) != child)
    if (ended < 0)
      return -1;
  return WEXITSTATUS (status);
}

int
main (int argc, char **argv)
{
  if (argc != 3 || prctl (PR_SET_CHILD_SUBREAPER, 1) < 0 || run (argv[1]) != 0)
    return 1;
  printf ("status %d\n", run (argv[2]));
  return 0;
}
