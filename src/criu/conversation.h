/*
 * The conversation with `criu swrk`: one request, notifications that are answered, one response.
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
  struct criu_listener *husk; /* restore: it is asked to run the hooks */
  bool abandoned;             /* husk has died */
  bool watched;               /* it is looked at whether criu does something: for a dump it does all by itself */
  bool stuck;                 /* it did not, and was killed */
  struct timespec used;
  int idle_seconds, abandoned_seconds;
};

/* Starts criu, which is found in PATH. */
int conversation_begin (struct conversation *conversation, struct error *error);
/* Waits for CRIU's response. For an error, its log is searched. */
int conversation_hold (struct conversation *conversation, const struct request *request, struct error *error);

#endif
