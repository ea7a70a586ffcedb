/*
 * cgroup.subtree_control: a cgroup has a controller's files only if every cgroup above enables the controller for its
 * children. make.c and apply.c call controllers_enable.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "apply.h"
#include "husk/descriptor.h"
#include "husk/tree.h"

#define LIST_SIZE 512

/* Whether the limits write a file of this controller. */
static bool
needed (const struct limits *limits, uint32_t directory, const char *word, size_t length, origin_t *out_origin)
{
  for (uint32_t i = 0; i < limits->count; i++)
    {
      const struct limits_setting *setting = &limits->settings[i];
      if (setting->directory != directory || strlen (setting->controller) != length
          || strncmp (setting->controller, word, length) != 0)
        continue;
      *out_origin = setting->origin;
      return true;
    }
  return false;
}

struct handover
{
  const struct limits *limits;
  uint32_t directory;
  const char *path; /* of the cgroup whose children get the controllers */
};

static int
cannot (const struct handover *handover, origin_t origin, const char *word, size_t length, struct error *error)
{
  int code = errno;
  (void)error_set_at (error, origin, code, "enable the %.*s controller in cgroup /%.200s", (int)length, word,
                      handover->path);
  if (code == EBUSY)
    error_hint (error, "a cgroup that contains processes cannot delegate it: put linux.cgroupsPath elsewhere");
  else if (code == EOPNOTSUPP)
    error_hint (error, "it is threaded or contains processes: put linux.cgroupsPath elsewhere");
  else if (code == EACCES || code == EPERM)
    error_hint (error, "the cgroup is not delegated to uid %u", geteuid ());
  return -1;
}

/* Enables the controllers that are not enabled yet: all at once, or if that fails one by one, to find those that cannot
 * be. */
static int
hand_on (const struct handover *handover, int fd, const char *controllers, const char *present, struct error *error)
{
  char all[LIST_SIZE] = "", one[64];
  size_t used = 0;
  for (const char *at = controllers; *at && used + 64 < sizeof all;)
    {
      size_t size = strcspn (at, " \n");
      if (size && size < 60 && !host_lists_controller (present, at, size))
        used += (size_t)snprintf (all + used, sizeof all - used, "+%.*s ", (int)size, at);
      at += size;
      at += strspn (at, " \n");
    }
  if (used == 0 || write_file_at (fd, "cgroup.subtree_control", all) == 0)
    return 0;
  for (const char *at = all; *at;)
    {
      size_t size = strcspn (at, " ");
      origin_t origin = 0;
      (void)snprintf (one, sizeof one, "%.*s", (int)size, at);
      if (write_file_at (fd, "cgroup.subtree_control", one) < 0
          && needed (handover->limits, handover->directory, at + 1, size - 1, &origin))
        return cannot (handover, origin, at + 1, size - 1, error);
      at += size;
      at += strspn (at, " ");
    }
  return 0;
}

/* A cgroup has only the controllers that its parent enables, so a needed one that is missing here cannot be enabled
 * below. */
static int
check_needs (const struct handover *handover, const char *controllers, struct error *error)
{
  for (uint32_t i = 0; i < handover->limits->count; i++)
    {
      const struct limits_setting *setting = &handover->limits->settings[i];
      if (setting->directory != handover->directory || strcmp (setting->controller, "cgroup") == 0
          || host_lists_controller (controllers, setting->controller, strlen (setting->controller)))
        continue;
      errno = EACCES;
      return cannot (handover, setting->origin, setting->controller, strlen (setting->controller), error);
    }
  return 0;
}

static int
step_down (const struct handover *handover, int fd, struct error *error)
{
  char controllers[LIST_SIZE], present[LIST_SIZE];
  if (tree_read (fd, "cgroup.controllers", controllers, sizeof controllers) < 0
      || tree_read (fd, "cgroup.subtree_control", present, sizeof present) < 0)
    return error_set (error, errno, "read the controllers of cgroup /%s", handover->path);
  if (hand_on (handover, fd, controllers, present, error) < 0)
    return -1;
  return check_needs (handover, controllers, error);
}

/* Enables them in the cgroups above own's parent, from the tree's root down. */
static int
step_down_to_holder (const struct cgroup_directory *own, const struct handover *last, struct error *error)
{
  if (!strchr (own->path, '/'))
    return 0;
  auto_close int mount = descriptor_open (own->mount, O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (mount < 0)
    return error_set (error, errno, "open %s", own->mount);
  for (const char *end = own->path; end < tree_name (own) - 1; end = strchr (end + 1, '/'))
    {
      auto_free char *path = strndup (own->path, (size_t)(end - own->path));
      struct handover handover = { last->limits, last->directory, path };
      if (!path)
        return error_set (error, ENOMEM, "open cgroup %s", own->path);
      auto_close int fd = tree_open_below (mount, path, O_PATH | O_DIRECTORY);
      if (fd < 0)
        return error_set (error, errno, "open cgroup /%s", path);
      if (step_down (&handover, fd, error) < 0)
        return -1;
    }
  return 0;
}

int
controllers_enable (struct cgroup_directory *own, const struct limits *limits, uint32_t directory, struct error *error)
{
  auto_free char *holder = strndup (own->path, (size_t)(tree_name (own) - own->path));
  struct handover last = { limits, directory, holder };
  if (!holder)
    return error_set (error, ENOMEM, "open cgroup %s", own->path);
  if (tree_hold (own) < 0)
    return error_set (error, errno, "open cgroup %s/%s", own->mount, holder);
  if (step_down_to_holder (own, &last, error) < 0)
    return -1;
  return step_down (&last, own->holder, error);
}
