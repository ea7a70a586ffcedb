/*
 * Which instructions of several filters begin the same: from there on they do the same to every call.
 */
#ifndef HUSK_PROFILE_TAILS_H
#define HUSK_PROFILE_TAILS_H

#include "husk/seccomp.h"

#define TAILS_FILTERS_MAX 3
struct tails
{
  uint32_t *classes[TAILS_FILTERS_MAX]; /* of each instruction */
};
/* Two instructions have one class if what follows is alike in them, however far away it is. (What is not alike may have
 * the same effect all the same.) They must begin with nothing in the accumulator that counts. */
void tails_find (const struct seccomp_filter *const *filters, uint32_t count, struct arena *arena, struct tails *out);

#endif
