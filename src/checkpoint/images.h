/*
 * What checkpoint and restore share: the directory of the images, and descriptors that come from outside.
 */
#ifndef HUSK_CHECKPOINT_IMAGES_H
#define HUSK_CHECKPOINT_IMAGES_H

#include "criu_program.h"
#include "husk/checkpoint.h"

/* Absolute, in the arena. NULL is "checkpoint" in the working directory. With make it is made. */
const char *images_directory (const char *path, bool make, struct arena *arena, struct error *error);
/* What descriptors 0 to 2 of the process are, so that restore can give it husk's own in their place: terminals of the
 * host's only if they may be (--shell-job). */
int images_note_descriptors (const char *images, pid_t pid, bool terminals, struct criu_request *request,
                             struct error *error);
int images_inherit_descriptors (const char *images, struct criu_request *request, struct error *error);

#endif
