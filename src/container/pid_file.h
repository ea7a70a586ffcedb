/*
 * The process, as create, run, exec and restore hand it to their caller: --pid-file and --pidfd-socket.
 */
#ifndef HUSK_CONTAINER_PID_FILE_H
#define HUSK_CONTAINER_PID_FILE_H

#include <stdbool.h>
#include <sys/types.h>

#include "husk/error.h"

/* Writes the decimal pid and nothing else, by rename, as clients expect it. *out_made: the file did not exist before.
 */
int pid_file_write (const char *path, pid_t pid, bool *out_made, struct error *error);
/* Sends the pidfd to the caller's --pidfd-socket. */
int pidfd_send (const char *path, int pidfd, struct error *error);

#endif
