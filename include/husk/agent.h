/*
 * A seccomp agent: it receives the listeners of containers over a Unix socket, prints each notified call and answers it
 * by a policy. It is for trying out profiles and for tests.
 */
#ifndef HUSK_AGENT_H
#define HUSK_AGENT_H

#include <linux/seccomp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>

#include "husk/json.h"

enum agent_answer
{
  AGENT_CONTINUE, /* the kernel makes the call */
  AGENT_ERRNO,    /* it fails with errno_ret */
  AGENT_KILL,     /* the process gets SIGKILL */
};

struct agent_rule
{
  origin_t node;
  struct json_strings names;
  struct json_enum answer; /* enum agent_answer */
  struct json_uint errno_ret;
};
struct agent_policy
{
  origin_t node;
  struct json_enum default_answer; /* absent: continue */
  struct json_uint default_errno_ret;
  JSON_ARRAY_OF (struct agent_rule) rules;
};

/* Reads {"defaultAnswer", "defaultErrnoRet", "rules": [{"names", "answer", "errnoRet"}]}. */
int agent_policy_load (const char *file, struct arena *arena, struct agent_policy *out, struct error *error);
struct agent_decision
{
  enum agent_answer kind;
  int code; /* errno, for AGENT_ERRNO */
};
/* The answer of the first rule that names the call, else the default. name NULL: the call has no known name. */
struct agent_decision agent_policy_decide (const struct agent_policy *policy, const char *name);
/* "continue", "errno", "kill" */
const char *agent_answer_word (enum agent_answer answer);
/* Listens at path (created with mode 0600) and serves until SIGTERM or SIGINT. Prints each container process state and
 * each call as a line of JSON on stdout. */
int agent_serve (const char *path, const struct agent_policy *policy, struct error *error);

/*
 * What the agent's files share: one container process, from its connection to its listener.
 */
struct client
{
  int connection; /* until the whole container process state is read; then -1 */
  int listener;
  int agent;  /* pidfd of the agent that serves the listener, to be watched, if the client sent one; or -1 */
  bool lost;  /* that agent has died */
  char *text; /* the state */
  size_t size;
  char id[1025]; /* of the container */
};

/* Reads what has arrived: 1 at the end of it, 0 when more will follow, -1 when the client can be dropped. */
int client_receive (struct client *client);
/* Whether a listener and a complete state have been read. Some runtimes keep the connection open afterwards. */
bool client_is_complete (const struct client *client);
/* Prints the container process state and remembers the container's id. */
void client_print_state (struct client *client);
void client_drop (struct client *client);
/* Receives, prints and answers one notification. */
int client_answer (struct client *client, const struct agent_policy *policy);

/*
 * The clients of the agent or of an observer, which are the keepers of listeners (clients.c).
 */
#define CLIENTS_MAX 1000
#define CLIENTS_OWN 4 /* the keeper's own descriptors to poll */
struct clients        /* large: allocate it on the heap */
{
  struct client items[CLIENTS_MAX];
  struct pollfd polls[CLIENTS_OWN + 2 * CLIENTS_MAX]; /* the keeper's own come first */
  size_t count;
  int spare; /* a descriptor to close when none are left, so that a connection can be turned away; 0: not made yet */
};
struct clients_keeper
{
  void *data;
  bool early; /* a complete state is enough, even if the connection stays open */
  /* Whether the keeper answers this client's calls. NULL: always. */
  bool (*wants) (const struct client *client, void *data);
  /* The client's listener has arrived. */
  void (*begun) (struct client *client, void *data);
  /* Handles one notification. -1: the listener is dead. */
  int (*answer) (struct client *client, void *data);
  /* The client's agent is dead. NULL: agents are not watched. */
  void (*lost) (struct client *client, void *data);
};
void clients_add (struct clients *clients, int connection, int listener);
/* Accepts the connections that wait at the server, a nonblocking socket: a limited number, the rest in the next turn.
 */
void clients_accept (struct clients *clients, int server);
/* Polls the clients, together with the first `own` entries of clients->polls, which the caller has filled in, and
 * serves the clients that are ready. Returns what poll(2) does: how many, 0 after the timeout, -1 with errno. */
int clients_turn (struct clients *clients, const struct clients_keeper *keeper, size_t own, int milliseconds);

/*
 * One notified call: received, looked at, answered (seccomp_unotify(2)).
 */
struct notification
{
  struct seccomp_notif *call;
  struct seccomp_notif_resp *response;
};

/* Allocates both structs with the kernel's sizes, which may be larger than those of the headers. 0 or -1. */
int notification_open (struct notification *notification);
void notification_close (struct notification *notification);
/* 1: there is a call; 0: its caller is gone; -1: the listener is dead. */
int notification_receive (struct notification *notification, int listener);
/* Whether the caller is still waiting: then what was read from its memory, or about its pid, belongs to it. */
bool notification_waits (const struct notification *notification, int listener);
/* Lets the kernel make the call. -1: the listener is dead. */
int notification_continue (struct notification *notification, int listener);
/* Makes the call fail with errno code, or return 0 if code is 0. -1: the listener is dead. */
int notification_refuse (struct notification *notification, int listener, int code);
/* Kills the caller's process, if it still waits. */
void notification_kill (const struct notification *notification, int listener);

#endif
