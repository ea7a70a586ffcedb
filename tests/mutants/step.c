/*
 * A husk that does not make a step: every compiled plan loses the steps that HUSK_MUTANT names, "step:WORD WHAT", the
 * beginning of a line of `husk plan`. What no property of the config asks for, such as default devices, can be removed
 * only here. The linker puts this in between, as it does property.c.
 *
 * plan->start counts steps, so it has to go down with each one that is taken out before it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "husk/compile.h"

#define LINE_MAX 4096

static void
leave_out_steps (struct plan *plan)
{
  const char *mutant = getenv ("HUSK_MUTANT");
  char what[LINE_MAX], line[LINE_MAX + 32];
  uint32_t kept = 0, before_start = 0;
  if (!mutant || strncmp (mutant, "step:", 5) != 0)
    return;
  for (uint32_t i = 0; i < plan->step_count; i++)
    {
      step_describe (&plan->steps[i], true, what, sizeof what);
      (void)snprintf (line, sizeof line, "%s %s", step_word (plan->steps[i].kind), what);
      if (strncmp (line, mutant + 5, strlen (mutant + 5)) == 0)
        continue;
      before_start += i < plan->start;
      plan->steps[kept++] = plan->steps[i];
    }
  plan->step_count = kept;
  plan->start = before_start;
}

int __real_plan_compile (const struct spec *spec, const struct host *host, const struct plan_options *options,
                         struct arena *arena, struct plan **out, struct report *report);
int __wrap_plan_compile (const struct spec *spec, const struct host *host, const struct plan_options *options,
                         struct arena *arena, struct plan **out, struct report *report);
int __real_plan_compile_exec (const struct spec *spec, const struct host *host, const struct plan_exec_options *options,
                              struct arena *arena, struct plan **out, struct report *report);
int __wrap_plan_compile_exec (const struct spec *spec, const struct host *host, const struct plan_exec_options *options,
                              struct arena *arena, struct plan **out, struct report *report);

int
__wrap_plan_compile (const struct spec *spec, const struct host *host, const struct plan_options *options,
                     struct arena *arena, struct plan **out, struct report *report)
{
  int result = __real_plan_compile (spec, host, options, arena, out, report);
  leave_out_steps (*out);
  return result;
}

int
__wrap_plan_compile_exec (const struct spec *spec, const struct host *host, const struct plan_exec_options *options,
                          struct arena *arena, struct plan **out, struct report *report)
{
  int result = __real_plan_compile_exec (spec, host, options, arena, out, report);
  leave_out_steps (*out);
  return result;
}
