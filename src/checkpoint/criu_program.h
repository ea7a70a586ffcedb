/*
 * Runs the program husk-criu and talks to it (husk/criu.h has the protocol).
 */
#ifndef HUSK_CHECKPOINT_CRIU_PROGRAM_H
#define HUSK_CHECKPOINT_CRIU_PROGRAM_H

#include <sys/types.h>

#include "husk/criu.h"

struct criu_program
{
  pid_t pid;
  struct criu_listener listener;
};

/* Starts it with husk's standard streams and sends the request. husk-criu then waits for criu_go. console and status
 * are descriptors, or -1. */
int criu_begin (struct criu_program *program, const struct criu_request *request, int console, int status,
                struct error *error);
int criu_go (struct criu_program *program, struct error *error);
/* Receives its next message: 1. At its end it is reaped: 0, or -1 if it has failed, with the error that it reported. No
 * deadline: the time of a dump depends on the size of the processes' memory. */
int criu_await_message (struct criu_program *program, struct criu_message *out, struct error *error);
/* Kills it if it is still running, and criu with it. */
void criu_end (struct criu_program *program);

#endif
