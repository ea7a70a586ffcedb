/*
 * The record on disk: <root>/<id>/state.json, beside config.json as create read it. A directory
 * gets its name when it is complete (the rename decides between two creates); from then on, whatever of it is damaged,
 * `delete --force` can remove it and what it names: made.json stays as state.json was before anything else was made.
 */
#ifndef HUSK_CONTAINER_RECORD_H
#define HUSK_CONTAINER_RECORD_H

#include "husk/container.h"

/* Address space, not memory: as for a config, whose annotations are here too */
#define RECORD_ARENA (1ul << 30)
#define RECORD_STATE "state.json"
#define RECORD_CONFIG SPEC_FILE
#define RECORD_PAGE "page"
#define RECORD_START "start" /* a socket: husk-init listens there until it is started */
#define RECORD_PROFILE "seccomp.json"
#define RECORD_OBSERVER "observer" /* a socket */
#define RECORD_OBSERVED "observed" /* how an observer has ended: observer.c */
/* Directories in it: where restore mounts the root file system, in a mount namespace of its own; what is bound into the
 * container, for its socket. */
#define RECORD_ROOT "root"
#define RECORD_NOTIFY "notify"
#define RECORD_NOTIFY_SOCKET "notify.sock"

/* Makes the directory and writes the first state, the config and, unless it is NULL, a profile of its own. `container
 * "ID" already exists` when it does. Fills the record's creator, boot id and time. */
int record_make (const struct globals *globals, struct record *record, struct arena *arena, const char *config,
                 const char *profile, int *out_root, int *out_directory, struct error *error);
/* Writes state.json anew, by rename. */
int record_write (int directory, const struct record *record, struct error *error);
/* `container "ID" does not exist` (ERROR_NO_CONTAINER) if there is no record. One that cannot be read, even in part, is
 * ERROR_DAMAGED: it is unknown what it describes. */
int record_read (const struct globals *globals, const char *id, struct arena *arena, struct record *out,
                 int *out_directory, struct error *error);
/* What it was before anything else was made, of one that is damaged: where its cgroup is, but not its process. */
int record_read_made (const struct globals *globals, const char *id, struct arena *arena, struct record *out,
                      int *out_directory, struct error *error);
/* The same for an id that is not checked yet, into an arena of its own. The directory is closed unless it is asked for
 * (out_directory NULL). */
int record_open (const struct globals *globals, const char *id, struct arena *arena, struct record *out,
                 int *out_directory, struct error *error);
/* The directory of one, or ERROR_NO_CONTAINER. */
int record_open_directory (const struct globals *globals, const char *id, struct error *error);
/* Removes the directory and what husk puts into it; 0 when it is not there. */
int record_remove (const struct globals *globals, const char *id, struct error *error);
/* By record_make's descriptors: the directory of all records, and this one's. */
int record_remove_own (int root, int directory, const char *id, struct error *error);
/* That of a creator that was killed before it was complete. */
int record_remove_unfinished (const struct globals *globals, const char *id, struct error *error);

/* Notes a process and its start time, which is 0 if it is dead already. Then its page has the reason. */
int record_note_process (struct record *record, pid_t pid, struct error *error);
/* -1: unknown, and then nothing may be done that depends on it. */
int record_status (const struct record *record, enum status *out, struct error *error);
/* A pidfd of the container's process, made sure not to be another's; `container not running` (ERROR_NOT_RUNNING) when
 * it is gone. */
int record_open_process (const struct record *record, struct error *error);
/* May what the record names as the container's cgroup be signalled, frozen or limited? -1: it is not known to be its
 * own, or cannot be looked at. One that is made in its place afterwards is not taken for it (cgroup_pin). */
int record_trust_cgroup (struct record *record, struct error *error);
/* The same for who has just opened the process (record_open_process), and so need not look whether it lives. */
int record_trust_cgroup_of_living (struct record *record, struct error *error);
/* Opens the directory of all records, making it if asked; refuses what is another user's. */
int record_open_root (const struct globals *globals, bool make, struct error *error);

/* The state of runtime.md as JSON, malloc'd. */
int state_json (const struct record *record, enum status status, char **out, struct error *error);

#endif
