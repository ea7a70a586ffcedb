/*
 * The descriptors beyond stdio that reach a container's program.
 */
#ifndef HUSK_CONTAINER_KEPT_DESCRIPTORS_H
#define HUSK_CONTAINER_KEPT_DESCRIPTORS_H

#include "husk/compile.h"

/* --preserve-fds and socket activation together. Variables for another process (LISTEN_PID) do not count. */
struct kept_descriptors kept_descriptors (uint32_t preserved);

#endif
