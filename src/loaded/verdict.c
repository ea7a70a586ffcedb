/*
 * What several filters answer together, as the kernel's seccomp_run_filters and __seccomp_filter have it: all run, from
 * the newest to the oldest, and an answer replaces another only if its action is stricter as a signed number.
 */
#include <errno.h>
#include <linux/seccomp.h>
#include <string.h>

#include "loaded.h"

#define ERRNO_MAX 4095

/* What the kernel does with an answer. */
static uint32_t
effect (uint32_t answer)
{
  static const uint32_t known[]
      = { SECCOMP_RET_KILL_PROCESS, SECCOMP_RET_KILL_THREAD, SECCOMP_RET_TRAP, SECCOMP_RET_ERRNO,
          SECCOMP_RET_USER_NOTIF,   SECCOMP_RET_TRACE,       SECCOMP_RET_LOG,  SECCOMP_RET_ALLOW };
  uint32_t action = answer & SECCOMP_RET_ACTION_FULL, value = answer & SECCOMP_RET_DATA;
  for (size_t i = 0; i < sizeof known / sizeof *known; i++)
    if (known[i] == action)
      {
        if (action == SECCOMP_RET_ERRNO)
          return action | (value > ERRNO_MAX ? ERRNO_MAX : value);
        return action == SECCOMP_RET_TRACE ? answer : action;
      }
  return SECCOMP_RET_KILL_PROCESS;
}

uint32_t
loaded_strictest (const struct loaded_filters *loaded, const struct seccomp_data *data,
                  const struct seccomp_watch *watch, uint32_t *out_filter)
{
  uint32_t strictest = SECCOMP_RET_ALLOW;
  uint32_t by = 0;
  for (uint32_t i = 0; i < loaded->count; i++)
    {
      const struct seccomp_filter *filter = &loaded->filters[i];
      uint32_t answer = seccomp_interpret_watched (filter->program, filter->length, data, watch);
      if ((int32_t)(answer & SECCOMP_RET_ACTION_FULL) >= (int32_t)(strictest & SECCOMP_RET_ACTION_FULL))
        continue;
      strictest = answer;
      by = i;
    }
  if (out_filter)
    *out_filter = by;
  return effect (strictest);
}

uint32_t
loaded_verdict (const struct loaded_filters *loaded, const struct seccomp_data *data, uint32_t *out_filter)
{
  return loaded_strictest (loaded, data, NULL, out_filter);
}

/* An architecture, and those whose programs its kernel runs too. */
static const char *const families[][4] = {
  { "SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32" },
  { "SCMP_ARCH_AARCH64", "SCMP_ARCH_ARM" },
  { "SCMP_ARCH_S390X", "SCMP_ARCH_S390" },
};

const struct arch *
loaded_arch (uint32_t index)
{
  for (size_t f = 0; f < sizeof families / sizeof *families; f++)
    if (strcmp (families[f][0], arch_native ()->name) == 0)
      return index < 4 && families[f][index] ? arch_of_name (families[f][index]) : NULL;
  return index == 0 ? arch_native () : NULL;
}
