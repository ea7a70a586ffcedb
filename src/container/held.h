/*
 * A husk-init that neither goes on nor ends. It has neighbours where it joins a container, or shares a pid namespace:
 * they may stop it, and the file systems on which it looks for its program may be theirs.
 */
#ifndef HUSK_CONTAINER_HELD_H
#define HUSK_CONTAINER_HELD_H

#include "husk/launch.h"

#define HELD_LOOK_MILLISECONDS 2000 /* between two looks at one that says nothing */

struct held
{
  unsigned stopped, still; /* looks in a row that found it so */
  uint32_t step;           /* at the last of them */
};

/* One look. -1: it was stopped at the last three, or, where its steps are short (launch.h, `hurried`), has been in the
 * same one for a minute; a container that is paused is waited for. launch may be NULL: no step is short. */
int held_look (struct held *held, pid_t pid, const struct page *page, const struct launch *launch, struct error *error);

#endif
