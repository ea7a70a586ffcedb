#include "builder.h"

#include <string.h>
#include <sys/mount.h>

#define ATTRIBUTE_READONLY 0x1ull

static bool
is_path (const char *destination, const char *path)
{
  size_t length = strlen (path);
  return strncmp (destination, path, length) == 0
         && strspn (destination + length, "/") == strlen (destination + length);
}

static bool
is_type (const struct plan_mount *mount, const char *type)
{
  return mount->type && strcmp (mount->type, type) == 0;
}

/* A gid of devpts that the user namespace does not map is refused by the kernel: the terminal then belongs to the
 * process's own group, which is what people want. */
static void
drop_unmapped_gid (struct builder *builder, const struct spec_mount *mount, struct plan_mount *parsed)
{
  const spec_id_mappings *map = &builder->spec->linux_->gid_mappings;
  for (uint32_t i = 0; i < parsed->option_count; i++)
    {
      if (strcmp (parsed->options[i].key, "gid") != 0 || !parsed->options[i].value)
        continue;
      uint64_t gid = 0;
      for (const char *digit = parsed->options[i].value; *digit >= '0' && *digit <= '9'; digit++)
        gid = gid * 10 + (uint64_t)(*digit - '0');
      for (uint32_t m = 0; m < map->count; m++)
        if (gid >= map->items[m].container_id.value
            && gid < map->items[m].container_id.value + map->items[m].size.value)
          return;
      if (map->count == 0)
        return;
      warn (builder, mount->options.node, NULL, "gid=%llu is not mapped in the user namespace: left out",
            (unsigned long long)gid);
      parsed->options[i] = parsed->options[--parsed->option_count];
      return;
    }
}

/* sysfs shows the network namespace's devices: only who owns that may mount it. As others do, the host's is bound. */
static void
bind_sysfs (struct builder *builder, struct plan_mount *parsed)
{
  if (spec_namespace (builder->spec, SPEC_NAMESPACE_NETWORK)) /* by path: whose it is, the kernel knows */
    {
      parsed->instead = keep (builder, "/sys");
      return;
    }
  parsed->type = NULL;
  parsed->source = keep (builder, "/sys");
  parsed->bind_recursive = true;
  parsed->option_count = 0;
}

static struct plan_mount *
add (struct builder *builder, const struct spec_mount *mount, const struct plan_mount *parsed)
{
  struct step *step = builder_step (builder, STEP_MOUNT, mount->node);
  step->mount = arena_new (builder->arena, struct plan_mount);
  *step->mount = *parsed;
  return step->mount;
}

/* husk-init can clone a source by itself unless it lacks the host's rights (user namespace) or sees other paths (joined
 * mount namespace, /proc/self); and in its own mount namespace, made private, nothing has peers on the host any more.
 */
static bool
needs_parent (const struct builder *builder, const struct plan_mount *bind)
{
  uint64_t propagation = bind->propagation & ~(uint64_t)MS_REC;
  return builder->user_namespace || !spec_namespace_new (builder->spec, SPEC_NAMESPACE_MOUNT)
         || (propagation != MS_PRIVATE && propagation != MS_UNBINDABLE)
         || strncmp (bind->source, "/proc/self/", 11) == 0 || strncmp (bind->source, "/proc/thread-self/", 18) == 0;
}

static void
plan_bind (struct builder *builder, struct plan_mount *parsed)
{
  if (parsed->source && parsed->source[0] != '/')
    parsed->source = arena_format (builder->arena, "%s/%s", builder->options->bundle, parsed->source);
  if (!parsed->propagation)
    parsed->propagation = MS_PRIVATE | MS_REC; /* as other runtimes do: nothing leaks either way unless asked for */
  parsed->fd = builder->host->can_mount && needs_parent (builder, parsed) ? PLAN_PREPARE : PLAN_NO_FD;
  uint64_t propagation = parsed->propagation & ~(uint64_t)MS_REC;
  /* not with a user namespace, in which what the host's root has set cannot be taken down */
  parsed->in_order
      = parsed->fd == PLAN_PREPARE && !builder->user_namespace && (propagation == MS_SHARED || propagation == MS_SLAVE);
}

static void
plan_mount_one (struct builder *builder, const struct spec_mount *mount)
{
  struct plan_mount parsed = { 0 };
  if (!mount->destination.text || mount_parse (builder, mount, &parsed) < 0)
    return;
  if (parsed.remount)
    {
      parsed.type = NULL;
      (void)add (builder, mount, &parsed);
      return;
    }
  if (is_type (&parsed, "cgroup") || is_type (&parsed, "cgroup2"))
    {
      plan_cgroup_mount (builder, mount, &parsed);
      return;
    }
  const char *relative = parsed.destination + strspn (parsed.destination, "/");
  parsed.in_proc = strncmp (relative, "proc/", 5) == 0; /* which ones may be, the spec's check has decided */
  parsed.no_symlink = is_type (&parsed, "proc") || is_type (&parsed, "sysfs") || is_path (parsed.destination, "/proc")
                      || is_path (parsed.destination, "/sys");
  if (is_type (&parsed, "devpts") && builder->user_namespace)
    drop_unmapped_gid (builder, mount, &parsed);
  if (is_type (&parsed, "sysfs") && builder_is_mapped (builder)
      && !spec_namespace_new (builder->spec, SPEC_NAMESPACE_NETWORK))
    bind_sysfs (builder, &parsed);
  if (!parsed.type)
    plan_bind (builder, &parsed);
  parsed.proc_root = !parsed.type && is_path (parsed.destination, "/proc");
  struct plan_mount *step = add (builder, mount, &parsed);
  /* /dev must be writable while devices and links are made in it: plan_paths makes it read-only at the end */
  if (is_path (parsed.destination, "/dev"))
    step->set &= ~ATTRIBUTE_READONLY;
}

void
plan_mounts (struct builder *builder)
{
  for (uint32_t i = 0; i < builder->spec->mounts.count; i++)
    plan_mount_one (builder, &builder->spec->mounts.items[i]);
}
