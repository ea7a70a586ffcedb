/*
 * The container's cgroup: where it is, made, joined, frozen, emptied and removed, on v1, hybrid and v2, by husk itself
 * or as a unit of systemd. All access is by openat2 with RESOLVE_NO_SYMLINKS, and paths have no "..". What limits it is
 * limits.h's.
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

enum cgroup_manager
{
  CGROUP_MANAGER_CGROUPFS,
  CGROUP_MANAGER_SYSTEMD,
  CGROUP_MANAGER_DISABLED,
};

/* One directory of the container's cgroup in one hierarchy. What the record keeps: enough to remove it. */
struct cgroup_directory
{
  const char *mount; /* "/sys/fs/cgroup/pids" */
  const char *path;  /* below it, without a leading slash: "default/c1" */
  bool v2;
  bool ours;       /* husk has made it, or found it unused */
  bool found;      /* it was there before the container, and stays when that goes */
  uint64_t number; /* the directory at that path must have this inode number, else it is another's; 0: not looked at */
  int holder;      /* descriptor of the directory above, kept from its making to cgroup_remove; 0: not open */
  uint32_t above_first, above_last; /* what husk has made above: the length of the path to the highest, and to
                                     * the lowest; 0: nothing */
};
struct cgroup
{
  struct cgroup_directory directories[CGROUP_MAX_HIERARCHIES];
  uint32_t count;   /* 0: no cgroup (disabled, or no cgroup file system) */
  struct unit unit; /* of systemd, which makes the v2 directory (or that of name=systemd); name NULL: none */
  bool unit_started;
  bool elsewhere; /* the config says where: what is above may be frozen, as what is above husk itself is not. Else husk
                   * has chosen, and takes no cgroup that has others below it */
  int64_t owner;  /* uid that gets the v2 directory (config-linux.md, "Cgroup ownership"); -1: none */
};

/* Where the cgroup of a container is, from linux.cgroupsPath (an absolute one is below each hierarchy's mount, a
 * relative one below husk's own cgroup, or on v2 beside it, for a cgroup with processes has no children with limits;
 * none means "ID" there, as with runc; systemd's form is unit.h's). `..` is taken out, and refused where it leads out
 * of where the path begins, as newlines and over-long components are, at the value's place. Manager DISABLED: none.
 * Pure. */
int cgroup_locate (const struct host *host, enum cgroup_manager manager, const struct spec *spec, const char *id,
                   struct arena *arena, struct cgroup *out, struct report *report);

/* Creating a container takes CAP_SYS_ADMIN, or a user namespace that grants it. A config that the caller may not run is
 * meant for somebody else, such as root: check and plan accept it, and what this caller lacks is not an error in it. */
bool caller_may_run (const struct host *host, const struct spec *spec);
/* Which of the located directories, one for each of the host's hierarchies, the caller may make and may move husk-init
 * to: those are delegated to them. Reads the file system. */
void cgroup_find_delegated (const struct host *host, const struct cgroup *cgroup, bool *out);
/* For a rootless husk without systemd: keeps only the delegated directories, of which there may be none. A limit that
 * needs another one is an error at its place in config.json; device rules are left out. Pure. */
int cgroup_keep_delegated (const struct host *host, const struct spec *spec, const bool *delegated,
                           struct cgroup *cgroup, struct report *report);

/* Some of its directories are in v1 hierarchies, which a process enters after its clone. */
bool cgroup_has_v1 (const struct cgroup *cgroup);
/* A new container's first process enters after its clone: on v1, or because systemd starts the unit around it. */
bool cgroup_comes_late (const struct cgroup *cgroup);

/* Makes one of its directories, and missing parents (cpuset.cpus/mems of v1 are inherited), or takes one that is there,
 * unless that has processes or is frozen. limits.h has the whole: every directory, with its limits. */
int cgroup_make_directory (struct cgroup *cgroup, uint32_t index, bool *out_made, struct error *error);
/* Removes the first count directories: those that were made, and what was made above. */
void cgroup_unmake (const struct cgroup *cgroup, const bool *made, uint32_t count);
/* Has systemd start the unit with the process in it. */
int cgroup_start_unit (struct cgroup *cgroup, const struct unit_properties *properties, pid_t pid, struct error *error);
/* Gives the owner a directory, and those of its files that the kernel lists as delegated. */
int cgroup_change_owner (int fd, int64_t owner, struct error *error);
/* A descriptor of the v2 directory for CLONE_INTO_CGROUP, or -1 when the container has none. A directory that cannot be
 * opened is an error: nothing runs outside its cgroup. */
