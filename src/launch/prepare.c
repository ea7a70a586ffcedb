/*
 * Opens what a plan needs with the host's rights. creation.c and exec.c call launch_prepare, which replaces each
 * PLAN_PREPARE with a descriptor before launch_start seals the plan. Only descriptors are made, so nothing else has to
 * be undone. run.c calls launch_release, because it stays as long as the container runs. A new kind of step with
 * descriptors must be added to prepare_step and descriptors.c.
 */
#include "husk/launch.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sched.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "descriptors.h"
#include "husk/descriptor.h"
#include "husk/host.h"
#include "mount_source.h"
#include "namespace.h"

/* A path may lead to the namespace that husk itself is in, and of which the host is a member. */
static int
spare_host (const struct plan *plan, const struct plan_join *join, struct error *error)
{
  struct stat joined, own;
  for (uint32_t i = 0; !join->ahead && join->path && i < plan->step_count; i++)
    {
      const struct step *step = &plan->steps[i];
      if (step->kind != STEP_SYSCTL || step->sysctl->namespace != join->flags)
        continue;
      if (fstat (join->fd, &joined) < 0 || stat (host_namespace_file (join->flags), &own) < 0)
        return error_set_at (error, join->origin, errno, "stat the namespace %s", join->path);
      if (joined.st_dev == own.st_dev && joined.st_ino == own.st_ino)
        return error_set_at (error, step->origin, 0, "\"%s\" would change the host: %s is the host's own namespace",
                             step->sysctl->name, join->path);
    }
  return 0;
}

static int
prepare_step (const struct plan *plan, struct step *step, struct error *error)
{
  switch (step->kind)
    {
    case STEP_JOIN:
      return namespace_open (step->join, error) < 0 ? -1 : spare_host (plan, step->join, error);
    case STEP_ROOTFS:
      return source_open_rootfs (step->rootfs, step->origin, error);
    case STEP_MOUNT:
      return source_open_mount (step->mount, &plan->parent, step->origin, error);
    case STEP_DEVICE:
      return source_open_device (step->device, step->origin, error);
    default:
      return 0;
    }
}

static int
prepare_proc (struct plan *plan, struct error *error)
{
  struct statfs fs;
  auto_close int fd = descriptor_open ("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0 || fstatfs (fd, &fs) < 0)
    return error_set (error, errno, "open /proc");
  if (fs.f_type != PROC_SUPER_MAGIC)
    return error_set (error, 0, "the host's /proc is not procfs");
  plan->proc = take_fd (&fd);
  return 0;
}

/* ---- steps that need the host's /proc: one function per word in STEP_KINDS --------------------------------------- */

static bool
proc_never (const struct step *step)
{
  (void)step;
  return false;
}

static bool
proc_always (const struct step *step)
{
  (void)step;
  return true;
}

/* Once a mount namespace is joined by path, the host's files are no longer visible. */
static bool
proc_join (const struct step *step)
{
  return step->join->path && step->join->flags & CLONE_NEWNS;
}

/* husk-init unmounts such a tree by a path in /proc (init/mount.c, put_in_order). */
static bool
proc_mount (const struct step *step)
{
  return step->mount->in_order;
}

static bool (*const needs_proc[STEP_KIND_COUNT]) (const struct step *) = {
#define STEP_KIND_PROC(name, function, data, ask, proc, traits, word, text) proc_##proc,
  STEP_KINDS (STEP_KIND_PROC)
#undef STEP_KIND_PROC
};

int
launch_prepare (struct launch *launch, struct error *error)
{
  struct plan *plan = launch->plan;
  bool proc = false;
  for (uint32_t i = 0; i < plan->step_count && !proc; i++)
    proc = needs_proc[plan->steps[i].kind](&plan->steps[i]);
  if (proc && prepare_proc (plan, error) < 0)
    return -1;
  for (uint32_t i = 0; i < plan->parent.join_before_count; i++)
    if (namespace_open (&plan->parent.joins_before[i], error) < 0)
      return -1;
  if (plan->parent.join_user && namespace_open (plan->parent.join_user, error) < 0)
    return -1;
  for (uint32_t i = 0; i < plan->step_count; i++)
    if (prepare_step (plan, &plan->steps[i], error) < 0)
      {
        error->step = (uint16_t)(i + 1);
        return -1;
      }
  return 0;
}

/* ---- husk check --host ------------------------------------------------------------------------------------------- */

/* plan NULL: the parent's, for which no step sets a parameter. */
static int
look_join (const struct plan *plan, const struct plan_join *join, struct error *error)
{
  struct plan_join seen = *join;
  int result = namespace_open (&seen, error);
  if (result == 0 && plan)
    result = spare_host (plan, &seen, error);
  descriptor_close (&seen.fd);
  return result;
}

/* A mount of type cgroup binds the container's own, which is made first. */
static bool
is_own_cgroup (const struct cgroup *cgroup, const char *source)
{
  for (uint32_t i = 0; source && i < cgroup->count; i++)
    {
      const struct cgroup_directory *directory = &cgroup->directories[i];
      size_t length = strlen (directory->mount);
      if (strncmp (source, directory->mount, length) == 0 && source[length] == '/'
          && strcmp (source + length + 1, directory->path) == 0)
        return true;
    }
  return false;
}

static int
look_step (const struct plan *plan, const struct cgroup *cgroup, const struct step *step, struct error *error)
{
  switch (step->kind)
    {
    case STEP_JOIN:
      return look_join (plan, step->join, error);
    case STEP_ROOTFS:
      return source_look_rootfs (step->rootfs, step->origin, error);
    case STEP_MOUNT:
      return is_own_cgroup (cgroup, step->mount->source) ? 0 : source_look_mount (step->mount, step->origin, error);
    case STEP_DEVICE:
      return source_look_device (step->device, step->origin, error);
    default:
      return 0;
    }
}

void
launch_look (const struct plan *plan, const struct cgroup *cgroup, void (*each) (const struct error *error, void *data),
             void *data)
{
  const struct plan_parent *parent = &plan->parent;
  for (uint32_t i = 0; i < parent->join_before_count; i++)
    {
      struct error error = { 0 };
      if (look_join (NULL, &parent->joins_before[i], &error) < 0)
        each (&error, data);
    }
  struct error refused = { 0 };
  if (parent->join_user && look_join (NULL, parent->join_user, &refused) < 0)
    each (&refused, data);
  for (uint32_t i = 0; i < plan->step_count; i++)
    {
      struct error error = { 0 };
      if (look_step (plan, cgroup, &plan->steps[i], &error) < 0)
        each (&error, data);
    }
}

static void
release (int fd, bool opened, void *data)
{
  (void)data;
  if (fd >= 0 && opened)
    (void)close (fd);
}

/* An open clone of a mount would keep its file system busy. */
void
launch_release (const struct plan *plan)
{
  const struct plan_parent *parent = &plan->parent;
  if (parent->join_user)
    release (parent->join_user->fd, true, NULL);
  for (uint32_t i = 0; i < parent->join_before_count; i++)
    release (parent->joins_before[i].fd, parent->joins_before[i].path != NULL, NULL);
  plan_each_fd (plan, release, NULL);
}
