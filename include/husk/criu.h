/*
 * The protocol between husk and husk-criu: JSON, one object a line, over a socket that is husk-criu's descriptor 3.
 * Both sides read and write it by the tables in src/criu/message.c.
 *
 *     husk                             husk-criu
 *     {"verb": "restore", ...}         checks it, and opens its directories
 *     {"go": true}                     begins
 *                                      {"namespaces": PID}   restore: the first process has its namespaces
 *     {"go": true}                     lets the processes be restored
 *                                      {"process": PID}      restore: the first process, a child of husk-criu
 *                                      {"error": "...", "hint": "..."}, instead of any other message, and the last
 */
#ifndef HUSK_CRIU_H
#define HUSK_CRIU_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "husk/arena.h"
#include "husk/json.h"

/* Descriptors of husk-criu. If the request has a console, the terminal's master of a restored process is sent over
 * CRIU_CONSOLE, as over a console socket. If it has a status, CRIU writes to CRIU_STATUS when lazy pages can be
 * fetched. */
#define CRIU_SOCKET 3
#define CRIU_CONSOLE 4
#define CRIU_STATUS 5

enum criu_verb
{
  CRIU_DUMP,
  CRIU_PRE_DUMP,
  CRIU_RESTORE,
};

/* One item of a list. Which of its members matter depends on the list. */
struct criu_item
{
  const char *name, *path;
  uint32_t fd;
  bool directory;
};
struct criu_items
{
  struct criu_item *items;
  uint32_t count, room;
};

/* The options have the names and meanings of CRIU's protocol (src/criu/rpc.proto). */
struct criu_request
{
  struct arena *arena; /* husk's: for the items of the lists */
  enum criu_verb verb;
  const char *images, *work; /* directories; the log is in work */
  const char *mount;         /* restore: the root is bound there, because it must be the root of a mount */
  const char *root, *parent_images, *freeze_cgroup, *lsm_profile, *lsm_mount_context, *config_file, *page_server;
  pid_t pid;
  uint32_t page_server_port;
  uint32_t cgroups_mode, network_lock, empty_namespaces;
  bool has_console, has_status; /* husk has passed CRIU_CONSOLE, CRIU_STATUS; if not, the number may be in other use */
  bool leave_running, track_memory, tcp_established, tcp_skip_in_flight, tcp_close, link_remap, ext_unix_sk, shell_job,
      lazy_pages, file_locks, auto_dedup;
  struct criu_items external;    /* dump: CRIU leaves out the resource with this name; restore replaces it */
  struct criu_items descriptors; /* restore: fd replaces the resource with this name */
  struct criu_items files;       /* restore: the file at path replaces the resource with this name */
  struct criu_items mounts;      /* a mount from outside the container: its name, and its path */
  struct criu_items namespaces;  /* restore: the namespace of this kind (name) at path is joined */
  struct criu_items cgroups;     /* restore: the controller (name; empty: cgroup2) is below path */
  struct criu_items points;      /* restore: path is a mount point, for a directory or a file */
};

struct criu_message
{
  bool go;
  pid_t namespaces, process;
  const char *error, *hint;
};

extern const struct json_type criu_request_type, criu_message_type;

/* Adds to a list of the request. */
void criu_add (struct criu_request *request, struct criu_items *items, struct criu_item item);
/* Sends one object. 0, or -1 with an error: out of memory, or the peer is gone. */
int criu_send (int socket, const struct json_type *type, const void *message, struct error *error);

struct criu_listener
{
  int socket;
  struct arena *arena; /* for what is received */
  char *bytes;         /* received, but not parsed yet */
  size_t size, room;
};
/* Receives the next object. No deadline: the caller watches nothing else, and the peer's death is an end of file. 1; 0
 * at the end; -1 with an error: not an object of this type, or larger than 16 MiB. */
int criu_receive (struct criu_listener *listener, const struct json_type *type, void *out, struct error *error);

#endif
