/*
 * Hooks that run on the host: prestart, createRuntime, poststart, poststop (config.md, "POSIX-platform Hooks").
 * createContainer and startContainer hooks run in the container and are steps of the plan.
 */
#ifndef HUSK_CONTAINER_HOOKS_H
#define HUSK_CONTAINER_HOOKS_H

#include "husk/spec.h"
#include "record.h"

/* Runs the hooks in order, in the bundle's directory and with the container's state on their stdin. Stops at the first
 * that fails; the error contains how it ended and the end of its output. A hook that exceeds its timeout is killed with
 * its process group. What it prints also goes to the files of hook_files.h. */
int hooks_run (const struct spec *spec, const spec_hook_list *hooks, const char *kind, const struct record *record,
               enum status status, struct error *error);
/* There may be no hooks, here and below. After a failure the caller stops the container (runtime.md, "Lifecycle",
 * step 9). */
int hooks_run_poststart (const struct spec *spec, const struct record *record, struct error *error);
/* A hook that fails is a warning, with its place in the document, and the next one runs (runtime.md, "Lifecycle",
 * step 13). */
void hooks_run_poststop (const struct spec *spec, const struct json_document *document, const struct record *record);

#endif
