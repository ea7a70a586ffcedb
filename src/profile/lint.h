/*
 * What the files of the lint share.
 */
#ifndef HUSK_PROFILE_LINT_H
#define HUSK_PROFILE_LINT_H

#include "husk/profile.h"

/* lint_width.c: warns about a condition that can be bypassed with bits that the kernel ignores. */
void lint_width (const struct json_document *document, const struct spec_seccomp *profile,
                 const struct seccomp_filter *filter, const struct spec_seccomp_rule *rule,
                 const struct spec_seccomp_arg *arg, struct report *report);
/* Whether the kernel uses only the lower 32 bits of this argument. */
bool lint_takes_half (const char *name, uint64_t index);

#endif
