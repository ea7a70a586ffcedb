/*
 * What this machine offers: the facts that compiling a plan may depend on. Probed once per command, by few syscalls;
 * tests make up their own.
 */
#ifndef HUSK_HOST_H
#define HUSK_HOST_H

#include <stdbool.h>
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

struct host
{
  uint32_t uid, gid;            /* effective */
  bool can_mount;               /* has CAP_SYS_ADMIN effective */
  uint64_t permitted, bounding; /* capability masks of husk itself */
  uint64_t known_capabilities;  /* bits 0 .. the kernel's last capability */
  bool apparmor, selinux;       /* the LSM is enabled */
  enum cgroup_layout cgroup_layout;
  struct host_hierarchy *hierarchies; /* hierarchy_count of them */
  uint32_t hierarchy_count;
  const char *v2_controllers; /* of the cgroup2 tree: "cpuset cpu io"; NULL: not probed, or none */
};

/* Never fails for what is missing: it is a fact then. */
void host_probe (struct arena *arena, struct host *out);
/* AppArmor and SELinux: looked at only for a config that names a label. */
void host_probe_lsm (struct host *host);
/* v2_controllers: looked at only for a config that limits something. */
void host_probe_controllers (struct arena *arena, struct host *host);

#endif
