/*
 * Whether the caller may map the ids of a bundle's new user namespace. Root of the initial one may map any. Root of a
 * user namespace has only the ids that are mapped there. For anybody else newuidmap(1) and newgidmap(1) map what
 * /etc/subuid and /etc/subgid grant, and the user's own id.
 */
#include "examine.h"

#include <stdlib.h>
#include <string.h>

#include "husk/json.h"

struct id_ranges /* "first size" of each, which may overlap */
{
  struct
  {
    uint64_t first, size;
  } items[64];
  uint32_t count;
};

static void
range_add (struct id_ranges *ranges, uint64_t first, uint64_t size)
{
  if (ranges->count == sizeof ranges->items / sizeof *ranges->items)
    return;
  ranges->items[ranges->count].first = first;
  ranges->items[ranges->count++].size = size;
}

/* The first id from `first` on that no range has; first + size: they have all. */
static uint64_t
first_lacking (const struct id_ranges *ranges, uint64_t first, uint64_t size)
{
  uint64_t at = first;
  for (uint32_t i = 0; i < ranges->count && at < first + size; i++)
    if (at >= ranges->items[i].first && at - ranges->items[i].first < ranges->items[i].size)
      {
        at = ranges->items[i].first + ranges->items[i].size;
        i = UINT32_MAX; /* from the beginning */
      }
  return at < first + size ? at : first + size;
}

static void
check_mappings (struct bundle_look *look, const spec_id_mappings *mappings, const struct id_ranges *ranges,
                const char *source, const char *remedy)
{
  for (uint32_t i = 0; i < mappings->count; i++)
    {
      uint64_t first = mappings->items[i].host_id.value, size = mappings->items[i].size.value;
      uint64_t lacking = first_lacking (ranges, first, size);
      if (lacking < first + size)
        (void)report_error (look->report, &look->bundle->document, mappings->items[i].node, remedy,
                            "%s does not have host id %llu", source, (unsigned long long)lacking);
    }
}

/* Lines of /proc/self/uid_map: first id here, first id outside, how many. */
static void
check_own_map (struct bundle_look *look, const spec_id_mappings *mappings, const char *file)
{
  struct id_ranges ranges = { .count = 0 };
  struct error ignored = { 0 };
  const char *name;
  size_t size;
  char *rest = json_read_named (file, look->doctor.arena, &name, &size, &ignored);
  for (char *line; rest && (line = strsep (&rest, "\n")) != NULL;)
    {
      char *at = line;
      uint64_t here = strtoull (at, &at, 10);
      (void)strtoull (at, &at, 10); /* outside */
      range_add (&ranges, here, strtoull (at, &at, 10));
    }
  if (ranges.count)
    check_mappings (look, mappings, &ranges, "the user namespace that husk runs in", "map ids that are mapped here");
}

static void
check_granted (struct bundle_look *look, const spec_id_mappings *mappings, const char *file, uint32_t own)
{
  struct doctor *doctor = &look->doctor;
  struct id_ranges ranges = { .count = 0 };
  uint64_t first, size;
  for (uint32_t i = 0; users_range (doctor, file, i, &first, &size); i++)
    range_add (&ranges, first, size);
  range_add (&ranges, own, 1);
  check_mappings (look, mappings, &ranges, file,
                  arena_format (doctor->arena, "an administrator can add a line for uid %u", doctor->host.uid));
}

/* finding: of the program that maps them. */
static void
check_by_program (struct bundle_look *look, const struct doctor_finding *finding, const spec_id_mappings *mappings,
                  const char *file, uint32_t own)
{
  if (finding->state == DOCTOR_OK)
    check_granted (look, mappings, file, own);
  else
    (void)report_error (look->report, &look->bundle->document, mappings->node, finding->remedy, "%s", finding->found);
}

void
bundle_look_ids (struct bundle_look *look)
{
  const struct compilation *compilation = &look->bundle->compilation;
  const struct plan_parent *parent = &compilation->plan->parent;
  const struct spec_linux *config = compilation->spec.linux_;
  const struct host *host = &compilation->host;
  uint32_t before = look->doctor.count;
  if (!parent->uid_map)
    return;
  examine_id_ranges (&look->doctor);
  bool examined = look->doctor.count == before + 2;
  if (parent->uid_map_program && examined)
    check_by_program (look, &look->doctor.items[before], &config->uid_mappings, "/etc/subuid", host->uid);
  else if (!parent->uid_map_program && host->user_namespace)
    check_own_map (look, &config->uid_mappings, "/proc/self/uid_map");
  if (parent->gid_map_program && examined)
    check_by_program (look, &look->doctor.items[before + 1], &config->gid_mappings, "/etc/subgid", host->gid);
  else if (!parent->gid_map_program && host->user_namespace)
    check_own_map (look, &config->gid_mappings, "/proc/self/gid_map");
}
