/*
 * Namespaces that husk enters itself for the time of one clone: pid and time ones take effect in children only, and the
 * host's rights are needed for others when the container has a new user namespace.
 */
#ifndef HUSK_LAUNCH_NAMESPACE_H
#define HUSK_LAUNCH_NAMESPACE_H

#include "husk/plan.h"

struct namespaces_kept /* husk's own, to go back to */
{
  struct
  {
    int fd;
    int flag;
  } items[8];
  uint32_t count;
};

/* Opens the namespace that a join names by a path, which must be one of its type. */
int namespace_open (struct plan_join *join, struct error *error);
int namespaces_enter (const struct plan_parent *parent, struct namespaces_kept *kept, struct error *error);
/* Makes one that belongs to the caller's user namespace, and enters it. */
int namespaces_enter_new_time (const char *offsets, struct error *error);
/* In a process that ends there. */
void namespaces_stay (struct namespaces_kept *kept);
/* Goes back, in any case; -1 only if that failed: husk must then not continue. */
int namespaces_leave (struct namespaces_kept *kept, struct error *error);

#endif
