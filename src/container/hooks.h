/*
 * Hooks that run on the host: prestart, createRuntime, poststart, poststop (config.md, "POSIX-platform Hooks").
 * createContainer and startContainer hooks run inside and are steps of the plan.
 */
#ifndef HUSK_CONTAINER_HOOKS_H
#define HUSK_CONTAINER_HOOKS_H

#include "husk/spec.h"
#include "load.h"

/* Runs the hooks in order with state_json on their stdin; stops at the first that fails and names it with its exit
 * status and the end of its stderr. A hook over its timeout is killed with its process group. */
int hooks_run (const spec_hook_list *hooks, const char *kind, const char *state_json, struct error *error);

/* A failing poststop hook is a warning, and those after it run as if it had not failed (runtime.md, "Lifecycle", step
 * 13). */
void hooks_run_poststop (const struct loaded *loaded, const char *state_json);

#endif
