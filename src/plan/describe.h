#ifndef HUSK_PLAN_DESCRIBE_H
#define HUSK_PLAN_DESCRIBE_H

#include "husk/compile.h"

/* What a step does, in one line: "tmpfs on /dev (nosuid, strictatime; mode=755)". */
void step_describe (const struct step *step, bool secrets, char *out, size_t size);

#endif
