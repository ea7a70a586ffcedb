/*
 * `husk seccomp agent`: one socket, whose clients (clients.c) are answered by a policy. On SIGTERM or SIGINT, which a
 * signalfd receives, agent_serve removes the socket and returns.
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

struct agent
{
  const struct agent_policy *policy;
  int server, signals;
  struct clients clients;
};

static void
warn_of_place (const char *path)
{
  static struct host_exposure exposure;
  if (host_path_exposed (path, &exposure))
    log_warning (HOST_EXPOSED_AGENT, exposure.directory, exposure.reason);
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
serve_state (struct client *client, void *data)
{
  (void)data;
  client_print_state (client);
}

static int
serve_call (struct client *client, void *data)
{
  return client_answer (client, data);
}

/* 0 to continue, 1 to end, -1 with errno. */
static int
serve_turn (struct agent *agent)
{
  const struct clients_keeper keeper
      = { .data = (void *)agent->policy, .early = true, .begun = serve_state, .answer = serve_call };
  struct pollfd *polls = agent->clients.polls;
  polls[0] = (struct pollfd){ agent->server, POLLIN, 0 };
  polls[1] = (struct pollfd){ agent->signals, POLLIN, 0 };
  /* no deadline: it serves until a signal ends it, and a silent client does not delay the others */
  if (clients_turn (&agent->clients, &keeper, 2, -1) < 0)
    return -1;
  if (polls[0].revents)
    clients_accept (&agent->clients, agent->server);
  return polls[1].revents != 0;
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
  int result;
  while ((result = serve_turn (agent)) == 0)
    ;
  if (result < 0)
    (void)error_set (error, errno, "wait for calls");
  (void)unlink (path);
  return result < 0 ? -1 : 0;
}

int
agent_serve (const char *path, const struct agent_policy *policy, struct error *error)
{
  struct agent *agent = calloc (1, sizeof *agent); /* a megabyte: not on the stack, nor in every command's bss */
  if (!agent)
    return error_set (error, errno, "serve");
  agent->policy = policy;
  int result = serve (agent, path, error);
  free (agent);
  return result;
}
