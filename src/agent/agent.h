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
  char *text; /* the state */
  size_t size;
  char id[1025]; /* of the container */
};

/* Reads what there is; at its end prints the state. 0, or -1 when the client is of no use. */
int client_receive (struct client *client);
/* Takes one notification, prints and answers it. */
int client_answer (struct client *client, const struct agent_policy *policy);

#endif
