/*
 * When husk-init is in its cgroups, with its limits in force. husk makes the cgroups of v1, or loads the device rules
 * of v2, while husk-init makes its first mounts. plan_place comes before anything that these decide or that shows them:
 * opening and making devices, copies in memory, mounts of cgroups, hooks. And before an ask: the parent's word would be
 * taken for the answer.
 */
#include "builder.h"

#include <sched.h>

/* The new cgroup namespace has the process's cgroup as its root. */
static void
plan_enter (struct builder *builder)
{
  const struct spec_linux *config = builder->spec->linux_;
  (void)builder_step (builder, STEP_JOIN_CGROUP, config->cgroups_path.node);
  if (spec_namespace_new (builder->spec, SPEC_NAMESPACE_CGROUP))
    builder_step (builder, STEP_UNSHARE, config->namespaces.node)->number = CLONE_NEWCGROUP;
  plan_affinity (builder);
}

void
plan_place (struct builder *builder)
{
  if (builder->placed)
    return;
  builder->placed = true;
  if (builder->options->limits_late)
    (void)builder_step (builder, STEP_LIMITED, 0);
  if (builder_enters_late (builder))
    plan_enter (builder);
}
