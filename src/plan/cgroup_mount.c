/*
 * Turns a mount of type cgroup into steps for the layout of this host: cgroup2 or a bind of the container's directory
 * in it, or for v1 a tmpfs with a bind for each hierarchy. plan_mounts calls it. Without a cgroup namespace the mount
 * shows the host's tree, so in a user namespace it must be read-only: otherwise the mapped root could write to it. v1's
 * tmpfs becomes read-only last, since the mount points are made in it.
 */
#include "builder.h"

#include <string.h>
#include <sys/mount.h>

static struct plan_mount *
cgroup_mount_add (struct builder *builder, const struct spec_mount *mount, const struct plan_mount *parsed)
{
  struct step *step = builder_step (builder, STEP_MOUNT, mount->node);
  step->mount = arena_new (builder->arena, struct plan_mount);
  *step->mount = *parsed;
  step->mount->options = NULL;
  step->mount->option_count = 0;
  return step->mount;
}

/* husk-init clones the source itself, because v1 directories do not exist yet when the parent opens sources. It needs
 * no rights for that: anybody can see them. */
static void
bind (struct plan_mount *mount, const char *source)
{
  mount->type = NULL;
  mount->source = source;
  mount->fd = PLAN_NO_FD;
  mount->of_directory = true;
  mount->propagation = MS_PRIVATE | MS_REC;
}

static const char *
directory_of (struct builder *builder, const struct cgroup_directory *directory)
{
  return arena_format (builder->arena, "%s/%s", directory->mount, directory->path);
}

/* With a cgroup namespace the tree's root is the container's cgroup. Without one, only that directory is bound. */
static void
plan_v2 (struct builder *builder, const struct spec_mount *mount, const struct plan_mount *parsed)
{
  const struct cgroup *cgroup = builder->options->cgroup;
  struct plan_mount *step = cgroup_mount_add (builder, mount, parsed);
  if (spec_namespace (builder->spec, SPEC_NAMESPACE_CGROUP))
    {
      step->type = "cgroup2";
      step->source = "cgroup2";
      step->type = keep (builder, step->type);
      step->source = keep (builder, step->source);
      return;
    }
  bind (step,
        cgroup && cgroup->count ? directory_of (builder, &cgroup->directories[0]) : keep (builder, "/sys/fs/cgroup"));
  if (builder_is_mapped (builder))
    step->set |= (uint64_t)MOUNT_ATTR_RDONLY; /* the mapped root could write to the host's tree */
}

/* v1: a tmpfs with one directory per hierarchy, each a bind of the container's own cgroup there. */
static void
plan_v1 (struct builder *builder, const struct spec_mount *mount, const struct plan_mount *parsed)
{
  const struct cgroup *cgroup = builder->options->cgroup;
  struct plan_mount *top = cgroup_mount_add (builder, mount, parsed);
  top->type = keep (builder, "tmpfs");
  top->source = keep (builder, "tmpfs");
  top->set &= ~(uint64_t)MOUNT_ATTR_RDONLY;
  top->options = arena_new (builder->arena, struct plan_option);
  top->options->key = keep (builder, "mode");
  top->options->value = keep (builder, "755");
  top->option_count = 1;
  for (uint32_t i = 0; cgroup && i < cgroup->count; i++)
    {
      const struct cgroup_directory *directory = &cgroup->directories[i];
      struct plan_mount *step = cgroup_mount_add (builder, mount, parsed);
      step->destination = arena_format (builder->arena, "%s%s", parsed->destination, strrchr (directory->mount, '/'));
      bind (step, directory_of (builder, directory));
      if (builder_is_mapped (builder) && !spec_namespace (builder->spec, SPEC_NAMESPACE_CGROUP))
        step->set |= (uint64_t)MOUNT_ATTR_RDONLY;
    }
  if (!(parsed->set & (uint64_t)MOUNT_ATTR_RDONLY))
    return;
  struct plan_mount *last = cgroup_mount_add (builder, mount, parsed);
  last->type = NULL;
  last->remount = true;
}

void
plan_cgroup_mount (struct builder *builder, const struct spec_mount *mount, const struct plan_mount *parsed)
{
  if (builder->host->cgroup_layout == CGROUP_V2)
    plan_v2 (builder, mount, parsed);
  else if (builder->host->cgroup_layout != CGROUP_NONE)
    plan_v1 (builder, mount, parsed);
  else
    warn (builder, mount->node, NULL, "this host has no cgroup file system: %s is left out", parsed->destination);
}
