/*
 * Verdicts that only the kernel can carry out as it does: KILL and TRAP. The observer's filter has a number of system
 * call for each of them; the caller is made to make that call.
 */
#ifndef HUSK_OBSERVER_FORCE_H
#define HUSK_OBSERVER_FORCE_H

#include "husk/agent.h"

/* No kernel has system calls there, and x32's bit is not set in them. */
enum
{
  FORCE_KILL_PROCESS = 0x3f4b5000,
  FORCE_KILL_THREAD,
  FORCE_TRAP,
};

/* Carries out a KILL or TRAP verdict on the caller. false: it could not be done so (it is traced by another, or this
 * architecture's registers are not known), and the process was killed. */
bool force (struct notification *notification, int listener, uint32_t verdict);

#endif
