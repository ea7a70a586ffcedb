/*
 * Verdicts on numbers of calls, which rules.c and age.c make, and compile.c and table.c read in the order of the
 * numbers. Only action_word turns an action of a profile into a SECCOMP_RET_*.
 */
#include "filter.h"

#include <errno.h>
#include <linux/seccomp.h>

uint32_t
action_word (const struct json_enum *action, const struct json_uint *code)
{
  uint32_t data = code->set ? (uint32_t)code->value : EPERM;
  switch (action->value)
    {
    case SPEC_ACT_KILL_PROCESS:
      return SECCOMP_RET_KILL_PROCESS;
    case SPEC_ACT_TRAP:
      return SECCOMP_RET_TRAP;
    case SPEC_ACT_ERRNO:
      return SECCOMP_RET_ERRNO | data;
    case SPEC_ACT_TRACE:
      return SECCOMP_RET_TRACE | data;
    case SPEC_ACT_ALLOW:
      return SECCOMP_RET_ALLOW;
    case SPEC_ACT_LOG:
      return SECCOMP_RET_LOG;
    case SPEC_ACT_NOTIFY:
      return SECCOMP_RET_USER_NOTIF;
    default:
      return SECCOMP_RET_KILL_THREAD;
    }
}

uint32_t
plain_action (const struct compiler *compiler, uint32_t plain)
{
  if (plain == PLAIN_NEWER)
    return SECCOMP_RET_ERRNO | ENOSYS;
  const struct spec_seccomp_rule *rule = &compiler->profile->syscalls.items[plain - 1];
  return action_word (&rule->action, &rule->errno_ret);
}

void
group_add_arch (struct compiler *compiler, struct group *group, const struct arch *arch)
{
  uint32_t at = group->arch_count++;
  group->plain[at] = arena_array (compiler->arena, uint32_t, PLAIN_COUNT);
  if (at > 0 && arch_base (group->archs[0]) > arch_base (arch))
    {
      group->archs[at] = group->archs[0];
      at = 0;
    }
  group->archs[at] = arch;
}

static uint32_t
place_in (const struct arch *arch, uint32_t number)
{
  return number - (uint32_t)arch_base (arch);
}

bool
group_add_plain (struct group *group, uint32_t index, uint32_t number, uint32_t plain)
{
  uint32_t place = place_in (group->archs[index], number);
  if (place >= PLAIN_COUNT)
    return false;
  if (!group->plain[index][place])
    group->plain[index][place] = plain;
  return true;
}

void
verdict_add (struct compiler *compiler, struct group *group, const struct verdict *verdict)
{
  group->verdicts
      = arena_more (compiler->arena, group->verdicts, group->count, &group->capacity, 64, sizeof *group->verdicts);
  group->verdicts[group->count] = *verdict;
  group->verdicts[group->count].place = group->count;
  group->count++;
}

/* ---- in the order of the numbers -----------------------------------------------------------------------------------
 */

/* A call that is newer than the profile has no other rule, so a number with verdicts is that of another call. */
static uint32_t
plain_beside_verdicts (const struct group *group, uint32_t number)
{
  for (uint32_t a = 0; a < group->arch_count; a++)
    {
      uint32_t place = place_in (group->archs[a], number);
      if (place < PLAIN_COUNT && group->plain[a][place] != PLAIN_NEWER)
        return group->plain[a][place];
    }
  return 0;
}

/* The next numbers before `limit` with the same plain rule. */
static bool
next_plain (const struct group *group, struct ruling *ruling, uint32_t limit)
{
  for (uint32_t a = 0; a < group->arch_count; a++)
    {
      const uint32_t *plain = group->plain[a], base = (uint32_t)arch_base (group->archs[a]);
      uint32_t at = ruling->end > base ? ruling->end - base : 0, stop = limit > base ? limit - base : 0;
      stop = stop < PLAIN_COUNT ? stop : PLAIN_COUNT;
      while (at < stop && !plain[at])
        at++;
      if (at >= stop)
        continue;
      ruling->number = base + at;
      ruling->plain = plain[at];
      while (at < stop && plain[at] == ruling->plain)
        at++;
      ruling->end = base + at;
      return true;
    }
  return false;
}

bool
group_next (const struct group *group, struct ruling *ruling)
{
  struct verdict *next = ruling->verdicts ? ruling->verdicts + ruling->count : group->verdicts,
                 *end = group->count > 0 ? group->verdicts + group->count : next;
  *ruling = (struct ruling){ .end = ruling->end, .verdicts = next };
  if (next_plain (group, ruling, next < end ? next->number : UINT32_MAX))
    return true;
  if (next == end)
    return false;
  ruling->number = next->number;
  ruling->end = next->number + 1;
  ruling->plain = plain_beside_verdicts (group, next->number);
  while (next < end && next->number == ruling->number)
    next++;
  ruling->count = (uint32_t)(next - ruling->verdicts);
  return true;
}
