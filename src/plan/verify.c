/*
 * Checks a compiled plan, for `husk check`, `husk plan`, tests and fuzzing; create, run and exec skip it. Every pointer
 * in a plan must point into its arena: any other means nothing in husk-init. Each kind of data has a function that
 * lists its pointers; the compiler does not notice if one is missing there.
 */
#include "husk/compile.h"

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

/* ---- the pointers of each kind of data; the data itself has been checked
 * ------------------------------------------- */

static bool
nothing_inside (struct verifier *verifier, const struct step *step)
{
  (void)verifier;
  (void)step;
  return true;
}

static bool
number_inside (struct verifier *verifier, const struct step *step)
{
  (void)verifier;
  (void)step;
  return true;
}

static bool
text_inside (struct verifier *verifier, const struct step *step)
{
  return inside (verifier, step->text, "text");
}

static bool
join_inside (struct verifier *verifier, const struct step *step)
{
  return inside (verifier, step->join->path, "namespace");
}

static bool
session_inside (struct verifier *verifier, const struct step *step)
{
  return inside (verifier, step->session->keyring, "keyring");
}

static bool
rootfs_inside (struct verifier *verifier, const struct step *step)
{
  return inside (verifier, step->rootfs->path, "rootfs");
}

static bool
mount_inside (struct verifier *verifier, const struct step *step)
{
  const struct plan_mount *mount = step->mount;
  bool good = inside (verifier, mount->destination, "destination") && inside (verifier, mount->type, "type")
              && inside (verifier, mount->source, "source") && inside (verifier, mount->fallback_bind, "source")
              && inside (verifier, mount->inside, "source") && inside (verifier, mount->link, "link")
              && inside (verifier, mount->root_label, "label") && inside (verifier, mount->uid_map, "uid map")
              && inside (verifier, mount->gid_map, "gid map");
  for (uint32_t i = 0; good && i < mount->option_count; i++)
    good = inside (verifier, &mount->options[i], "option") && inside (verifier, mount->options[i].key, "option")
           && inside (verifier, mount->options[i].value, "option");
  return good;
}

static bool
device_inside (struct verifier *verifier, const struct step *step)
{
  return inside (verifier, step->device->path, "device");
}

static bool
link_inside (struct verifier *verifier, const struct step *step)
{
  return inside (verifier, step->link->path, "link") && inside (verifier, step->link->target, "link");
}

static bool
net_devices_inside (struct verifier *verifier, const struct step *step)
{
  const struct plan_net_devices *devices = step->net_devices;
  bool good = inside (verifier, devices->items, "network devices");
  for (uint32_t i = 0; good && i < devices->count; i++)
    good = inside (verifier, devices->items[i].host_name, "network device")
           && inside (verifier, devices->items[i].name, "network device");
  return good;
}

static bool
console_inside (struct verifier *verifier, const struct step *step)
{
  return nothing_inside (verifier, step);
}

static bool
hook_inside (struct verifier *verifier, const struct step *step)
{
  const struct plan_hook *hook = step->hook;
  return inside (verifier, hook->path, "hook") && list_inside (verifier, hook->argv, "argv")
         && list_inside (verifier, hook->envp, "envp") && inside (verifier, hook->kind, "hook")
         && inside (verifier, hook->excess, "hint") && inside (verifier, hook->state_before, "state")
         && inside (verifier, hook->state_after, "state");
}

static bool
sysctl_inside (struct verifier *verifier, const struct step *step)
{
  return inside (verifier, step->sysctl->path, "sysctl") && inside (verifier, step->sysctl->name, "sysctl")
         && inside (verifier, step->sysctl->value, "sysctl");
}

static bool
label_inside (struct verifier *verifier, const struct step *step)
{
  return inside (verifier, step->label->file, "label") && inside (verifier, step->label->text, "label")
         && inside (verifier, step->label->name, "label");
}

static bool
affinity_inside (struct verifier *verifier, const struct step *step)
{
  return inside (verifier, step->affinity->mask, "CPUs");
}

static bool
scheduler_inside (struct verifier *verifier, const struct step *step)
{
  return nothing_inside (verifier, step);
}

static bool
memory_policy_inside (struct verifier *verifier, const struct step *step)
{
  return inside (verifier, step->memory_policy->mask, "memory nodes");
}

static bool
rlimits_inside (struct verifier *verifier, const struct step *step)
{
  return inside (verifier, step->rlimits->items, "resource limits");
}

static bool
identity_inside (struct verifier *verifier, const struct step *step)
{
  return inside (verifier, step->identity->groups, "groups");
}

static bool
filter_inside (struct verifier *verifier, const struct step *step)
{
  return inside (verifier, step->filter->program, "program")
         && inside (verifier, step->filter->hook_program, "program");
}

static bool
exec_inside (struct verifier *verifier, const struct step *step)
{
  const struct plan_exec *exec = step->exec;
  return inside (verifier, exec->file, "program") && list_inside (verifier, exec->argv, "argv")
         && list_inside (verifier, exec->envp, "envp") && inside (verifier, exec->path, "PATH")
         && inside (verifier, exec->excess, "hint");
}

static bool (*const data_inside[STEP_KIND_COUNT]) (struct verifier *, const struct step *) = {
#define STEP_KIND_INSIDE(name, function, data, ask, proc, traits, word, text) data##_inside,
  STEP_KINDS (STEP_KIND_INSIDE)
#undef STEP_KIND_INSIDE
};

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
        return error_set (error, 0, "step %u of the plan has an unknown kind", i);
      const struct step *step = &plan->steps[i];
      bool points = data_inside[step->kind] != number_inside && data_inside[step->kind] != nothing_inside;
      if ((points && !inside (&verifier, step->data, "data")) || !data_inside[step->kind](&verifier, step))
        return -1;
    }
  return 0;
}
