/*
 * A seccomp agent: it receives the listeners of containers over a Unix socket, prints each notified call and answers it
 * by a policy. Below it is what the observers share with it: clients, notifications, calls as text.
 */
#ifndef HUSK_AGENT_H
#define HUSK_AGENT_H

#include <limits.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>

#include "husk/json.h"
#include "husk/spec.h"

/*
 * The policy (policy.c).
 */
enum agent_answer
{
  AGENT_CONTINUE, /* the kernel makes the call */
  AGENT_ERRNO,    /* it fails with errno_ret */
  AGENT_KILL,     /* the process gets SIGKILL */
  AGENT_OPEN,     /* the agent opens the file and the caller gets the descriptor */
};
#define AGENT_ANSWERS 4

struct agent_rule
{
  origin_t node;
  struct json_strings names;
  struct json_enum answer;                      /* enum agent_answer */
  struct json_uint errno_ret;                   /* also filled from errno_name */
  struct json_string errno_name;                /* "ENOSPC" */
  JSON_ARRAY_OF (struct spec_seccomp_arg) args; /* as in a profile */
  struct json_strings paths;                    /* "/a/b", "/a/" followed by one star or two */
  struct json_string file;                      /* AGENT_OPEN: of the agent's file system; absent: the caller's path */
  struct json_bool writable;                    /* AGENT_OPEN: also for writing */
};
struct agent_policy
{
  origin_t node;
  struct json_enum default_answer; /* absent: continue */
  struct json_uint default_errno_ret;
  struct json_string default_errno_name;
  JSON_ARRAY_OF (struct agent_rule) rules;
};

/* Reads and checks a policy; docs/seccomp.md, "The agent", has the keys. An unknown key is an error. Warnings go to the
 * log. */
int agent_policy_load (const char *file, struct arena *arena, struct agent_policy *out, struct error *error);
/* The checks that no table can express (verify.c). 0 or -1. */
int agent_policy_verify (const struct json_document *document, struct agent_policy *policy, struct report *report);

struct agent_decision
{
  enum agent_answer kind;
  int code;                      /* errno, for AGENT_ERRNO */
  const struct agent_rule *rule; /* NULL: the default */
};
struct caller_paths;
/* The first rule that applies to the call, else the default: continue, or ENOSYS. name NULL: the call has no known
 * name. A call whose path cannot be read fails if a rule depends on it. */
struct agent_decision agent_policy_decide (const struct agent_policy *policy, const struct seccomp_data *data,
                                           const char *name, const struct caller_paths *paths);
/* "continue", "errno", "kill", "open" */
const char *agent_answer_word (enum agent_answer answer);

/*
 * Serving (serve.c, socket.c, summary.c).
 */
#define SUMMARY_ROWS 1024
struct agent_summary
{
  uint64_t containers, calls, answers[AGENT_ANSWERS];
  struct summary_row
  {
    char name[32]; /* of the call; empty: it has none */
    uint64_t answers[AGENT_ANSWERS];
  } rows[SUMMARY_ROWS];
  uint32_t count;
};
/* Counts an answered call. Calls beyond SUMMARY_ROWS names are counted in the totals only. */
void summary_count (struct agent_summary *summary, const char *name, enum agent_answer answer);
/* One line of JSON on stdout. */
void summary_print (const struct agent_summary *summary);

/* What the answer to one call needs, and what is counted over all. Large: a part of the agent, on the heap. */
struct agent_service
{
  const struct agent_policy *policy;
  struct agent_summary summary;
  struct caller_paths *paths; /* of the call that is being answered */
  char text[2048];
};

/* Listens at path, created with mode 0600. A socket there that nobody listens at is replaced; any other file, and the
 * socket of a living agent, is an error. *out_made is of the new one. Returns the descriptor or -1. */
struct stat;
int socket_listen (const char *path, struct stat *out_made, struct error *error);
/* Removes the socket, unless another file has taken its place. */
void socket_remove (const struct stat *made, const char *path);
/* Serves at path until SIGTERM or SIGINT, by the policy in a file (NULL: continue everything), which SIGHUP reads
 * again. Each container process state, each call and the summary is a line of JSON on stdout. */
int agent_serve (const char *path, const char *policy_file, struct error *error);

/*
 * Where the paths of a process lead (place.c).
 */
struct place
{
  uint64_t ids[4]; /* device and inode of its mount namespace, then of its root directory */
};
/* false: it cannot be found out. */
bool place_read (pid_t pid, struct place *out);
/* The root directory of a process that waits, as O_PATH, and its place; -1 after a warning. */
int place_open_root (pid_t pid, struct place *out);

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
  char id[1025];      /* of the container */
  int root;           /* O_PATH: the root directory of the state's process, before it ran a program; -1: not opened */
  struct place place; /* that process's, if root is open */
};

/* Reads what has arrived: 1 at the end of it, 0 when more will follow, -1 when the client can be dropped. early: a
 * complete state is the end of it, and its process's root directory is opened before the last byte is read. husk lets
 * the process run when all has been read. */
int client_receive (struct client *client, bool early);
/* Prints the container process state and remembers the container's id. */
void client_print_state (struct client *client);
void client_drop (struct client *client);
/* Receives, answers, prints and counts one notification. */
int client_answer (struct client *client, struct agent_service *service);

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
/* The call returns a new descriptor of the caller's for the file that fd has open. 0, or an errno with which the call
 * is still to be refused; -1: the listener is dead. */
int notification_give (struct notification *notification, int listener, int fd, bool cloexec);
/* Kills the caller's process, if it still waits. */
void notification_kill (const struct notification *notification, int listener);

/*
 * A notified call as text, and what its pointers lead to. The container controls its memory and changes it at will:
 * what was read is right only if notification_waits says so afterwards, and the kernel will read it again if the call
 * is continued.
 */
/* "openat(AT_FDCWD, "/etc/shadow", O_RDONLY)". Strings are truncated and escaped. name NULL: the call has no known
 * name. */
void call_text (const struct seccomp_notif *call, const char *name, char *out, size_t size);
/* A letter for each argument of a well-known call (call.c), or NULL. */
const char *call_kinds (const char *name);

#define CALLER_PATHS_MAX 2
struct caller_path
{
  int code; /* errno: text could not be read */
  /* Absolute in the caller's root directory, without ".", ".." and empty components, which are taken away as text: no
   * link is followed. */
  char text[PATH_MAX];
};
struct caller_paths
{
  uint32_t count;
  struct caller_path items[CALLER_PATHS_MAX];  /* in the order of the arguments */
  char written[PATH_MAX], directory[PATH_MAX]; /* while they are read */
};
/* Reads the paths that are arguments of a call. */
void caller_read_paths (const struct seccomp_notif *call, const char *name, struct caller_paths *out);
/* Reads size bytes of the caller's memory. 0 or an errno. */
int caller_read (const struct seccomp_notif *call, uint64_t address, void *out, size_t size);

/* Opens the file that a call of AGENT_OPEN is to get (grant.c). Returns a descriptor, or -errno for the caller.
 * *out_cloexec: the caller wants it closed on execve. */
int grant_open (const struct notification *notification, const struct client *client, const char *name,
                const struct agent_rule *rule, const struct caller_paths *paths, bool *out_cloexec);
/* The calls that grant_open knows. */
bool grant_takes (const char *name);

#endif
