/*
 * Writes compiled limits to the control files: for make.c in each directory of a new container, for creation.c
 * and restore.c the late ones, for update.c those of a running container. The values have been decided; this file
 * handles missing files, and values that the kernel refuses because of others. What was written before a failure stays.
 * An error about a setting has the origin of its value.
 */
#include "apply.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "device_program.h"
#include "husk/descriptor.h"
#include "husk/log.h"
#include "husk/tree.h"

static const char *
used_file (int fd, const struct limits_setting *setting)
{
  return setting->older_file && faccessat (fd, setting->file, F_OK, 0) < 0 ? setting->older_file : setting->file;
}

static int
write_setting (int fd, const struct limits_setting *setting)
{
  if (write_file_at (fd, setting->file, setting->value) == 0)
    return log_debug ("cgroup: \"%s\" written to %s", setting->value, setting->file), 0;
  if (errno == ENOENT && setting->older_file && write_file_at (fd, setting->older_file, setting->older_value) == 0)
    return log_debug ("cgroup: \"%s\" written to %s", setting->older_value, setting->older_file), 0;
  return (errno == ENOENT || errno == EOPNOTSUPP) && setting->optional ? 0 : -1;
}

/* CPUs or memory nodes that the machine lacks are the usual mistake. */
static void
hint_at_machine (const struct limits_setting *setting, struct error *error)
{
  bool nodes = strstr (setting->file, "mems");
  char list[100];
  ssize_t size
      = read_small (nodes ? "/sys/devices/system/node/online" : "/sys/devices/system/cpu/online", list, sizeof list);
  if (size > 0)
    error_hint (error, "this machine has %s %.*s", nodes ? "the memory nodes" : "the CPUs", (int)strcspn (list, "\n"),
                list);
}

static void
add_hint (const struct limits_setting *setting, int code, struct error *error)
{
  if (code == ENOENT && (strstr (setting->file, "memsw") || strstr (setting->file, "swap")))
    error_hint (error, "this kernel does not account swap: it needs CONFIG_SWAP, or swapaccount=1 at boot");
  else if (code == ENOENT && strstr (setting->file, "weight"))
    error_hint (error, "block I/O weights need the BFQ scheduler (module bfq)");
  else if (code == EBUSY && strcmp (setting->controller, "memory") == 0)
    error_hint (error, "more than this is in use");
  else if (strcmp (setting->controller, "cpuset") == 0 && (code == ERANGE || code == EINVAL || code == EACCES))
    hint_at_machine (setting, error);
  else if ((code == EACCES || code == EPERM) && geteuid () != 0)
    error_hint (error, "the cgroup is not delegated to uid %u", geteuid ());
}

/* The number that the user wrote, and the converted value. */
static const char *
written_value (int fd, const struct limits_setting *setting, char *out, size_t size)
{
  const char *value = used_file (fd, setting) == setting->file ? setting->value : setting->older_value;
  if (setting->given && strcmp (setting->given, value) != 0)
    (void)snprintf (out, size, "%.60s as \"%.100s\"", setting->given, value);
  else
    (void)snprintf (out, size, "\"%.100s\"", value);
  return out;
}

static int
setting_failed (const struct cgroup_directory *directory, int fd, const struct limits_setting *setting, int code,
                struct error *error)
{
  /* not errno's text: clients take it for a missing program */
  if (code == ENOENT)
    (void)error_set_at (error, setting->origin, 0, "%s: this kernel has no %s", setting->controller, setting->file);
  else
    {
      char value[180];
      (void)error_set_at (error, setting->origin, code, "%s: write %s to %s of cgroup %.200s", setting->controller,
                          written_value (fd, setting, value, sizeof value), used_file (fd, setting), directory->path);
    }
  add_hint (setting, code, error);
  return -1;
}

/* Whether the kernel may have refused the value because of another one. */
static bool
may_depend (int code)
{
  return code == EINVAL || code == EBUSY || code == ERANGE || code == ENOSPC;
}

/* Values constrain each other (limit and memsw, quota and burst, runtime and period), and the right order depends on
 * the current ones. Refused values are tried again as long as some other value is accepted. */
static int
apply_settings (const struct cgroup *cgroup, const struct limits *limits, uint32_t directory, int fd,
                enum apply_stage stage, struct error *error)
{
  auto_free bool *done = calloc (limits->count + 1, sizeof *done);
  if (!done)
    return error_set (error, errno, "set the limits of cgroup %s", cgroup->directories[directory].path);
  for (;;)
    {
      const struct limits_setting *refused = NULL;
      int code = 0;
      bool progress = false;
      for (uint32_t i = 0; i < limits->count; i++)
        {
          const struct limits_setting *setting = &limits->settings[i];
          if (done[i] || setting->directory != directory || (stage != APPLY_UPDATE && setting->late))
            continue;
          done[i] = write_setting (fd, setting) == 0;
          progress = progress || done[i];
          if (done[i])
            continue;
          if (!refused)
            refused = setting, code = errno;
          if (!may_depend (errno))
            return setting_failed (&cgroup->directories[directory], fd, setting, errno, error);
        }
      if (!refused)
        return 0;
      if (!progress)
        return setting_failed (&cgroup->directories[directory], fd, refused, code, error);
    }
}

