/*
 * The loop over the clients of a seccomp listener's keeper: `husk seccomp agent` (serve.c) and the observers
 * (src/observer/observe.c) take listeners over connections and answer what they notify, and say here only what is their
 * own. One client must not hold up or end another: connections do not block, and one that fails is dropped alone. The
 * clients move in their array when some have ended, so no pointer to one may be kept from one turn to the next.
 */
#include "husk/agent.h"

#include <errno.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "husk/descriptor.h"

#define ACCEPTED_MAX 128 /* in a turn: who connects on and on must not hold up the others */

void
clients_add (struct clients *clients, int connection, int listener)
{
  if (clients->count == CLIENTS_MAX)
    {
      (void)close (connection); /* its husk learns it at once, and the program does not start */
      return;
    }
  clients->items[clients->count++] = (struct client){ .connection = connection, .listener = listener, .agent = -1 };
}

/* Without a descriptor left it is turned away, by one that is kept for that: it would be there at each look otherwise.
 */
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

/* Its connection or its listener. */
static struct pollfd
clients_watch_one (const struct client *client, const struct clients_keeper *keeper)
{
  bool connected = client->connection >= 0;
  bool wanted = connected || !keeper->wants || keeper->wants (client, keeper->data);
  return (struct pollfd){ connected ? client->connection : client->listener, wanted ? POLLIN : 0, 0 };
}

/* The agent that is watched; or -1. */
static int
clients_agent (const struct client *client, const struct clients_keeper *keeper)
{
  return client->connection >= 0 || !keeper->lost ? -1 : client->agent;
}

static int
clients_receive_one (struct client *client, const struct clients_keeper *keeper)
{
  int result = client_receive (client);
  if (result == 0 && keeper->early && client_is_complete (client))
    {
      descriptor_close (&client->connection);
      result = 1;
    }
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
  else if (events) /* a listener whose last process is gone hangs up */
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

/* Those that ended go; the others keep their order. */
static void
clients_tidy (struct clients *clients)
{
  size_t kept = 0;
  for (size_t i = 0; i < clients->count; i++)
    if (clients->items[i].connection >= 0 || clients->items[i].listener >= 0)
      clients->items[kept++] = clients->items[i];
  clients->count = kept;
}

/* No more are polled than are open: poll(2) refuses more than the limit on descriptors. */
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
