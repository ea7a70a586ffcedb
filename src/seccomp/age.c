/*
 * Makes calls that are newer than a profile fail with ENOSYS. Programs that try a new system call fall back on ENOSYS,
 * but take EPERM for a refusal, and a profile cannot have meant to deny a call that did not exist when it was written.
 * The newest call that it names gives its age.
 */
#include "filter.h"

#define PRIVATE 0x8000u /* numbers from here on are private to an architecture: arm has some */

static void
add_missing (struct compiler *compiler, struct group *group, uint32_t index, uint32_t number)
{
  if (group_add_plain (group, index, number, PLAIN_NEWER))
    return;
  for (uint32_t i = 0; i < group->count; i++)
    if (group->verdicts[i].number == number)
      return;
  verdict_add (
      compiler, group,
      &(struct verdict){
          .number = number, .order = UINT32_MAX, .action = plain_action (compiler, PLAIN_NEWER), .condition = -1 });
}

static void
note_known (struct group *group, uint32_t index, uint32_t number)
{
  if ((number & ~X32_BIT) < PRIVATE && number >= group->beyond[index])
    group->beyond[index] = number + 1;
}

/* Calls from before 3.0 have lower numbers. */
static void
age_call (struct compiler *compiler, struct group *group, uint32_t call)
{
  for (uint32_t a = 0; a < group->arch_count; a++)
    {
      int number = call_number_at (group->archs[a], call);
      if (number < 0)
        continue;
      note_known (group, a, (uint32_t)number);
      if (call_version (call) > compiler->age)
        add_missing (compiler, group, a, (uint32_t)number);
    }
}

/* A profile may name calls that only libseccomp knows. */
static void
note_named (struct group *group)
{
  for (uint32_t a = 0; a < group->arch_count; a++)
    {
      const uint32_t base = (uint32_t)arch_base (group->archs[a]);
      for (uint32_t place = 0; place < PLAIN_COUNT; place++)
        if (group->plain[a][place])
          note_known (group, a, base + place);
      for (uint32_t i = 0; i < group->count; i++)
        if ((group->verdicts[i].number & X32_BIT) == (base & X32_BIT))
          note_known (group, a, group->verdicts[i].number);
    }
}

void
rules_age (struct compiler *compiler)
{
  if (!compiler->ages)
    return;
  if (compiler->age == 0)
    compiler->age = LINUX (3, 0);
  for (uint32_t g = 0; g < compiler->group_count; g++)
    {
      for (uint32_t call = 0; call < call_count; call++)
        if (call_version (call))
          age_call (compiler, &compiler->groups[g], call);
      note_named (&compiler->groups[g]);
    }
}
