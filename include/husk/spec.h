/*
 * The OCI runtime specification 1.3 as types: config.md and config-linux.md, member for member, in the specification's
 * words. src/spec decodes by tables and makes the checks that need only the config. It makes no system calls.
 *
 * Names follow the JSON keys; each value's `node` is where it came from. If absent, pointers and strings are NULL and
 * `set` is false.
 */
#ifndef HUSK_SPEC_H
#define HUSK_SPEC_H

#include "husk/json.h"
#include "husk/kernel.h"

#define SPEC_FILE "config.json" /* in a bundle, and in a container's record */

/* The oldest and the newest supported version of the specification. */
#define SPEC_VERSION_OLDEST "1.0.0"
#define SPEC_VERSION "1.3.0"

struct spec_root
{
  origin_t node;
  struct json_string path;
  struct json_bool readonly;
};

struct spec_id_mapping
{
  origin_t node;
  struct json_uint container_id, host_id, size;
};
typedef JSON_ARRAY_OF (struct spec_id_mapping) spec_id_mappings;

enum spec_mount_kind
{
  SPEC_MOUNT_OTHER, /* any other type, which the kernel may or may not know */
  SPEC_MOUNT_BIND,  /* by type or option; with the option the type has no meaning */
  SPEC_MOUNT_RBIND,
  SPEC_MOUNT_PROC,
  SPEC_MOUNT_SYSFS,
  SPEC_MOUNT_CGROUP, /* of either version; the host decides which */
  SPEC_MOUNT_TMPFS,
  SPEC_MOUNT_DEVPTS,
  SPEC_MOUNT_MQUEUE,
};
struct spec_mount_data /* an option of the file system itself */
{
  const char *key, *value; /* "size", "1m"; value NULL: a flag */
};
/* config.md, "Linux mount options": the last option for each wins. */
struct spec_mount_options
{
  uint64_t set, clear;                     /* MOUNT_ATTR_*, for this mount */
  uint64_t recursive_set, recursive_clear; /* the same, for the whole tree */
  uint64_t propagation;                    /* MS_*, with MS_REC for the whole tree; 0: not set */
  bool remount, copy_up, idmap, idmap_recursive;
  bool copy_symlink;                           /* a source that is a symbolic link is copied, not followed */
  bool source_nofollow, target_nofollow;       /* a symbolic link as the last component is not followed */
  spec_id_mappings uid_mappings, gid_mappings; /* from "idmap=uids=...;gids=...", with the host's ids; or none */
  struct spec_mount_data *data;
  uint32_t data_count;
};
/* The attributes that a user namespace cannot clear; and these with what else a bind inherits from its source. */
#define SPEC_ATTRIBUTES_LOCKED                                                                                         \
  ((uint64_t)(MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC))
#define SPEC_ATTRIBUTES_OF_SOURCE (SPEC_ATTRIBUTES_LOCKED | MOUNT_ATTR_NOSYMFOLLOW)

/* The propagation words and their flags, for a mount's options and for rootfsPropagation. */
/* clang-format off */
#define SPEC_PROPAGATIONS(ROW)                                                                                         \
  ROW ("private", MS_PRIVATE)       ROW ("rprivate", MS_PRIVATE | MS_REC)                                              \
  ROW ("shared", MS_SHARED)         ROW ("rshared", MS_SHARED | MS_REC)                                                \
  ROW ("slave", MS_SLAVE)           ROW ("rslave", MS_SLAVE | MS_REC)                                                  \
  ROW ("unbindable", MS_UNBINDABLE) ROW ("runbindable", MS_UNBINDABLE | MS_REC)
/* clang-format on */

struct spec_mount
{
  origin_t node;
  struct json_string destination, type, source; /* as written, for messages and for the kernel */
  struct json_strings options;
  spec_id_mappings uid_mappings, gid_mappings;
  /* What they mean, filled by spec_mount_read. Decisions use only these. */
  const char *path; /* destination, made absolute, without "//", "/./", "/../" or a trailing "/" */
  enum spec_mount_kind kind;
  struct spec_mount_options parsed;
};

struct spec_user
{
  origin_t node;
  struct json_uint uid, gid, umask;
  struct json_uints additional_gids;
  struct json_string username; /* Windows; ignored */
};

struct spec_console_size
{
  origin_t node;
  struct json_uint height, width;
};

