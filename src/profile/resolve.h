/*
 * Resolving profiles in other formats: what resolve.c, resource.c and engines.c share.
 */
#ifndef HUSK_PROFILE_RESOLVE_H
#define HUSK_PROFILE_RESOLVE_H

#include "husk/foreign.h"
#include "husk/profile.h"

/* Which parts of docker's format a program reads; it ignores the others. */
struct profile_reader
{
  const char *name;
  bool conditions;           /* includes and excludes */
  bool min_kernel;           /* in includes and excludes */
  bool errno_words;          /* errno and defaultErrno */
  bool errno_numbers;        /* these may also be numbers */
  bool single_name;          /* name */
  bool arch_map;             /* archMap */
  const char *const *mapped; /* the architectures for which it reads archMap; NULL: all */
  bool strict;               /* it warns about words without a meaning */
};
extern const struct profile_reader profile_reader_husk;

/* Resolves a decoded profile for the target as this program does. 0, or -1: it refuses the file. */
int profile_resolve_as (const struct profile_reader *reader, const struct json_document *document,
                        const struct docker_profile *docker, const struct profile_target *target, struct arena *arena,
                        struct spec_seccomp *out, struct report *report);
/* Reads an errno: "ENOSYS", "38" and, with numbers, 38. */
int profile_errno_read (const struct json_document *document, origin_t node, bool numbers, struct json_uint *out,
                        struct report *report);
/* Reads a SeccompProfile with its base profiles, which become part of the document. */
int resource_read (struct json_document *document, const struct profile_bases *bases, struct arena *arena,
                   struct spec_seccomp *out, struct report *report);

#endif
