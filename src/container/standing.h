/*
 * What the options before the command ask to be observed of every container that an engine creates, and what a pod's
 * annotation may ask for.
 */
#ifndef HUSK_CONTAINER_STANDING_H
#define HUSK_CONTAINER_STANDING_H

#include "observer.h"

/* Most containers need no further look. */
static inline bool
standing_possible (const struct globals *globals, const struct spec *spec)
{
  return globals->explain_dir || globals->record_dir || globals->explain_stderr || spec->annotations.count;
}
/* Sets process->standing and its observer, if there is something to observe. A directory that cannot be trusted, and a
 * recorded profile that cannot be merged with, are errors. */
int standing_prepare (const struct globals *globals, const struct create_options *options, bool foreground,
                      struct loaded_config *loaded, struct observer_process *process, struct error *error);
/* Opens the files that denials are written to. */
int standing_open (struct observer_process *process, struct error *error);
/* Duplicates a terminal, pipe or file that others write to as well. Writes to the copy do not wait for a reader. */
int standing_copy (int fd);

#endif
