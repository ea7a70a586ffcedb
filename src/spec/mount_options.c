/*
 * Parses the words of a mount: where it goes, its kind, its options. Later code never compares text.
 */
#include "types.h"

#include <string.h>
#include <sys/mount.h>

#include "husk/path.h"

enum option_kind
{
  OPTION_ATTRIBUTE, /* set and clear, for this mount */
  OPTION_RECURSIVE, /* the same for the whole tree (Linux 5.12) */
  OPTION_PROPAGATION,
  OPTION_BIND,
  OPTION_RBIND,
  OPTION_REMOUNT,
  OPTION_COPY_UP,
  OPTION_IDMAP,
  OPTION_RIDMAP,
  OPTION_COPY_SYMLINK,
  OPTION_SOURCE_NOFOLLOW,
  OPTION_TARGET_NOFOLLOW,
  OPTION_SUPERBLOCK, /* a flag of every file system, passed to fsconfig by its name */
  OPTION_DISK,       /* a flag that only file systems on disks have */
  OPTION_BACK,       /* clears an earlier flag, named in `of` */
  OPTION_NOTHING,    /* the default, or without effect on today's Linux */
};

struct option
{
  const char *name;
  uint8_t kind;
  uint64_t set, clear; /* OPTION_PROPAGATION: set is MS_* */
  uint64_t only;       /* access times: the only setting that this word takes back */
  const char *of;      /* OPTION_BACK */
};

/* config.md, "Linux mount options". */
#define BOTH(name, set, clear)                                                                                         \
  { name, OPTION_ATTRIBUTE, set, clear }, { "r" name, OPTION_RECURSIVE, set, clear }
