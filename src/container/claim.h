/*
 * Only one process at a time removes a container: the one with the lock (flock) on its record's directory.
 *
 * A creator holds it exclusively from the moment that the record says "created" until its husk-init waits for start or
 * has become the program, and while it undoes a failure: a reader of the record then finds a dead process, but must not
 * report a stopped container. `delete` holds it exclusively, and also locks config.json to show that it is a delete. A
 * husk in the foreground that removes the container after its program's end shares the lock, so that readers report a
 * stopped container. The kernel drops a lock when its process ends, in whatever way.
 */
#ifndef HUSK_CONTAINER_CLAIM_H
#define HUSK_CONTAINER_CLAIM_H

#include "record.h"

#define CLAIM_MILLISECONDS 30000 /* another process may be running poststop hooks */

struct claim
{
  int root, directory, mark; /* the directory of all records, the record's, and what shows a delete */
};
#define NO_CLAIM ((struct claim){ -1, -1, -1 })

/* For `delete`. ERROR_NO_CONTAINER if the container does not exist, or no longer exists once we have the lock; the code
 * EWOULDBLOCK if we do not get it in time. */
int claim_container (const struct globals *globals, const char *id, int milliseconds, struct claim *out,
                     struct error *error);
void claim_close (struct claim *claim);
/* For its creator, by the record's directory. *out_gone (or NULL): another process has removed the container. */
int claim_own (int directory, bool alone, bool *out_gone, struct error *error);
void claim_release (int directory);
/* Whether the container's creator is at work on it, or undoing it. */
int claim_by_creator (const struct globals *globals, const char *id, bool *out, struct error *error);
/* For a command that found a container, has its record's directory (or -1) and then failed. If the container was
 * deleted meanwhile, or is being deleted, the error becomes ERROR_NO_CONTAINER. Always -1. */
int claim_failed (int directory, const char *id, struct error *error);
/* Reads the record and acts on the container; claim_failed if that fails. */
int claim_act (const struct globals *globals, const char *id, int (*act) (struct record *, void *, struct error *),
               void *data, struct error *error);
/* Whether the state is missing because the record is being removed: then the container no longer exists. */
int claim_is_deleting (const struct record *record, bool *out, struct error *error);

#endif
