#include "builder.h"

#include <string.h>

static bool
has_option (const struct plan_mount *mount, const char *key)
{
  for (uint32_t i = 0; i < mount->option_count; i++)
    if (strcmp (mount->options[i].key, key) == 0)
      return true;
  return false;
}

/* config.md: the mount's own mappings, or those of the container's user namespace, or an error. */
static int
parse_idmap (struct builder *builder, const struct spec_mount *mount, bool asked, struct plan_mount *out)
{
  const struct spec_linux *config = builder->spec->linux_;
  if (!asked && !mount->uid_mappings.count)
    return 0;
  out->idmap_fd = PLAN_PREPARE;
  if (mount->uid_mappings.count)
    {
      out->uid_map = builder_id_map (builder, &mount->uid_mappings);
      out->gid_map = builder_id_map (builder, &mount->gid_mappings);
      return 0;
    }
  if (!config->uid_mappings.count)
    return wrong (builder, mount->node,
                  "an id mapped mount needs \"uidMappings\" and \"gidMappings\", its own or the "
                  "container's");
  out->uid_map = builder_id_map (builder, &config->uid_mappings);
  out->gid_map = builder_id_map (builder, &config->gid_mappings);
  return 0;
}

int
mount_parse (struct builder *builder, const struct spec_mount *mount, struct plan_mount *out)
{
  const struct spec_mount_options *parsed = &mount->parsed;
  out->fd = out->idmap_fd = PLAN_NO_FD;
  out->destination = keep (builder, mount->path);
  out->type = spec_mount_binds (mount) ? NULL : keep (builder, mount->type.text);
  out->source = keep (builder, mount->source.text);
  out->bind_recursive = mount->kind == SPEC_MOUNT_RBIND;
  out->set = parsed->set;
  out->clear = parsed->clear;
  out->recursive_set = parsed->recursive_set;
  out->recursive_clear = parsed->recursive_clear;
  out->propagation = parsed->propagation;
  out->remount = parsed->remount;
  out->copy_up = parsed->copy_up;
  out->idmap_recursive = parsed->idmap_recursive;
  out->options = arena_array (builder->arena, struct plan_option, parsed->data_count + 1);
  for (uint32_t i = 0; i < parsed->data_count; i++)
    out->options[out->option_count++]
        = (struct plan_option){ keep (builder, parsed->data[i].key), keep (builder, parsed->data[i].value) };
  out->superblock_readonly = out->type && (out->set & SPEC_ATTRIBUTE_READONLY) && spec_type_on_disk (out->type);
  out->mode_of_directory = mount->kind == SPEC_MOUNT_TMPFS && !out->remount && !has_option (out, "mode");
  return parse_idmap (builder, mount, parsed->idmap, out);
}