struct spec_capabilities
{
  origin_t node;
  struct json_strings bounding, effective, inheritable, permitted, ambient;
};

struct spec_rlimit
{
  origin_t node;
  struct json_enum type; /* value: RLIMIT_* */
  struct json_uint soft, hard;
};

struct spec_scheduler
{
  origin_t node;
  struct json_enum policy; /* value: SCHED_* */
  struct json_int nice, priority;
  struct json_strings flags;
  uint64_t flag_bits; /* SCHED_FLAG_*, filled by check_process */
  struct json_uint runtime, deadline, period;
};

struct spec_io_priority
{
  origin_t node;
  struct json_enum class; /* value: IOPRIO_CLASS_* */
  struct json_int priority;
};

struct spec_cpu_affinity
{
  origin_t node;
  struct json_string initial, final;
};

struct spec_process
{
  origin_t node;
  struct json_bool terminal;
  struct spec_console_size *console_size;
  struct json_string cwd;
  struct json_strings env, args;
  struct spec_user *user;
  struct spec_capabilities *capabilities;
  JSON_ARRAY_OF (struct spec_rlimit) rlimits;
  struct json_bool no_new_privileges;
  struct json_string apparmor_profile, selinux_label;
  struct json_int oom_score_adj;
  struct spec_scheduler *scheduler;
  struct spec_io_priority *io_priority;
  struct spec_cpu_affinity *exec_cpu_affinity;
};

struct spec_hook
{
  origin_t node;
  struct json_string path;
  struct json_strings args, env;
  struct json_int timeout; /* seconds */
};
typedef JSON_ARRAY_OF (struct spec_hook) spec_hook_list;

struct spec_hooks
{
  origin_t node;
  spec_hook_list prestart, create_runtime, create_container, start_container, poststart, poststop;
};

enum spec_namespace_type
{
  SPEC_NAMESPACE_PID,
  SPEC_NAMESPACE_NETWORK,
  SPEC_NAMESPACE_MOUNT,
  SPEC_NAMESPACE_IPC,
  SPEC_NAMESPACE_UTS,
  SPEC_NAMESPACE_USER,
  SPEC_NAMESPACE_CGROUP,
  SPEC_NAMESPACE_TIME,
  SPEC_NAMESPACE_COUNT,
};

struct spec_namespace
{
  origin_t node;
  struct json_enum type;
  struct json_string path;
};

struct spec_device
{
  origin_t node;
  struct json_enum type; /* value: 'c' (also for "u"), 'b', 'p' */
  struct json_string path;
  struct json_int major, minor;
  struct json_uint file_mode, uid, gid;
  const char *clean; /* path, the same for every spelling; filled by check_linux */
};

struct spec_net_device
{
  origin_t node;
  const char *key; /* name on the host */
  struct json_string name;
};

struct spec_time_offset
{
  origin_t node;
  const char *key; /* "monotonic" or "boottime" */
  struct json_int secs;
  struct json_uint nanosecs;
};

struct spec_device_rule
{
  origin_t node;
  struct json_bool allow;
  struct json_enum type; /* value: 'a', 'c', 'b' */
  struct json_int major, minor;
  struct json_string access;
};

struct spec_memory
{
  origin_t node;
  struct json_int limit, reservation, swap, kernel, kernel_tcp;
  struct json_uint swappiness;
  struct json_bool disable_oom_killer, use_hierarchy, check_before_update;
};

struct spec_cpu
{
  origin_t node;
  struct json_uint shares, burst, period, realtime_period;
  struct json_int quota, realtime_runtime, idle;
  struct json_string cpus, mems;
};

struct spec_weight_device
{
  origin_t node;
  struct json_int major, minor;
  struct json_uint weight, leaf_weight;
};
struct spec_throttle_device
{
  origin_t node;
  struct json_int major, minor;
  struct json_uint rate;
};
typedef JSON_ARRAY_OF (struct spec_throttle_device) spec_throttle_devices;

struct spec_block_io
{
  origin_t node;
  struct json_uint weight, leaf_weight;
  JSON_ARRAY_OF (struct spec_weight_device) weight_device;
  spec_throttle_devices throttle_read_bps, throttle_write_bps, throttle_read_iops, throttle_write_iops;
};

struct spec_hugepage_limit
{
  origin_t node;
  struct json_string page_size;
  struct json_uint limit;
};

