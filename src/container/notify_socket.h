/*
 * Readiness: when the caller has NOTIFY_SOCKET (sd_notify(3)), the container gets a socket of its own at
 * /run/notify/notify.sock, and what it says of its state is passed on. It is hostile: of what it sends only lines of
 * known meaning are forwarded, never a MAINPID, and no descriptor. A config whose own environment has NOTIFY_SOCKET is
 * left as it is.
 */
#ifndef HUSK_CONTAINER_NOTIFY_SOCKET_H
#define HUSK_CONTAINER_NOTIFY_SOCKET_H

#include <stdbool.h>
#include <sys/types.h>

#include "load_config.h"
#include "record.h"

/* Adds the mount and the variable to the config if the caller has asked to be notified. true: it has. */
bool notify_offer (struct loaded_config *loaded, const char *root, const char *id);
#define NOTIFY_QUEUE 64 /* a socket's queue holds no more messages */
/* Makes RECORD_NOTIFY. */
int notify_make (int record_directory, struct error *error);
/* Listens; -1 without an error when the caller of this command is not to be notified. */
int notify_listen (int record_directory, int *out_socket, struct error *error);
/* Receives one message and passes it on. With main_pid, READY=1 also names the process that the service manager shall
 * watch from now on. true: the message was READY=1. */
bool notify_relay (int socket, pid_t main_pid);
/* Until READY=1, or the process's end: the service manager has the deadline for that. */
void notify_wait (int socket, int pidfd, pid_t main_pid);

#endif
