/*
 * Resources from outside the container, in the request to husk-criu: bind mounts, cgroup mounts without a cgroup
 * namespace, and namespaces by path. Dump and restore must use the same names, which are in the images: a mount has its
 * path in config.json, a namespace "husk-" and its type. If they change, older checkpoints cannot be restored.
 */
#include "external.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "husk/descriptor.h"

/* ---- mounts -------------------------------------------------------------------------------------------------- */

/* The path under which the kernel lists a mount: one on /var/run/x may be listed as /run/x. 0, or -1 if path does not
 * exist. */
static int
find_mount (int root, const char *path, char *out, size_t size)
{
  struct open_how how = { .flags = O_PATH | O_CLOEXEC, .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS };
  char link[32];
  auto_close int fd = descriptor_open_how (root, path, &how);
  (void)snprintf (link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = fd < 0 ? -1 : readlink (link, out, size - 1);
  if (length <= 0)
    return -1;
  out[length] = '\0';
  return 0;
}

static int
open_root (pid_t pid)
{
  char path[32];
  (void)snprintf (path, sizeof path, "/proc/%d/root", (int)pid);
  return descriptor_open (path, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

static void
dump_mount (int root, const char *path, struct criu_request *request)
{
  char found[4096];
  if (find_mount (root, path, found, sizeof found) == 0)
    criu_add (request, &request->mounts,
              (struct criu_item){ .name = arena_string (request->arena, found),
                                  .path = arena_string (request->arena, path) });
}

void
external_mounts_dump (const struct loaded_config *loaded, pid_t pid, struct criu_request *request)
{
  auto_close int root = open_root (pid);
  for (uint32_t i = 0; i < loaded->spec.mounts.count; i++)
    if (spec_mount_binds (&loaded->spec.mounts.items[i]))
      dump_mount (root, loaded->spec.mounts.items[i].path, request);
}

void
external_cgroups (const struct loaded_config *loaded, const struct cgroup *cgroup, pid_t pid,
                  struct criu_request *request)
{
  char path[4352];
  auto_close int root = pid ? open_root (pid) : -1;
  bool v1 = false;
  if (spec_namespace (&loaded->spec, SPEC_NAMESPACE_CGROUP))
    return;
  for (uint32_t i = 0; i < cgroup->count; i++)
    v1 = v1 || !cgroup->directories[i].v2;
  for (uint32_t i = 0; i < loaded->spec.mounts.count; i++)
    for (uint32_t k = 0; loaded->spec.mounts.items[i].kind == SPEC_MOUNT_CGROUP && k < cgroup->count; k++)
      {
        const struct cgroup_directory *directory = &cgroup->directories[k];
        (void)snprintf (path, sizeof path, "%s%s", loaded->spec.mounts.items[i].path,
                        v1 ? strrchr (directory->mount, '/') : "");
        if (pid)
          dump_mount (root, path, request);
        else
          criu_add (
              request, &request->mounts,
              (struct criu_item){ .name = arena_string (request->arena, path),
                                  .path = arena_format (request->arena, "%s/%s", directory->mount, directory->path) });
      }
}

/* A mount below another one has its mount point in that one, not in the root file system. */
static bool
is_below_another (const struct spec *spec, const char *path)
{
  for (uint32_t i = 0; i < spec->mounts.count; i++)
    {
      const char *other = spec->mounts.items[i].path;
      size_t length = strlen (other);
      if (strncmp (path, other, length) == 0 && path[length] == '/')
        return true;
    }
  return false;
}

static void
restore_mount (const struct loaded_config *loaded, const struct spec_mount *mount, struct criu_request *request)
{
  const char *path = mount->path, *source = spec_mount_binds (mount) ? mount->source.text : NULL;
  struct stat status = { .st_mode = S_IFDIR };
  if (source)
    {
      bool absolute = *source == '/';
      source = absolute ? source : arena_format (request->arena, "%s/%s", loaded->bundle, source);
      criu_add (request, &request->mounts, (struct criu_item){ .name = path, .path = source });
      (void)stat (source, &status); /* a missing source is taken for a directory: CRIU reports it */
    }
  if (!is_below_another (&loaded->spec, path))
    criu_add (request, &request->points, (struct criu_item){ .path = path, .directory = S_ISDIR (status.st_mode) });
}

void
external_mounts_restore (const struct loaded_config *loaded, struct criu_request *request)
{
  for (uint32_t i = 0; i < loaded->spec.mounts.count; i++)
    restore_mount (loaded, &loaded->spec.mounts.items[i], request);
}

/* ---- namespaces ---------------------------------------------------------------------------------------------- */

/* CRIU can leave out namespaces of some types, which then have a name in the images. It dumps the contents of the
 * others (joined), and ignores them when the restored processes join an existing namespace. */
static const struct
{
  const char *word;
  bool joined;
} kinds[SPEC_NAMESPACE_COUNT] = {
  [SPEC_NAMESPACE_NETWORK] = { "net", false }, [SPEC_NAMESPACE_PID] = { "pid", false },
  [SPEC_NAMESPACE_IPC] = { "ipc", true },      [SPEC_NAMESPACE_UTS] = { "uts", true },
  [SPEC_NAMESPACE_TIME] = { "time", true },
};

static int
add_namespace (const struct spec_namespace *namespace, bool dump, struct criu_request *request, struct error *error)
{
  const char *word = kinds[namespace->type.value].word, *path = namespace->path.text;
  bool joined = kinds[namespace->type.value].joined;
  struct stat status;
  if (!word)
    return error_set_at (error, namespace->node, 0,
                         "a container that shares a namespace of this type cannot be checkpointed");
  if (dump && joined)
    return 0;
  if (stat (path, &status) < 0)
    return error_set_at (error, namespace->node, errno, "open the namespace %s", path);
  if (joined)
    criu_add (request, &request->namespaces, (struct criu_item){ .name = word, .path = path });
  else if (dump)
    criu_add (request, &request->external,
              (struct criu_item){ .name = arena_format (request->arena, "%s[%llu]:husk-%s", word,
                                                        (unsigned long long)status.st_ino, word) });
  else
    criu_add (request, &request->files,
              (struct criu_item){ .name = arena_format (request->arena, "husk-%s", word), .path = path });
  return 0;
}

int
external_namespaces (const struct loaded_config *loaded, bool dump, struct criu_request *request, struct error *error)
{
  for (uint32_t i = 0; i < loaded->spec.linux_->namespaces.count; i++)
    {
      const struct spec_namespace *namespace = &loaded->spec.linux_->namespaces.items[i];
      if (namespace->type.value == SPEC_NAMESPACE_USER)
        return error_set_at (error, namespace->node, 0, "a container with a user namespace cannot be checkpointed");
      if (namespace->path.text && namespace->path.text[0] && add_namespace (namespace, dump, request, error) < 0)
        return -1;
    }
  return 0;
}
