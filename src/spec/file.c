/*
 * The file of a config: a bundle's config.json, or one that the user names. Messages call it by a path that opens it
 * from the caller's working directory: an engine, which works in the bundle, reads "config.json", a person what an
 * editor takes.
 */
#include "husk/spec.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

const char *
spec_file_name (const char *bundle, struct arena *arena)
{
  static char here[4096]; /* not on the stack, of which each page would be touched */
  size_t length = bundle ? strlen (bundle) : 0;
  while (length > 1 && bundle[length - 1] == '/')
    length--;
  if (length == 0 || (length == 1 && bundle[0] == '.'))
    return SPEC_FILE;
  if (bundle[0] == '/' && getcwd (here, sizeof here) && strlen (here) == length && memcmp (here, bundle, length) == 0)
    return SPEC_FILE;
  return arena_format (arena, "%.*s/%s", (int)(length == 1 && bundle[0] == '/' ? 0 : length), bundle, SPEC_FILE);
}

int
spec_load (int directory, const char *bundle, const char *file, struct arena *arena, struct json_document *out,
           struct error *error)
{
  if (file)
    return json_load_named (file, arena, out, error);
  if (json_load (directory, SPEC_FILE, spec_file_name (bundle, arena), arena, out, error) == 0)
    return 0;
  if (error->code == ENOENT && bundle)
    error_hint (error, "husk spec --bundle %s writes one", bundle);
  return -1;
}
