/*
 * The facts about this machine that a plan may depend on. They are probed once per command, with few system calls;
 * tests supply their own.
 */
#ifndef HUSK_HOST_H
#define HUSK_HOST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "husk/arena.h"
#include "husk/error.h"

enum cgroup_layout
{
  CGROUP_NONE,   /* no cgroup file system under /sys/fs/cgroup */
  CGROUP_V1,     /* v1 hierarchies only */
  CGROUP_HYBRID, /* v1 hierarchies, and a cgroup2 tree beside them */
  CGROUP_V2,     /* cgroup2 on /sys/fs/cgroup */
};

struct host_hierarchy
{
  const char *mount;       /* "/sys/fs/cgroup/cpu" */
  const char *name;        /* last component of mount ("cpu,cpuacct", "systemd", "unified"); "" for v2 */
  const char *controllers; /* "cpu,cpuacct"; "name=systemd"; "" for cgroup2 */
  const char *own;         /* husk's own cgroup in it: "/" or "/a/b" */
  bool v2;
};

/* --rootless */
enum host_rootless
{
  HOST_ROOTLESS_AUTO, /* an ordinary user, and any user in a user namespace */
  HOST_ROOTLESS_YES,
  HOST_ROOTLESS_NO,
};

#define HOST_LIMITS 16 /* Linux's RLIMIT_NLIMITS */

struct host
{
  uint32_t uid, gid;            /* effective */
  uint32_t outer_uid;           /* uid as seen from the user namespace that husk's was made in */
  bool user_namespace;          /* husk itself is not in the initial one */
  bool rootless;                /* husk lacks root's rights: a cgroup may be impossible, and systemd is the user's */
  bool can_mount;               /* has effective CAP_SYS_ADMIN, over its mount namespace too */
  uint64_t permitted, bounding; /* capability masks of husk itself */
  uint64_t ignored_signals;     /* signals that husk ignores, usually because its caller does; bit 0 is signal 1 */
  uint64_t known_capabilities;  /* bits 0 .. the kernel's last capability */
  bool capabilities_sure;       /* the kernel has confirmed that it has no others */
  bool no_ambient;              /* securebits forbid raising ambient capabilities; false until probed */
  bool apparmor, selinux;       /* the LSM is enabled */
  enum cgroup_layout cgroup_layout;
  struct host_hierarchy *hierarchies; /* hierarchy_count of them */
  uint32_t hierarchy_count;
  int oom_score_adj;            /* husk's own; 0 until probed */
  uint64_t limits[HOST_LIMITS]; /* husk's own hard limits, by RLIMIT_*; UINT64_MAX: none */
  const char *v2_controllers;   /* of the cgroup2 tree: "cpuset cpu io"; NULL: not probed, or no such tree */
};

/* A missing feature is a fact; a fact that cannot be determined is an error. */
int host_probe (struct arena *arena, struct host *out, struct error *error);
/* Fills in known_capabilities and capabilities_sure of a zeroed host; it needs no /proc. */
void host_probe_capabilities (struct host *host);
/* Overrides what host_probe determines for rootless. main calls it for --rootless. */
void host_rootless (enum host_rootless chosen);
/* Whether husk is outside the initial user namespace. Only the first call makes a system call. */
bool host_in_user_namespace (void);
/* An id as seen from the parent of husk's user namespace. */
uint32_t host_outer_id (uint32_t id);
/* "/proc/self/ns/pid" for CLONE_NEWPID. */
const char *host_namespace_file (uint64_t flag);
/* Whether this kernel has namespaces of that type (CLONE_NEW*). Without /proc that is unknown: true. */
bool host_has_namespace (uint64_t flag);
/* Whether husk may raise resource limits above its own and lower oom_score_adj below its own. */
bool host_may_raise (const struct host *host);
/* oom_score_adj: probed only for a config that sets one. */
void host_probe_oom_score (struct host *host);
/* no_ambient: probed only for a config with ambient capabilities. */
void host_probe_secure_bits (struct host *host);
/* limits: probed only for a config that sets some, if husk may not raise them. */
void host_probe_limits (struct host *host);
/* AppArmor and SELinux: probed only for a config that names a label. */
void host_probe_lsm (struct host *host);
struct host_exposure
{
  const char *reason;   /* "is writable by everybody" */
  char directory[4096]; /* the exposed directory, without symbolic links */
};
/* Whether a user other than root and husk's can replace what this socket path leads to, because they may change a
 * directory or link on the way. The walk ends at one that cannot be read: what is behind it is unknown. */
bool host_path_exposed (const char *path, struct host_exposure *out);
/* The warning about an agent's socket. Its arguments are the directory and the reason. */
#define HOST_EXPOSED_AGENT "others can take the agent's place: %.300s %s"
/* v2_controllers: probed only for a config that limits something. */
int host_probe_controllers (struct arena *arena, struct host *host, struct error *error);
/* Whether a list of controllers, in v1's form ("cpu,cpuacct") or v2's ("cpuset cpu io"), has the one named. length is
 * the name's. */
bool host_lists_controller (const char *list, const char *name, size_t length);
/* The v1 hierarchy that has the controller, or NULL. */
const struct host_hierarchy *host_v1_hierarchy (const struct host *host, const char *controller);
/* The cgroup2 tree, whatever its controllers are, or NULL. */
const struct host_hierarchy *host_v2_hierarchy (const struct host *host);

#endif
