/*
 * husk plan --diff: compiles two configs and prints what differs between their plans (plan_diff). The exit status is
 * part of the interface, and is that of husk seccomp diff: 0 if nothing differs, 2 if something does, 1 for an error.
 */
#include "plan_diff.h"

#include <errno.h>

#include "husk/compile.h"

int
cli_plan_diff (const struct globals *globals, const char *const operands[2], const char *bundle, bool secrets)
{
  static struct compiled_bundle sides[2];
  struct error error = { 0 };
  unsigned count = 0;
  struct arena arena;
  if (arena_open (&arena, 1ul << 20) < 0)
    return (void)error_set (&error, errno, "reserve memory"), cli_fail (&error);
  for (int i = 0; i < 2; i++)
    {
      struct cli_config config = { .bundle = bundle };
      struct report report = { .error = &error, .each = report_to_log };
      if (cli_config_operand (operands[i], &arena, &config, &error) < 0
          || compile_bundle (config.bundle, config.file, "ID", globals->cgroup_manager, &sides[i], &report, &error) < 0)
        return cli_fail (&error);
    }
  if (plan_diff (sides, secrets, stdout, &count) < 0)
    return (void)cli_output_failed (errno, "print the differences", &error), cli_fail (&error);
  return count ? 2 : 0;
}
