/*
 * Verdicts on numbers of calls, which rules.c and age.c make. Only action_word turns an action of a profile into a
 * SECCOMP_RET_*.
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

void
verdict_add (struct compiler *compiler, struct group *group, const struct verdict *verdict)
{
  group->verdicts
      = arena_more (compiler->arena, group->verdicts, group->count, &group->capacity, 512, sizeof *group->verdicts);
  group->verdicts[group->count] = *verdict;
  group->verdicts[group->count].place = group->count;
  group->count++;
}
