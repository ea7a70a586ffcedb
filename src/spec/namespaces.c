/*
 * Namespaces: their words and flags, for src/plan and src/container, and the checks of settings that need one
 * (check_linux calls them). A setting that would change the host for lack of a namespace must be an error: here, in
 * sysctl.c or in net_devices.c. spec_namespace_names is indexed by enum spec_namespace_type.
 */
#include "types.h"

#include <sched.h>
#include <string.h>

const struct json_name spec_namespace_names[] = {
  { "pid", SPEC_NAMESPACE_PID },       { "network", SPEC_NAMESPACE_NETWORK }, { "mount", SPEC_NAMESPACE_MOUNT },
  { "ipc", SPEC_NAMESPACE_IPC },       { "uts", SPEC_NAMESPACE_UTS },         { "user", SPEC_NAMESPACE_USER },
  { "cgroup", SPEC_NAMESPACE_CGROUP }, { "time", SPEC_NAMESPACE_TIME },       { NULL, 0 },
};

const struct spec_namespace *
spec_namespace (const struct spec *spec, enum spec_namespace_type type)
{
  for (uint32_t i = 0; spec->linux_ && i < spec->linux_->namespaces.count; i++)
    {
      const struct spec_namespace *namespace = &spec->linux_->namespaces.items[i];
      if (namespace->type.set && namespace->type.value == (int)type)
        return namespace;
    }
  return NULL;
}

bool
spec_namespace_new (const struct spec *spec, enum spec_namespace_type type)
{
  const struct spec_namespace *namespace = spec_namespace (spec, type);
  return namespace && !(namespace->path.text && namespace->path.text[0]);
}

const char *
spec_namespace_name (enum spec_namespace_type type)
{
  return spec_namespace_names[type].text;
}

uint64_t
spec_namespace_flag (enum spec_namespace_type type)
{
  static const uint64_t flags[SPEC_NAMESPACE_COUNT] = {
    [SPEC_NAMESPACE_PID] = CLONE_NEWPID,       [SPEC_NAMESPACE_NETWORK] = CLONE_NEWNET,
    [SPEC_NAMESPACE_MOUNT] = CLONE_NEWNS,      [SPEC_NAMESPACE_IPC] = CLONE_NEWIPC,
    [SPEC_NAMESPACE_UTS] = CLONE_NEWUTS,       [SPEC_NAMESPACE_USER] = CLONE_NEWUSER,
    [SPEC_NAMESPACE_CGROUP] = CLONE_NEWCGROUP, [SPEC_NAMESPACE_TIME] = CLONE_NEWTIME,
  };
  return flags[type];
}

static void
check_list (struct checker *checker)
{
  const struct spec_linux *config = checker->spec->linux_;
  uint32_t seen = 0;
  for (uint32_t i = 0; i < config->namespaces.count; i++)
    {
      const struct spec_namespace *namespace = &config->namespaces.items[i];
      if (!namespace->type.set)
        continue;
      if (seen >> namespace->type.value & 1)
        (void)wrong (checker, namespace->node, "namespace type \"%s\" is listed twice",
                     spec_namespace_name ((enum spec_namespace_type) namespace->type.value));
      seen |= 1u << namespace->type.value;
      if (namespace->path.text && namespace->path.text[0] && namespace->path.text[0] != '/')
        (void)wrong (checker, namespace->path.node, "\"%s\" is not an absolute path", namespace->path.text);
    }
  if (config->namespaces.count == 0)
    warn (checker, config->node, NULL, "\"namespaces\" is missing or empty: the program shares all of the host's");
}

/* The mounts of config-linux.md, "Default Filesystems", and those that engines add to them: the user asked for none of
 * these. */
static bool
is_default (const struct spec_mount *mount)
{
  return mount->kind != SPEC_MOUNT_OTHER && !spec_mount_binds (mount);
}

/* Mounts that every container gets may be left out, with a warning. */
static void
check_host_mounts (struct checker *checker)
{
  const struct spec *spec = checker->spec;
  for (uint32_t i = 0; i < spec->mounts.count; i++)
    if (!is_default (&spec->mounts.items[i]))
      {
        (void)wrong (checker, spec->mounts.items[i].node, "\"mounts\" need a mount namespace");
        return;
      }
  if (spec->mounts.count)
    warn (checker, spec->mounts.node, NULL,
          "without a mount namespace nothing is mounted: it would appear on the host");
}

/* Whatever changes the mount table needs one that is not the host's. */
static void
check_mount_namespace (struct checker *checker)
{
  const struct spec *spec = checker->spec;
  if (spec_namespace (spec, SPEC_NAMESPACE_MOUNT))
    return;
  check_host_mounts (checker);
  if (spec->linux_->masked_paths.count)
    (void)wrong (checker, spec->linux_->masked_paths.node, "\"maskedPaths\" need a mount namespace");
  if (spec->linux_->readonly_paths.count)
    (void)wrong (checker, spec->linux_->readonly_paths.node, "\"readonlyPaths\" need a mount namespace");
  if (spec->linux_->rootfs_propagation.set)
    (void)wrong (checker, spec->linux_->rootfs_propagation.node, "\"rootfsPropagation\" needs a mount namespace");
  if (spec->root && spec->root->readonly.value)
    (void)wrong (checker, spec->root->readonly.node, "a read-only root needs a mount namespace");
}

static void
check_user_namespace (struct checker *checker)
{
  const struct spec_linux *config = checker->spec->linux_;
  bool new = spec_namespace_new (checker->spec, SPEC_NAMESPACE_USER);
  bool any = spec_namespace (checker->spec, SPEC_NAMESPACE_USER) != NULL;
  if (new && (!config->uid_mappings.count || !config->gid_mappings.count))
    (void)wrong (checker, config->node, "a new user namespace needs \"uidMappings\" and \"gidMappings\"");
  if (!any && config->uid_mappings.count)
    (void)wrong (checker, config->uid_mappings.node, "\"uidMappings\" need a user namespace");
  if (!any && config->gid_mappings.count)
    (void)wrong (checker, config->gid_mappings.node, "\"gidMappings\" need a user namespace");
}

static void
check_name (struct checker *checker, const struct json_string *name, const char *what)
{
  if (!name->text)
    return;
  if (strlen (name->text) > 64)
    (void)wrong (checker, name->node, "the %s is %zu bytes long: the kernel allows 64", what, strlen (name->text));
  if (name->text[0] && !spec_namespace (checker->spec, SPEC_NAMESPACE_UTS))
    (void)wrong (checker, name->node, "a %s needs a uts namespace: it would change the host's", what);
}

static void
check_time (struct checker *checker)
{
  const struct spec_linux *config = checker->spec->linux_;
  if (config->time_offsets.count && !spec_namespace_new (checker->spec, SPEC_NAMESPACE_TIME))
    (void)wrong (checker, config->time_offsets.node, "\"timeOffsets\" need a new time namespace");
  for (uint32_t i = 0; i < config->time_offsets.count; i++)
    if (strcmp (config->time_offsets.items[i].key, "monotonic") != 0
        && strcmp (config->time_offsets.items[i].key, "boottime") != 0)
      (void)wrong (checker, config->time_offsets.items[i].node, "\"%s\" is not a clock: monotonic or boottime",
                   config->time_offsets.items[i].key);
}

void
check_namespaces (struct checker *checker)
{
  check_list (checker);
  check_mount_namespace (checker);
  check_user_namespace (checker);
  check_name (checker, &checker->spec->hostname, "hostname");
  check_name (checker, &checker->spec->domainname, "domainname");
  check_time (checker);
}
