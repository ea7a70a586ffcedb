/*
 * A path as text: nothing is looked up, and a link may lead elsewhere. Inside a root file system that is not enough:
 * there it takes openat2.
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

/* The component at *at, which is moved behind it; false at the end. Components are what is between slashes: an empty
 * one is skipped, as the kernel does, so "/a//b/" has two. "." and ".." are components like others. */
bool path_next (const char **at, struct path_component *out);
/* "." */
bool path_is_self (const struct path_component *component);
/* ".." */
bool path_is_parent (const struct path_component *component);
/* Some component is "..". */
bool path_climbs (const char *path);
/* Relative, and each component is a name: none is empty, "." or "..". The empty path is not plain. */
bool path_is_plain (const char *path);

#endif
