/*
 * update: changes the limits of an existing container. If the kernel refuses a value, those written before it stay.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "claim.h"
#include "husk/descriptor.h"
#include "load_config.h"
#include "record.h"

#define UPDATE_ARENA (1ul << 30) /* address space, as for a config */

struct change
{
  const struct update_options *options;
  struct arena arena, record_arena;
  struct record record;
  struct json_document file;
  const struct json_document *document; /* to which the nodes of the resources belong */
  struct spec_resources resources;
};

static int
read_resources (struct change *change, struct error *error)
{
  const struct update_options *options = change->options;
  struct report report = load_report (error);
  change->document = options->file ? &change->file : options->document;
  if (!options->file)
    {
      change->resources = *options->resources;
      return spec_check_resources (options->document, options->resources, &report);
    }
  if ((strcmp (options->file, "-") == 0 ? json_load_from (0, "standard input", &change->arena, &change->file, error)
                                        : json_load_named (options->file, &change->arena, &change->file, error))
      < 0)
    return -1;
  return spec_decode_resources (&change->file, &change->arena, &change->resources, &report);
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
update_apply (struct change *change, struct error *error)
{
  struct cgroup *cgroup = &change->record.cgroup;
  struct spec_resources *resources = &change->resources;
  struct report report = load_report (error);
  struct limits limits;
  struct host host;
  if (!has_limits (resources))
    return 0;
  if (!cgroup->count)
    {
      (void)error_set (error, 0, "container \"%s\" has no cgroup to limit", change->record.id);
      error_hint (error, CGROUP_NONE_MADE);
      return -1;
    }
  if (host_probe (&change->arena, &host, error) < 0 || host_probe_controllers (&change->arena, &host, error) < 0)
    return -1;
  resources = limits_complete (cgroup, resources, &change->arena);
  if (host.rootless) /* device rules take root's rights, which the user's systemd lacks too */
    resources->devices.count = 0;
  if (limits_compile (&host, cgroup, resources, change->document, &change->arena, &limits, &report) < 0
      || (cgroup->unit.name
          && unit_properties (resources, change->document, !cgroup_has_v1 (cgroup), &change->arena, &limits.properties,
                              &report)
                 < 0))
    return -1;
  if (limits_check_update (cgroup, &limits, error) < 0)
    return -1;
  if (cgroup->unit.name && unit_set (&cgroup->unit, &limits.properties, error) < 0)
    return -1;
  return limits_apply (cgroup, &limits, error);
}

/* Intel RDT: changes the group that create has put the container into. */
static int
apply_schemata (struct change *change, struct error *error)
{
  const struct update_options *options = change->options;
  const char *cache = options->l3_cache_schema, *bandwidth = options->mem_bw_schema;
  if (!cache && !bandwidth)
    return 0;
  if (!change->record.resctrl.group)
    return error_set (error, 0, "container \"%s\" is not in a resctrl group: its config has no linux.intelRdt",
                      change->record.id);
  auto_close int file_system = resctrl_open (error);
  if (file_system < 0)
    return -1;
  const char *lines = arena_format (&change->arena, "%s%s%s%s", cache ? cache : "", cache ? "\n" : "",
                                    bandwidth ? bandwidth : "", bandwidth ? "\n" : "");
  return resctrl_update (file_system, &change->record.resctrl, lines, error);
}

int
container_update (const struct globals *globals, const struct update_options *options, struct error *error)
{
  struct change change = { .options = options };
  int found = -1;
  if (record_open (globals, options->id, &change.record_arena, &change.record, &found, error) < 0)
    return -1;
  auto_close int directory = found;
  if (arena_open (&change.arena, UPDATE_ARENA) < 0)
    return error_set (error, errno, "reserve memory");
  int result = check_status (&change.record, error) < 0 || read_resources (&change, error) < 0
                       || update_apply (&change, error) < 0 || apply_schemata (&change, error) < 0
                   ? -1
                   : 0;
  if (result < 0)
    (void)claim_failed (directory, options->id, error);
  if (result < 0 && error->origin && !error->place[0])
    json_place (change.document, error);
  return result;
}
