/*
 * linux.resources -> settings. Large subjects have their own files; the small ones are here.
 */
#include <stdio.h>
#include <string.h>

#include "settings.h"

/* 0 is a valid limit: a process may be in the cgroup, but none can be cloned into it. */
static void
compile_pids (struct limits_compiler *compiler, const struct spec_pids *pids)
{
  struct place place;
  if (!pids->limit.set || settings_place (compiler, "pids", pids->limit.node, &place) < 0)
    return;
  int64_t limit = pids->limit.value;
  const char *text = limit < 0 ? "max" : arena_format (compiler->arena, "%lld", (long long)limit);
  struct limits_setting *setting = settings_add (compiler, &place, "pids", "pids.max", text, pids->limit.node);
  setting->late = limit == 0;
  setting->given = arena_format (compiler->arena, "%lld", (long long)limit);
}

/* Limits pages in use, and since Linux 5.7 also reserved ones, so that mmap fails instead of a later SIGBUS. */
static void
compile_huge_pages (struct limits_compiler *compiler, const struct spec_hugepage_limit *config)
{
  struct place place;
  if (settings_place (compiler, "hugetlb", config->node, &place) < 0)
    return;
  const char *value = arena_format (compiler->arena, "%llu", (unsigned long long)config->limit.value);
  const char *suffix = place.v2 ? "max" : "limit_in_bytes";
  (void)settings_add (compiler, &place, "hugetlb",
                      arena_format (compiler->arena, "hugetlb.%s.%s", config->page_size.text, suffix), value,
                      config->node);
  settings_add (compiler, &place, "hugetlb",
                arena_format (compiler->arena, "hugetlb.%s.rsvd.%s", config->page_size.text, suffix), value,
                config->node)
      ->optional
      = true;
}

static void
compile_network (struct limits_compiler *compiler, const struct spec_network *network)
{
  struct place place;
  if (network->class_id.value && settings_place (compiler, "net_cls", network->class_id.node, &place) == 0)
    (void)settings_number (compiler, &place, "net_cls", "net_cls.classid", (int64_t)network->class_id.value,
                           network->class_id.node);
  for (uint32_t i = 0; i < network->priorities.count; i++)
    {
      const struct spec_interface_priority *priority = &network->priorities.items[i];
      if (settings_place (compiler, "net_prio", priority->node, &place) < 0)
        return;
      (void)settings_add (
          compiler, &place, "net_prio", "net_prio.ifpriomap",
          arena_format (compiler->arena, "%s %llu", priority->name.text, (unsigned long long)priority->priority.value),
          priority->node);
    }
}

static void
compile_rdma (struct limits_compiler *compiler, const struct spec_rdma *rdma)
{
  struct place place;
  char handles[48] = "", objects[48] = "";
  if (settings_place (compiler, "rdma", rdma->node, &place) < 0)
    return;
  if (rdma->hca_handles.set)
    (void)snprintf (handles, sizeof handles, " hca_handle=%llu", (unsigned long long)rdma->hca_handles.value);
  if (rdma->hca_objects.set)
    (void)snprintf (objects, sizeof objects, " hca_object=%llu", (unsigned long long)rdma->hca_objects.value);
  (void)settings_add (compiler, &place, "rdma", "rdma.max",
                      arena_format (compiler->arena, "%s%s%s", rdma->key, handles, objects), rdma->node);
}

static int
place_unified (struct limits_compiler *compiler, const char *controller, origin_t node, struct place *out)
{
  const struct cgroup *cgroup = compiler->cgroup;
  for (uint32_t i = 0; i < cgroup->count; i++)
    if (cgroup->directories[i].v2)
      {
        /* core files have no controller */
        if (strcmp (controller, "cgroup") == 0 || settings_on_v2 (compiler, controller))
          {
            *out = (struct place){ true, i };
            return 0;
          }
        return report_error (compiler->report, compiler->document, node, NULL,
                             "the %s controller is not available in cgroup2 on this host", controller);
      }
  return report_error (compiler->report, compiler->document, node, "use the cgroup v1 fields instead",
                       "\"unified\" needs cgroup v2, which this host does not have on /sys/fs/cgroup");
}

