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
step_inside (struct verifier *verifier, const struct step *step)
{
  switch (step->kind)
    {
    case STEP_MOUNT:
      return mount_inside (verifier, step->mount);
    case STEP_EXEC:
    case STEP_LOOKUP:
    case STEP_HOME:
    case STEP_PROVE:
      return inside (verifier, step->exec->file, "program") && list_inside (verifier, step->exec->argv, "argv")
             && list_inside (verifier, step->exec->envp, "envp") && inside (verifier, step->exec->path, "PATH");
    case STEP_HOOK:
      return inside (verifier, step->hook->path, "hook") && list_inside (verifier, step->hook->argv, "argv")
             && list_inside (verifier, step->hook->envp, "envp") && inside (verifier, step->hook->state_before, "state")
             && inside (verifier, step->hook->state_after, "state");
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

static bool
is_number (uint16_t kind)
{
  return kind == STEP_UNSHARE || kind == STEP_PROPAGATION || kind == STEP_PIVOT || kind == STEP_OOM_SCORE
         || kind == STEP_IO_PRIORITY || kind == STEP_PERSONALITY || kind == STEP_UMASK;
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
      if (!is_number (plan->steps[i].kind)
          && (!inside (&verifier, plan->steps[i].data, "data") || !step_inside (&verifier, &plan->steps[i])))
        return -1;
    }
  return 0;
}