static const struct option options[] = {
  BOTH ("ro", MOUNT_ATTR_RDONLY, 0),
  BOTH ("rw", 0, MOUNT_ATTR_RDONLY),
  BOTH ("nosuid", MOUNT_ATTR_NOSUID, 0),
  BOTH ("suid", 0, MOUNT_ATTR_NOSUID),
  BOTH ("nodev", MOUNT_ATTR_NODEV, 0),
  BOTH ("dev", 0, MOUNT_ATTR_NODEV),
  BOTH ("noexec", MOUNT_ATTR_NOEXEC, 0),
  BOTH ("exec", 0, MOUNT_ATTR_NOEXEC),
  BOTH ("nodiratime", MOUNT_ATTR_NODIRATIME, 0),
  BOTH ("diratime", 0, MOUNT_ATTR_NODIRATIME),
  BOTH ("nosymfollow", MOUNT_ATTR_NOSYMFOLLOW, 0),
  BOTH ("symfollow", 0, MOUNT_ATTR_NOSYMFOLLOW),
  BOTH ("relatime", 0, MOUNT_ATTR__ATIME),
  BOTH ("noatime", MOUNT_ATTR_NOATIME, MOUNT_ATTR__ATIME),
  BOTH ("strictatime", MOUNT_ATTR_STRICTATIME, MOUNT_ATTR__ATIME),
  /* these restore the kernel's default, relatime, which cannot itself be taken back */
  { "atime", OPTION_ATTRIBUTE, 0, MOUNT_ATTR__ATIME, MOUNT_ATTR_NOATIME },
  { "ratime", OPTION_RECURSIVE, 0, MOUNT_ATTR__ATIME, MOUNT_ATTR_NOATIME },
  { "nostrictatime", OPTION_ATTRIBUTE, 0, MOUNT_ATTR__ATIME, MOUNT_ATTR_STRICTATIME },
  { "rnostrictatime", OPTION_RECURSIVE, 0, MOUNT_ATTR__ATIME, MOUNT_ATTR_STRICTATIME },
  { "norelatime", OPTION_NOTHING },
  { "rnorelatime", OPTION_NOTHING },
  { "bind", OPTION_BIND, 0, 0 },
  { "rbind", OPTION_RBIND, 0, 0 },
  { "remount", OPTION_REMOUNT, 0, 0 },
#define PROPAGATION(name, flags) { name, OPTION_PROPAGATION, flags, 0 },
  /* clang-format off */
  SPEC_PROPAGATIONS (PROPAGATION)
  /* clang-format on */
  { "tmpcopyup", OPTION_COPY_UP, 0, 0 },
  { "idmap", OPTION_IDMAP, 0, 0 },
  { "ridmap", OPTION_RIDMAP, 0, 0 },
  { "copy-symlink", OPTION_COPY_SYMLINK, 0, 0 },
  { "src-nofollow", OPTION_SOURCE_NOFOLLOW, 0, 0 },
  { "dest-nofollow", OPTION_TARGET_NOFOLLOW, 0, 0 },
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
option_of (const char *text)
{
  static const struct option empty = { "", OPTION_NOTHING };
  size_t length = mount_idmap_value (text) ? strcspn (text, "=") : strlen (text);
  if (length == 0) /* engines that join lists leave empty options */
    return &empty;
  for (size_t i = 0; i < sizeof options / sizeof options[0]; i++)
    if (options[i].name[0] == text[0] && strncmp (options[i].name, text, length) == 0 && !options[i].name[length])
      return &options[i];
  return NULL;
}

const char *
spec_mount_option (uint32_t index)
{
  return index < sizeof options / sizeof options[0] ? options[index].name : NULL;
}

const char *
spec_attribute_word (uint64_t attribute, bool cleared)
{
  for (size_t i = 0; i < sizeof options / sizeof options[0]; i++)
    if (options[i].kind == OPTION_ATTRIBUTE && options[i].set == (cleared ? 0 : attribute)
        && (!cleared || options[i].clear == attribute))
      return options[i].name;
  return NULL;
}

/* climbs: each ".." removes the component before it, if there is one. */
static const char *
clean_path (const char *path, bool climbs, struct arena *arena)
{
  char *clean = arena_alloc (arena, strlen (path) + 2);
  size_t used = 0;
  struct path_component component;
  while (path_next (&path, &component))
    if (climbs && path_is_parent (&component))
      while (used > 0 && clean[--used] != '/')
        ;
    else if (!path_is_self (&component))
      {
        clean[used++] = '/';
        memcpy (clean + used, component.name, component.length);
        used += component.length;
      }
  if (used == 0)
    clean[used++] = '/';
  clean[used] = '\0';
  return clean;
}

const char *
spec_clean_path (const char *path, struct arena *arena)
{
  return clean_path (path, false, arena);
}

bool
spec_type_on_disk (const char *type)
{
  static const char *const made[] = { "proc",    "sysfs", "tmpfs",    "devpts",  "mqueue",  "cgroup",
                                      "cgroup2", "ramfs", "devtmpfs", "debugfs", "tracefs", "securityfs" };
  for (size_t i = 0; i < sizeof made / sizeof made[0]; i++)
    if (strcmp (type, made[i]) == 0)
      return false;
  return true;
}

/* The last option for a bit wins. */
static void
option_change (uint64_t *set, uint64_t *clear, const struct option *option)
{
  if (option->only && (*clear & MOUNT_ATTR__ATIME) && (*set & MOUNT_ATTR__ATIME) != option->only)
    return;
  *set = (*set & ~option->clear) | option->set;
  *clear = (*clear & ~option->set) | option->clear;
}

static void
add_data (struct spec_mount_options *out, const char *text, struct arena *arena)
{
  const char *equals = strchr (text, '=');
  out->data[out->data_count++]
      = (struct spec_mount_data){ equals ? arena_copy (arena, text, (size_t)(equals - text)) : text,
                                  equals ? equals + 1 : NULL };
}

static void
take_back (struct spec_mount_options *out, const char *name)
{
  uint32_t kept = 0;
  for (uint32_t i = 0; i < out->data_count; i++)
    if (out->data[i].value || strcmp (out->data[i].key, name) != 0)
      out->data[kept++] = out->data[i];
  out->data_count = kept;
}

static void
option_apply (struct spec_mount *mount, const struct option *option, struct arena *arena)
{
  struct spec_mount_options *out = &mount->parsed;
  bool made = !spec_mount_binds (mount) && mount->type.text;
  switch (option->kind)
    {
    case OPTION_ATTRIBUTE:
      option_change (&out->set, &out->clear, option);
      break;
    case OPTION_RECURSIVE:
      option_change (&out->recursive_set, &out->recursive_clear, option);
      break;
    case OPTION_PROPAGATION:
      out->propagation = option->set;
      break;
    case OPTION_REMOUNT:
      out->remount = true;
      break;
    case OPTION_COPY_UP:
      out->copy_up = true;
      break;
    case OPTION_RIDMAP:
      out->idmap_recursive = true;
      __attribute__ ((fallthrough));
    case OPTION_IDMAP:
      out->idmap = true;
      break;
    case OPTION_COPY_SYMLINK:
      out->copy_symlink = true;
      break;
    case OPTION_SOURCE_NOFOLLOW:
      out->source_nofollow = true;
      break;
    case OPTION_TARGET_NOFOLLOW:
      out->target_nofollow = true;
      break;
    case OPTION_SUPERBLOCK:
      if (made)
        add_data (out, option->name, arena);
      break;
    case OPTION_DISK:
      if (made && spec_type_on_disk (mount->type.text))
        add_data (out, option->name, arena);
      break;
    case OPTION_BACK:
      take_back (out, option->of);
      break;
    default:
      break;
    }
}

bool
spec_mount_binds (const struct spec_mount *mount)
{
  return mount->kind == SPEC_MOUNT_BIND || mount->kind == SPEC_MOUNT_RBIND;
}

static enum spec_mount_kind
kind_of (const struct spec_mount *mount)
{
  static const struct
  {
    const char *type;
    enum spec_mount_kind kind;
  } kinds[] = { { "bind", SPEC_MOUNT_BIND },     { "proc", SPEC_MOUNT_PROC },      { "sysfs", SPEC_MOUNT_SYSFS },
                { "cgroup", SPEC_MOUNT_CGROUP }, { "cgroup2", SPEC_MOUNT_CGROUP }, { "tmpfs", SPEC_MOUNT_TMPFS },
                { "devpts", SPEC_MOUNT_DEVPTS }, { "mqueue", SPEC_MOUNT_MQUEUE } };
  enum spec_mount_kind kind = SPEC_MOUNT_OTHER;
  for (size_t i = 0; mount->type.text && i < sizeof kinds / sizeof kinds[0]; i++)
    if (strcmp (kinds[i].type, mount->type.text) == 0)
      kind = kinds[i].kind;
  for (uint32_t i = 0; i < mount->options.count; i++)
    {
      const struct option *option = option_of (mount->options.items[i]);
      if (option && option->kind == OPTION_RBIND)
        kind = SPEC_MOUNT_RBIND;
      else if (option && option->kind == OPTION_BIND && kind != SPEC_MOUNT_RBIND)
        kind = SPEC_MOUNT_BIND;
    }
  return kind;
}

void
spec_mount_read (struct spec_mount *mount, struct arena *arena)
{
  mount->path = mount->destination.text ? clean_path (mount->destination.text, true, arena) : NULL;
  mount->kind = kind_of (mount);
  mount->parsed = (struct spec_mount_options){ 0 };
  mount->parsed.data = arena_array (arena, struct spec_mount_data, mount->options.count + 1);
  for (uint32_t i = 0; i < mount->options.count; i++)
    {
      const struct option *option = option_of (mount->options.items[i]);
      if (option)
        option_apply (mount, option, arena);
      else if (!spec_mount_binds (mount))
        add_data (&mount->parsed, mount->options.items[i], arena);
    }
}

/* Options for a new file system: a bind's source already has its size and owner. */
static bool
of_made (const char *text)
{
  static const char *const keys[] = { "size=", "mode=", "uid=", "gid=", "nr_inodes=", "nr_blocks=" };
  for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
    if (strncmp (text, keys[i], strlen (keys[i])) == 0)
      return true;
  return false;
}

/* The kernel's options of cgroup2. They are checked here because the host's mount may be bound instead, and then the
 * kernel never sees them. */
static bool
of_cgroup2 (const char *key)
{
  static const char *const keys[]
      = { "nsdelegate",           "favordynmods",     "nofavordynmods",           "memory_localevents",
          "memory_recursiveprot", "pids_localevents", "memory_hugetlb_accounting" };
  for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
    if (strcmp (key, keys[i]) == 0)
      return true;
  return false;
}

/* Data for the file system. mount(2) ignores it for a bind, which makes no file system. Here it is an error, since it
 * may be a typo of "ro"; size=, mode= and the like cannot be, and only warn. */
static void
check_data (struct checker *checker, const struct spec_mount *mount, const char *text, origin_t node)
{
  if (spec_mount_binds (mount) && of_made (text))
    warn (checker, node, NULL, "\"%s\" has no effect on a bind mount (%s)", text, mount->destination.text);
  else if (spec_mount_binds (mount))
    (void)wrong (checker, node, "\"%s\" is not an option of a bind mount (%s)", text, mount->destination.text);
  else if (mount->type.text && strcmp (mount->type.text, "cgroup2") == 0 && !of_cgroup2 (text))
    (void)wrong (checker, node, "\"%s\" is not an option of cgroup2 (%s)", text, mount->destination.text);
}

void
check_mount_options (struct checker *checker, struct spec_mount *mount)
{
  const struct spec_mount_options *parsed = &mount->parsed;
  for (uint32_t i = 0; i < mount->options.count; i++)
    {
      const char *text = mount->options.items[i];
      origin_t node = json_element (checker->document, mount->options.node, i);
      if (mount_idmap_value (text))
        check_idmap_option (checker, mount, text, node);
      else if (!option_of (text))
        check_data (checker, mount, text, node);
    }
  if (parsed->copy_up && mount->kind != SPEC_MOUNT_TMPFS)
    (void)wrong (checker, mount->options.node, "tmpcopyup is an option of tmpfs");
  if ((parsed->copy_symlink || parsed->source_nofollow) && !spec_mount_binds (mount))
    (void)wrong (checker, mount->options.node, "%s is an option of bind mounts",
                 parsed->copy_symlink ? "copy-symlink" : "src-nofollow");
}
