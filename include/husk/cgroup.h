/*
 * The container's cgroup: where it is, made, joined, emptied and removed, on v1, hybrid and v2. All access is by
 * openat2 with RESOLVE_NO_SYMLINKS, and paths have no "..".
 */
#ifndef HUSK_CGROUP_H
#define HUSK_CGROUP_H

#include <stdbool.h>
#include <sys/types.h>

#include "husk/host.h"
#include "husk/spec.h"

#define CGROUP_MAX_HIERARCHIES 32

/* One directory of the container's cgroup in one hierarchy. What the record keeps: enough to remove it. */
struct cgroup_directory
{
  const char *mount; /* "/sys/fs/cgroup/pids" */
  const char *path;  /* below it, without a leading slash: "default/c1" */
  bool v2;
  bool ours;  /* cgroup_make has made it, or found it unused */
  int holder; /* descriptor of the directory above, kept from cgroup_make to cgroup_remove; 0: not open */
};
struct cgroup
{
  struct cgroup_directory directories[CGROUP_MAX_HIERARCHIES];
  uint32_t count; /* 0: no cgroup (disabled, or no cgroup file system) */
};

/* Where the cgroup of a container is, from linux.cgroupsPath (an absolute one is below each hierarchy's mount, a
 * relative one below husk's own cgroup, none means "husk-ID" below husk's own). `..`, newlines, over-long components
 * are refused at the value's place. Pure. */
int cgroup_locate (const struct host *host, const struct spec *spec, const char *id, struct arena *arena,
                   struct cgroup *out, struct report *report);

/* Some of its directories are in v1 hierarchies: a process is put there after its clone. */
bool cgroup_has_v1 (const struct cgroup *cgroup);

/* Makes the v2 directory, or those of the v1 hierarchies (and missing parents; cpuset.cpus/mems of v1 are inherited).
 * Refuses a cgroup that has processes or is frozen. On failure what this call made is removed. */
int cgroup_make (struct cgroup *cgroup, bool v2, struct error *error);
/* A descriptor of the v2 directory for CLONE_INTO_CGROUP, or -1 when there is none (no error). */
int cgroup_open_v2 (const struct cgroup *cgroup);
/* Opens the `tasks` files of the v1 directories for writing; the caller closes them. A thread that writes "0" moves
 * itself: unlike a move by pid through cgroup.procs that does not wait for an RCU grace period, which takes ten
 * milliseconds on an idle machine (the kernel's cgroup_procs_write_start, Linux 5.5). Gives how many, or -1. */
int cgroup_open_tasks (const struct cgroup *cgroup, int fds[CGROUP_MAX_HIERARCHIES], struct error *error);
/* Sends a signal to every process in it and below, until none is left that had not got it: cgroup.kill for SIGKILL on
 * v2, the freezer on v1. 0 when there is nothing. */
int cgroup_signal (const struct cgroup *cgroup, int signal, struct error *error);
/* Removes sub-cgroups and the cgroup; retries for at most a second while processes exit. With kill it kills what is
 * left and thaws: only for a cgroup that is known to be the container's. 0 when it is already gone. */
int cgroup_remove (struct cgroup *cgroup, bool kill, struct error *error);
/* Only the directories that are ours. */
struct cgroup cgroup_ours (const struct cgroup *cgroup);
/* It is frozen (paused). */
bool cgroup_frozen (const struct cgroup *cgroup);
/* The pids in it and below: malloc'd, or NULL with count 0. */
int cgroup_processes (const struct cgroup *cgroup, pid_t **out, size_t *out_count, struct error *error);

#endif
