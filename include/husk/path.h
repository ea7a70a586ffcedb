/*
 * A path as text: nothing is looked up, so links are not seen. That is not enough inside a root file system, which
 * needs openat2.
 */
#ifndef HUSK_PATH_H
#define HUSK_PATH_H

#include <stdbool.h>
#include <stddef.h>

struct path_component
{
  const char *name; /* not terminated */
  size_t length;    /* never 0 */
};

/* Returns the component at *at and moves *at behind it; false at the end. Slashes separate components, and empty ones
 * are skipped, as in the kernel, so "/a//b/" has two. "." and ".." are components too. */
bool path_next (const char **at, struct path_component *out);
/* Whether it is ".". */
bool path_is_self (const struct path_component *component);
/* Whether it is "..". */
bool path_is_parent (const struct path_component *component);
/* Whether some component is "..". */
bool path_climbs (const char *path);
/* Whether the path is relative and each component is a name: none is empty, "." or "..". The empty path is not
 * plain. */
bool path_is_plain (const char *path);

#endif
