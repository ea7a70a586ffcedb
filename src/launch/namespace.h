/*
 * Namespaces that husk itself enters for one clone: pid and time namespaces take effect only in children, and others
 * need the host's rights if the container has a new user namespace.
 */
#ifndef HUSK_LAUNCH_NAMESPACE_H
#define HUSK_LAUNCH_NAMESPACE_H

#include "husk/plan.h"

struct namespaces_kept /* husk's own, to return to */
{
  struct
  {
    int fd;
    int flag;
  } items[8];
  uint32_t count;
};

/* Opens the namespace at the join's path and checks its type. */
int namespace_open (struct plan_join *join, struct error *error);
int namespaces_enter (const struct plan_parent *parent, struct namespaces_kept *kept, struct error *error);
/* Makes a time namespace that belongs to the caller's user namespace, and enters it. */
int namespaces_enter_new_time (const char *offsets, struct error *error);
/* For a process that never returns: closes the descriptors. */
void namespaces_stay (struct namespaces_kept *kept);
/* Returns to husk's namespaces, even after an error. -1: that failed, and husk must not continue. */
int namespaces_leave (struct namespaces_kept *kept, struct error *error);

#endif
