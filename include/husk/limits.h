/*
 * linux.resources is compiled into settings (a value for a file of a directory, with its place in config.json) before
 * anything is made. Applying them is a simple loop.
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
  uint32_t directory;      /* index in the cgroup's directories */
  const char *controller;  /* "memory", for messages */
  const char *file;        /* "memory.max" */
  const char *value;       /* what is written */
  const char *older_file;  /* the file to use if the kernel lacks `file`, or NULL */
  const char *older_value; /* the value for that one */
  const char *given;       /* the config's number, if the value was converted from it; else NULL */
  bool late;               /* in a new cgroup: written only once the first process is in it */
  bool optional;           /* a missing file is ignored: the kernel's default has the same effect */
  origin_t origin;         /* in config.json */
};

/* A device rule. For each bit of access the last matching rule wins. */
struct limits_device
{
  bool allow;
  char type;            /* 'a' (both), 'b', 'c' */
  int64_t major, minor; /* -1: all */
  uint32_t access;      /* LIMITS_DEVICE_* */
  uint32_t asked;       /* the access as written; `access` may lack bits that other rules decide */
};
#define LIMITS_DEVICE_MKNOD 1u /* the values of BPF_DEVCG_ACC_* in linux/bpf.h */
#define LIMITS_DEVICE_READ 2u
#define LIMITS_DEVICE_WRITE 4u
#define LIMITS_DEVICE_ALL 7u

/* Device rules of cgroup v2: a BPF program, without instructions if everything is allowed. */
struct bpf_insn;
struct device_program
{
  struct bpf_insn *instructions;
  uint32_t count, room;
};

/* linux.resources compiled for this host's layout. */
struct limits
{
  struct limits_setting *settings;
  uint32_t count, room;
  struct limits_device *devices; /* reduced; devices_set false: there are no device rules */
  uint32_t device_count;
  bool devices_set;
  bool devices_v2; /* they are compiled to program, not lines for the devices controller */
  struct device_program program;
  uint32_t devices_directory;
  origin_t devices_origin;
  int64_t memory_checked; /* checkBeforeUpdate: refuse the update if more than this is in use; -1: no check */
  origin_t memory_origin;
  struct unit_properties properties; /* for systemd's unit */
};

/* Whether husk-init must wait for the device rules, and is not told to join its cgroup, which comes after them. */
bool limits_come_late (const struct cgroup *cgroup, const struct limits *limits);
/* Whether there is more than device rules, so that compiling needs the host's controllers (host_probe_controllers). */
bool limits_has_resources (const struct spec_resources *resources);
/* Compiles linux.resources into settings for the cgroup's directories. A controller that this host lacks is an error at
 * the value that needs it. v1's values are converted for v2; one that cannot be converted is an error. Pure. resources
 * NULL: no limits. */
int limits_compile (const struct host *host, const struct cgroup *cgroup, const struct spec_resources *resources,
                    const struct json_document *document, struct arena *arena, struct limits *out,
                    struct report *report);
/* A copy for updating a running container: half of a pair (a period without a quota, swap without a memory limit) is
 * completed from the cgroup's current values. */
struct spec_resources *limits_complete (const struct cgroup *cgroup, const struct spec_resources *resources,
                                        struct arena *arena);
/* The cgroup's location, its limits and the unit's properties: everything that can be decided before it is made. Pure,
 * except that without root it checks what is delegated. */
int limits_plan (const struct host *host, enum cgroup_manager manager, const struct spec *spec, const char *id,
                 struct arena *arena, struct cgroup *out, struct limits *out_limits, struct report *report);
/* Prints the unit and its properties, one line for each setting with its place (document NULL: without), and the device
 * rules. */
void limits_print (const struct cgroup *cgroup, const struct limits *limits, const struct json_document *document,
                   FILE *out);
/* Makes the v2 directory, or those of the v1 hierarchies (cgroup_make_directory), enables v2's controllers, writes the
 * limits and changes the owner. On failure what this call made is removed. */
int limits_make_cgroup (struct cgroup *cgroup, const struct limits *limits, bool v2, struct error *error);
/* The same with systemd: starts the unit with the process in it, then writes the limits. */
int limits_make_unit (struct cgroup *cgroup, const struct limits *limits, pid_t pid, struct error *error);
/* Writes what had to wait in a new cgroup: the settings that its first process must be there for, and v2's device
 * rules, which are loaded while that process makes its mounts. v2 is v2's directory, or -1: it is opened. */
int limits_apply_late (const struct cgroup *cgroup, const struct limits *limits, int v2, struct error *error);
/* memory.checkBeforeUpdate: refuses a limit below the memory in use before anything is set. */
int limits_check_update (const struct cgroup *cgroup, const struct limits *limits, struct error *error);
/* Writes them to a running container's cgroup. Values that the kernel refuses in one order (limit above memsw, burst
 * above quota) are tried in another. The error has the origin of the value and names controller, file and value. */
int limits_apply (struct cgroup *cgroup, const struct limits *limits, struct error *error);

#endif
