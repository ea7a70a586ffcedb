/*
 * The plan: what husk-init does, as a list of steps without decisions. husk compiles it from (config, host) before
 * anything exists; husk-init applies it in order. It consists of ordinary structs with ordinary pointers: the arena is
 * a memfd mapped at PLAN_ADDRESS on both sides, sealed, and read-only in husk-init. `husk plan` prints it.
 *
 * This header and channel.h are all that husk-init shares with husk: no OCI types and no library.
 */
#ifndef HUSK_PLAN_H
#define HUSK_PLAN_H

#include <stdbool.h>
#include <stdint.h>

#include "husk/error.h"

/* One constant per architecture, within its smallest user address space (39 bits on arm64 and riscv), where the kernel
 * places nothing by itself. A position-independent program is at 2/3 of the space or, without an interpreter like
 * husk-init, among the mappings. These grow down from the top less the stack limit, but never start below 1/6. With an
 * unlimited stack or in the legacy layout (setarch -L) they grow up from 1/3 on x86_64 and riscv, from 1/4 on arm64. So
 * the plan is between 1/6 and that, and on x86_64 above ASan's shadow (0x10007fff8000). */
#if defined(__x86_64__)
#define PLAN_ADDRESS 0x200000000000ul
#elif defined(__aarch64__)
#define PLAN_ADDRESS 0x1800000000ul
#elif defined(__riscv) && __SIZEOF_POINTER__ == 8
#define PLAN_ADDRESS 0x1000000000ul
#elif __SIZEOF_POINTER__ == 8
#define PLAN_ADDRESS 0x2000000000ul
#else
#define PLAN_ADDRESS 0x50000000ul
#endif
#define PLAN_SIZE_MAX (64ul << 20)
#define PLAN_MAGIC 0x6b737568u /* "husk" */

#define PLAN_NO_FD (-1)   /* none; the step opens its path itself */
#define PLAN_PREPARE (-2) /* the parent opens it with the host's rights before the clone and stores the number here */

/* X (NAME, function, data, ask, proc, traits, word, what it does: one line, the same in errors, `husk plan`, traces and
 * docs). A kind of step is defined by its row: husk-init's step_FUNCTION, how its DATA (a member of struct step, or
 * nothing) is checked and described, the ASK (channel.h) that it may have for the parent, when it needs the host's
 * /PROC (never, always, or as its data says: prepare.c), and its traits. If one of these is missing, the row does not
 * compile. */
