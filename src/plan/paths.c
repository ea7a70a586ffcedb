/*
 * The steps that restrict paths before the root changes: read-only and masked paths, /dev, the root itself; and the
 * kernel parameters. plan.c calls it after the createContainer hooks, which may still write to all of these. close_dev
 * restores what plan_mounts removed from /dev. ROOT_READONLY is the last of these steps.
 */
#include "builder.h"

#include <string.h>

static void
plan_list (struct builder *builder, enum step_kind kind, const struct json_strings *paths)
{
  for (uint32_t i = 0; i < paths->count; i++)
    builder_step (builder, kind, builder_element (builder, paths, i))->text = keep (builder, paths->items[i]);
}

/* The last mount's setting of read-only wins. */
static void
attributes_change (uint64_t *set, uint64_t *clear, uint64_t more_set, uint64_t more_clear)
{
  *set = (*set & ~more_clear) | (more_set & (uint64_t)MOUNT_ATTR_RDONLY);
  *clear = (*clear & ~more_set) | (more_clear & (uint64_t)MOUNT_ATTR_RDONLY);
}

/* Makes /dev read-only if the config wants that; plan_mounts left it writable for the devices. If several mounts are on
 * it, the last one and its remounts count. */
static void
close_dev (struct builder *builder)
{
  const struct spec *spec = builder->spec;
  struct plan_mount closed = { .remount = true, .fd = PLAN_NO_FD, .idmap_fd = PLAN_NO_FD };
  origin_t node = 0;
  for (uint32_t i = 0; i < spec->mounts.count; i++)
    {
      const struct spec_mount *mount = &spec->mounts.items[i];
      if (!mount->path || strcmp (mount->path, "/dev") != 0)
        continue;
      if (!mount->parsed.remount)
        closed.set = closed.clear = closed.recursive_set = closed.recursive_clear = 0;
      attributes_change (&closed.set, &closed.clear, mount->parsed.set, mount->parsed.clear);
      attributes_change (&closed.recursive_set, &closed.recursive_clear, mount->parsed.recursive_set,
                         mount->parsed.recursive_clear);
      node = mount->node;
    }
  if (!closed.set && !closed.recursive_set)
    return;
  struct step *step = builder_step (builder, STEP_MOUNT, node);
  step->mount = arena_new (builder->arena, struct plan_mount);
  *step->mount = closed;
  step->mount->destination = keep (builder, "/dev");
}

void
plan_paths (struct builder *builder)
{
  plan_list (builder, STEP_READONLY, &builder->spec->linux_->readonly_paths);
  plan_list (builder, STEP_MASK, &builder->spec->linux_->masked_paths);
  close_dev (builder);
  if (builder->spec->root->readonly.value)
    (void)builder_step (builder, STEP_ROOT_READONLY, builder->spec->root->readonly.node);
}

void
plan_sysctl (struct builder *builder)
{
  const struct json_pairs *sysctl = &builder->spec->linux_->sysctl;
  for (uint32_t i = 0; i < sysctl->count; i++)
    {
      struct step *step = builder_step (builder, STEP_SYSCTL, sysctl->items[i].node);
      step->sysctl = arena_new (builder->arena, struct plan_sysctl);
      step->sysctl->path = spec_sysctl_path (sysctl->items[i].key, builder->arena);
      step->sysctl->namespace = spec_sysctl_namespace (step->sysctl->path);
      step->sysctl->name = keep (builder, sysctl->items[i].key);
      step->sysctl->value = keep (builder, sysctl->items[i].value);
    }
}