struct spec_interface_priority
{
  origin_t node;
  struct json_string name;
  struct json_uint priority;
};
struct spec_network
{
  origin_t node;
  struct json_uint class_id;
  JSON_ARRAY_OF (struct spec_interface_priority) priorities;
};

struct spec_pids
{
  origin_t node;
  struct json_int limit;
};

struct spec_rdma
{
  origin_t node;
  const char *key;
  struct json_uint hca_handles, hca_objects;
};

struct spec_resources
{
  origin_t node;
  JSON_ARRAY_OF (struct spec_device_rule) devices;
  struct spec_memory *memory;
  struct spec_cpu *cpu;
  struct spec_block_io *block_io;
  JSON_ARRAY_OF (struct spec_hugepage_limit) hugepage_limits;
  struct spec_network *network;
  struct spec_pids *pids;
  JSON_ARRAY_OF (struct spec_rdma) rdma;
  struct json_pairs unified;
};

struct spec_intel_rdt
{
  origin_t node;
  struct json_string clos_id, l3_cache_schema, mem_bw_schema;
  struct json_strings schemata;
  struct json_bool enable_monitoring;
};

struct spec_memory_policy
{
  origin_t node;
  struct json_enum mode; /* value: MPOL_* */
  struct json_string nodes;
  struct json_strings flags;
  uint32_t flag_bits; /* MPOL_F_*, filled by check_linux */
};

struct spec_personality
{
  origin_t node;
  struct json_enum domain; /* value: PER_LINUX or PER_LINUX32 */
  struct json_strings flags;
};

enum spec_seccomp_action
{
  SPEC_ACT_KILL_THREAD, /* also SCMP_ACT_KILL */
  SPEC_ACT_KILL_PROCESS,
  SPEC_ACT_TRAP,
  SPEC_ACT_ERRNO,
  SPEC_ACT_TRACE,
  SPEC_ACT_ALLOW,
  SPEC_ACT_LOG,
  SPEC_ACT_NOTIFY,
};
enum spec_seccomp_operator
{
  SPEC_CMP_NE,
  SPEC_CMP_LT,
  SPEC_CMP_LE,
  SPEC_CMP_EQ,
  SPEC_CMP_GE,
  SPEC_CMP_GT,
  SPEC_CMP_MASKED_EQ, /* (argument & value) == valueTwo */
};
struct spec_seccomp_arg
{
  origin_t node;
  struct json_uint index, value, value_two;
  struct json_enum op; /* enum spec_seccomp_operator */
};
struct spec_seccomp_rule
{
  origin_t node;
  struct json_strings names;
  struct json_enum action; /* enum spec_seccomp_action */
  struct json_uint errno_ret;
  JSON_ARRAY_OF (struct spec_seccomp_arg) args;
};
struct spec_seccomp
{
  origin_t node;
  struct json_enum default_action;
  struct json_uint default_errno_ret;
  struct json_strings architectures; /* "SCMP_ARCH_X86_64": resolved by src/seccomp */
  struct json_strings flags;         /* "SECCOMP_FILTER_FLAG_LOG" */
  struct json_string listener_path, listener_metadata;
  JSON_ARRAY_OF (struct spec_seccomp_rule) syscalls;
  bool refuse_unknown; /* of UNKNOWN_CALL_ANNOTATION: a rule for a call that nobody knows is an error */
};

struct spec_linux
{
  origin_t node;
  JSON_ARRAY_OF (struct spec_namespace) namespaces;
  spec_id_mappings uid_mappings, gid_mappings;
  JSON_ARRAY_OF (struct spec_time_offset) time_offsets;
  JSON_ARRAY_OF (struct spec_device) devices;
  JSON_ARRAY_OF (struct spec_net_device) net_devices;
  struct json_string cgroups_path;
  struct spec_resources *resources;
  struct spec_intel_rdt *intel_rdt;
  struct spec_memory_policy *memory_policy;
  struct json_pairs sysctl;
  struct spec_seccomp *seccomp;
  struct json_enum rootfs_propagation; /* value: MS_SHARED, MS_SLAVE, MS_PRIVATE, MS_UNBINDABLE; may carry MS_REC */
  struct json_strings masked_paths, readonly_paths;
  struct json_string mount_label;
  struct spec_personality *personality;
};

