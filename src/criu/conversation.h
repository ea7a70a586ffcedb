/*
 * The conversation with `criu swrk`: one request, notifications with their answers, one response.
 */
#ifndef HUSK_CRIU_CONVERSATION_H
#define HUSK_CRIU_CONVERSATION_H

#include <stdbool.h>
#include <sys/types.h>
#include <time.h>

#include "request.h"

struct conversation
{
  int socket; /* to criu */
  pid_t criu;
  int pidfd;                  /* of criu */
  int words;                  /* its standard error */
  int master;                 /* restore: the terminal's master, from orphan-pts-master; or -1 */
  pid_t pid;                  /* restore: of the restored process */
  struct criu_listener *husk; /* the connection to husk; restore: it is asked to run the hooks */
  bool abandoned;             /* husk has died */
  bool watched;               /* criu must make progress: set for a dump that waits for nobody else */
  bool stuck;                 /* it made no progress, and was killed */
  struct timespec used;
  int idle_seconds, abandoned_seconds;
};

/* Starts the criu in PATH. */
int conversation_begin (struct conversation *conversation, struct error *error);
/* Sends the request and waits for CRIU's response. If it fails, the error is the first one in CRIU's log. */
int conversation_hold (struct conversation *conversation, const struct request *request, struct error *error);

#endif
