/*
 * KILL and TRAP, the verdicts that only the kernel can carry out faithfully. The observer's filter returns them for
 * system call numbers of husk's own, and the caller is made to make such a call.
 */
#ifndef HUSK_OBSERVER_FORCE_H
#define HUSK_OBSERVER_FORCE_H

#include <sys/types.h>

#include "husk/agent.h"

/* No kernel has system calls with these numbers, and x32's bit is not set in them. */
enum
{
  FORCE_KILL_PROCESS = 0x3f4b5000,
  FORCE_KILL_THREAD,
  FORCE_TRAP,
};

/* Carries out a KILL or TRAP verdict on the caller. false: that failed (another process traces the caller, or husk does
 * not know this architecture's registers), and the process was killed with SIGKILL. */
bool force (struct notification *notification, int listener, uint32_t verdict);

/* Whether SIGSYS is caught by the thread's process, and not blocked. */
bool force_is_caught (pid_t thread);

#endif
