/*
 * husk's own profile as data: groups of system calls, each with its reason and the capabilities that open it.
 */
#ifndef HUSK_PROFILE_DEFAULT_H
#define HUSK_PROFILE_DEFAULT_H

#include <stdbool.h>
#include <stdint.h>

/* Instead of an argument's index: the flags of clone, which are the second argument on s390 and the first elsewhere. */
#define DEFAULT_CLONE_FLAGS 6u

/* A condition on an argument, with the names of the specification. */
struct default_condition
{
  uint32_t index;
  uint64_t value, value_two;
  const char *op;
};
struct default_group
{
  const char *reason;    /* what the group is for, or why it is refused: the rule's comment */
  const char *names;     /* separated by spaces */
  uint64_t capabilities; /* any of them opens the group; 0: it is always open */
  uint64_t not_with;     /* the group is left out if the container has any of them */
  uint32_t errno_ret;    /* the calls are refused with it; 0: they are allowed */
  bool others_decide;    /* without the capabilities the rule is left out, instead of refusing with EPERM */
  const struct default_condition *conditions; /* any one is enough; the last has op NULL; NULL: none */
};
/* The last has names NULL. */
extern const struct default_group default_groups[];

#endif
