/*
 * What husk and husk-criu say to each other: JSON, an object a line, over a socket that is husk-criu's descriptor 3.
 * Both sides have the tables of src/criu/message.c, which write and read it.
 *
 *     husk                             husk-criu
 *     {"verb": "restore", ...}         looks at it, opens what is in it
 *     {"go": true}                     begins
 *                                      {"namespaces": PID}   restore: those of the first process are there
 *     {"go": true}                     lets the processes be restored
 *                                      {"process": PID}      restore: that is it, a child of husk-criu's
 *                                      {"error": "...", "hint": "..."}, in place of anything else, and the last
 */
#ifndef HUSK_CRIU_H
#define HUSK_CRIU_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "husk/arena.h"
#include "husk/json.h"

#define CRIU_SOCKET 3 /* of husk-criu's descriptors */
/* If they are asked for: takes the terminal's master of a restored process, as a console socket does; what CRIU says
 * when lazy pages can be fetched. */
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

/* Options are those of CRIU's protocol (src/criu/rpc.proto) with the same meaning. */
struct criu_request
{
  struct arena *arena; /* husk's: of what is added */
  enum criu_verb verb;
  const char *images, *work; /* directories; the log is in work */
  const char *mount;         /* restore: the root is bound there, for it must be the root of a mount */
  const char *root, *parent_images, *freeze_cgroup, *lsm_profile, *lsm_mount_context, *page_server;
  pid_t pid;
  uint32_t page_server_port;
  uint32_t cgroups_mode, empty_namespaces;
  bool has_console, has_status; /* CRIU_CONSOLE and CRIU_STATUS are husk's: their numbers are others' without */
  bool leave_running, track_memory, tcp_established, tcp_skip_in_flight, tcp_close, link_remap, ext_unix_sk, shell_job,
      lazy_pages, file_locks, auto_dedup;
  struct criu_items external;    /* name: what CRIU leaves out, or finds in one of the next two */
  struct criu_items descriptors; /* fd in place of what has this name */
  struct criu_items files;       /* path, opened, in place of what has this name */
  struct criu_items mounts;      /* name, of a mount from outside, and what it refers to at path */
  struct criu_items namespaces;  /* those of this kind (name) at path are joined */
  struct criu_items cgroups;     /* the controller (name; empty: cgroup2) is below path */
  struct criu_items points;      /* restore: path is a mount point, of a directory or of a file */
};

struct criu_message
{
  bool go;
  pid_t namespaces, process;
  const char *error, *hint;
};

extern const struct json_type criu_request_type, criu_message_type;

/* Adds to a list of the request's. */
void criu_add (struct criu_request *request, struct criu_items *items, struct criu_item item);
/* Sends one object. 0, or -1 with an error: out of memory, or the peer is gone. */
int criu_send (int socket, const struct json_type *type, const void *message, struct error *error);

struct criu_listener
{
  int socket;
  struct arena *arena; /* of what is heard */
  char *bytes;         /* what has not been looked at */
  size_t size, room;
};
/* Receives the next object. No deadline: the caller watches nothing else, and the peer's death is an end of file. 1; 0
 * at the end; -1 with an error: not an object of this type, or larger than 16 MiB. */
int criu_receive (struct criu_listener *listener, const struct json_type *type, void *out, struct error *error);

#endif
