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

/* Waits for a process in the foreground: passes on the signals that husk gets and, with a terminal (master >= 0),
 * copies both ways and follows its size. Gives the exit status, 128+N for a signal. foreground_begin must be called
 * before anything is made: signals that end husk interrupt the making (signals.h). From foreground_attend on, when the
 * program runs, all are the program's, and those that came just before. After foreground_end they stay blocked. */
struct foreground
{
  int signals; /* signalfd */
  int notify;  /* the container's notify socket, which is relayed; or -1 */
};
int foreground_begin (struct foreground *foreground, struct error *error);
int foreground_attend (struct foreground *foreground, struct error *error);
int foreground_wait (struct foreground *foreground, pid_t pid, int pidfd, int master, int *out_status,
                     struct error *error);
void foreground_end (struct foreground *foreground);

#endif
