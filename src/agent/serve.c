/*
 * `husk seccomp agent`: one socket, whose clients (clients.c) are answered by a policy. On SIGTERM or SIGINT, which a
 * signalfd receives, agent_serve prints the summary, removes the socket and returns. On SIGHUP it reads the policy
 * again: a policy with a mistake is reported, and the old one stays in force.
 */
#include "husk/agent.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>

#include "husk/clock.h"
#include "husk/descriptor.h"
#include "husk/host.h"
#include "husk/log.h"

#define POLICY_SIZE (256ul << 20) /* of address space: room for the largest file */

struct agent
{
  struct agent_service service;
  struct caller_paths paths;
  const char *policy_file; /* NULL: none */
  struct arena arena;      /* holds the policy, if there is one */
  struct agent_policy policy;
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

/* Keeps the policy in force if the file is wrong. */
static int
load_policy (struct agent *agent, struct error *error)
{
  struct arena arena;
  struct agent_policy policy = { 0 };
  if (!agent->policy_file)
    return 0;
  if (arena_open (&arena, POLICY_SIZE) < 0)
    return error_set (error, errno, "read the policy");
  if (agent_policy_load (agent->policy_file, &arena, &policy, error) < 0)
    {
      arena_close (&arena);
      return -1;
    }
  if (agent->arena.start)
    arena_close (&agent->arena);
  agent->arena = arena;
  agent->policy = policy;
  return 0;
}

static void
reload_policy (struct agent *agent)
{
  struct error error = { 0 };
  struct json_writer writer;
  struct now_text now;
  int result = load_policy (agent, &error);
  char line[ERROR_LINE_SIZE] = "";
  if (result < 0)
    error_line (&error, line, sizeof line);
  if (result < 0)
    log_warning ("the policy stays as it was: %s", line);
  if (json_write_open (&writer, false) < 0)
    return;
  json_write_object (&writer, NULL);
  json_write_string (&writer, "time", now_text (&now));
  json_write_bool (&writer, "reloaded", result == 0 && agent->policy_file);
  json_write_string (&writer, "error", result < 0 ? line : NULL);
  json_write_object_end (&writer);
  if (json_write_print (&writer, stdout) < 0 || fflush (stdout) < 0)
    log_warning ("the agent cannot print that it has reloaded its policy: %s", errno_text (errno));
}

/* Returns 1 if it is one that ends the agent. */
static int
take_signal (struct agent *agent)
{
  struct signalfd_siginfo taken;
  if (descriptor_read (agent->signals, &taken, sizeof taken) != (ssize_t)sizeof taken)
    return 0;
  if (taken.ssi_signo != SIGHUP)
    return 1;
  reload_policy (agent);
  return 0;
}

/* `exec` joins the namespaces of the container's first process. If these are no longer the ones that it began with,
 * its program has made them. */
static void
check_root (const struct clients *clients, struct client *client)
{
  for (size_t i = 0; i < clients->count; i++)
    {
      const struct client *other = &clients->items[i];
      if (other != client && other->root >= 0 && strcmp (other->id, client->id) == 0
          && memcmp (&other->place, &client->place, sizeof other->place) != 0)
        descriptor_close (&client->root);
    }
}

static void
serve_state (struct client *client, void *data)
{
  struct agent *agent = data;
  agent->service.summary.containers++;
  client_print_state (client);
  check_root (&agent->clients, client);
}

static int
serve_call (struct client *client, void *data)
{
  struct agent *agent = data;
  return client_answer (client, &agent->service);
}

/* 0 to continue, 1 to end, -1 with errno. */
static int
serve_turn (struct agent *agent)
{
  const struct clients_keeper keeper = { .data = agent, .early = true, .begun = serve_state, .answer = serve_call };
  struct pollfd *polls = agent->clients.polls;
  polls[0] = (struct pollfd){ agent->server, POLLIN, 0 };
  polls[1] = (struct pollfd){ agent->signals, POLLIN, 0 };
  /* no deadline: it serves until a signal ends it, and a silent client does not delay the others */
  if (clients_turn (&agent->clients, &keeper, 2, -1) < 0)
    return -1;
  if (polls[0].revents)
    clients_accept (&agent->clients, agent->server);
  return polls[1].revents ? take_signal (agent) : 0;
}

/* The signals are blocked first, so that SIGHUP cannot kill an agent whose socket exists. */
static int
serve (struct agent *agent, const char *path, struct error *error)
{
  sigset_t taken;
  struct stat made;
  int result;
  (void)sigemptyset (&taken);
  (void)sigaddset (&taken, SIGTERM);
  (void)sigaddset (&taken, SIGINT);
  (void)sigaddset (&taken, SIGHUP);
  if (sigprocmask (SIG_BLOCK, &taken, NULL) < 0
      || (agent->signals = signalfd (-1, &taken, SFD_CLOEXEC | SFD_NONBLOCK)) < 0)
    return error_set (error, errno, "wait for signals");
  warn_of_place (path);
  agent->server = socket_listen (path, &made, error);
  if (agent->server < 0)
    return -1;
  while ((result = serve_turn (agent)) == 0)
    ;
  if (result < 0)
    (void)error_set (error, errno, "wait for calls");
  socket_remove (&made, path);
  summary_print (&agent->service.summary);
  return result < 0 ? -1 : 0;
}

/* Each client takes several descriptors, and the usual soft limit of 1024 is for programs that use select(2). The agent
 * starts no program that would inherit the limit. If it cannot be raised, fewer clients are served (clients.c). */
static void
raise_limit (void)
{
  struct rlimit limit;
  if (getrlimit (RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur == limit.rlim_max)
    return;
  limit.rlim_cur = limit.rlim_max;
  (void)setrlimit (RLIMIT_NOFILE, &limit);
}

int
agent_serve (const char *path, const char *policy_file, struct error *error)
{
  struct agent *agent = calloc (1, sizeof *agent); /* a megabyte: not on the stack, nor in every command's bss */
  if (!agent)
    return error_set (error, errno, "serve");
  raise_limit ();
  agent->policy_file = policy_file;
  agent->service.policy = &agent->policy;
  agent->service.paths = &agent->paths;
  int result = load_policy (agent, error) < 0 ? -1 : serve (agent, path, error);
  free (agent);
  return result;
}
