/*
 * What create, run and restore have in common: the steps from a bundle to a husk-init that is set up, in a straight
 * line: load, compile, record, cgroup, launch, answer. Every outside effect is noted so that it can be undone.
 */
#ifndef HUSK_CONTAINER_CREATION_H
#define HUSK_CONTAINER_CREATION_H

#include "hook_files.h"
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
  int resctrl; /* descriptor of the resctrl file system, for record.resctrl; or -1 */
  struct arena plan_arena;
  int plan_fd;
  struct plan *plan;
  struct record record;
  int root, directory; /* of all records, and of this one */
  int page_fd, listen_fd, console_fd;
  struct hook_files hook_files; /* for husk-init's hooks; also to find out early whether they can be opened */
  struct launch launch;
  struct listener listener; /* run only, because it starts the program too */
  struct observer_process observer;
  struct net_devices net_devices;
  int notify; /* run only: the container's notify socket, or -1 */
  bool run;
  bool restored;      /* by husk-criu: there is no husk-init */
  bool network_ahead; /* the network namespace is being made */

  /* what exists outside this process and may have to be undone */
  bool made_record, made_process, made_resctrl, made_pid_file, ran_hooks;
  bool ended; /* the program has run and ended: a stopped container is removed */
};

/* Loads and compiles everything. Changes nothing outside this process. */
int creation_prepare (struct creation *creation, struct error *error);
/* Makes the record, before anything else exists outside this process. */
int creation_record (struct creation *creation, struct error *error);
/* Makes everything up to a husk-init that is set up and waits for the answer to CREATED. On failure the caller undoes
 * it. */
int creation_make (struct creation *creation, struct error *error);
/* Runs prestart and createRuntime hooks. record.pid must be set. */
int creation_run_hooks (struct creation *creation, struct error *error);
/* After a failure: sets ran_hooks if husk-init has reached a hook. */
void creation_note_hooks (struct creation *creation);
/* Writes the pid file, sends the pidfd, writes the record, then lets husk-init continue. */
int creation_commit (struct creation *creation, struct error *error);
/* Notes that the program has ended, in the foreground: creation_take_away then removes a stopped container. */
void creation_ended (struct creation *creation);
/* Removes what was made, in reverse order. Failures are warnings. */
void creation_take_away (struct creation *creation);
/* The same after a failure of the command. */
void creation_undo (struct creation *creation);

/* Turns an error's origin into its place. Always -1. */
int creation_failed (struct creation *creation, struct error *error);

#endif
