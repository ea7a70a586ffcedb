/*
 * The common options of checkpoint and restore.
 */
#ifndef HUSK_CHECKPOINT_OPTIONS_H
#define HUSK_CHECKPOINT_OPTIONS_H

#include "criu_program.h"
#include "husk/checkpoint.h"

/* Fills in the part of the request that both share: directories, and the options of the same name. cgroup: the
 * container has one. */
int options_request (const struct criu_options *options, const char *images, bool cgroup, struct criu_request *request,
                     struct error *error);
/* The file with options for CRIU, which come before those of the request: the one that CRIU_ANNOTATION names (empty:
 * none), or else /etc/criu/crun.conf, or else /etc/criu/runc.conf. */
int options_config_file (const struct spec *spec, struct criu_request *request, struct error *error);

#endif
