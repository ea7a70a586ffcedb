/*
 * Profiles in other formats, resolved: what resolve.c, resource.c and engines.c share.
 */
#ifndef HUSK_PROFILE_RESOLVE_H
#define HUSK_PROFILE_RESOLVE_H

#include "husk/foreign.h"
#include "husk/profile.h"

/* What a program reads of docker's format; what it does not, it ignores. */
struct profile_reader
{
  const char *name;
  bool conditions;           /* includes and excludes */
  bool min_kernel;           /* in them */
  bool errno_words;          /* errno and defaultErrno */
  bool errno_numbers;        /* a number in them as well as a string */
  bool single_name;          /* name */
  bool arch_map;             /* archMap */
  const char *const *mapped; /* the architectures for which it reads archMap; NULL: all */
  bool strict;               /* it reports what means nothing */
};
extern const struct profile_reader profile_reader_husk;

/* A decoded profile as that program makes it for the target. 0, or -1: it refuses the file. */
int profile_resolve_as (const struct profile_reader *reader, const struct json_document *document,
                        const struct docker_profile *docker, const struct profile_target *target, struct arena *arena,
                        struct spec_seccomp *out, struct report *report);
/* "ENOSYS", "38" and, with numbers, 38. */
int profile_errno_read (const struct json_document *document, origin_t node, bool numbers, struct json_uint *out,
                        struct report *report);
/* A SeccompProfile with its base profiles, which become part of the document. */
int resource_read (struct json_document *document, const struct profile_bases *bases, struct arena *arena,
                   struct spec_seccomp *out, struct report *report);

#endif
