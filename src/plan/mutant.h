/*
 * For tests alone: the step that a husk built with -Dmutants=true forgets.
 */
#ifndef HUSK_PLAN_MUTANT_H
#define HUSK_PLAN_MUTANT_H

#include "husk/plan.h"

/* Leaves out the steps that HUSK_MUTANT names: "step:WORD WHAT", the beginning of a line of `husk plan`; what no
 * property of the config asks for, as default devices, can be taken away only here. Of a build with -Dmutants=true
 * only. */
#ifdef HUSK_MUTANTS
void mutant_leave_out (struct plan *plan);
#else
static inline void
mutant_leave_out (struct plan *plan)
{
}
#endif

#endif
