/*
 * The turn at husk-init that waits for `start` (channel.h): it takes one of those that connect at a time, and a process
 * that has the turn decides whether the program runs.
 */
#ifndef HUSK_CONTAINER_TURN_H
#define HUSK_CONTAINER_TURN_H

#include "husk/error.h"

/* Connects to the socket in the record's directory. *out -1: husk-init no longer listens, because it was told to go or
 * is dead. */
int turn_connect (int directory, const char *id, int *out, struct error *error);
/* Until it is our turn: 1. 0: it will not be, as above. */
int turn_await (int connection, int pidfd, const char *id, struct error *error);

#endif
