/*
 * Where hooks print to if annotations name files.
 */
#ifndef HUSK_CONTAINER_HOOK_FILES_H
#define HUSK_CONTAINER_HOOK_FILES_H

#include "husk/spec.h"

struct hook_files
{
  int output, errors; /* or -1 */
};
#define NO_HOOK_FILES                                                                                                  \
  {                                                                                                                    \
    -1, -1                                                                                                             \
  }

/* Opens the files of HOOKS_STDOUT_ANNOTATION and HOOKS_STDERR_ANNOTATION, if there are hooks; relative paths are from
 * the bundle. 0, or -1 with the annotation's place in the error. */
int hook_files_open (const struct spec *spec, const char *bundle, struct hook_files *out, struct error *error);
void hook_files_close (struct hook_files *files);

#endif