/* Files with several lines (io.max) accept one line per write. */
static void
compile_unified (struct limits_compiler *compiler, const struct json_pair *pair)
{
  struct place place;
  const char *controller = arena_copy (compiler->arena, pair->key, strcspn (pair->key, "."));
  if (place_unified (compiler, controller, pair->node, &place) < 0)
    return;
  for (const char *line = pair->value; *line || line == pair->value;)
    {
      size_t length = strcspn (line, "\n");
      (void)settings_add (compiler, &place, controller, pair->key, arena_copy (compiler->arena, line, length),
                          pair->node);
      line += length;
      line += strspn (line, "\n");
      if (!*line)
        break;
    }
}

static void
compile_all (struct limits_compiler *compiler, const struct spec_resources *resources)
{
  if (resources->memory)
    compile_memory (compiler, resources->memory);
  if (resources->cpu)
    compile_cpu (compiler, resources->cpu);
  if (resources->block_io)
    compile_block_io (compiler, resources->block_io);
  if (resources->pids)
    compile_pids (compiler, resources->pids);
  for (uint32_t i = 0; i < resources->hugepage_limits.count; i++)
    compile_huge_pages (compiler, &resources->hugepage_limits.items[i]);
  if (resources->network)
    compile_network (compiler, resources->network);
  for (uint32_t i = 0; i < resources->rdma.count; i++)
    compile_rdma (compiler, &resources->rdma.items[i]);
  for (uint32_t i = 0; i < resources->unified.count; i++) /* last, because it is meant to override the others */
    compile_unified (compiler, &resources->unified.items[i]);
}

/* An ordinary user's systemd has no right to set device rules either. */
static int
plan_properties (const struct host *host, const struct spec *spec, const struct spec_resources *resources, bool v2,
                 struct arena *arena, struct unit_properties *out, struct report *report)
{
  struct spec_resources without = { 0 };
  if (resources && host->rootless)
    {
      without = *resources;
      without.devices.count = 0;
      resources = &without;
    }
  if (unit_properties (resources, spec->document, v2, arena, out, report) < 0)
    return -1;
  return unit_annotations (&spec->annotations, spec->document, arena, out, report);
}

int
limits_plan (const struct host *host, enum cgroup_manager manager, const struct spec *spec, const char *id,
             struct arena *arena, struct cgroup *out, struct limits *out_limits, struct report *report)
{
  const struct spec_resources *resources = spec->linux_->resources;
  /* not an error: podman --cgroups=disabled leaves its limits in the config */
  if (manager == CGROUP_MANAGER_DISABLED)
    resources = NULL;
  if (cgroup_locate (host, manager, spec, id, arena, out, report) < 0)
    return -1;
  if (host->rootless && manager == CGROUP_MANAGER_CGROUPFS && caller_may_run (host, spec))
    {
      bool delegated[CGROUP_MAX_HIERARCHIES];
      cgroup_find_delegated (host, out, delegated);
      if (cgroup_keep_delegated (host, spec, delegated, out, report) < 0)
        return -1;
      resources = out->count ? resources : NULL;
    }
  if (!host->rootless)
    resources = default_device_rules (host, out, spec, resources, arena, report);
  if (limits_compile (host, out, resources, spec->document, arena, out_limits, report) < 0)
    return -1;
  if (!out->unit.name)
    return 0;
  return plan_properties (host, spec, resources, !cgroup_has_v1 (out), arena, &out_limits->properties, report);
}

bool
limits_has_resources (const struct spec_resources *resources)
{
  return resources
         && (resources->memory || resources->cpu || resources->block_io || resources->hugepage_limits.count
             || resources->network || resources->pids || resources->rdma.count || resources->unified.count);
}

int
limits_compile (const struct host *host, const struct cgroup *cgroup, const struct spec_resources *resources,
                const struct json_document *document, struct arena *arena, struct limits *out, struct report *report)
{
  struct limits_compiler compiler
      = { .host = host, .cgroup = cgroup, .document = document, .arena = arena, .limits = out, .report = report };
  unsigned before = report->errors;
  *out = (struct limits){ .memory_checked = -1 };
  if (!resources)
    return 0;
  compile_all (&compiler, resources);
  if (!host->rootless) /* only root may load the program or write to the v1 hierarchy */
    compile_devices (&compiler, resources);
  return report->errors > before ? -1 : 0;
}
