/*
 * The terminal's master side: sent by husk-init over a connected socket, either to the caller's console socket or to
 * husk itself, which then relays in the foreground.
 */
#ifndef HUSK_CONTAINER_CONSOLE_H
#define HUSK_CONTAINER_CONSOLE_H

#include <sys/types.h>

#include "husk/error.h"

/* Connects to the caller's socket (AF_UNIX, SOCK_STREAM); never blocks for longer than five seconds. */
int console_connect (const char *path, const char *option, struct error *error);
/* Sends one descriptor and its name as one message, as clients expect it. */
int console_send (int socket, int fd, const char *name, struct error *error);
/* Takes the master that husk-init has sent over the other end of a socket pair. */
int console_receive (int socket, struct error *error);

#endif
