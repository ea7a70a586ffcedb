/*
 * Processes as the record knows them: a pid means one process only together with its start time and the boot.
 *
 * A look at one has three possible results: it is there, it is gone, or that is unknown, which is an error.
 * Gone is what the kernel says so of, by ENOENT or ESRCH, and a zombie.
 */
#ifndef HUSK_PROCESS_H
#define HUSK_PROCESS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "husk/arena.h"
#include "husk/error.h"

#define PROCESS_INIT_UNKNOWN UINT64_MAX /* the inode of husk-init where it is not recorded */

/* /proc/PID/stat field 22, in clock ticks since boot; *out 0: it is gone, or a zombie. */
int process_self (pid_t *out_pid, uint64_t *out_start, struct error *error);
int process_start_time (pid_t pid, uint64_t *out, struct error *error);
/* Whether the process of that pid and start time (0: none) is there. */
int process_alive (pid_t pid, uint64_t start, bool *out, struct error *error);
/* A pidfd of that very process; *out -1: it is gone. */
int process_open (pid_t pid, uint64_t start, int *out, struct error *error);
/* Whether it is gone, or on its way: a SIGKILL is pending, as for one that was killed while it was frozen, or it exits.
 */
int process_is_ending (pid_t pid, bool *out, struct error *error);
/* Whether it is the first of a pid namespace, whose death is that of all in it. */
int process_is_first (int pidfd, bool *out, struct error *error);
/* Whether the process is still husk-init, not the program: 1, 0, or -1. It is executed from the file of that device and
 * inode (PROCESS_INIT_UNKNOWN: its name has to do). It may be gone: *out_there says that. */
int process_is_init (pid_t pid, uint64_t device, uint64_t inode, bool *out_there, struct error *error);
/* This boot's id, without a line feed; NULL with an error when it cannot be read. */
const char *process_boot_id (struct arena *arena, struct error *error);

#endif
