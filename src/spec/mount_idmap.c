/*
 * Parses a mount's "idmap=uids=A-B-N#A-B-N;gids=A-B-N": N ids of the file system from A on appear as the host's ids
 * from B on. "@" before a range makes B an id in the container's user namespace.
 */
#include "types.h"

#include <string.h>

#define RANGES_MAX 340 /* the kernel's UID_GID_MAP_MAX_EXTENTS */

const char *
mount_idmap_value (const char *option)
{
  const char *name = option[0] == 'r' ? option + 1 : option;
  return strncmp (name, "idmap=", 6) == 0 ? name + 6 : NULL;
}

/* Reads digits up to one of the characters in ends or the end of the text. */
static bool
read_number (const char **at, const char *ends, uint64_t *out)
{
  const char *start = *at;
  for (*out = 0; **at >= '0' && **at <= '9' && *out <= UINT32_MAX; (*at)++)
    *out = *out * 10 + (uint64_t)(**at - '0');
  return *at > start && *out <= UINT32_MAX && (strchr (ends, **at) || !**at);
}

/* Converts an id in the container's user namespace to the host's. */
static bool
make_absolute (const spec_id_mappings *container, struct spec_id_mapping *range)
{
  for (uint32_t i = 0; i < container->count; i++)
    {
      const struct spec_id_mapping *item = &container->items[i];
      uint64_t first = item->container_id.value, id = range->host_id.value;
      if (id < first || id - first >= item->size.value)
        continue;
      range->host_id.value = item->host_id.value + (id - first);
      return range->size.value <= item->size.value - (id - first);
    }
  return false;
}

static bool
read_range (const char **at, const spec_id_mappings *container, struct spec_id_mapping *out)
{
  bool relative = **at == '@';
  *at += relative;
  uint64_t *numbers[] = { &out->container_id.value, &out->host_id.value, &out->size.value };
  for (size_t i = 0; i < 3; i++)
    {
      if (!read_number (at, i < 2 ? "-" : "#;", numbers[i]) || (i < 2 && **at != '-'))
        return false;
      *at += i < 2;
    }
  return out->size.value > 0 && (!relative || make_absolute (container, out));
}

/* Reads one list of ranges, up to ";" or the end. */
static bool
read_ranges (struct checker *checker, const char **at, const spec_id_mappings *container, spec_id_mappings *out)
{
  size_t most = 1;
  for (const char *mark = *at; *mark && *mark != ';'; mark++)
    most += *mark == '#';
  if (out->count || most > RANGES_MAX)
    return false;
  out->items = arena_array (checker->arena, struct spec_id_mapping, most);
  for (;; (*at)++)
    {
      if (out->count == most || !read_range (at, container, &out->items[out->count++]))
        return false;
      if (**at != '#')
        return true;
    }
}

void
check_idmap_option (struct checker *checker, struct spec_mount *mount, const char *option, origin_t node)
{
  static const spec_id_mappings none = { 0 };
  const struct spec_linux *config = checker->spec->linux_;
  struct spec_mount_options *out = &mount->parsed;
  out->uid_mappings = out->gid_mappings = none;
  const char *at = mount_idmap_value (option);
  bool right = at != NULL;
  for (; right && *at; at += *at == ';')
    {
      bool uids = strncmp (at, "uids=", 5) == 0;
      right = uids || strncmp (at, "gids=", 5) == 0;
      at += right ? 5 : 0;
      right = right
              && read_ranges (checker, &at,
                              !config ? &none
                              : uids  ? &config->uid_mappings
                                      : &config->gid_mappings,
                              uids ? &out->uid_mappings : &out->gid_mappings);
    }
  if (!right || !out->uid_mappings.count || !out->gid_mappings.count)
    (void)wrong_hint (checker, node,
                      "a range is FILE-HOST-COUNT, \"#\" separates ranges; @HOST is an id that the container's "
                      "uidMappings or gidMappings map",
                      "\"%s\" is not idmap=uids=RANGES;gids=RANGES", option);
}
