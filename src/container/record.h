/*
 * The record on disk: <root>/<id>/state.json, beside config.json as create read it. A directory is made under its final
 * name at once (mkdir is what decides between two creates); from then on, whatever is in it or missing, `delete
 * --force` can remove it and what it names.
 */
#ifndef HUSK_CONTAINER_RECORD_H
#define HUSK_CONTAINER_RECORD_H

#include "husk/container.h"

#define RECORD_PROFILE "seccomp.json"
#define RECORD_OBSERVER "observer" /* a socket */
/* Directories in it: where restore mounts the root file system, in a mount namespace of its own; what is bound into the
 * container, for its socket notify.sock. */
#define RECORD_ROOT "root"
#define RECORD_NOTIFY "notify"

/* Makes the directory and writes the first state, the config and, unless it is NULL, a profile of its own. `container
 * "ID" already exists` when it does. Fills the record's creator, boot id and time. */
int record_make (const struct globals *globals, struct record *record, struct arena *arena, const char *config,
                 const char *profile, int *out_directory, struct error *error);
/* Writes state.json anew, by rename. */
int record_write (int directory, const struct record *record, struct error *error);
/* `container "ID" does not exist` when there is none. A record that cannot be read whole has what could be. */
int record_read (const struct globals *globals, const char *id, struct arena *arena, struct record *out,
                 int *out_directory, struct error *error);
/* The same for an id that is not checked yet, into an arena of its own. The directory is closed unless it is asked for
 * (out_directory NULL). */
int record_open (const struct globals *globals, const char *id, struct arena *arena, struct record *out,
                 int *out_directory, struct error *error);
/* Removes the directory and what husk puts into it. */
int record_remove (const struct globals *globals, const char *id, struct error *error);

/* Notes a process and its start time: 0 if it is dead already, and then its page says why. */
void record_note_process (struct record *record, pid_t pid);
enum status record_status (const struct record *record);
/* A pidfd of the container's process, made sure not to be another's; `container not running` when it is gone. */
int record_open_process (const struct record *record, struct error *error);
/* Opens the directory of all records, making it if asked; refuses what is another user's. */
int record_open_root (const struct globals *globals, bool make, struct error *error);

/* The state of runtime.md as JSON, malloc'd. */
int state_json (const struct record *record, enum status status, char **out, struct error *error);

#endif
