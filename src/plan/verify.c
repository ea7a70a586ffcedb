#include "husk/compile.h"

/* Every pointer of a plan must lie in its arena: husk-init has nothing else mapped. */
struct verifier
{
  const struct arena *arena;
  struct error *error;
  uint32_t index;
};

static bool
inside (struct verifier *verifier, const void *pointer, const char *what)
{
  const char *at = pointer;
  if (!at || (at >= verifier->arena->start && at < verifier->arena->next))
    return true;
  (void)error_set (verifier->error, 0, "step %u of the plan points outside of it: %s", verifier->index, what);
  return false;
}

static bool
list_inside (struct verifier *verifier, char **list, const char *what)
{
  if (!list || !inside (verifier, list, what))
    return false;
  for (; *list; list++)
    if (!inside (verifier, *list, what))
      return false;
  return true;
}

static bool
mount_inside (struct verifier *verifier, const struct plan_mount *mount)
{
  bool good = inside (verifier, mount->destination, "destination") && inside (verifier, mount->type, "type")
              && inside (verifier, mount->source, "source") && inside (verifier, mount->instead, "source")
              && inside (verifier, mount->uid_map, "uid map") && inside (verifier, mount->gid_map, "gid map");
  for (uint32_t i = 0; good && i < mount->option_count; i++)
    good = inside (verifier, &mount->options[i], "option") && inside (verifier, mount->options[i].key, "option")
           && inside (verifier, mount->options[i].value, "option");
  return good;
}

static bool
net_devices_inside (struct verifier *verifier, const struct plan_net_devices *devices)
{
  bool good = inside (verifier, devices->items, "network devices");
  for (uint32_t i = 0; good && i < devices->count; i++)
    good = inside (verifier, devices->items[i].host_name, "network device")
           && inside (verifier, devices->items[i].name, "network device");
  return good;
}

static bool
exec_inside (struct verifier *verifier, const struct plan_exec *exec)
{
  return inside (verifier, exec->file, "program") && list_inside (verifier, exec->argv, "argv")
         && list_inside (verifier, exec->envp, "envp") && inside (verifier, exec->path, "PATH");
}

static bool
hook_inside (struct verifier *verifier, const struct plan_hook *hook)
{
  return inside (verifier, hook->path, "hook") && list_inside (verifier, hook->argv, "argv")
         && list_inside (verifier, hook->envp, "envp") && inside (verifier, hook->state_before, "state")
         && inside (verifier, hook->state_after, "state");
}

/* What the step points to, which is in the arena itself. */
static bool
data_inside (struct verifier *verifier, const struct step *step)
{
  switch (step->kind)
    {
    case STEP_MOUNT:
      return mount_inside (verifier, step->mount);
    case STEP_EXEC:
    case STEP_LOOKUP:
    case STEP_HOME:
    case STEP_PROVE:
      return exec_inside (verifier, step->exec);
    case STEP_HOOK:
      return hook_inside (verifier, step->hook);
    case STEP_DEVICE:
      return inside (verifier, step->device->path, "device");
    case STEP_NET_DEVICES:
      return net_devices_inside (verifier, step->net_devices);
    case STEP_LINK:
      return inside (verifier, step->link->path, "link") && inside (verifier, step->link->target, "link");
    case STEP_SECCOMP:
      return inside (verifier, step->filter->program, "program")
             && inside (verifier, step->filter->hook_program, "program");
    case STEP_ROOTFS:
      return inside (verifier, step->rootfs->path, "rootfs");
    default:
      return true;
    }
}

/* Without a default: the compiler asks of every new kind of step whether it has a number. */
static bool
is_number (enum step_kind kind)
{
  switch (kind)
    {
    case STEP_UNSHARE:
    case STEP_PROPAGATION:
    case STEP_OOM_SCORE:
    case STEP_PIVOT:
    case STEP_STREAMS:
    case STEP_IO_PRIORITY:
    case STEP_PERSONALITY:
    case STEP_UMASK:
      return true;
    case STEP_PLACED:
    case STEP_JOIN:
    case STEP_MAPPED_ROOT:
    case STEP_SESSION:
    case STEP_HOSTNAME:
    case STEP_DOMAINNAME:
    case STEP_LOOPBACK:
    case STEP_NET_DEVICES:
    case STEP_ROOTFS:
    case STEP_MOUNT:
    case STEP_DEVICE:
    case STEP_LINK:
    case STEP_CONSOLE:
    case STEP_RUNTIME_HOOKS:
    case STEP_HOOK:
    case STEP_SYSCTL:
    case STEP_LABEL:
    case STEP_DIRECTORY:
    case STEP_READONLY:
    case STEP_MASK:
    case STEP_ROOT_READONLY:
    case STEP_CREATED:
    case STEP_WAIT:
    case STEP_AFFINITY:
    case STEP_SCHEDULER:
    case STEP_MEMORY_POLICY:
    case STEP_CWD:
    case STEP_LOOKUP:
    case STEP_RLIMITS:
    case STEP_IDENTITY:
    case STEP_NO_NEW_PRIVILEGES:
    case STEP_HOME:
    case STEP_PROVE:
    case STEP_SECCOMP:
    case STEP_EXEC:
    case STEP_KIND_COUNT:
      return false;
    }
  return false;
}

int
plan_verify (const struct plan *plan, const struct arena *arena, struct error *error)
{
  struct verifier verifier = { arena, error, 0 };
  if (!inside (&verifier, plan, "plan") || !inside (&verifier, plan->steps, "steps"))
    return -1;
  for (uint32_t i = 0; i < plan->step_count; i++)
    {
      verifier.index = i;
      if (plan->steps[i].kind >= STEP_KIND_COUNT)
        return error_set (error, 0, "step %u of the plan is of no kind", i);
      if (!is_number ((enum step_kind)plan->steps[i].kind)
          && (!inside (&verifier, plan->steps[i].data, "data") || !data_inside (&verifier, &plan->steps[i])))
        return -1;
    }
  return 0;
}
