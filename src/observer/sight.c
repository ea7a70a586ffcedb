/*
 * What the files that deal with denials share: whether a verdict denies a call, and printing a line for the user. A
 * line that cannot be written is counted, and the observer continues: the container must not depend on the output.
 */
#include "sight.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <stdio.h>

#include "husk/descriptor.h"
#include "husk/text.h"

bool
sight_denies (uint32_t verdict)
{
  uint32_t action = verdict & SECCOMP_RET_ACTION_FULL;
  return action == SECCOMP_RET_ERRNO || action == SECCOMP_RET_TRAP || action == SECCOMP_RET_KILL_THREAD
         || action == SECCOMP_RET_KILL_PROCESS;
}

void
sight_say (struct sight *sight, const char *text)
{
  char shown[TEXT_ESCAPED * SIGHT_LINE], line[sizeof shown + 32];
  (void)text_escape (text, shown, sizeof shown);
  if (write_all (sight->observer->out, line, (size_t)snprintf (line, sizeof line, "husk: seccomp: %s\n", shown)) == 0)
    return;
  if (sight->lost++ == 0)
    sight->lost_code = errno;
}
