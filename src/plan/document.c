/*
 * The whole way from a parsed config.json to a plan, for whoever only looks at it.
 */
#include "husk/compile.h"

int
compile_document (const struct json_document *document, const struct host *host, enum cgroup_manager manager,
                  const struct plan_options *options, struct arena *arena, struct arena *plan_arena,
                  struct compilation *out, struct report *report, struct error *error)
{
  struct plan_options own = *options;
  own.cgroup = &out->cgroup;
  out->decoded = spec_decode (document, arena, &out->spec, report) == 0;
  if (!out->decoded)
    return -1; /* what does not decode cannot be compiled */
  if (host)
    out->host = *host;
  else
    {
      if (host_probe (arena, &out->host, error) < 0)
        return -1;
      if (limits_has_resources (out->spec.linux_->resources) && host_probe_controllers (arena, &out->host, error) < 0)
        return -1;
    }
  if (limits_plan (&out->host, manager, &out->spec, own.id, arena, &out->cgroup, &out->limits, report) < 0
      || plan_compile (&out->spec, &out->host, &own, plan_arena, &out->plan, report) < 0)
    return -1;
  return plan_verify (out->plan, plan_arena, error);
}
