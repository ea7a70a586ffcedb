/*
 * The container's cgroup: located, made, joined, frozen, emptied and removed, on v1, hybrid and v2, by husk itself or
 * as a unit of systemd. All access is by openat2 with RESOLVE_NO_SYMLINKS, and paths have no "..". Limits are in
 * limits.h.
 */
#ifndef HUSK_CGROUP_H
#define HUSK_CGROUP_H

#include <stdbool.h>
#include <stdio.h>
#include <sys/types.h>

#include "husk/host.h"
#include "husk/spec.h"
#include "husk/unit.h"

#define CGROUP_MAX_HIERARCHIES 32
#define CGROUP_NONE_MADE                                                                                               \
  "the container was made without one, by --cgroup-manager=disabled or since none is delegated: see husk doctor"

enum cgroup_manager
{
  CGROUP_MANAGER_CGROUPFS,
  CGROUP_MANAGER_SYSTEMD,
  CGROUP_MANAGER_DISABLED,
};

/* One directory of the container's cgroup in one hierarchy. The record keeps enough of it to remove it. */
struct cgroup_directory
{
  const char *mount; /* "/sys/fs/cgroup/pids" */
  const char *path;  /* below it, without a leading slash: "default/c1" */
  bool v2;
  bool ours;       /* husk has made it, or found it unused */
  bool found;      /* it existed before the container, and is not removed with it */
  uint64_t number; /* the inode number that the directory at this path must have to be the container's; 0: any */
  int holder;      /* descriptor of the directory above, kept from its making to cgroup_remove; 0: not open */
  uint32_t above_first, above_last; /* the directories that husk has made above it: the length of the path to the
                                     * highest, and to the lowest; 0: none */
};
struct cgroup
{
  struct cgroup_directory directories[CGROUP_MAX_HIERARCHIES];
  uint32_t count;   /* 0: no cgroup (disabled, or no cgroup file system) */
  struct unit unit; /* the unit of systemd, which makes the v2 directory (or that of name=systemd); name NULL: none */
  bool unit_started;
  bool elsewhere; /* the config names the path, so a cgroup above it may be frozen. Otherwise the path is husk's choice,
                   * and a cgroup that has others below it is refused */
  int64_t owner;  /* the uid that shall own the v2 directory (config-linux.md, "Cgroup ownership"); -1: unchanged */
};

/* Where the cgroup of a container is, from linux.cgroupsPath. An absolute path is below each hierarchy's mount. A
 * relative one is below husk's own cgroup, or on v2 beside it, because a cgroup with processes cannot have children
 * with limits. Without a path it is "ID" there, as with runc. unit.h describes systemd's form. ".." is resolved; a ".."
 * that leads above the start of the path is an error at the value's place, and so are control characters and components
 * that are too long. Manager DISABLED: none. Pure. */
int cgroup_locate (const struct host *host, enum cgroup_manager manager, const struct spec *spec, const char *id,
                   struct arena *arena, struct cgroup *out, struct report *report);

/* Creating a container takes CAP_SYS_ADMIN, or a user namespace that grants it. A config that the caller may not run is
 * meant for another user, such as root: check and plan accept it, and rights that this caller lacks are not an error.
 */
bool caller_may_run (const struct host *host, const struct spec *spec);
/* The error of create if the caller may not. 0 or -1. */
int caller_check (const struct host *host, const struct spec *spec, struct report *report);
/* Which of the located directories, one for each of the host's hierarchies, are delegated to the caller: they may make
 * the directory and move husk-init into it. Reads the file system. */
void cgroup_find_delegated (const struct host *host, const struct cgroup *cgroup, bool *out);
/* For a rootless husk without systemd: keeps only the delegated directories, possibly none. A limit that needs another
 * one is an error at its place in config.json; device rules are left out. Pure. */
int cgroup_keep_delegated (const struct host *host, const struct spec *spec, const bool *delegated,
                           struct cgroup *cgroup, struct report *report);

/* Whether some of its directories are in v1 hierarchies, which a process enters after its clone. */
bool cgroup_has_v1 (const struct cgroup *cgroup);
/* Whether a new container's first process enters after its clone: on v1, or because systemd starts a unit around it. */
bool cgroup_comes_late (const struct cgroup *cgroup);

/* Makes one of its directories, and missing parents (cpuset.cpus/mems of v1 are inherited), or takes over an existing
 * one, unless that has processes or is frozen. limits_make_cgroup (limits.h) makes all of them, with their limits. */
