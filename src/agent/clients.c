/*
 * The loop over the clients of a seccomp listener's keeper: `husk seccomp agent` (serve.c) and the observers
 * (src/observer/observe.c) take listeners over connections and answer what they notify, and say here only what is their
 * own. One client must not hold up or end another: connections do not block, and one that fails is dropped alone. The
 * clients move in their array when some have ended, so no pointer to one may be kept from one turn to the next.
 */
#include "husk/agent.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "husk/descriptor.h"

void
clients_add (struct clients *clients, int connection, int listener)
{
  if (clients->count == CLIENTS_MAX)
    {
      (void)close (connection); /* its husk is told at once: its program does not start */
      return;
    }
  clients->items[clients->count++] = (struct client){ .connection = connection, .listener = listener, .agent = -1 };
}

void
clients_accept (struct clients *clients, int server)
{
  for (int connection; (connection = accept4 (server, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK)) >= 0;)
    clients_add (clients, connection, -1);
}

/* Two descriptors: its connection or its listener, and the agent that is watched. */
static void
clients_watch_one (const struct client *client, const struct clients_keeper *keeper, struct pollfd polls[2])
{
  bool connected = client->connection >= 0;
  bool wanted = connected || !keeper->wants || keeper->wants (client, keeper->data);
  polls[0] = (struct pollfd){ connected ? client->connection : client->listener, wanted ? POLLIN : 0, 0 };
  polls[1] = (struct pollfd){ connected || !keeper->lost ? -1 : client->agent, POLLIN, 0 };
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

int
clients_turn (struct clients *clients, const struct clients_keeper *keeper, size_t own, int milliseconds)
{
  size_t polled = clients->count;
  struct pollfd *theirs = clients->polls + own;
  for (size_t i = 0; i < polled; i++)
    clients_watch_one (&clients->items[i], keeper, &theirs[2 * i]);
  int found = descriptor_poll (clients->polls, own + 2 * polled, milliseconds);
  for (size_t i = 0; found > 0 && i < polled; i++)
    if (theirs[2 * i].revents || theirs[2 * i + 1].revents)
      clients_serve_one (&clients->items[i], keeper, theirs[2 * i].revents, theirs[2 * i + 1].revents);
  clients_tidy (clients);
  return found;
}
