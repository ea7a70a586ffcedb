/*
 * What happens to notified calls when their agent has died: they fail with an errno, or the caller's process is killed.
 * (Without an observer, the kernel answers ENOSYS once no process has the listener open.)
 */
#ifndef HUSK_OBSERVER_LOST_H
#define HUSK_OBSERVER_LOST_H

#include "husk/observer.h"
#include "husk/agent.h"

/* -1: the listener is dead. */
int lost_answer (const struct observer *observer, struct notification *notification, int listener);
/* Calls that the agent had received before it died cannot be received again, so their callers are interrupted and call
 * again. A caller in a killable wait cannot be interrupted: its process is killed. */
void lost_repeat (const struct observer *observer);

#endif
