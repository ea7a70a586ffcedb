/*
 * Compiles a plan only to look at it: from a bundle (`husk check`, `husk plan`) or from a parsed config.json (the
 * tests). Nothing is made. container/creation.c does the same to create a container, with effects in between.
 */
#include "husk/compile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

#include "husk/descriptor.h"

int
compile_document (const struct json_document *document, const struct host *host, enum cgroup_manager manager,
                  const struct plan_options *options, struct arena *arena, struct arena *plan_arena,
                  struct compilation *out, struct report *report, struct error *error)
{
  struct plan_options own = *options;
  own.cgroup = &out->cgroup;
  out->decoded = spec_decode (document, arena, &out->spec, report) == 0;
  if (!out->decoded)
    return -1; /* only a decoded config can be compiled */
  if (host)
    out->host = *host;
  else
    {
      if (host_probe (arena, &out->host, error) < 0)
        return -1;
      if (limits_has_resources (out->spec.linux_->resources) && host_probe_controllers (arena, &out->host, error) < 0)
        return -1;
    }
  if (limits_plan (&out->host, manager, &out->spec, own.id, arena, &out->cgroup, &out->limits, report) < 0)
    return -1;
  own.network_ahead = plan_network_ahead (&out->spec);
  own.limits_late = limits_come_late (&out->cgroup, &out->limits);
  if (plan_compile (&out->spec, &out->host, &own, plan_arena, &out->plan, report) < 0)
    return -1;
  return plan_verify (out->plan, plan_arena, error);
}

int
compile_bundle (const char *bundle, const char *file, const char *id, enum cgroup_manager manager,
                struct compiled_bundle *out, struct report *report, struct error *error)
{
  struct plan_options options = { .id = id, .bundle = out->path };
  auto_close int directory = descriptor_open (bundle, O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (directory < 0 || !realpath (bundle, out->path))
    return error_set (error, errno, "open bundle %s", bundle);
  if (arena_open (&out->arena, 1ul << 30) < 0 || arena_open (&out->plan_arena, PLAN_SIZE_MAX) < 0)
    return error_set (error, errno, "reserve memory");
  if (spec_load (directory, bundle, file, &out->arena, &out->document, error) < 0)
    return -1;
  if (compile_document (&out->document, NULL, manager, &options, &out->arena, &out->plan_arena, &out->compilation,
                        report, error)
      < 0)
    return -1;
  return unit_check (&out->compilation.cgroup.unit, &out->compilation.limits.properties, &out->document, report);
}
