/*
 * Of a record that is damaged: where the container's cgroup is, by the config that create has kept.
 */
#ifndef HUSK_CONTAINER_SALVAGE_H
#define HUSK_CONTAINER_SALVAGE_H

#include "husk/container.h"

/* Into a record that has the cgroup and nothing else. -1: the config is damaged too, or names no cgroup that is there.
 */
int salvage_record (const struct globals *globals, const char *id, struct record *out, int *out_directory,
                    struct error *error);

#endif
