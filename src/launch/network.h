/*
 * The network namespace that a thread has made ahead.
 */
#ifndef HUSK_LAUNCH_NETWORK_H
#define HUSK_LAUNCH_NETWORK_H

#include "husk/launch.h"

/* If the plan joins it: waits until it is there and puts its descriptor into the plan. */
int network_take (const struct plan *plan, struct error *error);

#endif
