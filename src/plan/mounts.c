/*
 * Turns each mount of the config into a step. The config's order must be kept: a later mount may cover an earlier one
 * or be inside it. plan.c calls plan_mounts after the root file system and before the devices. This file decides
 * whether husk or husk-init opens the source of a bind (needs_parent), and what is special about /dev, /proc, /sys,
 * devpts and cgroups. close_dev in paths.c must restore what keep_writable removes from /dev.
 */
#include "builder.h"

#include <string.h>
#include <sys/mount.h>

/* The kernel refuses a devpts gid that the user namespace does not map. Without one, the terminal belongs to the
 * process's own group, which is what users want. */
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

/* sysfs shows the network namespace's devices, and only that namespace's owner may mount it. As in other runtimes, the
 * host's is bound instead. */
static void
bind_sysfs (struct builder *builder, struct plan_mount *parsed)
{
  if (spec_namespace (builder->spec, SPEC_NAMESPACE_NETWORK)) /* by path: only the kernel knows its owner */
    {
      parsed->fallback_bind = keep (builder, "/sys");
      return;
    }
  parsed->type = NULL;
  parsed->source = keep (builder, "/sys");
  parsed->bind_recursive = true;
  parsed->option_count = 0;
}

static struct plan_mount *
mount_add (struct builder *builder, const struct spec_mount *mount, const struct plan_mount *parsed)
{
  struct step *step = builder_step (builder, STEP_MOUNT, mount->node);
  step->mount = arena_new (builder->arena, struct plan_mount);
  *step->mount = *parsed;
  return step->mount;
}

static bool
is_own (const char *source)
{
  return strncmp (source, "/proc/self/", 11) == 0 || strncmp (source, "/proc/thread-self/", 18) == 0;
}

/* husk-init can clone a source itself unless it lacks the host's rights (user namespace) or sees other paths (joined
 * mount namespace, /proc/self). Its own mount namespace is private, so a bind that needs peers on the host is also the
 * parent's. */
static bool
needs_parent (const struct builder *builder, const struct plan_mount *bind)
{
  uint64_t propagation = bind->propagation & ~(uint64_t)MS_REC;
  return builder->user_namespace || bind->is_root || !spec_namespace_new (builder->spec, SPEC_NAMESPACE_MOUNT)
         || (propagation != MS_PRIVATE && propagation != MS_UNBINDABLE)
         || is_own (spec_clean_path (bind->source, builder->arena));
}

/* A source below the root file system must be opened with the earlier mounts in place. Returns its path in the
 * container, or NULL. A path with ".." is left to the kernel, because links decide where it leads. */
static const char *
inside_of_root (struct builder *builder, const char *source)
{
  const char *root = spec_clean_path (plan_rootfs_path (builder), builder->arena);
  const char *clean = spec_clean_path (source, builder->arena);
  size_t length = strlen (root);
  if (!builder->mount_namespace || strncmp (clean, root, length) != 0 || strstr (clean, "/../"))
    return NULL;
  return clean[length] == '/' ? clean + length : clean[length] ? NULL : "/";
}

/* pivot_root(2) refuses a shared root, so "shared" is set afterwards. */
static void
plan_bind_root (struct builder *builder, struct plan_mount *parsed)
{
  parsed->is_root = true;
  if (parsed->propagation & MS_SHARED)
    {
      builder->root_shared = parsed->propagation;
      parsed->propagation = MS_PRIVATE | MS_REC;
    }
}

static void
plan_bind (struct builder *builder, struct plan_mount *parsed)
{
  if (parsed->source && parsed->source[0] != '/')
    parsed->source = arena_format (builder->arena, "%s/%s", builder->options->bundle, parsed->source);
  if (!parsed->propagation)
    parsed->propagation = MS_PRIVATE | MS_REC; /* as in other runtimes, nothing propagates unless asked for */
  if (strcmp (parsed->destination, "/") == 0)
    plan_bind_root (builder, parsed);
  parsed->inside = inside_of_root (builder, parsed->source);
  if (parsed->copy_symlink)
    parsed->link = arena_alloc (builder->arena, PLAN_LINK_SIZE);
  parsed->fd
      = builder->host->can_mount && !parsed->inside && needs_parent (builder, parsed) ? PLAN_PREPARE : PLAN_NO_FD;
  uint64_t propagation = parsed->propagation & ~(uint64_t)MS_REC;
  /* not with a user namespace, where a mount that the host's root made cannot be unmounted */
  parsed->in_order
      = parsed->fd == PLAN_PREPARE && !builder->user_namespace && (propagation == MS_SHARED || propagation == MS_SLAVE);
}

/* /dev must be writable while devices and links are made in it: plan_paths makes it read-only at the end. */
static void
keep_writable (struct plan_mount *mount)
{
  mount->set &= ~(uint64_t)MOUNT_ATTR_RDONLY;
  mount->recursive_set &= ~(uint64_t)MOUNT_ATTR_RDONLY;
  mount->superblock_readonly = false;
}

static void
plan_mount_one (struct builder *builder, const struct spec_mount *mount)
{
  struct plan_mount parsed = { 0 };
  if (!mount->path || mount_parse (builder, mount, &parsed) < 0)
    return;
  if (strcmp (mount->path, "/dev") == 0)
    keep_writable (&parsed);
  if (parsed.remount)
    {
      parsed.type = NULL;
      (void)mount_add (builder, mount, &parsed);
      return;
    }
  if (mount->kind == SPEC_MOUNT_CGROUP)
    {
      plan_place (builder);
      plan_cgroup_mount (builder, mount, &parsed);
      return;
    }
  if (parsed.copy_up)
    plan_place (builder);
  bool on_proc = strcmp (mount->path, "/proc") == 0;
  parsed.in_proc = strncmp (mount->path, "/proc/", 6) == 0; /* src/spec has checked which ones are allowed */
  parsed.no_symlink = mount->kind == SPEC_MOUNT_PROC || mount->kind == SPEC_MOUNT_SYSFS || on_proc
                      || strcmp (mount->path, "/sys") == 0;
  if (mount->kind == SPEC_MOUNT_DEVPTS && builder->user_namespace)
    drop_unmapped_gid (builder, mount, &parsed);
  if (mount->kind == SPEC_MOUNT_SYSFS && builder_is_mapped (builder)
      && !spec_namespace_new (builder->spec, SPEC_NAMESPACE_NETWORK))
    bind_sysfs (builder, &parsed);
  if (!parsed.type)
    plan_bind (builder, &parsed);
  parsed.proc_root = !parsed.type && on_proc;
  (void)mount_add (builder, mount, &parsed);
}

void
plan_mounts (struct builder *builder)
{
  for (uint32_t i = 0; i < builder->spec->mounts.count; i++)
    plan_mount_one (builder, &builder->spec->mounts.items[i]);
}
