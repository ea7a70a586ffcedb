/*
 * Processes as the record knows them: a pid means one process only together with its start time and the boot.
 */
#ifndef HUSK_CONTAINER_PROCESS_H
#define HUSK_CONTAINER_PROCESS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "husk/arena.h"

/* /proc/PID/stat field 22, in clock ticks since boot; 0: there is no such process, or it is a zombie. */
uint64_t process_start_time (pid_t pid);
/* The process's name, into out; empty when it is gone. */
void process_comm (pid_t pid, char out[32]);
/* This boot's id, without a line feed. */
const char *process_boot_id (struct arena *arena);

#endif
