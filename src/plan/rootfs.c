/*
 * The root file system, before all mounts of the config (plan.c): PROPAGATION and ROOTFS, and perhaps another
 * PROPAGATION after PIVOT. With a mount namespace the whole copy of the host's mount table becomes private first:
 * otherwise husk-init's mounts could appear on the host. A shared root, or a shared bind on "/", becomes shared only
 * after PIVOT.
 */
#include "builder.h"

#include <sys/mount.h>

/* Whether hooks may look for the container's mounts, or make their own, below the root's path on the host. */
static bool
hooks_look (const struct builder *builder)
{
  const struct spec_hooks *hooks = builder->spec->hooks;
  return hooks && spec_namespace_new (builder->spec, SPEC_NAMESPACE_MOUNT)
         && (hooks->prestart.count || hooks->create_runtime.count || hooks->create_container.count);
}

const char *
plan_rootfs_path (struct builder *builder)
{
  const char *path = builder->spec->root->path.text;
  return path[0] == '/' ? keep (builder, path) : arena_format (builder->arena, "%s/%s", builder->options->bundle, path);
}

void
plan_rootfs (struct builder *builder)
{
  const struct spec_root *root = builder->spec->root;
  const struct json_enum *propagation = &builder->spec->linux_->rootfs_propagation;
  /* The copy of the host's mount table exists until the pivot, and no change to it may reach the host. */
  if (builder->mount_namespace)
    builder_step (builder, STEP_PROPAGATION, propagation->node)->number = MS_PRIVATE | MS_REC;
  struct step *step = builder_step (builder, STEP_ROOTFS, root->path.node);
  step->rootfs = arena_new (builder->arena, struct plan_rootfs);
  step->rootfs->path = plan_rootfs_path (builder);
  step->rootfs->open_only = !builder->mount_namespace;
  step->rootfs->in_place = hooks_look (builder);
  step->rootfs->fd = builder->host->can_mount ? PLAN_PREPARE : PLAN_NO_FD;
  /* pivot_root(2) refuses a shared mount: plan_shared_root makes it shared afterwards */
  bool later = propagation->set && propagation->value & MS_SHARED;
  step->rootfs->propagation
      = propagation->set && !later ? (uint64_t)propagation->value & ~(uint64_t)MS_REC : MS_PRIVATE;
  step->rootfs->recursive = !propagation->set || later || propagation->value & MS_REC || propagation->value == MS_SLAVE;
}

void
plan_shared_root (struct builder *builder)
{
  const struct json_enum *propagation = &builder->spec->linux_->rootfs_propagation;
  if (builder->root_shared)
    builder_step (builder, STEP_PROPAGATION, propagation->node)->number = builder->root_shared;
  else if (propagation->set && propagation->value & MS_SHARED)
    builder_step (builder, STEP_PROPAGATION, propagation->node)->number = (uint64_t)propagation->value;
}