int cgroup_open_v2 (const struct cgroup *cgroup, int *out_fd, struct error *error);
/* Opens its cgroup.procs for writing, if a process must not be cloned into it. From Linux 6.14 on the kernel kills what
 * is cloned into a cgroup in which cgroup.kill was ever used, unless the creator's own has seen as many
 * (cgroup_post_fork compares the two counts): one that husk has made itself for this container is new, any
 * other's is unknown. Else *out_fd is -1. fd: of cgroup_open_v2. */
int cgroup_open_for_entering (const struct cgroup *cgroup, int fd, int *out_fd, struct error *error);
/* Opens the `tasks` files of the v1 directories for writing; the caller closes them. A thread that writes "0" moves
 * itself: unlike a move by pid through cgroup.procs that does not wait for an RCU grace period, which takes ten
 * milliseconds on an idle machine (the kernel's cgroup_procs_write_start, Linux 5.5). Gives how many, or -1. */
int cgroup_open_tasks (const struct cgroup *cgroup, int fds[CGROUP_MAX_HIERARCHIES], struct error *error);
/* Where a further process of a running container goes: its cgroup, or below it as the options of exec say ("PATH" or
 * "memory,cpu:PATH" of v1; NULL-terminated, or NULL), which must exist. process: the container's first; where its
 * cgroup takes no processes any more it goes to that one's. Strings are in the arena. */
int cgroup_for_exec (const struct cgroup *cgroup, const char *const *options, pid_t process, struct arena *arena,
                     struct cgroup *out, struct error *error);
/* Sends a signal to every process in it and below, until none is left that had not got it: cgroup.kill for SIGKILL on
 * v2, the freezer on v1. 0 when there is nothing. */
int cgroup_signal (const struct cgroup *cgroup, int signal, struct error *error);
/* Removes sub-cgroups and the cgroup, if that was not found there; retries for at most a second while processes exit.
 * With kill it kills what is left and thaws: only for a cgroup that is known to be the container's. 0 when it is
 * already gone. */
int cgroup_remove (struct cgroup *cgroup, bool kill, struct error *error);
/* After that, for a container that has failed: what husk has made above. What others have come to use stays. */
void cgroup_remove_above (const struct cgroup *cgroup);
/* Only the directories marked ours. */
struct cgroup cgroup_ours (const struct cgroup *cgroup);
/* Whether it is frozen (paused). A missing cgroup is not frozen. -1: unknown. */
int cgroup_frozen (const struct cgroup *cgroup, bool *out, struct error *error);
/* Freezes it and everything below, or thaws it, and waits until the kernel confirms it: cgroup.freeze and cgroup.events
 * on v2, freezer.state on v1 (asked again while processes are made), ten seconds at most; what could not be frozen is
 * thawed again. */
int cgroup_freeze (const struct cgroup *cgroup, bool freeze, struct error *error);
/* The directory that cgroup_freeze uses, for programs that freeze it themselves. -1: there is none. */
int cgroup_freezer (const struct cgroup *cgroup, char *out, size_t size);
/* Waits until it is thawed; -1 when the process of the pidfd ends first. No deadline: the user decides how long a pause
 * lasts. */
int cgroup_wait_thawed (const struct cgroup *cgroup, int pidfd, struct error *error);
/* The directory where its processes are listed, or NULL. */
const struct cgroup_directory *cgroup_main (const struct cgroup *cgroup);
/* That directory's inode number, which the kernel does not reuse during this boot; 0: the directory does not exist. */
int cgroup_number (const struct cgroup *cgroup, uint64_t *out, struct error *error);
/* From now on, that directory counts as gone if it has another number when it is opened. */
void cgroup_pin (struct cgroup *cgroup, uint64_t number);
/* The pids in it and below, in order: malloc'd, or NULL with count 0. */
int cgroup_processes (const struct cgroup *cgroup, pid_t **out, size_t *out_count, struct error *error);

#endif
