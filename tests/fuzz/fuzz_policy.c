/*
 * libFuzzer: bytes up to the first NUL as an agent's policy, what follows as a call with two paths. The policy is
 * refused with a place and a reason, or each call gets an answer that the agent can give; and the default's answer
 * only if no rule names the call.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "husk/agent.h"
#include "husk/calls.h"
#include "husk/seccomp.h"
#include "must.h"

static bool
names (const struct agent_policy *policy, const char *name)
{
  for (uint32_t i = 0; i < policy->rules.count; i++)
    if (json_strings_have (&policy->rules.items[i].names, name))
      return true;
  return false;
}

static void
decide (const struct agent_policy *policy, const char *name, const uint8_t *bytes, size_t size)
{
  static struct caller_paths paths;
  struct seccomp_data data = { .arch = seccomp_native_arch () };
  memcpy (data.args, bytes, size < sizeof data.args ? size : sizeof data.args);
  paths.count = size % (CALLER_PATHS_MAX + 1);
  for (uint32_t i = 0; i < paths.count; i++)
    {
      paths.items[i].code = size % 7 == i ? ENAMETOOLONG : 0;
      (void)snprintf (paths.items[i].text, PATH_MAX, "/%.*s", (int)(size < 2000 ? size : 2000), (const char *)bytes);
    }
  const struct agent_decision decision = agent_policy_decide (policy, &data, name, &paths);
  must (decision.kind < AGENT_ANSWERS && agent_answer_word (decision.kind));
  must (decision.kind != AGENT_ERRNO || (decision.code > 0 && decision.code <= 4095));
  must (decision.kind != AGENT_OPEN || (decision.rule && grant_takes (name)));
  must (decision.rule ? name && json_strings_have (&decision.rule->names, name) : true);
  must (!decision.rule || names (policy, name));
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  static int file = -1;
  static char path[32];
  struct arena arena;
  struct agent_policy policy;
  struct error error = { 0 };
  const uint8_t *end = memchr (data, '\0', size);
  size_t length = end ? (size_t)(end - data) : size;
  if (file < 0)
    {
      file = memfd_create ("policy", MFD_CLOEXEC);
      (void)snprintf (path, sizeof path, "/proc/self/fd/%d", file);
    }
  must (arena_open (&arena, 1ul << 30) == 0);
  must (ftruncate (file, 0) == 0 && pwrite (file, data, length, 0) == (ssize_t)length);
  if (agent_policy_load (path, &arena, &policy, &error) < 0)
    must (error.set && error.text[0] && error.place[0]);
  else
    {
      for (uint32_t i = 0; i < policy.rules.count; i++)
        for (uint32_t n = 0; n < policy.rules.items[i].names.count; n++)
          decide (&policy, policy.rules.items[i].names.items[n], data + length, size - length);
      decide (&policy, NULL, data + length, size - length);
      decide (&policy, "mkdir", data + length, size - length);
    }
  arena_close (&arena);
  return 0;
}
