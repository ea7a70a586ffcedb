/*
 * What husk wants, as words (KEY=VALUE), made into a request of CRIU's.
 */
#ifndef HUSK_CRIU_REQUEST_H
#define HUSK_CRIU_REQUEST_H

#include <stdbool.h>

#include "husk/error.h"
#include "rpc.pb-c.h"

struct request
{
  Request message;
  Options options;
  const char *work;  /* the directory of the log */
  const char *mount; /* restore: the root is bound there, for it must be the root of a mount */
};

/* verb: dump, pre-dump, restore. Directories are opened; what the request holds lives as long as the process. */
int request_make (struct request *request, const char *verb, char **words, struct error *error);

#endif
