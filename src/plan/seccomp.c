#include "builder.h"

#include <string.h>

#include "husk/seccomp.h"

int
plan_filter (struct builder *builder)
{
  const struct spec_seccomp *profile = builder->spec->linux_->seccomp;
  struct seccomp_filter filter;
  if (!profile)
    return 0;
  if (seccomp_compile (builder->spec->document, profile, builder->arena, &filter, builder->report) < 0)
    return -1;
  if (filter.notify)
    return report_error (builder->report, builder->spec->document, profile->node, NULL,
                         "SCMP_ACT_NOTIFY is not supported by this version");
  struct step *step = builder_step (builder, STEP_SECCOMP, profile->node);
  step->filter = arena_new (builder->arena, struct plan_filter);
  step->filter->program = filter.program;
  step->filter->length = filter.length;
  step->filter->flags = filter.flags;
  return 0;
}
