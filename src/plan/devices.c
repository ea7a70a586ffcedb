/*
 * Default devices, the config's devices and the links in /dev. plan.c puts them after the mounts, and omits them
 * without a mount namespace. A device of the config replaces the default one with the same path (as cleaned by
 * src/spec). In a user namespace, where nodes cannot be made, the host's are bound; a FIFO can be made anywhere.
 */
#include "builder.h"

#include <string.h>

static const struct
{
  const char *path;
  uint32_t major, minor;
} standard[] = {
  { "/dev/null", 1, 3 }, { "/dev/zero", 1, 5 },   { "/dev/full", 1, 7 },
  { "/dev/tty", 5, 0 },  { "/dev/random", 1, 8 }, { "/dev/urandom", 1, 9 },
};
static const struct
{
  const char *path, *target;
} links[] = {
  /* runtime-linux.md, "Dev symbolic links"; config-linux.md, "Default Devices" for ptmx; core as in other runtimes */
  { "/dev/fd", "/proc/self/fd" },       { "/dev/stdin", "/proc/self/fd/0" }, { "/dev/stdout", "/proc/self/fd/1" },
  { "/dev/stderr", "/proc/self/fd/2" }, { "/dev/ptmx", "pts/ptmx" },         { "/dev/core", "/proc/kcore" },
};

/* If the config binds a host directory on /dev, it brings its own devices, and making more would change the host. */
static bool
dev_is_bound (const struct spec *spec)
{
  for (uint32_t i = 0; i < spec->mounts.count; i++)
    {
      const struct spec_mount *mount = &spec->mounts.items[i];
      if (mount->path && strcmp (mount->path, "/dev") == 0 && spec_mount_binds (mount) && !mount->parsed.remount)
        return true;
    }
  return false;
}

static struct plan_device *
device_add (struct builder *builder, origin_t origin, const char *path)
{
  struct step *step = builder_step (builder, STEP_DEVICE, origin);
  step->device = arena_new (builder->arena, struct plan_device);
  step->device->path = keep (builder, path);
  step->device->type = 'c';
  step->device->mode = 0666;
  step->device->bind = builder_is_mapped (builder);
  step->device->fd = step->device->bind && builder->host->can_mount ? PLAN_PREPARE : PLAN_NO_FD;
  return step->device;
}

static bool
device_is_listed (const struct spec *spec, const char *path)
{
  for (uint32_t i = 0; i < spec->linux_->devices.count; i++)
    if (spec->linux_->devices.items[i].clean && strcmp (spec->linux_->devices.items[i].clean, path) == 0)
      return true;
  return false;
}

static void
plan_device (struct builder *builder, const struct spec_device *config)
{
  struct plan_device *device = device_add (builder, config->node, config->clean);
  device->type = (char)config->type.value;
  device->major = (uint32_t)config->major.value;
  device->minor = (uint32_t)config->minor.value;
  device->mode = config->file_mode.set ? (uint32_t)config->file_mode.value & 07777 : 0666;
  device->uid = (uint32_t)config->uid.value;
  device->gid = (uint32_t)config->gid.value;
  if (device->type == 'p') /* anybody may make a FIFO */
    {
      device->bind = false;
      device->fd = PLAN_NO_FD;
    }
}

void
plan_devices (struct builder *builder)
{
  const struct spec *spec = builder->spec;
  if (dev_is_bound (spec))
    return;
  for (size_t i = 0; i < sizeof standard / sizeof standard[0]; i++)
    {
      if (device_is_listed (spec, standard[i].path))
        continue;
      struct plan_device *device = device_add (builder, 0, standard[i].path);
      device->major = standard[i].major;
      device->minor = standard[i].minor;
      device->standard = true;
    }
  for (uint32_t i = 0; i < spec->linux_->devices.count; i++)
    if (spec->linux_->devices.items[i].clean && spec->linux_->devices.items[i].type.set)
      plan_device (builder, &spec->linux_->devices.items[i]);
  for (size_t i = 0; i < sizeof links / sizeof links[0]; i++)
    {
      struct step *step = builder_step (builder, STEP_LINK, 0);
      step->link = arena_new (builder->arena, struct plan_link);
      step->link->path = keep (builder, links[i].path);
      step->link->target = keep (builder, links[i].target);
    }
}
