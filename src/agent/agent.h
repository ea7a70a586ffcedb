/*
 * What the agent's files share: one container process, from its connection to its listener.
 */
#ifndef HUSK_AGENT_AGENT_H
#define HUSK_AGENT_AGENT_H

#include "husk/agent.h"

struct client
{
  int connection; /* until the whole container process state is read; then -1 */
  int listener;
  int agent;  /* pidfd of the agent that serves the listener, when a second descriptor came: it is watched; or -1 */
  bool lost;  /* that agent has died */
  char *text; /* the state */
  size_t size;
  char id[1025]; /* of the container */
};

/* Reads what there is: 1 when that was all, 0 when more is to come, -1 when the client is of no use. */
int client_receive (struct client *client);
/* Whether what has been read so far is a listener and a whole state: runtimes may keep their connection. */
bool client_is_complete (const struct client *client);
/* Prints the container process state, and keeps the container's id. */
void client_print_state (struct client *client);
void client_drop (struct client *client);
/* Takes one notification, prints and answers it. */
int client_answer (struct client *client, const struct agent_policy *policy);

#endif
