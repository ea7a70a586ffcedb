/*
 * What confines a container's program: the profile of config.json or one chosen on the command line, or none for a
 * privileged container. create decides and the record keeps it; start and exec follow the record.
 */
#ifndef HUSK_CONTAINER_CONFINE_H
#define HUSK_CONTAINER_CONFINE_H

#include "husk/container.h"
#include "load_config.h"

/* Grants --privileged, puts --seccomp-profile in place of the config's profile, decides whether it is applied, and says
 * so in the log and in the record. loaded->profile_text is what the record must keep, NULL if the config has it all. */
int confine_bundle (const struct globals *globals, const struct create_options *options, const struct host *host,
                    struct loaded_config *loaded, struct record *record, struct error *error);
/* The same for a saved config, as the record says. The host is needed for a container that got --privileged. */
int confine_saved (const struct record *record, int record_directory, const struct host *host,
                   struct loaded_config *loaded, struct error *error);

#endif
