/*
 * The components of a path, one by one, for all code that checks, cleans or walks a path. husk-init has its own
 * (init/path.c), because it opens them.
 */
#include "husk/path.h"

#include <string.h>

bool
path_next (const char **at, struct path_component *out)
{
  out->name = *at + strspn (*at, "/");
  out->length = strcspn (out->name, "/");
  *at = out->name + out->length;
  return out->length > 0;
}

bool
path_is_self (const struct path_component *component)
{
  return component->length == 1 && component->name[0] == '.';
}

bool
path_is_parent (const struct path_component *component)
{
  return component->length == 2 && component->name[0] == '.' && component->name[1] == '.';
}

bool
path_climbs (const char *path)
{
  struct path_component component;
  while (path_next (&path, &component))
    if (path_is_parent (&component))
      return true;
  return false;
}

bool
path_is_plain (const char *path)
{
  struct path_component component;
  if (*path == '/' || *path == '\0')
    return false;
  while (path_next (&path, &component))
    if (path_is_self (&component) || path_is_parent (&component) || (path[0] == '/' && (path[1] == '/' || !path[1])))
      return false;
  return true;
}
