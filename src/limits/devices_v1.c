/*
 * Device rules as lines for devices.allow and devices.deny: "c 1:3 rw", "b *:* m", "a".
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "device_program.h"
#include "husk/descriptor.h"
#include "husk/tree.h"

#define LINE_MAX_SIZE 48
#define LIST_MAX_SIZE 65536

struct lists /* the two files, opened once */
{
  int allow, deny;
};

static void
format_device (const struct limits_device *device, char out[LINE_MAX_SIZE])
{
  char major[16] = "*", minor[16] = "*";
  if (device->type == 'a')
    {
      strcpy (out, "a");
      return;
    }
  if (device->major >= 0)
    (void)snprintf (major, sizeof major, "%d", (int)device->major);
  if (device->minor >= 0)
    (void)snprintf (minor, sizeof minor, "%d", (int)device->minor);
  (void)snprintf (out, LINE_MAX_SIZE, "%c %s:%s %s%s%s", device->type, major, minor,
                  device->access & LIMITS_DEVICE_READ ? "r" : "", device->access & LIMITS_DEVICE_WRITE ? "w" : "",
                  device->access & LIMITS_DEVICE_MKNOD ? "m" : "");
}

static int
write_line (const struct lists *lists, bool allow, const char *line, struct error *error)
{
  if (descriptor_write (allow ? lists->allow : lists->deny, line, strlen (line)) >= 0)
    return 0;
  (void)error_set (error, errno, "devices: write \"%s\" to devices.%s", line, allow ? "allow" : "deny");
  if (errno == EPERM)
    error_hint (error, "a cgroup cannot allow more than its parent");
  return -1;
}

static int
write_rules (const struct lists *lists, const struct limits *limits, struct error *error)
{
  char line[LINE_MAX_SIZE];
  for (uint32_t i = 0; i < limits->device_count; i++)
    {
      format_device (&limits->devices[i], line);
      if (write_line (lists, limits->devices[i].allow, line, error) < 0)
        return -1;
    }
  return 0;
}

/* ---- replacing the current rules
 * ---------------------------------------------------------------------------------- */

static bool
has_line (const char *list, const char *line)
{
  size_t length = strlen (line);
  for (const char *at = list; (at = strstr (at, line)); at += length)
    if ((at == list || at[-1] == '\n') && (at[length] == '\n' || at[length] == '\0'))
      return true;
  return false;
}

/* The lines that devices.list should have, if the rules list what is allowed. false: they do not, or the list is too
 * long. */
static bool
wanted_list (const struct limits *limits, char *out, size_t size)
{
  size_t used = 0;
  out[0] = '\0';
  if (limits->devices[0].allow || limits->devices[0].type != 'a')
    return false;
  for (uint32_t i = 1; i < limits->device_count && used + LINE_MAX_SIZE < size; i++)
    {
      format_device (&limits->devices[i], out + used);
      used += strlen (out + used);
      out[used++] = '\n';
      out[used] = '\0';
    }
  return used + LINE_MAX_SIZE < size;
}

/* Writes each line of `these` that is not in `those`. */
static int
write_missing (const struct lists *lists, bool allow, char *these, const char *those, struct error *error)
{
  char line[LINE_MAX_SIZE];
  for (char *at = these; *at;)
    {
      size_t length = strcspn (at, "\n");
      (void)snprintf (line, sizeof line, "%.*s", (int)length, at);
      if (length && !has_line (those, line) && write_line (lists, allow, line, error) < 0)
        return -1;
      at += length + (at[length] == '\n');
    }
  return 0;
}

/* Writes only the differences: with a denial of everything first, running programs would briefly lose their devices. */
static int
change_rules (const struct lists *lists, int fd, const struct limits *limits, struct error *error)
{
  auto_free char *present = calloc (2, LIST_MAX_SIZE);
  if (!present)
    return error_set (error, errno, "read devices.list");
  char *wanted = present + LIST_MAX_SIZE;
  if (limits->device_count == 0)
    return write_line (lists, true, "a", error);
  if (tree_read (fd, "devices.list", present, LIST_MAX_SIZE) < 0 || present[0] == 'a'
      || !wanted_list (limits, wanted, LIST_MAX_SIZE))
    return write_rules (lists, limits, error);
  if (write_missing (lists, true, wanted, present, error) < 0)
    return -1;
  return write_missing (lists, false, present, wanted, error);
}

int
device_rules_apply_v1 (int fd, const struct limits *limits, bool fresh, struct error *error)
{
  if (fresh && limits->device_count == 0)
    return 0;
  auto_close int allow = descriptor_open_at (fd, "devices.allow", O_WRONLY | O_CLOEXEC);
  auto_close int deny = descriptor_open_at (fd, "devices.deny", O_WRONLY | O_CLOEXEC);
  struct lists lists = { allow, deny };
  if (allow < 0 || deny < 0)
    return error_set (error, errno, "open devices.allow and devices.deny");
  return fresh ? write_rules (&lists, limits, error) : change_rules (&lists, fd, limits, error);
}
