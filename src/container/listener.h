/*
 * SCMP_ACT_NOTIFY: hands the listener of a container's filter from husk-init to the agent at listenerPath. husk takes
 * it with pidfd_getfd(2) while husk-init, which may make no more system calls, watches the shared page. So every call
 * can be notified, and the first one that an agent sees is the program's own execve.
 */
#ifndef HUSK_CONTAINER_LISTENER_H
#define HUSK_CONTAINER_LISTENER_H

#include "husk/channel.h"
#include "husk/container.h"
#include "husk/launch.h"

struct listener
{
  int socket;                  /* connected to the agent; -1: nothing is notified */
  const char *path, *metadata; /* listenerPath, listenerMetadata */
  origin_t origin;             /* of listenerPath */
  int supervisor, agent;       /* a connection to the observer, and the pidfd of the agent that it watches; or -1 */
  unsigned patience;           /* milliseconds for each part of the handover */
};

/* Connects to the agent if the profile notifies. Called early, before a failure would have to be undone. */
int listener_connect (const struct globals *globals, const struct spec *spec, struct listener *out,
                      struct error *error);

/* Then connects to the container's observer, if it has one, by its socket in the record's directory. The observer takes
 * the place of an agent, or watches it. */
int listener_connect_observer (const struct globals *globals, enum observing observing, int directory,
                               struct listener *out, struct error *error);

/* The process that asked LISTENER, and how to answer it. */
struct conversation
{
  const struct record *record;
  enum status status; /* of the container, for the agent */
  pid_t pid;
  int pidfd;
  struct page *page;
  int peer; /* the socket over which it asked */
};
/* Answers husk-init, takes the listener, sends it with the container process state (runtime-linux.md, "The Container
 * Process State"), waits until the agent has read it and lets husk-init continue. Closes the connection, and keeps no
 * copy of the listener. On failure the process is killed. */
int listener_hand_over (struct listener *listener, const struct conversation *conversation, struct error *error);
/* Waits from CREATED, or from the clone of an exec, until execve, and hands over the listener if husk-init asks. On
 * failure the process is dead and reaped. */
int launch_until_exec (struct launch *launch, struct listener *listener, const struct record *record,
                       enum status status, struct error *error);
void listener_close (struct listener *listener);

#endif
