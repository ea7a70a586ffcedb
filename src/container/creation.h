/*
 * What create and run have in common: from a bundle to a husk-init that is set up, with every outside effect on a list
 * of what to undo. A straight line: load, compile, record, cgroup, launch, answer.
 */
#ifndef HUSK_CONTAINER_CREATION_H
#define HUSK_CONTAINER_CREATION_H

#include "husk/launch.h"
#include "listener.h"
#include "load_config.h"
#include "observer.h"
#include "record.h"

struct creation
{
  const struct globals *globals;
  const struct create_options *options;
  struct loaded_config loaded;
  struct host host;
  struct cgroup cgroup;
  struct limits limits;
  int resctrl; /* the file system, for record.resctrl; or -1 */
  struct arena plan_arena;
  int plan_fd;
  struct plan *plan;
  struct record record;
  int root, directory; /* of all records, and of this one */
  int page_fd, listen_fd, console_fd;
  struct launch launch;
  struct listener listener; /* of run, which starts too */
  struct observer_process observer;
  struct net_devices net_devices;
  int notify; /* of run: the container's notify socket, or -1 */
  bool run;

  /* what exists outside this process, to be undone */
  bool made_record, made_process, made_resctrl, made_pid_file, ran_hooks;
  bool ended; /* it has run: what is taken away is a container that has stopped */
};

/* Nothing outside this process has changed when this fails. */
int creation_prepare (struct creation *creation, struct error *error);
/* The record of it: what exists outside this process begins with that. */
int creation_record (struct creation *creation, struct error *error);
/* Makes everything up to a husk-init that is set up and waits for the answer to CREATED. On failure the caller undoes
 * it. */
int creation_make (struct creation *creation, struct error *error);
/* prestart and createRuntime hooks, of a container whose process the record names. */
int creation_run_hooks (struct creation *creation, struct error *error);
/* After a failure: ran_hooks, if husk-init has come to one. */
void creation_note_hooks (struct creation *creation);
/* pid file, pidfd socket, record; then lets husk-init continue. */
int creation_commit (struct creation *creation, struct error *error);
/* Its process has ended, in the foreground: removes the container. */
void creation_ended (struct creation *creation);
/* Takes away what was made, in reverse: of a container that has ended. Trouble is a warning. */
void creation_take_away (struct creation *creation);
/* The same after a failure, whose error is what the user needs. */
void creation_undo (struct creation *creation);

/* Turns an error's origin into its place. Always -1. */
int creation_failed (struct creation *creation, struct error *error);

/* From husk's own environment. Variables for another process (LISTEN_PID) do not count. */
struct activation activation_of_caller (void);
/* The decimal pid and nothing else, by rename, as clients read it. *out_made: the file is not one that was there. */
int pid_file_write (const char *path, pid_t pid, bool *out_made, struct error *error);
/* Sends the pidfd to the caller's --pidfd-socket. */
int pidfd_send (const char *path, int pidfd, struct error *error);

#endif
