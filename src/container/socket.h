/*
 * Descriptors over Unix sockets. husk-init sends the terminal's master side over a connected one (src/init/console.c),
 * either to the caller's console socket or to husk itself, which then relays in the foreground; husk sends pidfds.
 */
#ifndef HUSK_CONTAINER_SOCKET_H
#define HUSK_CONTAINER_SOCKET_H

#include <sys/types.h>

#include "husk/error.h"

/* Connects to the caller's socket (AF_UNIX, SOCK_STREAM); never blocks for longer than five seconds. */
int socket_connect (const char *path, const char *option, struct error *error);
/* Sends one descriptor and its name as one message, as clients expect it. */
int socket_send_descriptor (int socket, int fd, const char *name, struct error *error);
/* Takes the master that husk-init has sent over the other end of a socket pair. */
int socket_receive_descriptor (int socket, struct error *error);

#endif
