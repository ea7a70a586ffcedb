/*
 * What checkpoint and restore share: the directory of the images, and descriptors that come from outside.
 */
#ifndef HUSK_CHECKPOINT_IMAGES_H
#define HUSK_CHECKPOINT_IMAGES_H

#include "criu_program.h"
#include "husk/checkpoint.h"

/* The absolute path, in the arena. NULL means "checkpoint" in the working directory. make: creates it. */
const char *images_directory (const char *path, bool make, struct arena *arena, struct error *error);
/* Records what descriptors 0 to 2 of the process are, so that restore can replace them with husk's own. terminals: host
 * terminals too, which takes --shell-job. */
int images_note_descriptors (const char *images, pid_t pid, bool terminals, struct criu_request *request,
                             struct error *error);
int images_inherit_descriptors (const char *images, struct criu_request *request, struct error *error);

#endif
