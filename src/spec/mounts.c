/*
 * Mounts and id mappings: their tables, and the checks of each mount for spec_decode. spec_mount_read must come first,
 * since the checks use the clean path, the kind and the parsed options. Only this file decides which files below /proc
 * a mount may cover: src/plan and husk-init rely on it.
 */
#include "types.h"

#include <string.h>

const struct json_type spec_id_mapping_type
    = { "an id mapping", sizeof (struct spec_id_mapping),
        (const struct json_field[]){ JSON_UINT (struct spec_id_mapping, "containerID", container_id, .required = true,
                                                .ranged = true, .maximum = UINT32_MAX),
                                     JSON_UINT (struct spec_id_mapping, "hostID", host_id, .required = true,
                                                .ranged = true, .maximum = UINT32_MAX),
                                     JSON_UINT (struct spec_id_mapping, "size", size, .required = true, .ranged = true,
                                                .minimum = 1, .maximum = UINT32_MAX),
                                     { 0 } } };

const struct json_type spec_mount_type
    = { "a mount", sizeof (struct spec_mount),
        (const struct json_field[]){
            JSON_TEXT (struct spec_mount, "destination", destination, .required = true, .filled = true),
            JSON_TEXT (struct spec_mount, "type", type),
            JSON_TEXT (struct spec_mount, "source", source),
            JSON_TEXTS (struct spec_mount, "options", options),
            JSON_LIST (struct spec_mount, "uidMappings", uid_mappings, struct spec_id_mapping, &spec_id_mapping_type),
            JSON_LIST (struct spec_mount, "gidMappings", gid_mappings, struct spec_id_mapping, &spec_id_mapping_type),
            { 0 } } };

bool
path_is_absolute (const char *path)
{
  return path[0] == '/';
}

/* A mount over a file in /proc can fool husk and every tool, so only the files that lxcfs replaces are allowed. */
static bool
proc_file_may_be_mounted (const char *below)
{
  static const char *const files[]
      = { "cpuinfo", "diskstats", "meminfo", "stat", "swaps", "uptime", "loadavg", "slabinfo" };
  for (size_t i = 0; i < sizeof files / sizeof files[0]; i++)
    if (strcmp (below, files[i]) == 0)
      return true;
  return false;
}

static void
check_destination (struct checker *checker, const struct spec_mount *mount)
{
  const char *written = mount->destination.text, *path = mount->path;
  origin_t node = mount->destination.node;
  if (!path_is_absolute (written))
    warn (checker, node, "write it with a leading /", "the destination \"%s\" is relative: read as relative to /",
          written);
  if (strcmp (path, "/") == 0 && (!spec_mount_binds (mount) || mount->parsed.remount))
    (void)wrong (checker, node, "only a bind mount can replace \"root\" on /");
  if (strlen (written) >= 4096)
    (void)wrong (checker, node, "the destination is longer than 4095 bytes");
  if (strncmp (path, "/proc/", 6) == 0 && !proc_file_may_be_mounted (path + 6))
    (void)wrong_hint (checker, node, "allowed: cpuinfo, diskstats, loadavg, meminfo, slabinfo, stat, swaps, uptime",
                      "\"%s\" is inside /proc: nothing may be mounted there", written);
  if (strcmp (path, "/proc") == 0 && !spec_mount_binds (mount) && mount->kind != SPEC_MOUNT_PROC && mount->type.text)
    (void)wrong (checker, node, "/proc must be procfs or a bind of a procfs root, not %s", mount->type.text);
}

static void
check_mount (struct checker *checker, struct spec_mount *mount)
{
  bool bind = spec_mount_binds (mount), remount = mount->parsed.remount;
  if (mount->path)
    check_destination (checker, mount);
  if (bind && !remount && (!mount->source.text || !mount->source.text[0]))
    (void)wrong (checker, mount->node, "a bind mount needs a \"source\"");
  if (!bind && !remount && !mount->type.text)
    (void)wrong (checker, mount->node, "a mount needs a \"type\", or \"bind\" or \"rbind\" in its options");
  if ((mount->uid_mappings.count > 0) != (mount->gid_mappings.count > 0))
    (void)wrong (checker, mount->node, "uidMappings and gidMappings must be given together");
  if (mount->destination.text)
    check_mount_options (checker, mount);
}

void
check_mounts (struct checker *checker)
{
  struct spec *spec = checker->spec;
  for (uint32_t i = 0; i < spec->mounts.count; i++)
    {
      spec_mount_read (&spec->mounts.items[i], checker->arena);
      check_mount (checker, &spec->mounts.items[i]);
    }
}