#define STEP_KINDS(X)                                                                                                  \
  X (JOIN_CGROUP, join_cgroup, nothing, NOTHING, never, 0, "join-cgroup", "enter the container's cgroups")             \
  X (JOIN, join, join, FORKED, join, 0, "join", "enter existing namespaces")                                           \
  X (UNSHARE, unshare, number, NOTHING, never, 0, "unshare", "make the namespaces that the clone did not make")        \
  X (MAPPED_ROOT, mapped_root, nothing, NOTHING, never, 0, "mapped-root", "become root of the user namespace")         \
  X (SESSION, session, session, NOTHING, never, 0, "session", "start a session and make its keyring")                  \
  X (HOSTNAME, hostname, text, NOTHING, never, 0, "hostname", "set the host name")                                     \
  X (DOMAINNAME, domainname, text, NOTHING, never, 0, "domainname", "set the NIS domain name")                         \
  X (LOOPBACK, loopback, nothing, NOTHING, never, 0, "loopback", "bring lo up")                                        \
  X (NET_DEVICES, net_devices, net_devices, NET_DEVICES, never, 0, "net-devices",                                      \
     "ask the parent to move network devices here")                                                                    \
  X (PROPAGATION, propagation, number, NOTHING, never, 0, "propagation", "cut the mount table off from the host's")    \
  X (ROOTFS, rootfs, rootfs, NOTHING, never, 0, "rootfs", "attach the root file system")                               \
  X (MOUNT, mount, mount, NOTHING, mount, STEP_STAYS_NEAR, "mount", "mount a file system or bind")                     \
  X (DEVICE, device, device, NOTHING, never, STEP_STAYS_NEAR, "device", "make a device node")                          \
  X (LINK, link, link, NOTHING, never, STEP_STAYS_NEAR, "link", "make a symbolic link in /dev")                        \
  X (LIMITED, limited, nothing, NOTHING, never, 0, "limited", "wait until the device rules are in force")              \
  X (CONSOLE, console, console, NOTHING, never, 0, "console", "make the terminal and send its master end")             \
  X (RUNTIME_HOOKS, runtime_hooks, nothing, RUNTIME_HOOKS, never, 0, "runtime-hooks",                                  \
     "ask the parent to run prestart and createRuntime hooks")                                                         \
  X (HOOK, hook, hook, NOTHING, never, STEP_NOT_FOR_HOOKS, "hook", "run a createContainer or startContainer hook")     \
  X (SYSCTL, sysctl, sysctl, NOTHING, always, 0, "sysctl", "set a kernel parameter of a namespace")                    \
  X (OOM_SCORE, oom_score, number, NOTHING, always, 0, "oom-score", "set oom_score_adj")                               \
  X (LABEL, label, label, NOTHING, always, 0, "label", "set the LSM label for the program")                            \
  X (DIRECTORY, directory, text, NOTHING, never, 0, "directory", "make the working directory if it is missing")        \
  X (READONLY, readonly, text, NOTHING, never, 0, "readonly", "make a path read-only")                                 \
  X (MASK, mask, text, NOTHING, never, 0, "mask", "hide a path")                                                       \
  X (ROOT_READONLY, root_readonly, nothing, NOTHING, never, 0, "root-readonly", "make the root file system read-only") \
  X (PIVOT, pivot, number, NOTHING, never, 0, "pivot", "make the root file system the root and drop the old one")      \
  X (STREAMS, streams, number, NOTHING, never, 0, "streams", "make the user the owner of the standard streams")        \
  X (CREATED, created, nothing, CREATED, never, 0, "created", "report to the parent that everything is set up")        \
  X (WAIT, wait, nothing, NOTHING, never, 0, "wait", "wait for start")                                                 \
  X (AFFINITY, affinity, affinity, NOTHING, never, 0, "affinity", "set the CPUs to run on")                            \
  X (SCHEDULER, scheduler, scheduler, NOTHING, never, 0, "scheduler", "set the scheduling policy")                     \
  X (IO_PRIORITY, io_priority, number, NOTHING, never, 0, "io-priority", "set the I/O priority")                       \
  X (MEMORY_POLICY, memory_policy, memory_policy, NOTHING, never, 0, "memory-policy", "set the NUMA memory policy")    \
  X (PERSONALITY, personality, number, NOTHING, never, 0, "personality", "set the execution domain")                   \
  X (UMASK, umask, number, NOTHING, never, 0, "umask", "set the umask")                                                \
  X (CWD, cwd, text, NOTHING, never, 0, "cwd", "change to the working directory")                                      \
  X (LOOKUP, lookup, exec, NOTHING, never, 0, "lookup", "find the program")                                            \
  X (RLIMITS, rlimits, rlimits, NOTHING, never, 0, "rlimits", "set the resource limits")                               \
  X (IDENTITY, identity, identity, NOTHING, never, 0, "identity", "set groups, ids and the capability sets")           \
  X (NO_NEW_PRIVILEGES, no_new_privileges, nothing, NOTHING, never, 0, "no-new-privileges", "set no_new_privs")        \
  X (HOME, home, exec, NOTHING, never, STEP_NOT_FOR_HOOKS, "home",                                                     \
     "find HOME in the image's passwd, with the program's rights")                                                     \
  X (PROVE, prove, exec, NOTHING, never, STEP_NOT_FOR_HOOKS, "prove",                                                  \
     "check with the program's rights that no link in /proc leads to it")                                              \
  X (SECCOMP, seccomp, filter, LISTENER, never, 0, "seccomp", "load the filter: the last system call before exec")     \
  X (EXEC, exec, exec, NOTHING, never, 0, "exec", "execute the program")

enum step_kind
{
#define STEP_KIND_ENUM(name, function, data, ask, proc, traits, word, text) STEP_##name,
  STEP_KINDS (STEP_KIND_ENUM)
#undef STEP_KIND_ENUM
      STEP_KIND_COUNT
};

#define STEP_STAYS_NEAR 1u    /* never mounts over an existing directory, so path.c may keep its open one */
#define STEP_NOT_FOR_HOOKS 2u /* not applied to a startContainer hook, which otherwise runs like the program */

