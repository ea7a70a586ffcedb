/*
 * (config, host) -> plan. Compiling needs no rights, does not look at the root file system, and makes system calls only
 * for memory and to probe the host. Every mistake in a config is found here or earlier.
 */
#ifndef HUSK_COMPILE_H
#define HUSK_COMPILE_H

#include <stdio.h>

#include "husk/host.h"
#include "husk/limits.h"
#include "husk/observer.h"
#include "husk/plan.h"
#include "husk/spec.h"

/* The descriptors beyond stdio that reach the program: those of --preserve-fds, and sockets from a caller that uses
 * socket activation (sd_listen_fds(3)). */
struct kept_descriptors
{
  uint32_t count;     /* 3 .. 3+N-1 */
  uint32_t activated; /* how many of them LISTEN_FDS has */
  const char *names;  /* LISTEN_FDNAMES, or NULL */
};

struct plan_options
{
  const char *id;
  const char *bundle;          /* absolute */
  const struct cgroup *cgroup; /* the container's future cgroup; NULL: none */
  bool limits_late;            /* limits_come_late */
  bool network_ahead;          /* plan_network_ahead, and it is being made */
  bool run;                    /* create and start in one: no WAIT step */
  bool no_pivot, no_new_keyring;
  bool errno_for_newer; /* --seccomp-enosys=off */
  struct kept_descriptors kept;
  enum observing observing;
  bool *unobserved; /* set if an observer's filter would be too large; the profile's is used then. NULL: an error */
};

/* Whether the container has a new network namespace that husk can make for it before the plan is compiled. */
bool plan_network_ahead (const struct spec *spec);

/* The plan is in arena, which must be at PLAN_ADDRESS for husk-init (any address will do for printing). Strings are
 * copied into it. Warnings and errors go to the report. */
int plan_compile (const struct spec *spec, const struct host *host, const struct plan_options *options,
                  struct arena *arena, struct plan **out, struct report *report);

/* Everything that a document compiles to, before anything is made. */
struct compilation
{
  bool decoded; /* spec is complete */
  struct spec spec;
  struct host host;
  struct cgroup cgroup;
  struct limits limits;
  struct plan *plan;
};
/* From a parsed config.json to its plan, for check, plan and the fuzz target: decodes it, plans its cgroup and compiles
 * it. host NULL is this machine, which is probed only once the config has been decoded. If the report wants each
 * finding, a mistake does not hide later ones. options->cgroup is ignored. 0, or -1 if the report or error has an
 * error. */
int compile_document (const struct json_document *document, const struct host *host, enum cgroup_manager manager,
                      const struct plan_options *options, struct arena *arena, struct arena *plan_arena,
                      struct compilation *out, struct report *report, struct error *error);
/* The same for a bundle on this host, with its config.json or, unless it is NULL, file; systemd's properties are
 * checked too. *out must be zero. 0, or -1 with an error in the report, or in error if reading failed. */
struct compiled_bundle
{
  struct arena arena, plan_arena;
  struct json_document document;
  struct compilation compilation;
  char path[4096]; /* absolute */
};
int compile_bundle (const char *bundle, const char *file, const char *id, enum cgroup_manager manager,
                    struct compiled_bundle *out, struct report *report, struct error *error);

struct plan_exec_options
{
  const char *id;                       /* the container's */
  bool no_new_keyring, errno_for_newer; /* as it was created */
  const struct spec_process *process;
  const struct json_document *document; /* where process came from */
  uint64_t namespaces; /* CLONE_NEW* that the container does not share with husk, joined through its pidfd */
  struct kept_descriptors kept;
  enum observing observing;
  bool cgroup_late; /* it enters its cgroup after the clone, which is v1's or a systemd unit's */
};
/* spec is the container's saved config: its filter and no_new_privs apply to the new process. */
int plan_compile_exec (const struct spec *spec, const struct host *host, const struct plan_exec_options *options,
                       struct arena *arena, struct plan **out, struct report *report);

/* Checks that every pointer of a plan is in the arena and every list ends. 0 or -1. */
int plan_verify (const struct plan *plan, const struct arena *arena, struct error *error);

/* What a step does, in one line: "tmpfs on /dev (nosuid, strictatime; mode=755)". */
void step_describe (const struct step *step, bool secrets, char *out, size_t size);
/* One line per step: number, word, description, place in the config. Environment values only if secrets. */
int plan_print (const struct plan *plan, const struct json_document *document, bool secrets, FILE *out);
/* Prints what differs between what two bundles compile to, as lines with - (the first's) and + (the second's): the
 * cgroup and its limits, the namespaces and id maps, and the steps, with their places. Values of variables are
 * compared, but shown only if secrets. *out_count is how many places differ. 0 or -1 with errno. */
int plan_diff (struct compiled_bundle sides[2], bool secrets, FILE *out, unsigned *out_count);
int plan_print_json (const struct plan *plan, const struct json_document *document, bool secrets, FILE *out);

#endif
