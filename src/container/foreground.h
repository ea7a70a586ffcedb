/*
 * Waiting for a container, or a program of exec, in the foreground: its signals, its terminal, its exit status.
 */
#ifndef HUSK_CONTAINER_FOREGROUND_H
#define HUSK_CONTAINER_FOREGROUND_H

#include <sys/types.h>

#include "husk/error.h"

/* Waits for a process in the foreground: passes on husk's signals and, with a terminal (master >= 0), copies data both
 * ways and follows its size. Returns the exit status, 128+N for signal N. foreground_begin must be called before
 * anything is made: from then on, signals that end husk interrupt the making (signals.h). From foreground_take_signals
 * on, when the program runs, all signals are passed on to it, with those that have just arrived. After foreground_end
 * they stay blocked. */
struct foreground
{
  int signals; /* signalfd */
  int notify;  /* the container's notify socket, to be relayed; or -1 */
};
int foreground_begin (struct foreground *foreground, struct error *error);
int foreground_take_signals (struct foreground *foreground, struct error *error);
int foreground_wait (struct foreground *foreground, pid_t pid, int pidfd, int master, int *out_status,
                     struct error *error);
void foreground_end (struct foreground *foreground);

#endif
