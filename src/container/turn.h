/*
 * The turn at a husk-init that waits for `start` (channel.h). husk-init serves one connection at a time, and the
 * process that has the turn decides whether the program runs.
 */
#ifndef HUSK_CONTAINER_TURN_H
#define HUSK_CONTAINER_TURN_H

#include "husk/error.h"

/* Connects to the socket in the record's directory. *out -1: husk-init no longer listens, because it was started or is
 * dead. */
int turn_connect (int directory, const char *id, int *out, struct error *error);
/* Waits until it is our turn: 1. 0: the turn will not come, for the same reasons. -1 with an error. */
int turn_await (int connection, int pidfd, const char *id, struct error *error);

#endif
