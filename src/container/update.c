/*
 * update: other limits for a container that there is. What was written before a value that the kernel refuses stays.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "claim.h"
#include "husk/descriptor.h"
#include "load.h"
#include "record.h"

#define UPDATE_ARENA (1ul << 30) /* of address space, as for a config */

struct updating
{
  const struct update_options *options;
  struct arena arena, record_arena;
  struct record record;
  struct json_document file;
  const struct json_document *document; /* that the resources' nodes are of */
  struct spec_resources resources;
};

static int
read_resources (struct updating *updating, struct error *error)
{
  const struct update_options *options = updating->options;
  struct report report = load_report (error);
  updating->document = options->file ? &updating->file : options->document;
  if (!options->file)
    {
      updating->resources = *options->resources;
      return spec_check_resources (options->document, options->resources, &report);
    }
  if ((strcmp (options->file, "-") == 0 ? json_load_from (0, "standard input", &updating->arena, &updating->file, error)
                                        : json_load_named (options->file, &updating->arena, &updating->file, error))
      < 0)
    return -1;
  return spec_decode_resources (&updating->file, &updating->arena, &updating->resources, &report);
}

static int
check_status (struct record *record, struct error *error)
{
  enum status status;
  if (record_status (record, &status, error) < 0)
    return -1;
  if (status == STATUS_STOPPED)
    return error_set_kind (error, ERROR_NOT_RUNNING, 0, "cannot update container \"%s\": container not running",
                           record->id);
  if (status == STATUS_CREATING)
    return error_set (error, 0, "cannot update container \"%s\": it is creating", record->id);
  return record_trust_cgroup (record, error);
}

static bool
has_limits (const struct spec_resources *resources)
{
  return limits_has_resources (resources) || resources->devices.count;
}

static int
apply (struct updating *updating, struct error *error)
{
  struct cgroup *cgroup = &updating->record.cgroup;
  struct spec_resources *resources = &updating->resources;
  struct report report = load_report (error);
  struct limits limits;
  struct host host;
  if (!has_limits (resources))
    return 0;
  if (!cgroup->count)
    {
      (void)error_set (error, 0, "container \"%s\" has no cgroup to limit", updating->record.id);
      error_hint (error, "it was made without one (--cgroup-manager=disabled)");
      return -1;
    }
  if (host_probe (&updating->arena, &host, error) < 0 || host_probe_controllers (&updating->arena, &host, error) < 0)
    return -1;
  resources = limits_complete (cgroup, resources, &updating->arena);
  if (host.rootless) /* whose systemd has no right to rule devices either */
    resources->devices.count = 0;
  if (limits_compile (&host, cgroup, resources, updating->document, &updating->arena, &limits, &report) < 0
      || (cgroup->unit.name
          && unit_properties (resources, updating->document, !cgroup_has_v1 (cgroup), &updating->arena,
                              &limits.properties, &report)
                 < 0))
    return -1;
  if (limits_check_update (cgroup, &limits, error) < 0)
    return -1;
  if (cgroup->unit.name && unit_set (&cgroup->unit, &limits.properties, error) < 0)
    return -1;
  return limits_apply (cgroup, &limits, error);
}

/* Intel RDT: of the group that create has put it into. */
static int
apply_schemata (struct updating *updating, struct error *error)
{
  const struct update_options *options = updating->options;
  const char *cache = options->l3_cache_schema, *bandwidth = options->mem_bw_schema;
  if (!cache && !bandwidth)
    return 0;
  if (!updating->record.resctrl.group)
    return error_set (error, 0, "container \"%s\" is not in a resctrl group: its config has no linux.intelRdt",
                      updating->record.id);
  auto_close int file_system = resctrl_open (error);
  if (file_system < 0)
    return -1;
  const char *lines = arena_format (&updating->arena, "%s%s%s%s", cache ? cache : "", cache ? "\n" : "",
                                    bandwidth ? bandwidth : "", bandwidth ? "\n" : "");
  return resctrl_update (file_system, &updating->record.resctrl, lines, error);
}

int
container_update (const struct globals *globals, const struct update_options *options, struct error *error)
{
  struct updating updating = { .options = options };
  int found = -1;
  if (record_open (globals, options->id, &updating.record_arena, &updating.record, &found, error) < 0)
    return -1;
  auto_close int directory = found;
  if (arena_open (&updating.arena, UPDATE_ARENA) < 0)
    return error_set (error, errno, "reserve memory");
  int result = check_status (&updating.record, error) < 0 || read_resources (&updating, error) < 0
                       || apply (&updating, error) < 0 || apply_schemata (&updating, error) < 0
                   ? -1
                   : 0;
  if (result < 0)
    (void)claim_failed (directory, options->id, error);
  if (result < 0 && error->origin && !error->place[0])
    json_place (updating.document, error);
  return result;
}