/* Whether the kind has the trait. With a constant trait this compiles to a constant, so husk-init needs no table. */
static inline bool
step_has (uint16_t kind, uint32_t trait)
{
#define STEP_KIND_BIT(name, function, data, ask, proc, traits, word, text)                                             \
  | (uint64_t)(((traits)&trait) != 0) << STEP_##name
  uint64_t kinds = 0 STEP_KINDS (STEP_KIND_BIT);
#undef STEP_KIND_BIT
  return kind < STEP_KIND_COUNT && (kinds >> kind & 1);
}
_Static_assert(STEP_KIND_COUNT <= 64, "step_has has a bit for each kind");

struct plan_join
{
  const char *path; /* for messages; NULL if fd is a pidfd */
  int32_t fd;       /* a namespace or a pidfd, from the parent */
  uint64_t flags;   /* CLONE_NEW*; with a pidfd all are joined at once, the user namespace first */
  origin_t origin;  /* in config.json */
  bool ahead;       /* it is new: the parent has made it while it did other things, and lo is up (launch/network.c) */
};

struct plan_session
{
  const char *keyring; /* the name of the session keyring; NULL: keep the caller's */
};

struct plan_rootfs
{
  bool open_only;       /* no mount namespace: nothing is attached, and PIVOT only changes the root */
  bool in_place;        /* attached at path if husk-init can reach it, because hooks look there; else over "/" */
  const char *path;     /* on the host, absolute */
  int32_t fd;           /* a detached clone of the tree, or PLAN_NO_FD: the step clones path */
  uint64_t propagation; /* MS_PRIVATE, MS_SLAVE, MS_SHARED, MS_UNBINDABLE */
  bool recursive;       /* propagation for the whole tree */
};

struct plan_option /* for fsconfig; value NULL: a flag */
{
  const char *key, *value;
};

#define PLAN_LINK_SIZE 4096
struct plan_mount
{
  const char *destination;   /* in the container, absolute, resolved inside the rootfs */
  const char *type;          /* file system type; NULL: a bind */
  const char *source;        /* bind: absolute host path; else the file system's source, or NULL */
  const char *fallback_bind; /* recursively bound if the kernel refuses the mount; or NULL */
  const char *inside;        /* bind: the source's path in the container if it is below the root file system; or NULL */
  char *link;                /* copy_symlink: PLAN_LINK_SIZE bytes, where the parent puts source's target; or NULL */
  int32_t fd;                /* bind: a detached clone made by the parent, or PLAN_NO_FD */
  bool bind_recursive;
  bool is_root;                            /* it replaces the root file system */
  bool copy_symlink;                       /* a source that is a symbolic link is recreated at destination */
  bool source_nofollow, target_nofollow;   /* a link as source's or destination's last component is not followed */
  bool of_directory;                       /* the source is known to be a directory */
  bool in_order;                           /* a fresh copy replaces fd's old tree: mountinfo lists mounts by age */
  bool remount;                            /* change the mount on destination */
  bool superblock_readonly;                /* "ro" for the file system itself too (disk file systems) */
  bool mode_of_directory;                  /* a tmpfs without a mode gets that of the directory it covers */
  bool copy_up;                            /* tmpcopyup: the directory's contents are copied into the tmpfs */
  bool in_proc;                            /* destination is one of the files below /proc that may be mounted on */
  bool no_symlink;                         /* destination itself must not be a symbolic link (/proc, /sys) */
  bool proc_root;                          /* this bind becomes /proc: its source must be the root of a procfs */
  uint64_t set, clear;                     /* MOUNT_ATTR_*, for this mount */
  uint64_t recursive_set, recursive_clear; /* MOUNT_ATTR_*, for the whole tree */
  uint64_t propagation;                    /* MS_*, with MS_REC for the whole tree; 0: private */
  struct plan_option *options;
  uint32_t option_count;
  int32_t idmap_fd; /* a user namespace with the mapping, from the parent; or PLAN_NO_FD. PLAN_PREPARE: from uid_map and
                     * gid_map, or else the joined one */
  bool idmap_recursive;
  const char *uid_map, *gid_map; /* maps for the idmap's user namespace, in the format of /proc/PID/uid_map */
};

struct plan_device
{
  const char *path; /* in the container */
  bool bind;        /* bind the host's node, because nodes cannot be made */
  int32_t fd;       /* bind: a detached clone of it from the parent, or PLAN_NO_FD: the step clones it */
  char type;        /* 'c', 'b', 'p' */
  uint32_t major, minor, mode, uid, gid;
  bool standard; /* a default device: an existing correct node is kept */
};

