/*
 * Which actions and flags of a profile this kernel lacks. Only this file of the room asks the kernel. It loads nothing.
 */
#include "filter.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <sys/syscall.h>
#include <unistd.h>

static void
check_action (const struct json_document *document, const struct json_enum *action, struct report *report)
{
  const struct json_uint none = { 0 };
  uint32_t word = action_word (action, &none) & SECCOMP_RET_ACTION_FULL;
  if (syscall (SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &word) < 0 && errno == EOPNOTSUPP)
    (void)report_error (report, document, action->node, NULL, "this kernel does not know %s",
                        json_node (document, action->node)->text);
}

/* With a NULL filter, a known flag fails with EFAULT and an unknown one with EINVAL (seccomp(2)). */
static bool
knows_flag (uint32_t flag)
{
  if (flag == SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV)
    flag |= SECCOMP_FILTER_FLAG_NEW_LISTENER;
  return syscall (SYS_seccomp, SECCOMP_SET_MODE_FILTER, flag, NULL) == 0 || (errno != EINVAL && errno != ENOSYS);
}

bool
seccomp_kernel_has_action (const struct json_name *action)
{
  const struct json_enum chosen = { .set = true, .value = action->value };
  const struct json_uint none = { 0 };
  uint32_t word = action_word (&chosen, &none) & SECCOMP_RET_ACTION_FULL;
  return syscall (SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &word) == 0;
}

bool
seccomp_kernel_has_flag (const char *name)
{
  uint32_t flag = flag_word (name);
  return flag && knows_flag (flag);
}

void
seccomp_lint_kernel (const struct json_document *document, const struct spec_seccomp *profile, struct report *report)
{
  check_action (document, &profile->default_action, report);
  for (uint32_t i = 0; i < profile->syscalls.count; i++)
    check_action (document, &profile->syscalls.items[i].action, report);
  for (uint32_t i = 0; i < profile->flags.count; i++)
    {
      uint32_t flag = flag_word (profile->flags.items[i]);
      if (flag && !knows_flag (flag))
        (void)report_error (report, document, json_element (document, profile->flags.node, i), NULL,
                            "this kernel does not know %s", profile->flags.items[i]);
    }
}
