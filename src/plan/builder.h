/*
 * What the files of src/plan share: the plan as it grows. Each file turns one subject of the config into steps.
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
  struct plan_exec *exec; /* of plan_program */
  enum observing observing;
  bool errno_for_newer; /* --seccomp-enosys=off */
  bool user_namespace;  /* the container has one that is not husk's */
  bool mount_namespace; /* likewise */
  uint64_t root_shared; /* of a bind that takes the place of the root file system: MS_SHARED, for after the pivot */
};

#define wrong(builder, node, ...) report_error ((builder)->report, (builder)->document, (node), NULL, __VA_ARGS__)
#define warn(builder, node, hint, ...)                                                                                 \
  report_warning ((builder)->report, (builder)->document, (node), (hint), __VA_ARGS__)

/* Appends a step. */
struct step *builder_step (struct builder *builder, enum step_kind kind, origin_t origin);
/* A copy in the plan's arena: a plan points nowhere else. */
#define keep(builder, text) arena_string ((builder)->arena, (text))
char **builder_strings (struct builder *builder, const struct json_strings *strings, uint32_t extra);
origin_t builder_element (const struct builder *builder, const struct json_strings *strings, uint32_t index);
/* Lines of an id map, as the kernel takes them. */
const char *builder_id_map (struct builder *builder, const spec_id_mappings *mappings);

/* joins_before, join_user and time_offsets are complete. */
void plan_between (struct builder *builder);
/* The container's user namespace cannot have setgroups(2). */
bool plan_denies_setgroups (const struct builder *builder);
/* In a user namespace, the container's own or husk's: there root has no rights over the host's devices and mounts. */
static inline bool
builder_is_mapped (const struct builder *builder)
{
  return builder->user_namespace || builder->host->user_namespace;
}

void plan_namespaces (struct builder *builder);  /* JOIN, UNSHARE, JOIN_CGROUP; the parent's part */
void plan_net_devices (struct builder *builder); /* NET_DEVICES; the parent's part */
void plan_rootfs (struct builder *builder);      /* PROPAGATION, ROOTFS */
/* On the host, absolute. */
const char *plan_rootfs_path (struct builder *builder);
void plan_shared_root (struct builder *builder); /* PROPAGATION, after PIVOT */
void plan_mounts (struct builder *builder);      /* MOUNT */
void plan_cgroup_mount (struct builder *builder, const struct spec_mount *mount, const struct plan_mount *parsed);
void plan_devices (struct builder *builder); /* DEVICE, LINK */
void plan_hooks (struct builder *builder, const spec_hook_list *hooks, const char *kind);
void plan_paths (struct builder *builder); /* READONLY, MASK, ROOT_READONLY */
void plan_sysctl (struct builder *builder);
void plan_program (struct builder *builder, const struct spec_process *process,
                   const struct activation *activation);                         /* CWD, LOOKUP, STREAMS */
void plan_written (struct builder *builder, const struct spec_process *process); /* OOM_SCORE, LABEL: before the root
                                                                                    is the container's */
void plan_process (struct builder *builder,
                   const struct spec_process *process); /* SCHEDULER .. EXEC, after plan_program */
/* AFFINITY: husk's caller may be tied to some CPUs, which means nothing for the container. */
void plan_affinity (struct builder *builder);
/* config.md, "execCPUAffinity": the same, and the parent's part. It is of exec only. */
void plan_exec_affinity (struct builder *builder, const struct spec_cpu_affinity *config);
void plan_identity (struct builder *builder, const struct spec_process *process, bool no_new_privileges, bool filter);
int plan_filter (struct builder *builder);         /* SECCOMP */
bool plan_filters (const struct builder *builder); /* there will be one */

/* One mount's options: attributes, propagation, file system options. 0 or -1. */
int mount_parse (struct builder *builder, const struct spec_mount *mount, struct plan_mount *out);

#endif
