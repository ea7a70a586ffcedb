/*
 * SCMP_ACT_NOTIFY: the listener of a container's filter, from husk-init to the agent at listenerPath. husk takes it
 * with pidfd_getfd(2) while husk-init, which may make no system call any more, watches the shared page; so every call
 * can be notified, and the first that an agent sees is the program's own execve.
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
  int supervisor, agent;       /* the observer, and the agent's pidfd, which it watches; or -1 */
  unsigned patience;           /* milliseconds for each part of the hand-over */
};

/* Connects to the agent if the profile notifies anything, before anything has to be undone. */
int listener_connect (const struct globals *globals, const struct spec *spec, struct listener *out,
                      struct error *error);

/* Then to the observer, by its socket in the record's directory, if the container has one: in place of an agent, or
 * beside it, to watch it. */
int listener_connect_observer (const struct globals *globals, enum observing observing, int directory,
                               struct listener *out, struct error *error);

/* The process that asked LISTENER, and who answers it. */
struct conversation
{
  const struct record *record;
  enum status status; /* of the container, for the agent */
  pid_t pid;
  int pidfd;
  struct page *page;
  int peer; /* the socket that the ask came over */
};
/* Answers the ask, takes the listener, sends it with the container process state (runtime-linux.md, "The Container
 * Process State"), waits until the agent has read it and lets husk-init continue. The connection is closed and no copy
 * of the listener stays. On failure the process is killed. */
int listener_hand_over (struct listener *listener, const struct conversation *conversation, struct error *error);
/* From CREATED, or an exec's clone, to execve: hands the listener over if husk-init asks. On failure the process is
 * dead and reaped. */
int launch_until_exec (struct launch *launch, struct listener *listener, const struct record *record,
                       enum status status, struct error *error);
void listener_close (struct listener *listener);

#endif
