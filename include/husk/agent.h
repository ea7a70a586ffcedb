/*
 * A seccomp agent: it receives the listeners of containers over a Unix socket, prints each notified call and answers it
 * by a policy. It is for trying profiles, and the tests use it.
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
/* The first rule that names the call, else the default: continue, or ENOSYS. name NULL: nobody knows the call. */
struct agent_decision agent_policy_decide (const struct agent_policy *policy, const char *name);
/* "continue", "errno", "kill" */
const char *agent_answer_word (enum agent_answer answer);
/* Listens at path (made with mode 0600) and serves until SIGTERM or SIGINT; each container process state and each call
 * is a line of JSON on stdout. */
int agent_serve (const char *path, const struct agent_policy *policy, struct error *error);

/*
 * What the agent's files share: one container process, from its connection to its listener.
 */
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

/* Reads what has arrived: 1 when that was all, 0 when more will follow, -1 when the client can be dropped. */
int client_receive (struct client *client);
/* Whether a listener and a complete state have been read: runtimes may keep their connection open. */
bool client_is_complete (const struct client *client);
/* Prints the container process state and remembers the container's id. */
void client_print_state (struct client *client);
void client_drop (struct client *client);
/* Takes one notification, prints and answers it. */
int client_answer (struct client *client, const struct agent_policy *policy);

/*
 * The clients of a process that keeps listeners (clients.c).
 */
#define CLIENTS_MAX 1000
#define CLIENTS_OWN 4 /* descriptors that a keeper polls beside them */
struct clients        /* large: on the heap */
{
  struct client items[CLIENTS_MAX];
  struct pollfd polls[CLIENTS_OWN + 2 * CLIENTS_MAX]; /* the keeper's own come first */
  size_t count;
  int spare; /* a descriptor to turn away with who comes when there are no others; 0: not made yet */
};
struct clients_keeper
{
  void *data;
  bool early; /* a whole state is enough, though the connection stays open */
  /* Are its calls the keeper's to answer? NULL: always. */
  bool (*wants) (const struct client *client, void *data);
  /* Its listener has come. */
  void (*begun) (struct client *client, void *data);
  /* Handles one notification. -1: the listener is dead. */
  int (*answer) (struct client *client, void *data);
  /* The agent that it named is dead. NULL: it is not watched. */
  void (*lost) (struct client *client, void *data);
};
void clients_add (struct clients *clients, int connection, int listener);
/* Those that wait at the server, whose socket does not block: a number of them, and the next turn takes others. */
void clients_accept (struct clients *clients, int server);
/* Polls, with the first `own` of clients->polls, which the caller has filled in, and serves the clients that are ready.
 * Returns what poll(2) does: how many, 0 after the timeout, -1 with errno. */
int clients_turn (struct clients *clients, const struct clients_keeper *keeper, size_t own, int milliseconds);

/*
 * One notified call: received, looked at, answered (seccomp_unotify(2)).
 */
struct notification
{
  struct seccomp_notif *call;
  struct seccomp_notif_resp *response;
};

/* Makes room, of the kernel's sizes: its structs may be larger than those of the headers. 0 or -1. */
int notification_open (struct notification *notification);
void notification_close (struct notification *notification);
/* 1: there is a call; 0: its caller is gone; -1: the listener is dead. */
int notification_receive (struct notification *notification, int listener);
/* The caller is still waiting: what was read from its memory, or about its pid, belongs to it. */
bool notification_waits (const struct notification *notification, int listener);
/* Lets the kernel make the call. -1: the listener is dead. */
int notification_continue (struct notification *notification, int listener);
/* The call returns -code; 0 for code 0. */
int notification_refuse (struct notification *notification, int listener, int code);
/* Kills the caller's process, if it still waits. */
void notification_kill (const struct notification *notification, int listener);

#endif
