/*
 * Decides which namespaces the clone makes, which ones husk or husk-init joins, which are made late, and the id maps of
 * a new user namespace. For a new container plan.c calls plan_namespaces before anything else. The order matters: pid
 * and time namespaces are joined before the clone, since that takes effect only in children. The mount namespace is
 * joined last. A process that enters its cgroup after the clone does so as late as possible (plan_place), and gets its
 * new cgroup namespace then.
 */
#include "builder.h"

#include <sched.h>
#include <stdio.h>
#include <string.h>

static void
fill_join (struct builder *builder, const struct spec_namespace *namespace, struct plan_join *join)
{
  join->path = keep (builder, namespace->path.text);
  join->origin = namespace->path.node;
  join->fd = PLAN_PREPARE;
  join->flags = spec_namespace_flag ((enum spec_namespace_type) namespace->type.value);
}

static void
join_before (struct builder *builder, const struct spec_namespace *namespace)
{
  struct plan_parent *parent = &builder->plan->parent;
  fill_join (builder, namespace, &parent->joins_before[parent->join_before_count++]);
}

static void
join_inside (struct builder *builder, const struct spec_namespace *namespace)
{
  struct step *step = builder_step (builder, STEP_JOIN, namespace->node);
  step->join = arena_new (builder->arena, struct plan_join);
  fill_join (builder, namespace, step->join);
}

static void
plan_joins (struct builder *builder)
{
  /* mount last: it changes what paths mean, but not descriptors */
  static const enum spec_namespace_type order[]
      = { SPEC_NAMESPACE_NETWORK, SPEC_NAMESPACE_IPC, SPEC_NAMESPACE_UTS, SPEC_NAMESPACE_CGROUP, SPEC_NAMESPACE_MOUNT };
  const struct spec_namespace *namespace;
  /* a new user namespace has no rights over the host's other namespaces, and a joined one only over its own. husk's
   * rights, if it has any, cover all of them */
  bool outside = spec_namespace_new (builder->spec, SPEC_NAMESPACE_USER)
                 || (builder->plan->parent.join_user && builder->host->permitted & CAPABILITY (CAP_SYS_ADMIN));
  builder->plan->parent.joins_before = arena_array (builder->arena, struct plan_join, SPEC_NAMESPACE_COUNT);
  /* these two take effect only in children */
  namespace = spec_namespace (builder->spec, SPEC_NAMESPACE_PID);
  if (namespace && !spec_namespace_new (builder->spec, SPEC_NAMESPACE_PID))
    join_before (builder, namespace);
  namespace = spec_namespace (builder->spec, SPEC_NAMESPACE_TIME);
  if (namespace && !spec_namespace_new (builder->spec, SPEC_NAMESPACE_TIME))
    join_before (builder, namespace);
  for (size_t i = 0; i < sizeof order / sizeof order[0]; i++)
    {
      namespace = spec_namespace (builder->spec, order[i]);
      if (!namespace || spec_namespace_new (builder->spec, order[i]))
        continue;
      if (outside && order[i] != SPEC_NAMESPACE_MOUNT)
        join_before (builder, namespace);
      else
        join_inside (builder, namespace);
    }
}

static const char *
time_offsets (struct builder *builder)
{
  const struct spec_linux *config = builder->spec->linux_;
  char *text = arena_alloc (builder->arena, 128);
  size_t used = 0;
  for (uint32_t i = 0; i < config->time_offsets.count && i < 2; i++)
    used += (size_t)snprintf (text + used, 128 - used, "%s %lld %llu\n", config->time_offsets.items[i].key,
                              (long long)config->time_offsets.items[i].secs.value,
                              (unsigned long long)config->time_offsets.items[i].nanosecs.value);
  return text;
}

/* The id that husk-init runs with: root if it is mapped, because execve then keeps the capabilities. */
static uint32_t
mapped_id (const spec_id_mappings *mappings)
{
  for (uint32_t i = 0; i < mappings->count; i++)
    if (mappings->items[i].container_id.value == 0)
      return 0;
  return mappings->count ? (uint32_t)mappings->items[0].container_id.value : 0;
}

/* user_namespaces(7): a process without CAP_SETUID may map only its own id. */
static bool
is_own_id (const spec_id_mappings *mappings, uint32_t id)
{
  return mappings->count == 1 && mappings->items[0].size.value == 1 && mappings->items[0].host_id.value == id;
}

