/*
 * What the files of src/plan share to build a plan. Each file turns one subject of the config into steps.
 */
#ifndef HUSK_PLAN_BUILDER_H
#define HUSK_PLAN_BUILDER_H

#include "husk/compile.h"

struct builder
{
  const struct spec *spec;
  const struct json_document *document;
  const struct host *host;
  const struct plan_options *options;
  struct arena *arena;
  struct plan *plan;
  uint32_t capacity;
  struct report *report;
  struct plan_exec *exec; /* made by plan_program */
  enum observing observing;
  bool errno_for_newer; /* --seccomp-enosys=off */
  bool user_namespace;  /* the config lists one, new or joined */
  bool mount_namespace; /* likewise */
  bool placed;          /* plan_place has been called */
  uint64_t root_shared; /* propagation of a shared bind that replaces the root file system, for after the pivot; or 0 */
};

#define wrong(builder, node, ...) report_error ((builder)->report, (builder)->document, (node), NULL, __VA_ARGS__)
#define warn(builder, node, hint, ...)                                                                                 \
  report_warning ((builder)->report, (builder)->document, (node), (hint), __VA_ARGS__)

/* Appends a step. */
struct step *builder_step (struct builder *builder, enum step_kind kind, origin_t origin);
/* A copy in the plan's arena: a plan must not point elsewhere. */
#define keep(builder, text) arena_string ((builder)->arena, (text))
char **builder_strings (struct builder *builder, const struct json_strings *strings, uint32_t extra);
origin_t builder_element (const struct builder *builder, const struct json_strings *strings, uint32_t index);
/* An id map's lines in the kernel's format. */
const char *builder_id_map (struct builder *builder, const spec_id_mappings *mappings);

/* Sets in_between; joins_before, join_user and time_offsets must be complete. */
void plan_between (struct builder *builder);
/* Whether setgroups(2) must be denied in the container's user namespace. */
bool plan_denies_setgroups (const struct builder *builder);
/* Whether the container is in a user namespace, its own or husk's, where root has no rights over the host's devices and
 * mounts. */
static inline bool
builder_is_mapped (const struct builder *builder)
{
  return builder->user_namespace || builder->host->user_namespace;
}

/* Whether the process enters its cgroup after the clone. On v2 the clone puts it there; not so with v1 hierarchies or a
 * systemd unit. */
static inline bool
builder_enters_late (const struct builder *builder)
{
  return builder->options->cgroup && cgroup_comes_late (builder->options->cgroup);
}

void plan_namespaces (struct builder *builder); /* JOIN, UNSHARE; the parent's part */
/* What may use the cgroup, or may see it, comes after this: JOIN_CGROUP and what belongs to it, or LIMITED, if they are
 * needed and not among the steps yet. */
void plan_place (struct builder *builder);
void plan_net_devices (struct builder *builder); /* NET_DEVICES; the parent's part */
void plan_rootfs (struct builder *builder);      /* PROPAGATION, ROOTFS */
/* The root file system's absolute path on the host. */
const char *plan_rootfs_path (struct builder *builder);
void plan_shared_root (struct builder *builder); /* PROPAGATION, after PIVOT */
void plan_mounts (struct builder *builder);      /* MOUNT */
void plan_cgroup_mount (struct builder *builder, const struct spec_mount *mount, const struct plan_mount *parsed);
void plan_devices (struct builder *builder); /* DEVICE, LINK */
void plan_hooks (struct builder *builder, const spec_hook_list *hooks, const char *kind);
void plan_paths (struct builder *builder); /* READONLY, MASK, ROOT_READONLY */
void plan_sysctl (struct builder *builder);
void plan_program (struct builder *builder, const struct spec_process *process,
                   const struct kept_descriptors *kept);                         /* CWD, LOOKUP, STREAMS */
void plan_written (struct builder *builder, const struct spec_process *process); /* OOM_SCORE, LABEL: before PIVOT */
void plan_keyring_label (struct builder *builder, const struct spec_process *process);
void plan_process (struct builder *builder,
                   const struct spec_process *process); /* SCHEDULER .. EXEC, after plan_program */
/* AFFINITY: husk's caller may be bound to some CPUs, but the container must not be. */
void plan_affinity (struct builder *builder);
/* config.md, "execCPUAffinity": the same for exec, and the parent's part. */
void plan_exec_affinity (struct builder *builder, const struct spec_cpu_affinity *config);
void plan_identity (struct builder *builder, const struct spec_process *process, bool no_new_privileges, bool filter);
int plan_filter (struct builder *builder);         /* SECCOMP */
bool plan_filters (const struct builder *builder); /* whether there will be one */

/* Fills *out from one mount of the config. 0 or -1. */
int mount_parse (struct builder *builder, const struct spec_mount *mount, struct plan_mount *out);

#endif
