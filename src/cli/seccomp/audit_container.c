/*
 * Names of containers for husk seccomp audit: a cgroup has an id and a pod's uid, and the records of husk's own
 * containers have the names that engines put into annotations.
 */
#include <string.h>

#include "audit_report.h"

static const char *
find_annotation (const struct record *record, struct arena *arena, const char *const keys[])
{
  for (size_t i = 0; keys[i]; i++)
    {
      const struct json_pair *pair = json_pair_of (&record->annotations, keys[i]);
      if (pair)
        return arena_string (arena, pair->value);
    }
  return NULL;
}

void
audit_know (const struct record *record, enum status status, void *data)
{
  static const char *const container[] = { "io.kubernetes.cri.container-name", "io.kubernetes.cri-o.ContainerName",
                                           "io.kubernetes.container.name", NULL };
  static const char *const pod[]
      = { "io.kubernetes.cri.sandbox-name", "io.kubernetes.cri-o.KubeName", "io.kubernetes.pod.name", NULL };
  static const char *const name_space[]
      = { "io.kubernetes.cri.sandbox-namespace", "io.kubernetes.cri-o.Namespace", "io.kubernetes.pod.namespace", NULL };
  struct audit *audit = data;
  (void)status;
  audit->known
      = arena_more (&audit->arena, audit->known, audit->known_count, &audit->known_room, 64, sizeof *audit->known);
  audit->known[audit->known_count++] = (struct place_names){
    .id = arena_string (&audit->arena, record->id),
    .cgroups = arena_array (&audit->arena, const char *, record->cgroup.count + 1),
    .cgroup_count = record->cgroup.count,
    .container = find_annotation (record, &audit->arena, container),
    .pod = find_annotation (record, &audit->arena, pod),
    .name_space = find_annotation (record, &audit->arena, name_space),
  };
  for (uint32_t i = 0; i < record->cgroup.count; i++)
    audit->known[audit->known_count - 1].cgroups[i] = arena_string (&audit->arena, record->cgroup.directories[i].path);
}

/* The path is the container's cgroup, or below it. */
static bool
is_within (const struct place_names *known, const char *path)
{
  for (uint32_t i = 0; i < known->cgroup_count; i++)
    {
      size_t length = strlen (known->cgroups[i]);
      if (length && strncmp (path, known->cgroups[i], length) == 0 && (!path[length] || path[length] == '/'))
        return true;
    }
  return false;
}

static const struct place_names *
find_known (const struct audit *audit, const struct audit_place *place)
{
  const char *path = place->cgroup + (place->cgroup[0] == '/');
  for (uint32_t i = 0; i < audit->known_count; i++)
    {
      const struct place_names *known = &audit->known[i];
      if (strcmp (known->id, place->container) == 0 || is_within (known, path))
        return known;
    }
  return NULL;
}

void
audit_name_place (const struct audit *audit, const struct audit_group *group, struct place_names *out)
{
  const struct audit_call *call = &group->call;
  const struct place_names *known = find_known (audit, &group->place);
  *out = known ? *known : (struct place_names){ .id = group->place.container[0] ? group->place.container : NULL };
  if (!out->pod && group->place.pod[0])
    out->pod = group->place.pod;
  if (call->container[0])
    out->container = call->container;
  if (call->pod[0])
    out->pod = call->pod;
  if (call->name_space[0])
    out->name_space = call->name_space;
}
