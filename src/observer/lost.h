/*
 * What happens to notified calls when their agent has died: errno, or the end of the caller's process. (By itself the
 * kernel answers ENOSYS, once no process has the listener.)
 */
#ifndef HUSK_OBSERVER_LOST_H
#define HUSK_OBSERVER_LOST_H

#include "husk/observer.h"
#include "husk/agent.h"

/* -1: the listener is dead. */
int lost_answer (const struct observer *observer, struct notification *notification, int listener);
/* Calls that the agent had received when it died cannot be received again: their callers are made to call anew. Those
 * that wait killably cannot be, and are killed. */
void lost_repeat (const struct observer *observer);

#endif
