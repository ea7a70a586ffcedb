/*
 * Turns husk's request (husk/criu.h) into CRIU's.
 */
#ifndef HUSK_CRIU_REQUEST_H
#define HUSK_CRIU_REQUEST_H

#include <stdbool.h>

#include "husk/criu.h"
#include "rpc.pb-c.h"

struct request
{
  Request message;
  Options options;
  PageServer page_server;
  const struct criu_request *asked;
};

/* Makes the request, and opens its directories and files. Its memory belongs to the arena. 0 or -1. */
int request_make (struct request *request, const struct criu_request *asked, struct arena *arena, struct error *error);

#endif
