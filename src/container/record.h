/*
 * The record on disk: <root>/<id>/state.json, beside config.json as create read it. The directory gets its name when it
 * is complete, and the rename decides between two creates of the same id. From then on, `delete --force` can remove it
 * and everything that it names, whatever part is damaged: made.json keeps the first state, from before anything else
 * was made.
 */
#ifndef HUSK_CONTAINER_RECORD_H
#define HUSK_CONTAINER_RECORD_H

#include "husk/container.h"

/* Address space, not memory: as for a config, because the annotations are in the record too */
#define RECORD_ARENA (1ul << 30)
#define RECORD_STATE "state.json"
#define RECORD_CONFIG SPEC_FILE
#define RECORD_PAGE "page"
#define RECORD_START "start" /* a socket: husk-init listens there until it is started */
#define RECORD_PROFILE "seccomp.json"
#define RECORD_OBSERVER "observer" /* a socket */
#define RECORD_OBSERVED "observed" /* how an observer has ended: observer.c */
/* Directories: restore mounts the root file system on the first, in another mount namespace; the second is bound into
 * the container for its notify socket. */
#define RECORD_ROOT "root"
#define RECORD_NOTIFY "notify"
#define RECORD_NOTIFY_SOCKET "notify.sock"

/* Makes the directory and writes the first state, the config and, unless it is NULL, a profile. `container "ID" already
 * exists` is an error. Fills in the record's creator, boot id and time. */
int record_make (const struct globals *globals, struct record *record, struct arena *arena, const char *config,
                 const char *profile, int *out_root, int *out_directory, struct error *error);
/* Replaces state.json, by rename. */
int record_write (int directory, const struct record *record, struct error *error);
/* `container "ID" does not exist` (ERROR_NO_CONTAINER) if there is no record. One that cannot be read completely is
 * ERROR_DAMAGED. */
int record_read (const struct globals *globals, const char *id, struct arena *arena, struct record *out,
                 int *out_directory, struct error *error);
/* The same of a directory that is open. */
int record_read_in (int directory, const struct globals *globals, const char *id, struct arena *arena,
                    struct record *out, struct error *error);
/* The directory of all records, for a command that reads many of them. */
struct records
{
  int directory;
  bool only_owner; /* may make, remove and rename them */
};
int records_open (const struct globals *globals, struct records *out, struct error *error);
/* Like record_read. */
int records_read (const struct records *records, const struct globals *globals, const char *id, struct arena *arena,
                  struct record *out, struct error *error);
/* Reads the first state, of a damaged record: it names the cgroup, but no process. */
int record_read_made (const struct globals *globals, const char *id, struct arena *arena, struct record *out,
                      int *out_directory, struct error *error);
/* Like record_read, but checks the id and opens the arena first. out_directory NULL: the directory is closed. */
int record_open (const struct globals *globals, const char *id, struct arena *arena, struct record *out,
                 int *out_directory, struct error *error);
/* Opens a record's directory, or ERROR_NO_CONTAINER. *out_root (or NULL) is the directory of all records. */
int record_open_directory (const struct globals *globals, const char *id, int *out_root, struct error *error);
/* Removes the directory and everything in it; 0 when it does not exist. By descriptors: the directory of all records,
 * and this record's. */
int record_remove_own (int root, int directory, const char *id, struct error *error);
/* Removes a record whose creator was killed before it was complete. */
int record_remove_unfinished (const struct globals *globals, const char *id, struct error *error);

/* Notes a process and its start time, which is 0 if it is already dead. Its page then has the reason. */
int record_note_process (struct record *record, pid_t pid, struct error *error);
/* -1: unknown. Nothing that depends on it may be done then. */
int record_status (const struct record *record, enum status *out, struct error *error);
/* A pidfd of the container's process, verified not to be another's; `container not running` (ERROR_NOT_RUNNING) when it
 * is gone. */
int record_open_process (const struct record *record, struct error *error);
/* Whether the cgroup that the record names may be signalled, frozen or limited: 0; -1: it is not known to be the
 * container's, or cannot be inspected. A cgroup that takes its place afterwards is not mistaken for it (cgroup_pin). */
int record_trust_cgroup (struct record *record, struct error *error);
/* The same if the process was just opened (record_open_process) or looked at, and so is known to be alive. */
int record_trust_cgroup_of_living (struct record *record, struct error *error);
/* Opens the directory of all records; make: creates it if missing. Refuses one that belongs to another user. */
int record_open_root (const struct globals *globals, bool make, struct error *error);

/* The state of runtime.md as JSON, malloc'd. */
int state_json (const struct record *record, enum status status, char **out, struct error *error);

#endif
