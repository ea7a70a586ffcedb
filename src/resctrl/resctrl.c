/*
 * The container's group in the resctrl file system: made by create, joined by exec, changed by update, removed by
 * delete. If closID names an existing group, create compares its schemata with the config's and does not write them. A
 * group named by closID may serve other containers, so delete leaves it. Delete removes a group with the container's
 * own name, and the container's monitoring group.
 */
#include "husk/resctrl.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "husk/descriptor.h"
#include "husk/tree.h"

#define RESCTRL_ROOT "/sys/fs/resctrl"

/* ---- (config) -> group ------------------------------------------------------------------------------------------- */

/* In the order of the specification. */
static const char *
lines_of (const struct spec_intel_rdt *config, struct arena *arena)
{
  const char *text = NULL;
  if (config->l3_cache_schema.text)
    text = arena_format (arena, "%s\n", config->l3_cache_schema.text);
  if (config->mem_bw_schema.text)
    text = arena_format (arena, "%s%s\n", text ? text : "", config->mem_bw_schema.text);
  for (uint32_t i = 0; i < config->schemata.count; i++)
    text = arena_format (arena, "%s%s\n", text ? text : "", config->schemata.items[i]);
  return text;
}

void
resctrl_compile (const struct spec *spec, const char *id, struct arena *arena, struct resctrl *out)
{
  const struct spec_intel_rdt *config = spec->linux_->intel_rdt;
  *out = (struct resctrl){ NULL };
  if (!config)
    return;
  const char *clos = config->clos_id.text;
  out->origin = config->node;
  out->group = !clos ? id : strcmp (clos, "/") == 0 ? "" : clos;
  out->own = !clos;
  out->schemata = lines_of (config, arena);
  out->must_exist = clos && !out->schemata;
  out->monitor = config->enable_monitoring.value ? id : NULL;
}

/* ---- groups --------------------------------------------------------------------------------------------------------
 */

int
resctrl_open (struct error *error)
{
  struct statfs fs;
  auto_close int fd = descriptor_open (RESCTRL_ROOT, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0 || fstatfs (fd, &fs) < 0 || fs.f_type != RDTGROUP_SUPER_MAGIC)
    {
      (void)error_set (error, 0, "intelRdt needs the resctrl file system, which is not mounted on " RESCTRL_ROOT);
      error_hint (error, "mount -t resctrl resctrl " RESCTRL_ROOT ", on a processor that has it");
      return -1;
    }
  return take_fd (&fd);
}

static int
open_group (int file_system, const struct resctrl *resctrl)
{
  return tree_open_below (file_system, resctrl->group, O_RDONLY | O_DIRECTORY);
}

/* The value of a domain in a line like "L3:0=7f;1=7f", or NULL. */
static const char *
find_domain (const char *line, size_t length, unsigned long domain)
{
  const char *at = memchr (line, ':', length);
  while (at && at < line + length)
    {
      char *end;
      unsigned long number = strtoul (++at, &end, 10);
      if (end > at && *end == '=' && number == domain)
        return end + 1;
      at = strchr (at, ';');
    }
  return NULL;
}

static const char *
find_line (const char *schemata, const char *resource, size_t length)
{
  for (const char *line = schemata; *line; line += strcspn (line, "\n"), line += *line == '\n')
    {
      line += strspn (line, " \t"); /* the kernel aligns the names */
      if (strncmp (line, resource, length) == 0 && line[length] == ':')
        return line;
    }
  return NULL;
}

static bool
line_agrees (const char *wanted, const char *present)
{
  size_t name = strcspn (wanted, ":"), length = strcspn (wanted, "\n");
  const char *line = find_line (present, wanted, name);
  for (const char *at = wanted + name; line && at < wanted + length; at += strcspn (at, ";\n"))
    {
      char *end;
      unsigned long domain = strtoul (++at, &end, 10);
      const char *value = *end == '=' ? find_domain (line, strcspn (line, "\n"), domain) : NULL;
      if (!value || strtoul (end + 1, NULL, 16) != strtoul (value, NULL, 16))
        return false;
    }
  return line != NULL;
}

static int
check_existing (int group, const struct resctrl *resctrl, struct error *error)
{
  char present[8192];
  if (!resctrl->schemata)
    return 0;
  if (tree_read (group, "schemata", present, sizeof present) <= 0)
    return error_set_at (error, resctrl->origin, errno, "read the schemata of resctrl group %s", resctrl->group);
  for (const char *line = resctrl->schemata; *line; line += strcspn (line, "\n") + 1)
    if (!line_agrees (line, present))
      return error_set_at (error, resctrl->origin, 0, "resctrl group \"%s\" exists, but its schemata are not \"%.*s\"",
                           resctrl->group, (int)strcspn (line, "\n"), line);
  return 0;
}