/* The same holds for CAP_SETGID and the process's gid, if setgroups(2) is denied. */
bool
plan_denies_setgroups (const struct builder *builder)
{
  return spec_namespace_new (builder->spec, SPEC_NAMESPACE_USER)
         && !(builder->host->permitted & CAPABILITY (CAP_SETGID))
         && is_own_id (&builder->spec->linux_->gid_mappings, builder->host->gid);
}

static void
plan_user_namespace (struct builder *builder)
{
  struct plan_parent *parent = &builder->plan->parent;
  const struct spec_linux *config = builder->spec->linux_;
  const struct host *host = builder->host;
  parent->uid_map = builder_id_map (builder, &config->uid_mappings);
  parent->gid_map = builder_id_map (builder, &config->gid_mappings);
  parent->mapped_uid = mapped_id (&config->uid_mappings);
  parent->mapped_gid = mapped_id (&config->gid_mappings);
  parent->uid_map_origin = config->uid_mappings.node;
  parent->gid_map_origin = config->gid_mappings.node;
  parent->uid_map_program
      = !(host->permitted & CAPABILITY (CAP_SETUID)) && !is_own_id (&config->uid_mappings, host->uid);
  parent->gid_map_program
      = !(host->permitted & CAPABILITY (CAP_SETGID)) && !is_own_id (&config->gid_mappings, host->gid);
  parent->deny_setgroups = plan_denies_setgroups (builder);
}

/* husk could return only with rights over its own namespaces, so without these a process in between enters the
 * others. */
void
plan_between (struct builder *builder)
{
  struct plan_parent *parent = &builder->plan->parent;
  parent->in_between = parent->join_user
                       || (builder->host->user_namespace
                           && (parent->join_before_count || (parent->time_offsets && !parent->time_inside)));
}

static void
plan_unshare (struct builder *builder, uint64_t flags)
{
  if (flags)
    builder_step (builder, STEP_UNSHARE, builder->spec->linux_->namespaces.node)->number = flags;
}

/* It belongs to the user namespace of the process that makes it, which must be the container's. */
bool
plan_network_ahead (const struct spec *spec)
{
  return spec_namespace_new (spec, SPEC_NAMESPACE_NETWORK) && !spec_namespace (spec, SPEC_NAMESPACE_USER);
}

static void
plan_made_ahead (struct builder *builder)
{
  struct step *step = builder_step (builder, STEP_JOIN, builder->spec->linux_->namespaces.node);
  step->join = arena_new (builder->arena, struct plan_join);
  step->join->path = keep (builder, "the new network namespace");
  step->join->flags = CLONE_NEWNET;
  step->join->fd = PLAN_NO_FD;
  step->join->origin = spec_namespace (builder->spec, SPEC_NAMESPACE_NETWORK)->node;
  step->join->ahead = true;
}

void
plan_namespaces (struct builder *builder)
{
  struct plan_parent *parent = &builder->plan->parent;
  const struct spec_namespace *user = spec_namespace (builder->spec, SPEC_NAMESPACE_USER);
  uint64_t late = CLONE_NEWNET; /* slow to make, and the parent need not wait for it */
  for (int type = 0; type < SPEC_NAMESPACE_COUNT; type++)
    if (spec_namespace_new (builder->spec, (enum spec_namespace_type)type))
      parent->clone_flags |= spec_namespace_flag ((enum spec_namespace_type)type);
  if (parent->clone_flags & CLONE_NEWTIME)
    {
      parent->clone_flags &= ~(uint64_t)CLONE_NEWTIME; /* unshared instead: the offsets come before the first process */
      parent->time_offsets = time_offsets (builder);
      parent->time_inside = user != NULL;
    }
  if (parent->clone_flags & CLONE_NEWUSER)
    plan_user_namespace (builder);
  if (user && !(parent->clone_flags & CLONE_NEWUSER))
    {
      parent->join_user = arena_new (builder->arena, struct plan_join);
      fill_join (builder, user, parent->join_user);
    }
  late &= parent->clone_flags;
  parent->clone_flags &= ~(late | (builder_enters_late (builder) ? (uint64_t)CLONE_NEWCGROUP : 0));
  plan_joins (builder);
  plan_between (builder);
  if (late && builder->options->network_ahead)
    plan_made_ahead (builder);
  else
    plan_unshare (builder, late);
}
