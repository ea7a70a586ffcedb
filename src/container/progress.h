/*
 * What --debug tells of husk-init: each step that it has begun, off the page. It says nothing by itself, so that
 * nothing of it depends on who listens; husk looks often enough while it waits that of one that hangs the last line is
 * the step that it is in.
 */
#ifndef HUSK_CONTAINER_PROGRESS_H
#define HUSK_CONTAINER_PROGRESS_H

#include <poll.h>

#include "husk/launch.h"

struct progress
{
  const struct page *page;
  const struct plan *plan; /* NULL, as `start` has it: of each step its word alone */
  uint32_t told;           /* steps */
};

/* For who has asked log_tells_debug. The first is descriptor_poll, which tells meanwhile. */
int progress_poll (struct progress *progress, struct pollfd *polls, nfds_t count, int milliseconds)
    __attribute__ ((cold));
void progress_tell (struct progress *progress) __attribute__ ((cold));
/* "user, mount, pid" of CLONE_NEW*. */
const char *progress_namespaces (uint64_t flags, char *out, size_t size);

#endif
