/*
 * What confines a container's program: the profile of config.json, one chosen on the command line, or none for a
 * privileged container. create decides and records it; start and exec follow the record.
 */
#ifndef HUSK_CONTAINER_CONFINE_H
#define HUSK_CONTAINER_CONFINE_H

#include "husk/container.h"
#include "load_config.h"

/* Grants --privileged, replaces the config's profile by --seccomp-profile, decides whether it is applied, and writes
 * that to the log and the record. loaded->profile_text is what the record must keep; NULL: the config is enough. */
int confine_bundle (const struct globals *globals, const struct create_options *options, const struct host *host,
                    struct loaded_config *loaded, struct record *record, struct error *error);
/* Does the same to a saved config, as recorded. Without a host, --privileged is not granted again. */
int confine_saved (const struct record *record, int record_directory, const struct host *host,
                   struct loaded_config *loaded, struct error *error);

#endif
