/*
 * Hooks that run on the host: prestart, createRuntime, poststart, poststop (config.md, "POSIX-platform Hooks").
 * createContainer and startContainer hooks run inside and are steps of the plan.
 */
#ifndef HUSK_CONTAINER_HOOKS_H
#define HUSK_CONTAINER_HOOKS_H

#include "husk/spec.h"

/* Runs the hooks in order, in the bundle's directory and with state_json on their stdin; stops at the first that fails
 * and names it with its exit status and the end of what it said. A hook over its timeout is killed with its process
 * group. */
int hooks_run (const spec_hook_list *hooks, const char *kind, const char *bundle, const char *state_json,
               struct error *error);
/* One that fails is a warning, with its place in the document, and the next one runs (runtime.md, "Lifecycle", step
 * 13). */
void hooks_run_poststop (const spec_hook_list *hooks, const struct json_document *document, const char *bundle,
                         const char *state_json);

#endif