int
resctrl_update (int file_system, const struct resctrl *resctrl, const char *schemata, struct error *error)
{
  auto_close int group = open_group (file_system, resctrl);
  if (group < 0)
    return error_set (error, errno, "open resctrl group %s", resctrl->group);
  for (const char *line = schemata; *line; line += strcspn (line, "\n") + 1)
    {
      char text[4096];
      char status[256];
      (void)snprintf (text, sizeof text, "%.*s\n", (int)strcspn (line, "\n"), line);
      if (write_file_at (group, "schemata", text) == 0)
        continue;
      (void)error_set_at (error, resctrl->origin, errno, "write \"%.*s\" to the schemata of resctrl group \"%s\"",
                          (int)strcspn (line, "\n"), line, resctrl->group);
      if (tree_read (file_system, "info/last_cmd_status", status, sizeof status) > 0)
        error_hint (error, "the kernel: %.*s", (int)strcspn (status, "\n"), status);
      return -1;
    }
  return 0;
}

static int
write_task (int group, const char *name, pid_t pid, struct error *error)
{
  char number[16];
  (void)snprintf (number, sizeof number, "%d", (int)pid);
  return write_file_at (group, "tasks", number) < 0
             ? error_set (error, errno, "put process %d into resctrl group \"%s\"", (int)pid, name)
             : 0;
}

static int
open_monitor (int group, const struct resctrl *resctrl, bool make)
{
  auto_close int monitors = tree_open_below (group, "mon_groups", O_RDONLY | O_DIRECTORY);
  if (monitors < 0 || (make && mkdirat (monitors, resctrl->monitor, 0755) < 0))
    return -1;
  return tree_open_below (monitors, resctrl->monitor, O_RDONLY | O_DIRECTORY);
}

/* 0: it is gone. */
static int
remove_monitor (int group, const struct resctrl *resctrl)
{
  auto_close int monitors = resctrl->monitor ? tree_open_below (group, "mon_groups", O_RDONLY | O_DIRECTORY) : -1;
  return monitors < 0 || unlinkat (monitors, resctrl->monitor, AT_REMOVEDIR) == 0 || errno == ENOENT ? 0 : -1;
}

int
resctrl_join (int file_system, const struct resctrl *resctrl, pid_t pid, struct error *error)
{
  auto_close int group = open_group (file_system, resctrl);
  if (group < 0)
    return error_set (error, errno, "open resctrl group \"%s\"", resctrl->group);
  if (write_task (group, resctrl->group, pid, error) < 0)
    return -1;
  auto_close int monitor = resctrl->monitor ? open_monitor (group, resctrl, false) : -1;
  if (resctrl->monitor && monitor < 0)
    return error_set (error, errno, "open monitoring group \"%s\"", resctrl->monitor);
  return monitor < 0 ? 0 : write_task (monitor, resctrl->monitor, pid, error);
}

static int
fill_group (int file_system, int group, const struct resctrl *resctrl, bool made, pid_t pid, struct error *error)
{
  if (made && resctrl->schemata && resctrl_update (file_system, resctrl, resctrl->schemata, error) < 0)
    return -1;
  if (!made && check_existing (group, resctrl, error) < 0)
    return -1;
  auto_close int monitor = resctrl->monitor ? open_monitor (group, resctrl, true) : -1;
  if (resctrl->monitor && monitor < 0)
    return error_set_at (error, resctrl->origin, errno, "make monitoring group \"%s\"", resctrl->monitor);
  if (resctrl_join (file_system, resctrl, pid, error) == 0)
    return 0;
  (void)remove_monitor (group, resctrl); /* needed if the group itself stays, because others share it */
  return -1;
}

int
resctrl_make (int file_system, const struct resctrl *resctrl, pid_t pid, struct error *error)
{
  bool made = resctrl->group[0] && !resctrl->must_exist && mkdirat (file_system, resctrl->group, 0755) == 0;
  if (!made && resctrl->group[0] && !resctrl->must_exist && (errno != EEXIST || resctrl->own))
    return error_set_at (error, resctrl->origin, errno, "make resctrl group \"%s\"", resctrl->group);
  auto_close int group = open_group (file_system, resctrl);
  if (group < 0)
    return error_set_at (error, resctrl->origin, 0,
                         "resctrl group \"%s\" does not exist, and there is no schema to make it from", resctrl->group);
  if (fill_group (file_system, group, resctrl, made, pid, error) == 0)
    return 0;
  if (made)
    (void)unlinkat (file_system, resctrl->group, AT_REMOVEDIR); /* the first error is the one reported */
  return -1;
}

int
resctrl_remove (int file_system, const struct resctrl *resctrl, struct error *error)
{
  auto_close int group = open_group (file_system, resctrl);
  if (group >= 0 && remove_monitor (group, resctrl) < 0)
    return error_set (error, errno, "remove monitoring group \"%s\"", resctrl->monitor);
  if (resctrl->own && unlinkat (file_system, resctrl->group, AT_REMOVEDIR) < 0 && errno != ENOENT)
    return error_set (error, errno, "remove resctrl group \"%s\"", resctrl->group);
  return 0;
}