static int
apply_devices (const struct limits *limits, int fd, enum apply_stage stage, struct error *error)
{
  int result = limits->devices_v2 ? device_program_apply (fd, &limits->program, stage == APPLY_NEW, error)
                                  : device_rules_apply_v1 (fd, limits, stage == APPLY_NEW, error);
  if (result < 0 && !error->origin)
    error->origin = limits->devices_origin;
  return result;
}

/* A new container's device program waits for limits_apply_late. */
static bool
has_devices (const struct limits *limits, uint32_t directory, enum apply_stage stage)
{
  return limits->devices_set && limits->devices_directory == directory
         && (stage == APPLY_UPDATE || !limits->devices_v2);
}

bool
limits_has_work (const struct limits *limits, uint32_t directory, enum apply_stage stage)
{
  if (has_devices (limits, directory, stage))
    return true;
  for (uint32_t i = 0; i < limits->count; i++)
    if (limits->settings[i].directory == directory)
      return true;
  return false;
}

int
limits_apply_directory (const struct cgroup *cgroup, const struct limits *limits, uint32_t directory, int fd,
                        enum apply_stage stage, struct error *error)
{
  if (apply_settings (cgroup, limits, directory, fd, stage, error) < 0)
    return -1;
  return has_devices (limits, directory, stage) ? apply_devices (limits, fd, stage, error) : 0;
}

/* memory.current or memory.usage_in_bytes from the directory that has it; -1: none does. */
static long long
memory_in_use (const struct cgroup *cgroup)
{
  char text[32];
  for (uint32_t i = 0; i < cgroup->count; i++)
    {
      auto_close int fd = tree_open (&cgroup->directories[i]);
      if (fd >= 0
          && (tree_read (fd, "memory.current", text, sizeof text) > 0
              || tree_read (fd, "memory.usage_in_bytes", text, sizeof text) > 0))
        return strtoll (text, NULL, 10);
    }
  return -1;
}

int
limits_check_update (const struct cgroup *cgroup, const struct limits *limits, struct error *error)
{
  long long used = limits->memory_checked < 0 ? -1 : memory_in_use (cgroup);
  if (used <= limits->memory_checked)
    return 0;
  return error_set_at (error, limits->memory_origin, 0, "the memory limit %lld is below the memory in use, %lld",
                       (long long)limits->memory_checked, used);
}

static int
apply_late_devices (const struct cgroup *cgroup, const struct limits *limits, int v2, struct error *error)
{
  const struct cgroup_directory *directory = &cgroup->directories[limits->devices_directory];
  auto_close int opened = v2 < 0 ? tree_open (directory) : -1;
  if (v2 < 0 && opened < 0)
    return error_set (error, errno, "open cgroup %s/%s", directory->mount, directory->path);
  return apply_devices (limits, v2 < 0 ? opened : v2,
                        directory->found || cgroup->unit.name ? APPLY_EXISTING : APPLY_NEW, error);
}

bool
limits_come_late (const struct cgroup *cgroup, const struct limits *limits)
{
  return limits->devices_set && limits->devices_v2 && limits->program.count && !cgroup_comes_late (cgroup);
}

int
limits_apply_late (const struct cgroup *cgroup, const struct limits *limits, int v2, struct error *error)
{
  if (limits->devices_set && limits->devices_v2 && apply_late_devices (cgroup, limits, v2, error) < 0)
    return -1;
  for (uint32_t i = 0; i < limits->count; i++)
    {
      const struct limits_setting *setting = &limits->settings[i];
      if (!setting->late)
        continue;
      const struct cgroup_directory *directory = &cgroup->directories[setting->directory];
      auto_close int fd = tree_open (directory);
      if (fd < 0 || write_setting (fd, setting) < 0)
        return setting_failed (directory, fd, setting, errno, error);
    }
  return 0;
}

int
limits_apply (struct cgroup *cgroup, const struct limits *limits, struct error *error)
{
  for (uint32_t i = 0; i < cgroup->count; i++)
    {
      if (!limits_has_work (limits, i, APPLY_UPDATE))
        continue;
      auto_close int fd = tree_open (&cgroup->directories[i]);
      if (fd < 0)
        return error_set (error, errno, "open cgroup %s/%s", cgroup->directories[i].mount, cgroup->directories[i].path);
      if (tree_is_replaced (cgroup))
        return error_set (error, ENOENT, "open cgroup %s/%s", cgroup->directories[i].mount,
                          cgroup->directories[i].path);
      if ((cgroup->directories[i].v2 && controllers_enable (&cgroup->directories[i], limits, i, error) < 0)
          || limits_apply_directory (cgroup, limits, i, fd, APPLY_UPDATE, error) < 0)
        return -1;
    }
  return 0;
}