struct plan_link
{
  const char *path, *target; /* path in the container; an existing file or link is kept */
};

struct plan_net_device
{
  const char *host_name, *name; /* name: in the container; the kernel chooses a number for "%d" in it */
  origin_t origin;
};
struct plan_net_devices
{
  uint32_t count;
  struct plan_net_device *items;
};

struct plan_console
{
  int32_t fd;             /* a connected socket to send the master to (SCM_RIGHTS), from the parent */
  uint16_t height, width; /* 0: not set */
  bool relayed;           /* husk relays it to its own output, so line ends are not converted here */
  bool in_dev;            /* bind the slave on /dev/console (create); exec only uses it */
  uint32_t uid;           /* owner of the slave: the process's user */
};

struct plan_hook
{
  const char *path;
  char **argv, **envp;
  int32_t timeout;  /* seconds; 0: none */
  const char *kind; /* "createContainer", for messages */
  bool as_program;  /* startContainer: the following steps apply to it as to the program, up to the filter */
  uint32_t index;
  const char *excess;                     /* a hint for E2BIG from execve, or NULL */
  const char *state_before, *state_after; /* the state's JSON before and after husk-init's pid */
};

struct plan_sysctl
{
  const char *path;   /* below /proc/sys: "net/ipv4/ip_forward" */
  uint64_t namespace; /* CLONE_NEW*: whose it is */
  const char *name, *value;
};

enum plan_pivot
{
  PLAN_PIVOT_ROOT,
  PLAN_PIVOT_MOVE,   /* --no-pivot: MS_MOVE onto / and chroot (a ramfs root) */
  PLAN_PIVOT_CHROOT, /* no mount namespace */
};

struct plan_rlimit
{
  int32_t resource;
  uint64_t soft, hard;
  origin_t origin;
};
struct plan_rlimits
{
  uint32_t count;
  struct plan_rlimit *items;
};

struct plan_scheduler /* for sched_setattr(2) */
{
  uint32_t policy;
  uint64_t flags;
  int32_t nice;
  uint32_t priority;
  uint64_t runtime, deadline, period;
};

struct plan_memory_policy
{
  int32_t mode; /* with the MPOL_F_* flags */
  uint64_t *mask;
  uint32_t mask_bits; /* 0: no mask */
};

struct plan_affinity
{
  bool all; /* all CPUs of the cpuset */
  uint64_t *mask;
  uint32_t mask_bytes;
};

struct plan_label
{
  const char *file; /* below /proc/self/attr: "apparmor/exec", "exec" */
  const char *text; /* what is written: "exec NAME" for AppArmor */
  const char *name;
};

struct plan_identity
{
  uint32_t uid, gid;
  uint32_t *groups;
  uint32_t group_count;
  bool set_groups; /* false where setgroups is denied in the user namespace */
  bool set_capabilities;
  uint64_t bounding, effective, permitted, inheritable, ambient; /* masks, already reduced to what can be granted */
  uint32_t last_capability;                                      /* the kernel's last, as far as husk knows */
  uint32_t last_dropped; /* capabilities up to this one are dropped if not in bounding; 63 if the last one is
                          * uncertain */
  bool keep_admin;       /* CAP_SYS_ADMIN stays in permitted and effective until execve, for the filter */
};

struct plan_filter
{
  const void *program; /* struct sock_filter[] */
  uint32_t length;
  uint32_t flags;    /* for seccomp(2) */
  uint32_t optional; /* flags to omit if the kernel does not know them */
  bool notify;       /* it has a listener, which must be handed over before the program starts */
  bool denies_exec;  /* it denies execve, so the program cannot start */
  bool allows_look;  /* it allows the calls with which husk-init finds out why execve failed */

  /* The same for startContainer hooks, without the listener (there can be only one) and without an observer. */
  const void *hook_program; /* NULL: none */
  uint32_t hook_length, hook_flags;
};

struct plan_exec
{
  const char *file; /* args[0] */
  char **argv;
  char **envp;       /* NULL-terminated; the slot home_slot is free */
  const char *path;  /* PATH of envp, or NULL: the default path */
  int32_t home_slot; /* the index in envp for HOME=, or -1 */
  uint32_t uid;      /* for HOME */

