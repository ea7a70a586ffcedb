/*
 * Adds settings for memory.c, cpu.c, block_io.c and resources.c while linux.resources is compiled, for a new container
 * and for update: it finds the controller's directory and adds the value to the list. A v1 hierarchy that has the
 * controller comes before cgroup2. A controller that this host lacks is an error at the value's place in config.json,
 * because no value may be ignored silently. apply.c writes the control files.
 */
#include "settings.h"

#include <string.h>

/* The cgroup2 tree, if it has the controller. */
static const struct host_hierarchy *
settings_v2_hierarchy (const struct host *host, const char *controller)
{
  return host_lists_controller (host->v2_controllers, controller, strlen (controller)) ? host_v2_hierarchy (host)
                                                                                       : NULL;
}

bool
settings_on_v1 (const struct limits_compiler *compiler, const char *controller)
{
  return host_v1_hierarchy (compiler->host, controller) != NULL;
}

bool
settings_on_v2 (const struct limits_compiler *compiler, const char *controller)
{
  return settings_v2_hierarchy (compiler->host, controller) != NULL;
}

static int
lacks (struct limits_compiler *compiler, const char *controller, origin_t node)
{
  const struct host *host = compiler->host;
  const char *there = host->v2_controllers && host->v2_controllers[0] ? host->v2_controllers : "none";
  const char *hint
      = strncmp (controller, "net_", 4) == 0 ? "cgroup v2 does not have it, nor does any v1 hierarchy of this host"
        : host->cgroup_layout == CGROUP_NONE ? "no cgroup file system is mounted on /sys/fs/cgroup"
        : host->cgroup_layout == CGROUP_V1
            ? arena_format (compiler->arena,
                            "no v1 hierarchy below /sys/fs/cgroup has it: mount it there, or boot with "
                            "cgroup_enable=%s if /proc/cgroups shows it disabled",
                            controller)
            : arena_format (
                compiler->arena,
                "cgroup2 has: %s; boot with cgroup_no_v1=all if a v1 hierarchy has it, with cgroup_enable=%s if it is "
                "disabled, or delegate it with systemd's Delegate=",
                there, controller);
  return report_error (compiler->report, compiler->document, node, hint,
                       "the %s controller is not available on this host", controller);
}

int
settings_place (struct limits_compiler *compiler, const char *controller, origin_t node, struct place *out)
{
  const struct host_hierarchy *hierarchy = host_v1_hierarchy (compiler->host, controller);
  if (!hierarchy)
    hierarchy = settings_v2_hierarchy (compiler->host, controller);
  const struct cgroup *cgroup = compiler->cgroup;
  for (uint32_t i = 0; hierarchy && i < cgroup->count; i++)
    if (strcmp (cgroup->directories[i].mount, hierarchy->mount) == 0)
      {
        *out = (struct place){ hierarchy->v2, i };
        return 0;
      }
  return lacks (compiler, controller, node);
}

struct limits_setting *
settings_add (struct limits_compiler *compiler, const struct place *place, const char *controller, const char *file,
              const char *value, origin_t node)
{
  struct limits *limits = compiler->limits;
  limits->settings
      = arena_more (compiler->arena, limits->settings, limits->count, &limits->room, 32, sizeof *limits->settings);
  struct limits_setting *setting = &limits->settings[limits->count++];
  *setting = (struct limits_setting){
    .directory = place->directory, .controller = controller, .file = file, .value = value, .origin = node
  };
  return setting;
}

struct limits_setting *
settings_number (struct limits_compiler *compiler, const struct place *place, const char *controller, const char *file,
                 int64_t value, origin_t node)
{
  bool unlimited = place->v2 && value == -1;
  const char *text = unlimited ? "max" : arena_format (compiler->arena, "%lld", (long long)value);
  struct limits_setting *setting = settings_add (compiler, place, controller, file, text, node);
  setting->given = unlimited ? "-1" : NULL;
  return setting;
}

int
settings_no_equivalent (struct limits_compiler *compiler, const struct place *place, const char *what, origin_t node)
{
  return report_error (compiler->report, compiler->document, node, NULL, "cgroup %s has no equivalent of %s",
                       place->v2 ? "v2" : "v1", what);
}
