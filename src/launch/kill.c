/*
 * Kills and reaps a husk-init that will not become the program, for launch.c and dialogue.c.
 */
#include "husk/launch.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>

#include "husk/descriptor.h"
#include "husk/log.h"
#include "husk/program_end.h"

void
launch_kill (struct launch *launch)
{
  if (launch->pid <= 0)
    return;
  (void)kill (launch->pid, SIGKILL); /* not reaped yet: the pid is still its own */
  if (process_wait_within (launch->pid, launch->pidfd, &launch->ended, KILLED_MILLISECONDS) < 0 && errno == ETIMEDOUT)
    log_warning ("husk-init (process %d) was killed but has not exited", (int)launch->pid);
  launch->pid = 0;
}

int
launch_killed_status (const struct launch *launch)
{
  return WIFSIGNALED (launch->ended) && WTERMSIG (launch->ended) == SIGSYS ? STATUS_OF_SIGNAL (SIGSYS) : 0;
}
