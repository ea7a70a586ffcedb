#include "builder.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>

#define ATTRIBUTE_READONLY 0x1ull
#define ATTRIBUTE_NOATIME 0x10ull
#define ATTRIBUTE_STRICTATIME 0x20ull
#define ATTRIBUTE_ATIMES 0x70ull /* all of MOUNT_ATTR__ATIME: it is one value, not bits */

enum option_kind
{
  OPTION_ATTRIBUTE, /* set and clear of this mount */
  OPTION_RECURSIVE, /* of the whole tree (Linux 5.12) */
  OPTION_PROPAGATION,
  OPTION_BIND,
  OPTION_RBIND,
  OPTION_REMOUNT,
  OPTION_COPY_UP,
  OPTION_IDMAP,
  OPTION_RIDMAP,
  OPTION_SUPERBLOCK, /* a flag of every file system, given to fsconfig under its own name */
  OPTION_DISK,       /* a flag that only file systems on disks know */
  OPTION_BACK,       /* takes back the flag of that name that stands before it */
  OPTION_NOTHING,    /* the default, or without effect on Linux today */
};

struct option
{
  const char *name;
  uint8_t kind;
  uint64_t set, clear; /* OPTION_PROPAGATION: set is MS_* */
  uint64_t only;       /* of times of access: the word takes back this one of them, not another that was asked for */
  const char *of;      /* OPTION_BACK */
};

/* config.md, "Linux mount options". */
#define BOTH(name, set, clear)                                                                                         \
  { name, OPTION_ATTRIBUTE, set, clear }, { "r" name, OPTION_RECURSIVE, set, clear }
static const struct option options[] = {
  BOTH ("ro", 0x1, 0),
  BOTH ("rw", 0, 0x1),
  BOTH ("nosuid", 0x2, 0),
  BOTH ("suid", 0, 0x2),
  BOTH ("nodev", 0x4, 0),
  BOTH ("dev", 0, 0x4),
  BOTH ("noexec", 0x8, 0),
  BOTH ("exec", 0, 0x8),
  BOTH ("nodiratime", 0x80, 0),
  BOTH ("diratime", 0, 0x80),
  BOTH ("nosymfollow", 0x200000, 0),
  BOTH ("symfollow", 0, 0x200000),
  BOTH ("relatime", 0, ATTRIBUTE_ATIMES),
  BOTH ("noatime", ATTRIBUTE_NOATIME, ATTRIBUTE_ATIMES),
  BOTH ("strictatime", ATTRIBUTE_STRICTATIME, ATTRIBUTE_ATIMES),
  /* what these take back leaves the kernel's default, relatime, which itself cannot be taken back */
  { "atime", OPTION_ATTRIBUTE, 0, ATTRIBUTE_ATIMES, ATTRIBUTE_NOATIME },
  { "ratime", OPTION_RECURSIVE, 0, ATTRIBUTE_ATIMES, ATTRIBUTE_NOATIME },
  { "nostrictatime", OPTION_ATTRIBUTE, 0, ATTRIBUTE_ATIMES, ATTRIBUTE_STRICTATIME },
  { "rnostrictatime", OPTION_RECURSIVE, 0, ATTRIBUTE_ATIMES, ATTRIBUTE_STRICTATIME },
  { "norelatime", OPTION_NOTHING },
  { "rnorelatime", OPTION_NOTHING },
  { "bind", OPTION_BIND, 0, 0 },
  { "rbind", OPTION_RBIND, 0, 0 },
  { "remount", OPTION_REMOUNT, 0, 0 },
  { "private", OPTION_PROPAGATION, MS_PRIVATE, 0 },
  { "rprivate", OPTION_PROPAGATION, MS_PRIVATE | MS_REC, 0 },
  { "shared", OPTION_PROPAGATION, MS_SHARED, 0 },
  { "rshared", OPTION_PROPAGATION, MS_SHARED | MS_REC, 0 },
  { "slave", OPTION_PROPAGATION, MS_SLAVE, 0 },
  { "rslave", OPTION_PROPAGATION, MS_SLAVE | MS_REC, 0 },
  { "unbindable", OPTION_PROPAGATION, MS_UNBINDABLE, 0 },
  { "runbindable", OPTION_PROPAGATION, MS_UNBINDABLE | MS_REC, 0 },
  { "tmpcopyup", OPTION_COPY_UP, 0, 0 },
  { "idmap", OPTION_IDMAP, 0, 0 },
  { "ridmap", OPTION_RIDMAP, 0, 0 },
  { "sync", OPTION_SUPERBLOCK, 0, 0 },
  { "dirsync", OPTION_SUPERBLOCK, 0, 0 },
  { "lazytime", OPTION_SUPERBLOCK, 0, 0 },
  { "mand", OPTION_SUPERBLOCK, 0, 0 },
  { "iversion", OPTION_DISK, 0, 0 },
  { "defaults", OPTION_NOTHING, 0, 0 },
  { "async", OPTION_BACK, .of = "sync" },
  { "nolazytime", OPTION_BACK, .of = "lazytime" },
  { "nomand", OPTION_BACK, .of = "mand" },
  { "noiversion", OPTION_BACK, .of = "iversion" },
  { "silent", OPTION_NOTHING, 0, 0 },
  { "loud", OPTION_NOTHING, 0, 0 },
};

static const struct option *
option_of (const char *name)
{
  for (size_t i = 0; i < sizeof options / sizeof options[0]; i++)
    if (strcmp (options[i].name, name) == 0)
      return &options[i];
  return NULL;
}

