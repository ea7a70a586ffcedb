/*
 * Turns one mount of the config into a struct plan_mount, for plan_mounts. spec/mount_options.c has parsed the words:
 * here options are bits, and only those of the file system itself are still text. What is decided here depends on the
 * whole mount or on the user namespace: which id mapping applies, and which flags of its source a bind keeps.
 */
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

/* config.md: the mount's own mappings, else those of the container's user namespace, else an error. A joined user
 * namespace has mappings, and the parent uses it as it is. */
static int
parse_idmap (struct builder *builder, const struct spec_mount *mount, struct plan_mount *out)
{
  const struct spec_linux *config = builder->spec->linux_;
  const spec_id_mappings *uids = &mount->uid_mappings, *gids = &mount->gid_mappings;
  if (!mount->parsed.idmap && !uids->count)
    return 0;
  out->idmap_fd = PLAN_PREPARE;
  if (!uids->count)
    uids = &mount->parsed.uid_mappings, gids = &mount->parsed.gid_mappings;
  if (!uids->count && builder->plan->parent.join_user)
    return 0;
  if (!uids->count)
    uids = &config->uid_mappings, gids = &config->gid_mappings;
  if (!uids->count)
    return wrong (builder, mount->node,
                  "an id mapped mount needs \"uidMappings\" and \"gidMappings\", its own or the "
                  "container's");
  out->uid_map = builder_id_map (builder, uids);
  out->gid_map = builder_id_map (builder, gids);
  return 0;
}

/* A bind that names any flag gets only the flags that it names and none of its source's others, like a remount
 * (docs/mounts.md). In a user namespace locked flags stay. The kernel does not enforce that on a tree that the parent
 * clones, so it is decided here. Access time flags are kept unless they are named. */
static void
clear_unnamed (const struct builder *builder, const struct spec_mount *mount, struct plan_mount *out)
{
  if (!spec_mount_binds (mount) || out->remount || !(out->set | out->clear))
    return;
  out->clear |= SPEC_ATTRIBUTES_OF_SOURCE & ~out->set;
  if (builder->user_namespace)
    out->clear &= ~SPEC_ATTRIBUTES_LOCKED;
}

/* File systems that the kernel mounts once for all: there is one label for the same files everywhere, and another is
 * refused. That of mqueue exists since the ipc namespace does: a label can only be given to its root. */
static bool
is_shared (const char *type)
{
  static const char *const shared[] = { "proc", "sysfs", "cgroup", "cgroup2" };
  for (size_t i = 0; i < sizeof shared / sizeof *shared; i++)
    if (strcmp (type, shared[i]) == 0)
      return true;
  return false;
}

/* linux.mountLabel, for what husk mounts itself, unless the mount has a context of its own. A bind has its source's
 * label. */
static void
add_label (struct builder *builder, struct plan_mount *out)
{
  const struct json_string *label = &builder->spec->linux_->mount_label;
  const struct json_pair *pair = json_pair_of (&builder->spec->annotations, MOUNT_CONTEXT_ANNOTATION);
  if (!label->text || !label->text[0] || !out->type || out->remount || is_shared (out->type))
    return;
  for (const struct json_name *name = spec_mount_contexts; name->text; name++)
    if (has_option (out, name->text))
      return;
  if (strcmp (out->type, "mqueue") == 0)
    {
      out->root_label = keep (builder, label->text);
      return;
    }
  out->options[out->option_count++]
      = (struct plan_option){ keep (builder, pair ? pair->value : "context"), keep (builder, label->text) };
}

/* In the text of options for mount(8), a context that has commas is in quotes; fsconfig(2) takes it as it is. */
static const char *
without_quotes (const struct builder *builder, const struct spec_mount_data *option)
{
  size_t length = option->value ? strlen (option->value) : 0;
  if (length < 2 || option->value[0] != '"' || option->value[length - 1] != '"')
    return option->value;
  for (const struct json_name *name = spec_mount_contexts; name->text; name++)
    if (strcmp (option->key, name->text) == 0)
      return arena_format (builder->arena, "%.*s", (int)length - 2, option->value + 1);
  return option->value;
}

int
mount_parse (struct builder *builder, const struct spec_mount *mount, struct plan_mount *out)
{
  const struct spec_mount_options *parsed = &mount->parsed;
  out->fd = out->idmap_fd = PLAN_NO_FD;
  out->destination = keep (builder, mount->path);
  out->type = spec_mount_binds (mount) ? NULL : keep (builder, mount->type.text);
  out->source = keep (builder, mount->source.text);
  out->type_origin = mount->type.node;
  out->source_origin = mount->source.node;
  out->bind_recursive = mount->kind == SPEC_MOUNT_RBIND;
  out->set = parsed->set;
  out->clear = parsed->clear;
  out->recursive_set = parsed->recursive_set;
  out->recursive_clear = parsed->recursive_clear;
  out->propagation = parsed->propagation;
  out->remount = parsed->remount;
  out->copy_up = parsed->copy_up;
  out->idmap_recursive = parsed->idmap_recursive;
  out->options = arena_array (builder->arena, struct plan_option, parsed->data_count + 2);
  for (uint32_t i = 0; i < parsed->data_count; i++)
    out->options[out->option_count++]
        = (struct plan_option){ keep (builder, parsed->data[i].key),
                                keep (builder, without_quotes (builder, &parsed->data[i])) };
  add_label (builder, out);
  out->superblock_readonly = out->type && (out->set & (uint64_t)MOUNT_ATTR_RDONLY) && spec_type_on_disk (out->type);
  out->mode_of_directory = mount->kind == SPEC_MOUNT_TMPFS && !out->remount && !has_option (out, "mode");
  out->copy_symlink = parsed->copy_symlink;
  out->source_nofollow = parsed->source_nofollow;
  out->target_nofollow = parsed->target_nofollow;
  clear_unnamed (builder, mount, out);
  return parse_idmap (builder, mount, out);
}