/* If present, the program keeps the caller's additional groups (podman's --group-add keep-groups). */
#define GROUPS_ANNOTATION "run.oci.keep_original_groups"
/* Files that get a copy of what hooks print. */
#define HOOKS_STDOUT_ANNOTATION "run.oci.hooks.stdout"
#define HOOKS_STDERR_ANNOTATION "run.oci.hooks.stderr"
/* "1": a seccomp profile that names an unknown system call is an error, not a warning. */
#define UNKNOWN_CALL_ANNOTATION "run.oci.seccomp_fail_unknown_syscall"
/* A file with options for CRIU; "": none, not even the usual ones. */
#define CRIU_ANNOTATION "org.criu.config"
/* The option of mount(8) by which linux.mountLabel is applied: context (the default), fscontext, defcontext or
 * rootcontext. */
#define MOUNT_CONTEXT_ANNOTATION "run.oci.mount_context_type"
extern const struct json_name spec_mount_contexts[];
/* "true" declares a container privileged. CRI-O does not let pod authors set keys that begin with run.oci. */
#define PRIVILEGE_ANNOTATION "run.oci.privileged"
/* "true": denied system calls are explained in the container's log, with --allow-explain-annotation. */
#define EXPLAIN_ANNOTATION "run.oci.seccomp-explain"

struct spec
{
  origin_t node;
  const struct json_document *document;
  struct json_string oci_version;
  struct spec_root *root;
  JSON_ARRAY_OF (struct spec_mount) mounts;
  struct spec_process *process;
  struct json_string hostname, domainname;
  struct spec_hooks *hooks;
  struct spec_linux *linux_; /* `linux` is predefined as 1 by gnu dialects */
  struct json_pairs annotations;
  const struct json_document *seccomp_document; /* for linux_->seccomp's nodes: document, or another profile's */
};

/* What messages call a bundle's config.json: a path that opens it from the working directory, in the arena. bundle: as
 * the caller has named it, or NULL for a container's record. */
const char *spec_file_name (const char *bundle, struct arena *arena);
/* Parses the file named, or if that is NULL, the directory's config.json. bundle: for spec_file_name. */
int spec_load (int directory, const char *bundle, const char *file, struct arena *arena, struct json_document *out,
               struct error *error);
/* Decodes a parsed config.json and checks it. 0, or -1 if the report has an error. */
int spec_decode (const struct json_document *document, struct arena *arena, struct spec *out, struct report *report);
/* Decodes a parsed process.json (`exec --process`), with the checks of /process. */
int spec_decode_process (const struct json_document *document, struct arena *arena, struct spec_process *out,
                         struct report *report);
/* Decodes parsed resources (`update --resources`), with the checks of /linux/resources. */
int spec_decode_resources (const struct json_document *document, struct arena *arena, struct spec_resources *out,
                           struct report *report);
/* Only those checks, for resources from elsewhere, whose nodes need not be in the document. */
int spec_check_resources (const struct json_document *document, const struct spec_resources *resources,
                          struct report *report);
/* What the config's annotations say about its profile, for one that takes the place of linux.seccomp. */
void spec_annotate_profile (const struct spec *spec, struct spec_seccomp *profile);
/* Decodes a separate seccomp profile in the OCI format. */
int spec_decode_seccomp (const struct json_document *document, struct arena *arena, struct spec_seccomp *out,
                         struct report *report);

/* Checks a profile that is not in a config. Its nodes are in the document. */
int spec_check_seccomp (const struct json_document *document, const struct spec_seccomp *seccomp,
                        struct report *report);

/* Fills path, kind and parsed of a mount. Callers need it only for a mount that is not from a config. */
void spec_mount_read (struct spec_mount *mount, struct arena *arena);
bool spec_mount_binds (const struct spec_mount *mount);
/* Whether file systems of that type are on disks and have the flags for disks. */
bool spec_type_on_disk (const char *type);
/* "ro", "rro", ...: the mount options that husk knows, by index; NULL after the last. */
const char *spec_mount_option (uint32_t index);
/* The option that sets one MOUNT_ATTR_* ("nosuid") or clears it ("suid"), or NULL. */
const char *spec_attribute_word (uint64_t attribute, bool cleared);
/* The same path for every spelling: from "/", without empty and "." components. ".." stays, since with symbolic links
 * only the kernel knows where it leads. (In a mount's destination it removes the name before it, as in other
 * runtimes.) */
const char *spec_clean_path (const char *path, struct arena *arena);

