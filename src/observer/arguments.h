/*
 * Arguments that tell calls apart, for --arguments: which of a socket's families, an ioctl's numbers, and the like a
 * program uses. A selector is an index of the table of them.
 */
#ifndef HUSK_OBSERVER_ARGUMENTS_H
#define HUSK_OBSERVER_ARGUMENTS_H

#include "sight.h"

#define ARGUMENTS_MAX 16 /* values of a call; with more it is allowed whatever its argument */
#define SELECTORS_MAX 16

struct seen_arguments
{
  uint32_t values[ARGUMENTS_MAX];
  uint32_t count;
  bool many; /* there were more */
};

/* Of the call of that name, or -1. */
int arguments_selector_of (const char *name);
/* The same for a call that was made; NULL: it has no name. */
int arguments_selector (const struct seccomp_data *data, const char *name);
const char *arguments_name (int selector);
/* 0, or -1: no memory. */
int arguments_note (struct sight *sight, int selector, const struct seccomp_data *data);
void arguments_add (struct seen_arguments *arguments, uint32_t value);
/* The condition that the argument has this value. */
struct spec_seccomp_arg arguments_condition (int selector, uint32_t value);
/* Of a condition of this form the value; false: it has another form. */
bool arguments_read (int selector, const struct spec_seccomp_arg *condition, uint32_t *out_value);

#endif
