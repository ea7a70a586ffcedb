/*
 * Readiness: if the caller has NOTIFY_SOCKET (sd_notify(3)), the container gets its own socket at
 * /run/notify/notify.sock, and its state messages are passed on. The container is not trusted: only lines with a known
 * meaning are forwarded, never a MAINPID or a descriptor. A config that sets NOTIFY_SOCKET itself is left as it is.
 */
#ifndef HUSK_CONTAINER_NOTIFY_SOCKET_H
#define HUSK_CONTAINER_NOTIFY_SOCKET_H

#include <stdbool.h>
#include <sys/types.h>

#include "load_config.h"
#include "record.h"

/* Adds the mount and the variable to the config if the caller wants to be notified. true: it does. */
bool notify_offer (struct loaded_config *loaded, const char *root, const char *id);
#define NOTIFY_QUEUE 64 /* more messages than a socket's queue holds */
/* Makes the directory RECORD_NOTIFY. */
int notify_make (int record_directory, struct error *error);
/* Listens. *out_socket is -1 if the caller of this command does not want to be notified. */
int notify_listen (int record_directory, int *out_socket, struct error *error);
/* Receives one message and passes it on. With main_pid, READY=1 also tells the service manager which process to watch
 * from now on. true: the message contained READY=1. */
bool notify_relay (int socket, pid_t main_pid);
/* Relays until READY=1 or the end of the process. The service manager has a deadline for that. */
void notify_wait (int socket, int pidfd, pid_t main_pid);

#endif
