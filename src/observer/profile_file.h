/*
 * The file of a recorded profile: reading what it holds, and writing the new profile.
 */
#ifndef HUSK_OBSERVER_PROFILE_FILE_H
#define HUSK_OBSERVER_PROFILE_FILE_H

#include "husk/observer.h"

/* Loads the existing profile to merge with, or an empty one if there is no file. A profile that does more than allow
 * calls by name is an error: the rest would be lost. */
int profile_file_load (const struct observer_place *place, struct arena *arena, struct spec_seccomp *out,
                       struct error *error);
int profile_file_write (const struct observer_place *place, const char *text, size_t size, struct error *error);

#endif