  /* a hint for E2BIG from execve, or NULL; and the origin of the string that is too long, or 0 */
  const char *excess;
  origin_t excess_origin;
};

struct step
{
  uint16_t kind;
  origin_t origin; /* in config.json */
  union
  {
    const void *data; /* must be first: any of the structs below */
    struct plan_join *join;
    struct plan_session *session;
    struct plan_rootfs *rootfs;
    struct plan_mount *mount;
    struct plan_device *device;
    struct plan_link *link;
    struct plan_net_devices *net_devices;
    struct plan_console *console;
    struct plan_hook *hook;
    struct plan_sysctl *sysctl;
    struct plan_rlimits *rlimits;
    struct plan_scheduler *scheduler;
    struct plan_memory_policy *memory_policy;
    struct plan_affinity *affinity;
    struct plan_label *label;
    struct plan_identity *identity;
    struct plan_filter *filter;
    struct plan_exec *exec;
    const char *text; /* HOSTNAME, DOMAINNAME; DIRECTORY, READONLY, MASK, CWD: the path */
    uint64_t number;  /* UNSHARE: CLONE_NEW*; PROPAGATION: MS_*; PIVOT: enum plan_pivot; OOM_SCORE: (uint64_t) int;
                       * IO_PRIORITY: for ioprio_set(2); PERSONALITY; UMASK; STREAMS: the uid */
  };
};

/* What the parent does for this plan (src/launch/launch.c). */
struct plan_parent
{
  uint64_t clone_flags;           /* CLONE_NEW* for clone3 */
  struct plan_join *joins_before; /* namespaces that the parent enters before the clone and leaves after it */
  uint32_t join_before_count;
  struct plan_join *join_user;   /* a user namespace by path that husk-init is cloned into; or NULL */
  bool in_between;               /* a process in between enters them, because husk could not return */
  const char *uid_map, *gid_map; /* text for /proc/PID/uid_map, NULL: no new user namespace */
  origin_t uid_map_origin, gid_map_origin;
  bool uid_map_program, gid_map_program; /* husk may not write the map itself: newuidmap(1) or newgidmap(1) does */
  bool deny_setgroups;
  uint32_t mapped_uid, mapped_gid; /* husk-init's ids in its new user namespace: 0 if it is mapped */
  const char *time_offsets;        /* text for timens_offsets, or NULL: no new time namespace */
  bool time_inside; /* the child makes it, inside the user namespace; else the parent does, before the clone */
  struct plan_net_devices *net_devices; /* what NET_DEVICES asks for, or NULL */
  struct plan_rlimits *rlimits;         /* set by the parent with the host's rights if there is a user namespace */
  uint64_t ignored_signals;             /* by husk's caller, bit 0 for signal 1; the child resets them */
  struct plan_affinity *affinity;       /* exec: CPUs that husk itself switches to before the clone; or NULL */
  const char *oom_score_adj;            /* text for the file, written by the parent; or NULL */
  bool oom_score_early; /* the child writes it before it becomes husk-init: an ordinary user may not do so later */
  bool forked;          /* JOIN enters a pid namespace too: the plan continues in a child (ASK_FORKED) */
};

struct plan
{
  uint32_t magic;
  uint32_t size; /* bytes from PLAN_ADDRESS in use */
  struct step *steps;
  uint32_t step_count;
  bool keep_groups; /* keep the caller's additional groups */
  uint32_t start;   /* the index of the first step after WAIT (or CREATED), where start's stage begins */

  /* Descriptors that husk-init inherits, filled in by the parent before the plan is sealed; PLAN_NO_FD: none. */
  int32_t control;                  /* SOCK_SEQPACKET to the parent */
  int32_t listen;                   /* SOCK_SEQPACKET listening socket for `start` */
  int32_t page;                     /* struct page */
  int32_t hook_output, hook_errors; /* nonblocking files that get a copy of what hooks print */
  uint32_t page_size;               /* the file's size, beyond which husk-init never looks */
  int32_t proc;                     /* O_PATH of the host's /proc, checked to be procfs; none if no step needs it */
  uint32_t kept; /* descriptors below this one are the program's: 0 to 2 and those that the caller preserves */
  bool timing;   /* note in the page when each step begins */

  struct plan_parent parent;
};

/* The word for a kind of step. */
const char *step_word (uint16_t kind);
/* What a step of this kind does. */
const char *step_text (uint16_t kind);

#endif
