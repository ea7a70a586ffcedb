/*
 * Who takes a container away: one at a time, by a lock (flock) on its record's directory.
 *
 * A creator holds it alone from the moment that it says the container is created until its husk-init is what it is to
 * become, and while it undoes: a reader of the record then sees a dead process, but not a stopped container.
 * `delete` holds it alone and says so by a lock on config.json. What a foreground's husk does at its program's end is
 * that of a container that has stopped: it shares the lock, with readers alone. A lock ends with its process, whatever
 * ends that.
 */
#ifndef HUSK_CONTAINER_CLAIM_H
#define HUSK_CONTAINER_CLAIM_H

#include "record.h"

#define CLAIM_MILLISECONDS 30000 /* poststop hooks of another may run meanwhile */

struct claim
{
  int directory, mark;
};
#define NO_CLAIM ((struct claim){ -1, -1 })

/* For `delete`. ERROR_NO_CONTAINER if the container does not exist, or no longer exists when it is our turn; the code
 * EWOULDBLOCK if our turn does not come in time. */
int claim_container (const struct globals *globals, const char *id, int milliseconds, struct claim *out,
                     struct error *error);
void claim_close (struct claim *claim);
/* For its creator, by the record's directory. *out_gone, if it is asked for: another has taken it away. */
int claim_own (int directory, bool alone, bool *out_gone, struct error *error);
void claim_release (int directory);
/* Is the container's creator at work on it, or undoing it? */
int claim_by_creator (const struct globals *globals, const char *id, bool *out, struct error *error);
/* For a command that found a container, has its record's directory (or -1) and then failed. If the container was
 * deleted meanwhile, or is being deleted, that becomes the error (ERROR_NO_CONTAINER), not its consequences. Always -1.
 */
int claim_failed (int directory, const char *id, struct error *error);
/* Reads the record under the lock and acts on the container. */
int claim_act (const struct globals *globals, const char *id, int (*act) (struct record *, void *, struct error *),
               void *data, struct error *error);
/* Is there no state because the record is being removed? Then the container no longer exists. */
int claim_takes_away (const struct record *record, bool *out, struct error *error);

#endif
