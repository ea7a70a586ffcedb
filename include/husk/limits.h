/*
 * linux.resources: compiled into settings (this value into this file of this directory, from this place in config.json)
 * before anything is made; applying them is one loop without decisions.
 */
#ifndef HUSK_LIMITS_H
#define HUSK_LIMITS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "husk/cgroup.h"

/* One value for one control file. */
struct limits_setting
{
  uint32_t directory;      /* index into struct cgroup */
  const char *controller;  /* "memory"; for messages */
  const char *file;        /* "memory.max" */
  const char *value;       /* as it is written */
  const char *older_file;  /* where the kernel lacks file: this one, or NULL */
  const char *older_value; /* for that one */
  const char *given;       /* the number in the config that it was converted from; NULL: it is the same */
  bool late;               /* of a new cgroup: only once the first process is in it */
  bool optional;           /* a missing file is ignored: the kernel's default has the same effect */
  origin_t origin;         /* in config.json */
};

/* A device and the access to it. Later entries have precedence: for each bit of access the last match wins. */
struct limits_device
{
  bool allow;
  char type;            /* 'a' (both), 'b', 'c' */
  int64_t major, minor; /* -1: all */
  uint32_t access;      /* LIMITS_DEVICE_* */
  uint32_t asked;       /* access in the rule as written; in `access`, bits that later rules decide may be missing */
};
#define LIMITS_DEVICE_MKNOD 1u /* as BPF_DEVCG_ACC_* of linux/bpf.h */
#define LIMITS_DEVICE_READ 2u
#define LIMITS_DEVICE_WRITE 4u
#define LIMITS_DEVICE_ALL 7u

/* Device rules of cgroup v2: the instructions of a BPF program, none when all is allowed. */
struct bpf_insn;
struct device_program
{
  struct bpf_insn *instructions;
  uint32_t count, room;
};

/* What linux.resources comes to on this layout. */
struct limits
{
  struct limits_setting *settings;
  uint32_t count, room;
  struct limits_device *devices; /* minimal; devices_set false: the config says nothing of devices */
  uint32_t device_count;
  bool devices_set;
  bool devices_v2; /* they are the program, not lines for the devices controller */
  struct device_program program;
  uint32_t devices_directory;
  origin_t devices_origin;
  int64_t memory_checked; /* checkBeforeUpdate: refuse when more is in use than this; -1: no check */
  origin_t memory_origin;
  struct unit_properties properties; /* for the unit of systemd */
};

/* There is more than device rules, so the host's controllers must be known (host_probe_controllers) to compile it. */
bool limits_has_resources (const struct spec_resources *resources);
/* linux.resources as settings for the cgroup's directories. A controller that this host lacks is an error at the value
 * that needs it; v1's values are converted for v2 where there is a way, and are an error where there is none. Pure.
 * resources NULL: no limits. */
int limits_compile (const struct host *host, const struct cgroup *cgroup, const struct spec_resources *resources,
                    const struct json_document *document, struct arena *arena, struct limits *out,
                    struct report *report);
/* A copy for updating a running container: half of a pair (a period without a quota, swap without a memory limit) is
 * completed from the cgroup's current values. */
struct spec_resources *limits_complete (const struct cgroup *cgroup, const struct spec_resources *resources,
                                        struct arena *arena);
/* The cgroup's location, its limits and the properties of a unit: all that can be known before it is made. Pure, except
 * that without root it looks at what is delegated. */
int limits_plan (const struct host *host, enum cgroup_manager manager, const struct spec *spec, const char *id,
                 struct arena *arena, struct cgroup *out, struct limits *out_limits, struct report *report);
/* Prints one line for each setting, with its place, then device rules and the unit's properties. */
void limits_print (const struct cgroup *cgroup, const struct limits *limits, const struct json_document *document,
                   FILE *out);
/* Makes the v2 directory, or those of the v1 hierarchies (cgroup_make_directory), enables the controllers of v2, writes
 * the limits and changes the owner. On failure what this call made is removed. */
int limits_make_cgroup (struct cgroup *cgroup, const struct limits *limits, bool v2, struct error *error);
/* The same by systemd: the unit with the process in it, then the limits that it has no property for. */
int limits_make_unit (struct cgroup *cgroup, const struct limits *limits, pid_t pid, struct error *error);
/* Those of a new cgroup that had to wait for its first process. */
int limits_apply_late (const struct cgroup *cgroup, const struct limits *limits, struct error *error);
/* memory.checkBeforeUpdate: a limit below what is in use is refused before anything is set. */
int limits_check_update (const struct cgroup *cgroup, const struct limits *limits, struct error *error);
/* Writes them. What the kernel refuses in one order (limit above memsw, burst above quota) is tried in another. The
 * error has the origin of the value and names controller, file and value. */
int limits_apply (struct cgroup *cgroup, const struct limits *limits, struct error *error);

#endif