/* A list of CPUs or memory nodes in the kernel's syntax: "0-3,7", perhaps with spaces, "0-9:1/2" for a stride. */
#define SPEC_NUMBERS_MAX 8192 /* more than any kernel supports of either */
struct spec_numbers
{
  uint64_t mask[SPEC_NUMBERS_MAX / 64];
  uint32_t bits; /* the highest number plus one; 0: none */
};
/* The only parser of these lists. "" is an empty list. 0, or -1: it is not a list. */
int spec_read_numbers (const char *text, struct spec_numbers *out);
/* The shortest spelling: "0-3,7". */
const char *spec_numbers_text (const struct spec_numbers *numbers, struct arena *arena);

/* The namespace of that type in the config, or NULL. */
const struct spec_namespace *spec_namespace (const struct spec *spec, enum spec_namespace_type type);
/* Whether the container gets a new namespace of that type (one listed without a path). */
bool spec_namespace_new (const struct spec *spec, enum spec_namespace_type type);
/* "pid", "network", ... */
const char *spec_namespace_name (enum spec_namespace_type type);
/* The words of enumerations, as a config has them. */
extern const struct json_name spec_namespace_names[], spec_propagation_names[], spec_action_names[],
    spec_operator_names[], spec_policy_names[], spec_policy_flag_names[], spec_schedule_flag_names[],
    spec_io_class_names[], spec_domain_names[];
/* "RLIMIT_NOFILE", "SCHED_FIFO", "MPOL_BIND" (without a mode's flags) */
const char *spec_rlimit_name (int64_t resource);
const char *spec_scheduler_name (int64_t policy);
const char *spec_memory_mode_name (int64_t mode);
/* "prestart", ...: the kinds of hooks, by index; NULL after the last. */
const char *spec_hook_name (uint32_t index);
/* CLONE_NEWPID, ... */
uint64_t spec_namespace_flag (enum spec_namespace_type type);
/* Whether some rule, or the default, is SCMP_ACT_NOTIFY. */
bool spec_seccomp_notifies (const struct spec_seccomp *seccomp);
/* A kernel parameter's file below /proc/sys, from either spelling that sysctl(8) accepts: "net.ipv4.conf.eth0/1.mtu"
 * and "net/ipv4/conf/eth0.1/mtu" are the same. NULL: the path would not stay below. */
#define SPEC_SYSCTL_MAX 255
const char *spec_sysctl_path (const char *name, struct arena *arena);
/* CLONE_NEW*: which namespace has the parameter at that path; 0: none, it is the host's. */
uint64_t spec_sysctl_namespace (const char *path);
/* Converts v1's weights to v2's scales. cpu.shares (2 .. 262144) become cpu.weight (1 .. 10000), so that both ends and
 * the defaults (1024, 100) match; runc since 1.3.2 and crun since 1.23 use the same formula. 0 (unset) stays 0. */
uint64_t spec_weight_of_shares (uint64_t shares);
/* blkio.weight (10 .. 1000) to io.weight (1 .. 10000), linearly. */
uint64_t spec_weight_of_block_weight (uint64_t weight);
/* The number of a "CAP_..." name that libcap knows (this kernel may not have it), or -1. */
int spec_capability (const char *name);
#define CAPABILITY_HINT_SIZE 96
/* "did you mean "CAP_NET_RAW"?" for "net_raw", written without CAP_, in lower case or misspelt; or NULL. */
const char *spec_capability_hint (const char *name, char out[CAPABILITY_HINT_SIZE]);
#define CAPABILITY_NAME_SIZE 40
/* "CAP_KILL"; for a number without a name "CAP_N" or "N", as libcap writes it. */
void spec_capability_name (int number, char out[CAPABILITY_NAME_SIZE]);
/* The mask of the names that are capabilities; others are ignored. */
uint64_t spec_capability_mask (const struct json_strings *names);
/* The "CAP_..." name of each bit in the mask. */
struct json_strings spec_capability_names (uint64_t mask, struct arena *arena);
/* The node of a value of linux.seccomp as an origin in the config; 0 if the profile is from elsewhere. */
origin_t spec_seccomp_origin (const struct spec *spec, origin_t node);
/* [A-Za-z0-9_+.-]{1,1024}, not "." or "..", not starting with '-'. 0, or -1 with the grammar in the error. */
int spec_check_id (const char *id, struct error *error);

#endif
