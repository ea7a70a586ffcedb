/*
 * Which instructions of several filters start equal tails: from there on, the filters treat every call alike.
 */
#ifndef HUSK_PROFILE_TAILS_H
#define HUSK_PROFILE_TAILS_H

#include "husk/seccomp.h"

#define TAILS_FILTERS_MAX 3
struct tails
{
  uint32_t *classes[TAILS_FILTERS_MAX]; /* of each instruction */
};
/* Two instructions have the same class if the tails that they start are equal. (Different tails may still have the same
 * effect.) The tails must not depend on the old value of the accumulator. */
void tails_find (const struct seccomp_filter *const *filters, uint32_t count, struct arena *arena, struct tails *out);

#endif