const char *
plan_mount_option (uint32_t index)
{
  return index < sizeof options / sizeof options[0] ? options[index].name : NULL;
}

static bool
on_disk (const char *type)
{
  static const char *const made[] = { "proc",    "sysfs", "tmpfs",    "devpts",  "mqueue",  "cgroup",
                                      "cgroup2", "ramfs", "devtmpfs", "debugfs", "tracefs", "securityfs" };
  for (size_t i = 0; i < sizeof made / sizeof made[0]; i++)
    if (strcmp (type, made[i]) == 0)
      return false;
  return true;
}

/* The last word on a bit counts. */
static void
change (uint64_t *set, uint64_t *clear, const struct option *option)
{
  if (option->only && (*clear & ATTRIBUTE_ATIMES) && (*set & ATTRIBUTE_ATIMES) != option->only)
    return;
  *set = (*set & ~option->clear) | option->set;
  *clear = (*clear & ~option->set) | option->clear;
}

static void
add_option (struct builder *builder, struct plan_mount *out, const char *text)
{
  struct plan_option *added = &out->options[out->option_count++];
  const char *equals = strchr (text, '=');
  added->key = equals ? arena_copy (builder->arena, text, (size_t)(equals - text)) : keep (builder, text);
  added->value = equals ? keep (builder, equals + 1) : NULL;
}

static void
take_back (struct plan_mount *out, const char *name)
{
  uint32_t kept = 0;
  for (uint32_t i = 0; i < out->option_count; i++)
    if (out->options[i].value || strcmp (out->options[i].key, name) != 0)
      out->options[kept++] = out->options[i];
  out->option_count = kept;
}

/* Of a file system that is made: what is bound has its size and owner. */
static bool
of_made (const char *text)
{
  static const char *const keys[] = { "size=", "mode=", "uid=", "gid=", "nr_inodes=", "nr_blocks=" };
  for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
    if (strncmp (text, keys[i], strlen (keys[i])) == 0)
      return true;
  return false;
}

/* The data of a file system that is no option of mount(8). For a bind there is nobody to take it: mount(2) ignores it,
 * which is an error here, since a slip of the pen could have been "ro"; but for what it cannot have been. */
static int
parse_data (struct builder *builder, const struct spec_mount *mount, uint32_t index, struct plan_mount *out, bool bind)
{
  const char *text = mount->options.items[index];
  origin_t node = builder_element (builder, &mount->options, index);
  if (bind && !of_made (text))
    return wrong (builder, node, "\"%s\" is not an option of a bind mount (%s)", text, mount->destination.text);
  if (bind)
    warn (builder, node, NULL, "\"%s\" has no effect on a bind mount (%s)", text, mount->destination.text);
  else
    add_option (builder, out, text);
  return 0;
}

static void
apply (struct builder *builder, const struct spec_mount *mount, const struct option *option, struct plan_mount *out)
{
  switch (option->kind)
    {
    case OPTION_ATTRIBUTE:
      change (&out->set, &out->clear, option);
      break;
    case OPTION_RECURSIVE:
      change (&out->recursive_set, &out->recursive_clear, option);
      break;
    case OPTION_PROPAGATION:
      out->propagation = option->set;
      break;
    case OPTION_RBIND:
      out->bind_recursive = true;
      break;
    case OPTION_REMOUNT:
      out->remount = true;
      break;
    case OPTION_COPY_UP:
      out->copy_up = true;
      break;
    case OPTION_SUPERBLOCK:
      if (out->type)
        add_option (builder, out, option->name);
      break;
    case OPTION_DISK:
      if (out->type && on_disk (out->type))
        add_option (builder, out, option->name);
      break;
    case OPTION_BACK:
      take_back (out, option->of);
      break;
    default:
      break;
    }
  (void)mount;
}

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
  bool bind = mount->type.text && strcmp (mount->type.text, "bind") == 0, asked = false;
  int result = 0;
  for (uint32_t i = 0; i < mount->options.count; i++)
    {
      const struct option *option = option_of (mount->options.items[i]);
      bind |= option && (option->kind == OPTION_BIND || option->kind == OPTION_RBIND);
    }
  out->fd = out->idmap_fd = PLAN_NO_FD;
  out->destination = mount->destination.text[0] == '/' ? keep (builder, mount->destination.text)
                                                       : arena_format (builder->arena, "/%s", mount->destination.text);
  out->type = bind ? NULL : keep (builder, mount->type.text);
  out->source = keep (builder, mount->source.text);
  out->options = arena_array (builder->arena, struct plan_option, mount->options.count + 1);
  for (uint32_t i = 0; i < mount->options.count; i++)
    {
      const struct option *option = option_of (mount->options.items[i]);
      asked |= option && (option->kind == OPTION_IDMAP || option->kind == OPTION_RIDMAP);
      out->idmap_recursive |= option && option->kind == OPTION_RIDMAP;
      if (option)
        apply (builder, mount, option, out);
      else if (parse_data (builder, mount, i, out, bind) < 0)
        result = -1;
    }
  out->superblock_readonly = out->type && (out->set & ATTRIBUTE_READONLY) && on_disk (out->type);
  if (out->copy_up && (!out->type || strcmp (out->type, "tmpfs") != 0))
    result = wrong (builder, mount->options.node, "tmpcopyup is an option of tmpfs");
  out->mode_of_directory = out->type && strcmp (out->type, "tmpfs") == 0 && !out->remount && !has_option (out, "mode");
  return parse_idmap (builder, mount, asked, out) < 0 ? -1 : result;
}
