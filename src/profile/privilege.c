/*
 * Whether a container is privileged, and so runs without its seccomp profile. confine.c uses it for create and run;
 * check and seccomp explain report on it. privilege_grant makes a config meet the conditions of
 * privilege_contradiction, as far as husk's own rights allow (a user namespace stays), so a new condition belongs in
 * both. No capability is granted that husk itself lacks.
 */
#include "husk/privilege.h"

#include <string.h>

static bool
holds_capabilities (const struct json_strings *names, uint64_t wanted)
{
  return (spec_capability_mask (names) & wanted) == wanted;
}

static uint64_t
grantable (const struct host *host)
{
  return host->permitted & host->bounding & host->known_capabilities;
}

/* The last rule that matches a device decides. */
static bool
allows_all_devices (const struct spec_resources *resources)
{
  for (uint32_t i = resources ? resources->devices.count : 0; i-- > 0;)
    {
      const struct spec_device_rule *rule = &resources->devices.items[i];
      const char *access = rule->access.text;
      bool every = (!rule->type.set || rule->type.value == 'a') && (!rule->major.set || rule->major.value == -1)
                   && (!rule->minor.set || rule->minor.value == -1);
      if (!rule->allow.value)
        return false;
      if (every && (!access || !*access || (strchr (access, 'r') && strchr (access, 'w') && strchr (access, 'm'))))
        return true;
    }
  return false;
}

struct contradiction
privilege_contradiction (const struct spec *spec, const struct host *host)
{
  const struct spec_process *process = spec->process;
  const struct spec_capabilities *sets = process ? process->capabilities : NULL;
  const struct spec_linux *config = spec->linux_;
  uint64_t all = grantable (host) | CAPABILITY (CAP_SYS_ADMIN);
  if (!sets)
    return (struct contradiction){ "it has no capabilities", process ? process->node : spec->node };
  if (!holds_capabilities (&sets->bounding, all) || !holds_capabilities (&sets->effective, all)
      || !holds_capabilities (&sets->permitted, all))
    return (struct contradiction){ "it lacks capabilities", sets->node };
  if (process->no_new_privileges.value)
    return (struct contradiction){ "noNewPrivileges is true", process->no_new_privileges.node };
  if (config->masked_paths.count)
    return (struct contradiction){ "it has maskedPaths", config->masked_paths.node };
  if (config->readonly_paths.count)
    return (struct contradiction){ "it has readonlyPaths", config->readonly_paths.node };
  if (spec_namespace (spec, SPEC_NAMESPACE_USER))
    return (struct contradiction){ "it has a user namespace", spec_namespace (spec, SPEC_NAMESPACE_USER)->node };
  if (!allows_all_devices (config->resources))
    return (struct contradiction){ "not every device is allowed",
                                   config->resources ? config->resources->node : config->node };
  return (struct contradiction){ 0 };
}

bool
privilege_annotated (const struct spec *spec)
{
  const struct json_pair *pair = json_pair_of (&spec->annotations, PRIVILEGE_ANNOTATION);
  return pair && strcmp (pair->value, "true") == 0;
}

enum confinement
privilege_decide (const struct spec *spec, const struct host *host, enum privilege_policy policy, bool option)
{
  bool annotated = privilege_annotated (spec);
  if (!spec->linux_->seccomp)
    return UNCONFINED_ABSENT;
  if (policy == PRIVILEGE_APPLY)
    return CONFINED_BY_POLICY;
  if (!option && !annotated && policy != PRIVILEGE_PROVED)
    return CONFINED;
  if (privilege_contradiction (spec, host).text)
    return option || annotated ? CONFINED_CONTRADICTED : CONFINED;
  return option ? UNCONFINED_BY_OPTION : annotated ? UNCONFINED_BY_ANNOTATION : UNCONFINED_BY_PROOF;
}

bool
confinement_applies (enum confinement confinement)
{
  return confinement <= CONFINED_CONTRADICTED;
}

const char *
confinement_text (enum confinement confinement)
{
  static const char *const texts[] = {
    [CONFINED] = "the container is not declared privileged",
    [CONFINED_BY_POLICY] = "--privileged-seccomp=apply",
    [CONFINED_CONTRADICTED] = "the container is declared privileged, but its config contradicts that",
    [UNCONFINED_ABSENT] = "it has no profile",
    [UNCONFINED_BY_OPTION] = "the container is privileged: --privileged",
    [UNCONFINED_BY_ANNOTATION] = ("the container is privileged: annotation " PRIVILEGE_ANNOTATION),
    [UNCONFINED_BY_PROOF] = "the container is privileged: --privileged-seccomp=proved",
  };
  return texts[confinement];
}

/* ---- granting ------------------------------------------------------------------------------------------------------
 */

static void
grant_process (struct spec_process *process, const struct host *host, struct arena *arena)
{
  struct json_strings all = spec_capability_names (grantable (host), arena);
  struct spec_capabilities *sets = arena_new (arena, struct spec_capabilities);
  if (process->capabilities)
    *sets = *process->capabilities;
  sets->bounding = sets->effective = sets->permitted = all;
  process->capabilities = sets;
  process->no_new_privileges = (struct json_bool){ 0 };
  process->apparmor_profile = (struct json_string){ 0 };
}

static void
grant_devices (struct spec_linux *config, struct arena *arena)
{
  struct spec_resources *resources = arena_new (arena, struct spec_resources);
  if (config->resources)
    *resources = *config->resources;
  resources->devices.items = arena_new (arena, struct spec_device_rule);
  resources->devices.items[0].allow = (struct json_bool){ .set = true, .value = true };
  resources->devices.count = 1;
  config->resources = resources;
}

/* Engines mount sysfs and cgroups read-only for all but privileged containers. */
static void
grant_mount (struct spec_mount *mount)
{
  if (mount->kind != SPEC_MOUNT_SYSFS && mount->kind != SPEC_MOUNT_CGROUP)
    return;
  mount->parsed.set &= ~(uint64_t)MOUNT_ATTR_RDONLY;
  mount->parsed.recursive_set &= ~(uint64_t)MOUNT_ATTR_RDONLY;
}

void
privilege_grant (struct spec *spec, const struct host *host, struct arena *arena)
{
  if (spec->process)
    grant_process (spec->process, host, arena);
  spec->linux_->masked_paths.count = spec->linux_->readonly_paths.count = 0;
  grant_devices (spec->linux_, arena);
  for (uint32_t i = 0; i < spec->mounts.count; i++)
    grant_mount (&spec->mounts.items[i]);
}
