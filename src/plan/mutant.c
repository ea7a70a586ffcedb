/*
 * Part of a build with -Dmutants=true only: at the end of each compilation (plan.c) the plan loses the steps that
 * HUSK_MUTANT names, and tests/conformance/mutants sees whether a test fails without them. A husk that is installed
 * must never contain it. plan->start counts steps, so it has to go down with each one that is taken out before it.
 */
#ifndef HUSK_MUTANTS
#define HUSK_MUTANTS /* this file is of that build */
#endif
#include "mutant.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "husk/compile.h"

#define LINE_MAX 4096

void
mutant_leave_out (struct plan *plan)
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
