/*
 * The loop that `husk seccomp agent` (serve.c) and the observers (src/observer/observe.c) share: it receives listeners
 * over connections and has their notifications answered. A struct clients_keeper holds what differs between the two.
 * One client must not delay or end another: connections do not block, and a client that fails is dropped alone. The
 * clients move in their array when some have ended, so no pointer to one may be kept from one turn to the next.
 */
#include "husk/agent.h"

#include <errno.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "husk/descriptor.h"

#define ACCEPTED_MAX 128 /* per turn: a peer that keeps connecting must not delay the others */

void
clients_add (struct clients *clients, int connection, int listener)
{
  if (clients->count == CLIENTS_MAX)
    {
      (void)close (connection); /* the husk at the other end notices at once, and its program does not start */
      return;
    }
  clients->items[clients->count++]
      = (struct client){ .connection = connection, .listener = listener, .agent = -1, .root = -1 };
}

/* If no descriptors are left, a spare one is given up to accept the connection and close it. Otherwise poll would
 * report it forever. */
static int
clients_accept_one (struct clients *clients, int server)
{
  const int flags = SOCK_CLOEXEC | SOCK_NONBLOCK;
  if (clients->spare <= 0)
    clients->spare = eventfd (0, EFD_CLOEXEC);
  int connection = descriptor_accept (server, flags);
  if (connection >= 0)
    clients_add (clients, connection, -1);
  if (connection >= 0 || errno != EMFILE || clients->spare < 0)
    return connection;
  descriptor_close (&clients->spare);
  connection = descriptor_accept (server, flags);
  if (connection >= 0)
    (void)close (connection); /* as above */
  return connection;
}

void
clients_accept (struct clients *clients, int server)
{
  for (int accepted = 0; accepted < ACCEPTED_MAX && clients_accept_one (clients, server) >= 0;)
    accepted++;
}

/* Polls the client's connection, or its listener once that has arrived. */
static struct pollfd
clients_watch_one (const struct client *client, const struct clients_keeper *keeper)
{
  bool connected = client->connection >= 0;
  bool wanted = connected || !keeper->wants || keeper->wants (client, keeper->data);
  return (struct pollfd){ connected ? client->connection : client->listener, wanted ? POLLIN : 0, 0 };
}

/* The pidfd of the agent that is watched, or -1. */
static int
clients_agent (const struct client *client, const struct clients_keeper *keeper)
{
  return client->connection >= 0 || !keeper->lost ? -1 : client->agent;
}

static int
clients_receive_one (struct client *client, const struct clients_keeper *keeper)
{
  int result = client_receive (client, keeper->early);
  if (result > 0)
    keeper->begun (client, keeper->data);
  return result;
}

static void
clients_serve_one (struct client *client, const struct clients_keeper *keeper, short events, short agent_events)
{
  int result = 0;
  if (client->connection >= 0)
    result = events ? clients_receive_one (client, keeper) : 0;
  else if (events) /* POLLHUP: the last process with this filter is gone */
    result = events & POLLIN ? keeper->answer (client, keeper->data) : -(events & (POLLHUP | POLLERR));
  if (result >= 0 && agent_events)
    {
      descriptor_close (&client->agent);
      client->lost = true;
      keeper->lost (client, keeper->data);
    }
  if (result < 0)
    client_drop (client);
}

/* Removes the clients that have ended; the others keep their order. */
static void
clients_tidy (struct clients *clients)
{
  size_t kept = 0;
  for (size_t i = 0; i < clients->count; i++)
    if (clients->items[i].connection >= 0 || clients->items[i].listener >= 0)
      clients->items[kept++] = clients->items[i];
  clients->count = kept;
}

/* Polls only open descriptors: poll(2) refuses more entries than the limit on descriptors. */
int
clients_turn (struct clients *clients, const struct clients_keeper *keeper, size_t own, int milliseconds)
{
  size_t polled = clients->count, used = own, at = own;
  for (size_t i = 0; i < polled; i++)
    {
      int agent = clients_agent (&clients->items[i], keeper);
      clients->polls[used++] = clients_watch_one (&clients->items[i], keeper);
      if (agent >= 0)
        clients->polls[used++] = (struct pollfd){ agent, POLLIN, 0 };
    }
  int found = descriptor_poll (clients->polls, used, milliseconds);
  for (size_t i = 0; found > 0 && i < polled; i++)
    {
      struct client *client = &clients->items[i];
      bool watched = clients_agent (client, keeper) >= 0;
      short events = clients->polls[at++].revents, agent_events = watched ? clients->polls[at++].revents : 0;
      if (events || agent_events)
        clients_serve_one (client, keeper, events, agent_events);
    }
  clients_tidy (clients);
  return found;
}
