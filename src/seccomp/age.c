/*
 * Makes calls that are newer than a profile fail with ENOSYS. Programs that try a new system call fall back on ENOSYS,
 * but take EPERM for a refusal, and a profile cannot have meant to deny a call that did not exist when it was written.
 * The newest call that it names gives its age.
 */
#include "filter.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <string.h>

#define PRIVATE 0x8000u /* numbers from here on are private to an architecture: arm has some */
#define X32_LAST 547u   /* old calls that have a number of their own on x32, from 512 on, are not newer than the rest */
#define MISSING (SECCOMP_RET_ERRNO | ENOSYS)

uint32_t
introduced_version (const char *name)
{
  const struct call_introduction *call = introduced_find (name);
  return call ? call->version : 0;
}

static int
introduced_on (const struct arch *arch, uint32_t at)
{
  return call_number_with (arch, introduced_name (at), &introduced[at]);
}

/* The index of the first verdict for this number or a higher one. */
static uint32_t
find_verdict (const struct group *group, uint32_t number)
{
  uint32_t low = 0, high = group->count;
  while (low < high)
    {
      uint32_t middle = low + (high - low) / 2;
      if (group->verdicts[middle].number < number)
        low = middle + 1;
      else
        high = middle;
    }
  return low;
}

static bool
has_verdict (const struct group *group, uint32_t number)
{
  uint32_t at = find_verdict (group, number);
  return at < group->count && group->verdicts[at].number == number;
}

/* Rules with the default action have no verdicts, but the calls that they name are known to the profile. */
static bool
named_as_default (const struct compiler *compiler, const char *name)
{
  const struct spec_seccomp *profile = compiler->profile;
  for (uint32_t r = 0; r < profile->syscalls.count; r++)
    {
      const struct spec_seccomp_rule *rule = &profile->syscalls.items[r];
      if (action_word (&rule->action, &rule->errno_ret) == compiler->default_action
          && json_strings_have (&rule->names, name))
        return true;
    }
  return false;
}

static bool
is_named (const struct compiler *compiler, uint32_t at)
{
  for (uint32_t g = 0; g < compiler->group_count; g++)
    for (uint32_t a = 0; a < compiler->groups[g].arch_count; a++)
      {
        int number = introduced_on (compiler->groups[g].archs[a], at);
        if (number >= 0 && has_verdict (&compiler->groups[g], (uint32_t)number))
          return true;
      }
  return named_as_default (compiler, introduced_name (at));
}

static void
insert (struct compiler *compiler, struct group *group, uint32_t number)
{
  struct verdict verdict = { .number = number, .order = UINT32_MAX, .action = MISSING, .condition = -1 };
  uint32_t at = find_verdict (group, number);
  if (at < group->count && group->verdicts[at].number == number)
    return;
  verdict_add (compiler, group, &verdict);
  memmove (group->verdicts + at + 1, group->verdicts + at, (group->count - 1 - at) * sizeof verdict);
  group->verdicts[at] = verdict;
}

static void
add_missing (struct compiler *compiler, uint32_t at)
{
  if (named_as_default (compiler, introduced_name (at)))
    return;
  for (uint32_t g = 0; g < compiler->group_count; g++)
    for (uint32_t a = 0; a < compiler->groups[g].arch_count; a++)
      {
        int number = introduced_on (compiler->groups[g].archs[a], at);
        if (number >= 0)
          insert (compiler, &compiler->groups[g], (uint32_t)number);
      }
}

/* The number after the highest one that the profile or the table knows. */
static uint32_t
find_beyond (const struct group *group, const struct arch *arch)
{
  uint32_t bit = (uint32_t)arch_base (arch) & X32_BIT, last = bit ? bit | X32_LAST : 0;
  for (uint32_t i = 0; i < group->count; i++)
    if ((group->verdicts[i].number & X32_BIT) == bit && (group->verdicts[i].number & ~X32_BIT) < PRIVATE
        && group->verdicts[i].number > last)
      last = group->verdicts[i].number;
  /* apart from a few calls of single architectures, numbers rise with versions: the newest three are enough */
  uint32_t versions = 0, version = 0;
  for (uint32_t i = 0; i < introduced_count && versions <= 3; i++)
    {
      int number = introduced_on (arch, i);
      if (number < 0 || ((uint32_t)number & ~X32_BIT) >= PRIVATE)
        continue;
      last = (uint32_t)number > last ? (uint32_t)number : last;
      versions += introduced[i].version != version;
      version = introduced[i].version;
    }
  return last + 1;
}

void
rules_age (struct compiler *compiler)
{
  uint32_t newest = 0;
  if (!compiler->ages)
    return;
  while (newest < introduced_count && introduced[newest].version > compiler->age && !is_named (compiler, newest))
    newest++;
  if (newest < introduced_count && introduced[newest].version > compiler->age)
    compiler->age = introduced[newest].version;
  if (compiler->age == 0)
    compiler->age = LINUX (3, 0);
  for (uint32_t i = 0; i < introduced_count && introduced[i].version > compiler->age; i++)
    add_missing (compiler, i);
  for (uint32_t g = 0; g < compiler->group_count; g++)
    for (uint32_t a = 0; a < compiler->groups[g].arch_count; a++)
      compiler->groups[g].beyond[a] = find_beyond (&compiler->groups[g], compiler->groups[g].archs[a]);
}