int cgroup_make_directory (struct cgroup *cgroup, uint32_t index, bool *out_made, struct error *error);
/* Removes those of the first count directories that were made, and the directories that were made above them. */
void cgroup_unmake (const struct cgroup *cgroup, const bool *made, uint32_t count);
/* Has systemd start the unit with the process in it. */
int cgroup_start_unit (struct cgroup *cgroup, const struct unit_properties *properties, pid_t pid, struct error *error);
/* Changes the owner of the directory and of the files in it that the kernel lists as delegatable. */
int cgroup_change_owner (int fd, int64_t owner, struct error *error);
/* Opens the v2 directory for CLONE_INTO_CGROUP; *out_fd is -1 when the container has none. A directory that cannot be
 * opened is an error: no process may run outside its cgroup. */
int cgroup_open_v2 (const struct cgroup *cgroup, int *out_fd, struct error *error);
/* Opens cgroup.procs for writing if a process must not be cloned into the v2 directory; otherwise *out_fd is -1. From
 * Linux 6.14 on, the kernel kills a process that is cloned into a cgroup in which cgroup.kill was ever used, unless it
 * was used as often in the creator's own cgroup (cgroup_post_fork compares the two counts). Only a directory that husk
 * has made for this container is known to be new. fd: from cgroup_open_v2. */
int cgroup_open_for_entering (const struct cgroup *cgroup, int fd, int *out_fd, struct error *error);
/* Opens the `tasks` files of the v1 directories for writing; the caller closes them. A thread that writes "0" moves
 * itself. Unlike a move by pid through cgroup.procs, that does not wait for an RCU grace period, which takes ten
 * milliseconds on an idle machine (the kernel's cgroup_procs_write_start, Linux 5.5). Returns how many, or -1. */
int cgroup_open_tasks (const struct cgroup *cgroup, int fds[CGROUP_MAX_HIERARCHIES], struct error *error);
/* Which cgroup an exec'd process joins: the container's, or an existing one below it that the options of exec name
 * ("PATH", or "memory,cpu:PATH" on v1; NULL-terminated, or NULL). process: the container's first. If the container's
 * cgroup no longer accepts processes, the new one joins the cgroup of that process. Strings are in the arena. */
int cgroup_for_exec (const struct cgroup *cgroup, const char *const *options, pid_t process, struct arena *arena,
                     struct cgroup *out, struct error *error);
/* Sends a signal to every process in the cgroup and below, also to those that are forked meanwhile: by cgroup.kill for
 * SIGKILL on v2, else with the help of the freezer. 0 when there is no cgroup. */
int cgroup_signal (const struct cgroup *cgroup, int signal, struct error *error);
/* Removes sub-cgroups, and the cgroup itself unless it existed before the container; retries for about four seconds
 * while processes exit. With kill, it kills what is left and thaws: only for a cgroup that is known to be the
 * container's. 0 when it is already gone. */
int cgroup_remove (struct cgroup *cgroup, bool kill, struct error *error);
/* Then, for a container that has failed, removes the directories that husk has made above it, unless others use them by
 * now. */
void cgroup_remove_above (const struct cgroup *cgroup);
/* A copy with only the directories marked ours. */
struct cgroup cgroup_ours (const struct cgroup *cgroup);
/* Whether it is frozen (paused). A missing cgroup is not frozen. -1: unknown. */
int cgroup_frozen (const struct cgroup *cgroup, bool *out, struct error *error);
/* Freezes it and everything below, or thaws it, and waits until the kernel confirms that, ten seconds at most: by
 * cgroup.freeze and cgroup.events on v2, by freezer.state on v1 (written again while processes fork). A cgroup that
 * could not be frozen completely is thawed again. */
int cgroup_freeze (const struct cgroup *cgroup, bool freeze, struct error *error);
/* The directory that cgroup_freeze uses, for programs that freeze it themselves. -1: there is none. */
int cgroup_freezer (const struct cgroup *cgroup, char *out, size_t size);
/* Waits until it is thawed; -1 when the process of the pidfd ends first. No deadline: the user decides how long the
 * container stays paused. */
int cgroup_wait_thawed (const struct cgroup *cgroup, int pidfd, struct error *error);
/* The directory that is used to list its processes, or NULL. */
const struct cgroup_directory *cgroup_main (const struct cgroup *cgroup);
/* That directory's inode number, which the kernel does not reuse during this boot; 0: the directory does not exist. */
int cgroup_number (const struct cgroup *cgroup, uint64_t *out, struct error *error);
/* From now on, this directory counts as gone if it has another inode number when it is opened. */
void cgroup_pin (struct cgroup *cgroup, uint64_t number);
/* The pids in it and below, sorted: malloc'd, or NULL with count 0. */
int cgroup_processes (const struct cgroup *cgroup, pid_t **out, size_t *out_count, struct error *error);

#endif
