/*
 * The loop of `husk seccomp agent`: one socket, one poll(2), up to CLIENTS_MAX clients. agent_serve returns after
 * SIGTERM or SIGINT, which come by a signalfd, and removes the socket then. One client must not hold up or end another:
 * their connections do not block, and one that fails is dropped alone. The clients move in their array when some have
 * ended (tidy), so no pointer to one may be kept from one turn to the next.
 */
#include "husk/agent.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "husk/descriptor.h"
#include "husk/host.h"
#include "husk/log.h"

#define CLIENTS_MAX 1000

struct agent
{
  const struct agent_policy *policy;
  int server, signals;
  struct client clients[CLIENTS_MAX];
  struct pollfd polls[CLIENTS_MAX + 2];
  size_t count;
};

static void
warn_of_place (const char *path)
{
  static struct host_exposure exposure;
  if (host_path_exposed (path, &exposure))
    log_warning ("others can take the agent's place: %.300s %s", exposure.directory, exposure.reason);
}

static int
open_server (const char *path, struct error *error)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  if (strlen (path) >= sizeof address.sun_path)
    return error_set (error, ENAMETOOLONG, "listen at %s", path);
  (void)snprintf (address.sun_path, sizeof address.sun_path, "%s", path);
  auto_close int fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  mode_t mask = umask (0177);
  int bound = fd < 0 ? -1 : bind (fd, (struct sockaddr *)&address, sizeof address);
  int code = errno;
  (void)umask (mask);
  if (bound < 0 || listen (fd, 128) < 0)
    return error_set (error, bound < 0 ? code : errno, "listen at %s", path);
  return take_fd (&fd);
}

static void
accept_client (struct agent *agent)
{
  int connection = accept4 (agent->server, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
  if (connection < 0)
    return;
  if (agent->count == CLIENTS_MAX)
    {
      (void)close (connection); /* its husk is told at once: its container does not start */
      return;
    }
  agent->clients[agent->count++] = (struct client){ .connection = connection, .listener = -1, .agent = -1 };
}

/* Clients that ended go; the others keep their order. */
static void
tidy (struct agent *agent)
{
  size_t kept = 0;
  for (size_t i = 0; i < agent->count; i++)
    if (agent->clients[i].connection >= 0 || agent->clients[i].listener >= 0)
      agent->clients[kept++] = agent->clients[i];
  agent->count = kept;
}

static void
serve_client (struct agent *agent, struct client *client, short events)
{
  int result;
  if (client->connection >= 0)
    {
      result = client_receive (client);
      if (result == 0 && client_is_complete (client))
        {
          descriptor_close (&client->connection);
          result = 1;
        }
    }
  else /* a listener whose last process is gone hangs up */
    result = events & POLLIN ? client_answer (client, agent->policy) : -(events & (POLLHUP | POLLERR));
  if (result > 0 && client->text)
    client_print_state (client);
  if (result < 0)
    client_drop (client);
}

/* 0, or 1 when it is to end. */
static int
turn (struct agent *agent)
{
  agent->polls[0] = (struct pollfd){ agent->server, POLLIN, 0 };
  agent->polls[1] = (struct pollfd){ agent->signals, POLLIN, 0 };
  for (size_t i = 0; i < agent->count; i++)
    {
      const struct client *client = &agent->clients[i];
      agent->polls[i + 2]
          = (struct pollfd){ client->connection >= 0 ? client->connection : client->listener, POLLIN, 0 };
    }
  size_t polled = agent->count;
  /* no deadline: it serves until a signal ends it, and no client, silent as it may be, holds up another */
  if (descriptor_poll (agent->polls, polled + 2, -1) < 0)
    return errno != EINTR;
  for (size_t i = 0; i < polled; i++)
    if (agent->polls[i + 2].revents)
      serve_client (agent, &agent->clients[i], agent->polls[i + 2].revents);
  tidy (agent);
  if (agent->polls[0].revents)
    accept_client (agent);
  return agent->polls[1].revents != 0;
}

static int
serve (struct agent *agent, const char *path, struct error *error)
{
  sigset_t ends;
  (void)sigemptyset (&ends);
  (void)sigaddset (&ends, SIGTERM);
  (void)sigaddset (&ends, SIGINT);
  warn_of_place (path);
  agent->server = open_server (path, error);
  if (agent->server < 0)
    return -1;
  if (sigprocmask (SIG_BLOCK, &ends, NULL) < 0 || (agent->signals = signalfd (-1, &ends, SFD_CLOEXEC)) < 0)
    return error_set (error, errno, "wait for signals");
  while (turn (agent) == 0)
    ;
  (void)unlink (path);
  return 0;
}

int
agent_serve (const char *path, const struct agent_policy *policy, struct error *error)
{
  struct agent *agent = calloc (1, sizeof *agent); /* a megabyte, which other commands need not step over */
  if (!agent)
    return error_set (error, errno, "serve");
  agent->policy = policy;
  int result = serve (agent, path, error);
  free (agent);
  return result;
}
