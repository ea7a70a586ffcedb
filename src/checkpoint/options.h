/*
 * What the options of checkpoint and restore ask of CRIU.
 */
#ifndef HUSK_CHECKPOINT_OPTIONS_H
#define HUSK_CHECKPOINT_OPTIONS_H

#include "criu_program.h"
#include "husk/checkpoint.h"

/* What both have in a request: directories, and the options of the same name. cgroup: it has one. */
int options_request (const struct criu_options *options, const char *images, bool cgroup, struct criu_request *request,
                     struct error *error);

#endif
