/*
 * config-linux.md, "Cgroup ownership": the user of the container's process may own its cgroup, to manage it.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "husk/descriptor.h"
#include "owner.h"

static bool
mounted_writable (const struct spec *spec)
{
  for (uint32_t i = 0; i < spec->mounts.count; i++)
    {
      const struct spec_mount *mount = &spec->mounts.items[i];
      if (mount->kind == SPEC_MOUNT_CGROUP && mount->path && strcmp (mount->path, "/sys/fs/cgroup") == 0
          && !(mount->parsed.set & (uint64_t)MOUNT_ATTR_RDONLY))
        return true;
    }
  return false;
}

static int64_t
host_uid (const struct spec *spec, uint64_t uid)
{
  const spec_id_mappings *mappings = &spec->linux_->uid_mappings;
  if (!spec_namespace (spec, SPEC_NAMESPACE_USER))
    return (int64_t)uid;
  for (uint32_t i = 0; i < mappings->count; i++)
    {
      const struct spec_id_mapping *mapping = &mappings->items[i];
      if (uid >= mapping->container_id.value && uid - mapping->container_id.value < mapping->size.value)
        return (int64_t)(mapping->host_id.value + (uid - mapping->container_id.value));
    }
  return OWNER_UNCHANGED;
}

int64_t
owner_of (const struct spec *spec)
{
  const struct spec_user *user = spec->process ? spec->process->user : NULL;
  if (!spec_namespace_new (spec, SPEC_NAMESPACE_CGROUP) || !mounted_writable (spec))
    return OWNER_UNCHANGED;
  return host_uid (spec, user ? user->uid.value : 0);
}

static int
owner_change (int fd, const char *file, int64_t owner)
{
  return fchownat (fd, file, (uid_t)owner, (gid_t)-1, AT_SYMLINK_NOFOLLOW | (file[0] ? 0 : AT_EMPTY_PATH));
}

int
cgroup_change_owner (int fd, int64_t owner, struct error *error)
{
  char list[2048], *rest = NULL;
  if (owner == OWNER_UNCHANGED || owner == (int64_t)geteuid ())
    return 0;
  if (read_small ("/sys/kernel/cgroup/delegate", list, sizeof list) <= 0) /* Linux 4.14 */
    strcpy (list, "cgroup.procs\ncgroup.subtree_control\ncgroup.threads");
  if (owner_change (fd, "", owner) < 0)
    return error_set (error, errno, "give the cgroup to uid %lld", (long long)owner);
  for (char *file = strtok_r (list, "\n", &rest); file; file = strtok_r (NULL, "\n", &rest))
    if (owner_change (fd, file, owner) < 0 && errno != ENOENT)
      return error_set (error, errno, "give %s of the cgroup to uid %lld", file, (long long)owner);
  return 0;
}
