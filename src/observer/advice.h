/*
 * What the author of a profile would have to change in it, collected while its denials are explained.
 */
#ifndef HUSK_OBSERVER_ADVICE_H
#define HUSK_OBSERVER_ADVICE_H

#include "sight.h"
#include "husk/profile.h"

/* Records what would let a denied call through. audit is its AUDIT_ARCH_*. */
void advice_note (struct sight *sight, const struct profile_ruling *ruling, uint32_t audit);
/* Prints the advice, the most frequent first. */
void advice_print (struct sight *sight);

#endif
