/*
 * What checkpoint and restore share: the directory of the images, and what in a container is not its own.
 */
#ifndef HUSK_CONTAINER_IMAGES_H
#define HUSK_CONTAINER_IMAGES_H

#include "criu_program.h"
#include "husk/container.h"
#include "load.h"

/* Absolute, in the arena. NULL is "checkpoint" in the working directory. With make it is made. */
const char *images_directory (const char *path, bool make, struct arena *arena, struct error *error);
/* Words that both have: directories, and the options of the same name. */
int images_words (const struct criu_options *options, const char *images, struct criu_words *words,
                  struct error *error);
/* The mounts that come from outside: binds of the config, cgroups. dump: under their own name; restore: from their
 * sources. */
void images_mounts (const struct loaded *loaded, const char *bundle, const struct cgroup *cgroup, bool dump,
                    struct criu_words *words);
/* Namespaces that are not the container's own, by path. */
int images_namespaces (const struct loaded *loaded, bool dump, struct criu_words *words, struct error *error);

/* What descriptors 0 to 2 of the process are, so that restore can give it husk's own in their place. */
int images_note_descriptors (const char *images, pid_t pid, struct criu_words *words, struct error *error);
int images_inherit_descriptors (const char *images, struct criu_words *words, struct error *error);

#endif
