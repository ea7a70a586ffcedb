/*
 * (config, host) -> plan. Pure: no system call but those of the arena's memory, no root, nothing of the rootfs is
 * looked at. Whatever can be wrong with a config is found here or before.
 */
#ifndef HUSK_COMPILE_H
#define HUSK_COMPILE_H

#include <stdio.h>

#include "husk/host.h"
#include "husk/limits.h"
#include "husk/observer.h"
#include "husk/plan.h"
#include "husk/spec.h"

/* Sockets of a caller that activates them (sd_listen_fds(3)). */
struct activation
{
  uint32_t count;    /* LISTEN_FDS */
  const char *names; /* LISTEN_FDNAMES, or NULL */
};

struct plan_options
{
  const char *id;
  const char *bundle;          /* absolute */
  const struct cgroup *cgroup; /* where the container's cgroup will be; NULL: none */
  bool run;                    /* create and start in one: no WAIT step */
  bool no_pivot, no_new_keyring;
  bool errno_for_newer;         /* --seccomp-enosys=off */
  uint32_t preserve_fds;        /* descriptors 3 .. 3+N-1 reach the program */
  struct activation activation; /* counted in preserve_fds already */
  enum observing observing;
};

/* The plan lies in arena, which must be at PLAN_ADDRESS for husk-init to use it (any address for printing only).
 * Strings are copied into it. Warnings and errors go to the report. */
int plan_compile (const struct spec *spec, const struct host *host, const struct plan_options *options,
                  struct arena *arena, struct plan **out, struct report *report);

/* All that a document comes to before anything is made. */
struct compilation
{
  bool decoded; /* spec is whole */
  struct spec spec;
  struct host host;
  struct cgroup cgroup;
  struct limits limits;
  struct plan *plan;
};
/* From a parsed config.json to its plan, as check, plan and the fuzz target go: decoded, its cgroup planned and
 * compiled, for that host or, NULL, this one, which is looked at only when the config is decoded. What is wrong further
 * on is found too when the report asks for each finding. options->cgroup is filled in. 0, or -1 when the report has an
 * error. */
int compile_document (const struct json_document *document, const struct host *host, enum cgroup_manager manager,
                      const struct plan_options *options, struct arena *arena, struct arena *plan_arena,
                      struct compilation *out, struct report *report, struct error *error);
/* The same of a bundle on this host, and of what systemd would say to its properties. All of *out is zero before. 0, or
 * -1: the report has an error, or error has one of reading. */
struct compiled_bundle
{
  struct arena arena, plan_arena;
  struct json_document document;
  struct compilation compilation;
  char path[4096]; /* absolute */
};
int compile_bundle (const char *bundle, const char *id, enum cgroup_manager manager, struct compiled_bundle *out,
                    struct report *report, struct error *error);

struct plan_exec_options
{
  const char *id;                       /* the container's */
  bool no_new_keyring, errno_for_newer; /* as it was created */
  const struct spec_process *process;
  const struct json_document *document; /* that process came from */
  uint64_t namespaces;   /* CLONE_NEW* in which the container differs from husk: joined through its pidfd */
  uint32_t preserve_fds; /* with those of activation */
  struct activation activation;
  enum observing observing;
  bool cgroup_late; /* it is in its cgroup after the clone only: of v1, which it enters by itself, or of a unit */
};
/* spec is the container's saved config: its filter and no_new_privs bind the new process. */
int plan_compile_exec (const struct spec *spec, const struct host *host, const struct plan_exec_options *options,
                       struct arena *arena, struct plan **out, struct report *report);

/* Walks a plan and checks that every pointer lies in the arena and every list ends. 0 or -1. */
int plan_verify (const struct plan *plan, const struct arena *arena, struct error *error);

/* What a step does, in one line: "tmpfs on /dev (nosuid, strictatime; mode=755)". */
void step_describe (const struct step *step, bool secrets, char *out, size_t size);
/* One line a step: number, word, what, place in the config. Environment values only if secrets. */
int plan_print (const struct plan *plan, const struct json_document *document, bool secrets, FILE *out);
int plan_print_json (const struct plan *plan, const struct json_document *document, bool secrets, FILE *out);

#endif
