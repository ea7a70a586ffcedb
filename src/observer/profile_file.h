/*
 * The file of a recorded profile: reading what it holds, and writing the new profile.
 */
#ifndef HUSK_OBSERVER_PROFILE_FILE_H
#define HUSK_OBSERVER_PROFILE_FILE_H

#include "husk/observer.h"

/* What a file holds to be merged with. */
struct recorded_file
{
  struct json_document document;
  struct spec_seccomp profile;
  bool there;                    /* there is a file */
  bool conditions;               /* some call is allowed for some arguments only */
  const char *name, *name_space; /* of a SeccompProfile */
};
/* Loads it; it is empty if there is no file. A profile that does more than a recording writes, or has another format,
 * is an error: the rest would be lost. */
int profile_file_load (const struct observer *observer, struct arena *arena, struct recorded_file *out,
                       struct error *error);
/* Before it is loaded to be written: until the observer ends, no other one writes a file beside it. */
int profile_file_lock (const struct observer_place *place, struct error *error);
int profile_file_write (const struct observer_place *place, const char *text, size_t size, struct error *error);

#endif
