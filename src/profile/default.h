/*
 * husk's own profile as data: groups of system calls, each with its reason and with the capabilities that open it.
 */
#ifndef HUSK_PROFILE_DEFAULT_H
#define HUSK_PROFILE_DEFAULT_H

#include <stdbool.h>
#include <stdint.h>

/* In place of an argument's index: the flags of clone, which s390 has in its second argument, others in the first. */
#define DEFAULT_CLONE_FLAGS 6u

/* A condition on an argument, in the words of the specification. */
struct default_condition
{
  uint32_t index;
  uint64_t value, value_two;
  const char *op;
};
struct default_group
{
  const char *reason;    /* what it is for, or why it is refused: the rule's comment */
  const char *names;     /* with spaces between */
  uint64_t capabilities; /* any of them opens the group; 0: whatever the container has */
  uint64_t not_with;     /* the group is left out if the container has any of them */
  uint32_t errno_ret;    /* it is refused with that; 0: allowed */
  bool others_decide;    /* without its capabilities the rule is left out; otherwise they are refused with EPERM */
  const struct default_condition *conditions; /* either is enough; end with op NULL; NULL: none */
};
/* End with names NULL. */
extern const struct default_group default_groups[];

#endif
