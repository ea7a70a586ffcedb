/*
 * Processes as the record knows them: a pid identifies a process only together with its start time and the boot.
 *
 * A query has three possible results: the process is there, it is gone, or that is unknown, which is an error. It is
 * gone if the kernel reports ENOENT or ESRCH, or if it is a zombie.
 */
#ifndef HUSK_PROCESS_H
#define HUSK_PROCESS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "husk/error.h"

#define PROCESS_INIT_UNKNOWN UINT64_MAX /* the inode of husk-init where it is not recorded */

/* Field 22 of /proc/PID/stat, in clock ticks since boot; *out 0: it is gone, or a zombie. */
int process_self (pid_t *out_pid, uint64_t *out_start, struct error *error);
int process_start_time (pid_t pid, uint64_t *out, struct error *error);
/* Whether the process with that pid and start time (0: no process) exists. */
int process_alive (pid_t pid, uint64_t start, bool *out, struct error *error);
/* The same, and whether its name is husk-init's. */
int process_look (pid_t pid, uint64_t start, bool *out_alive, bool *out_named_init, struct error *error);
/* Whether an errno of pidfd_open means that no process has the pid. ESRCH: nothing has it. It may also be the pid of a
 * group, a session or a thread only: EINVAL before Linux 6.15, ENOENT since. */
bool process_gone (int code);
/* A pidfd for that same process; *out -1: it is gone. */
int process_open (pid_t pid, uint64_t start, int *out, struct error *error);
/* Whether it is gone or about to be: it is exiting, or a SIGKILL is pending, as for one that was killed while
 * frozen. */
int process_is_ending (pid_t pid, bool *out, struct error *error);
/* Whether it is the first process of a pid namespace, whose death kills all others in it. */
int process_is_first (int pidfd, bool *out, struct error *error);
/* Whether the process is still husk-init, not yet the program: 1, 0, or -1. husk-init is recognized by the device and
 * inode of its file (PROCESS_INIT_UNKNOWN: by its name). *out_there is false if the process is gone. */
int process_is_init (pid_t pid, uint64_t device, uint64_t inode, bool *out_there, struct error *error);
/* The same of a process that has husk-init's name. */
int process_runs_init (pid_t pid, uint64_t device, uint64_t inode, struct error *error);
/* The id of this boot, without a line feed, which is read once; NULL with an error if it cannot be read. */
const char *process_boot_id (struct error *error);

#endif
