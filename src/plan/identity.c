/*
 * Ids, groups and capability sets of the program: the step IDENTITY, of create and of exec (plan_process). The sets are
 * cut here to what husk may grant and the kernel takes, with a warning for what goes, so that husk-init only applies
 * them. Nothing is ever added to what the config names, with one exception: keep_admin leaves CAP_SYS_ADMIN for
 * seccomp(2), and execve takes it away.
 */
#include "builder.h"

#include <string.h>

struct sets
{
  uint64_t grantable;
  uint64_t warned; /* one warning a capability, not five */
};

/* config.md: what cannot be granted is warned of and left out. A new user namespace has them all. */
static uint64_t
mask_of (struct builder *builder, const struct json_strings *names, struct sets *sets)
{
  uint64_t mask = 0;
  for (uint32_t i = 0; i < names->count; i++)
    {
      int number = spec_capability (names->items[i]);
      if (number < 0)
        continue; /* the spec's check has warned of it */
      uint64_t bit = CAPABILITY (number);
      if (sets->grantable & bit)
        mask |= bit;
      else if (!(sets->warned & bit))
        {
          sets->warned |= bit;
          warn (builder, builder_element (builder, names, i), NULL, "%s cannot be granted: %s, left out",
                names->items[i],
                builder->host->known_capabilities & bit ? "husk itself lacks it" : "this kernel does not know it");
        }
    }
  return mask;
}

/* One warning per set, at the first name that is left out; it lists them all. */
static void
leave_out (struct builder *builder, const struct json_strings *names, uint64_t mask, const char *why)
{
  const char *list = "";
  origin_t place = 0;
  for (uint32_t i = 0; i < names->count; i++)
    {
      int number = spec_capability (names->items[i]);
      if (number < 0 || !(mask >> number & 1))
        continue;
      mask &= ~(CAPABILITY (number));
      place = *list ? place : builder_element (builder, names, i);
      list = arena_format (builder->arena, "%s%s%s", list, *list ? ", " : "", names->items[i]);
    }
  if (*list)
    warn (builder, place, NULL, "%s: %s", list, why);
}

/* Cuts the sets to what the kernel lets each be, with a warning for what goes. */
static void
cut_capabilities (struct builder *builder, const struct spec_capabilities *config, struct plan_identity *identity)
{
  struct host host = *builder->host;
  /* execve never grants what is not in the bounding set; capset(2) refuses it in the inheritable set */
  leave_out (builder, &config->permitted, identity->permitted & ~identity->bounding,
             "permitted, but not in the bounding set: left out");
  identity->permitted &= identity->bounding;
  leave_out (builder, &config->inheritable, identity->inheritable & ~identity->bounding,
             "inheritable, but not in the bounding set: left out");
  identity->inheritable &= identity->bounding;
  leave_out (builder, &config->effective, identity->effective & ~identity->permitted,
             "effective, but not permitted: left out");
  identity->effective &= identity->permitted;
  uint64_t possible = identity->permitted & identity->inheritable;
  leave_out (builder, &config->ambient, identity->ambient & ~possible,
             "ambient, but not both permitted and inheritable: left out");
  identity->ambient &= possible;
  if (!identity->ambient || builder->user_namespace) /* a new user namespace begins without these bits */
    return;
  host_probe_secure_bits (&host);
  if (host.no_ambient)
    {
      leave_out (builder, &config->ambient, identity->ambient,
                 "ambient, but husk's securebits forbid raising it: left out");
      identity->ambient = 0;
    }
}

static void
plan_capabilities (struct builder *builder, const struct spec_process *process, struct plan_identity *identity)
{
  const struct host *host = builder->host;
  const struct spec_capabilities *config = process->capabilities;
  /* what an ordinary user lacks says nothing about a config for root */
  bool all = builder->user_namespace || !caller_may_run (host, builder->spec);
  struct sets sets = { .grantable = all ? host->known_capabilities : host->permitted & host->bounding };
  identity->set_capabilities = true;
  for (identity->last_capability = 0;
       identity->last_capability < 63 && host->known_capabilities >> (identity->last_capability + 1) & 1;)
    identity->last_capability++;
  identity->last_dropped = host->capabilities_sure ? identity->last_capability : 63;
  if (!config)
    return; /* none at all: the safe meaning of a config that does not speak of them */
  identity->bounding = mask_of (builder, &config->bounding, &sets);
  identity->permitted = mask_of (builder, &config->permitted, &sets);
  identity->effective = mask_of (builder, &config->effective, &sets);
  identity->inheritable = mask_of (builder, &config->inheritable, &sets);
  identity->ambient = mask_of (builder, &config->ambient, &sets);
  cut_capabilities (builder, config, identity);
}

static bool
is_mapped (const spec_id_mappings *mappings, uint64_t id)
{
  for (uint32_t i = 0; i < mappings->count; i++)
    if (id >= mappings->items[i].container_id.value
        && id - mappings->items[i].container_id.value < mappings->items[i].size.value)
      return true;
  return mappings->count == 0; /* a user namespace by path: the kernel decides */
}

/* What the kernel would call an invalid argument, at the program's start. */
static void
check_mapped (struct builder *builder, const struct spec_user *user)
{
  const struct spec_linux *config = builder->spec->linux_;
  if (!is_mapped (&config->uid_mappings, user->uid.value))
    (void)wrong (builder, user->uid.node, "uid %llu is not in \"uidMappings\"", (unsigned long long)user->uid.value);
  if (!is_mapped (&config->gid_mappings, user->gid.value))
    (void)wrong (builder, user->gid.node, "gid %llu is not in \"gidMappings\"", (unsigned long long)user->gid.value);
  for (uint32_t i = 0; i < user->additional_gids.count; i++)
    if (!is_mapped (&config->gid_mappings, user->additional_gids.items[i]))
      (void)wrong (builder, user->additional_gids.node, "gid %llu is not in \"gidMappings\"",
                   (unsigned long long)user->additional_gids.items[i]);
}

/* Groups of the config are not added to those of the caller: that takes the right to set any. */
static void
plan_groups (struct builder *builder, const struct spec_user *user, struct plan_identity *identity)
{
  builder->plan->keep_groups = json_pair_of (&builder->spec->annotations, GROUPS_ANNOTATION) != NULL;
  identity->set_groups = !builder->plan->keep_groups && !plan_denies_setgroups (builder);
  if (!user || builder->plan->keep_groups)
    return;
  identity->group_count = user->additional_gids.count;
  identity->groups = arena_array (builder->arena, uint32_t, identity->group_count + 1);
  for (uint32_t i = 0; i < identity->group_count; i++)
    identity->groups[i] = (uint32_t)user->additional_gids.items[i];
  if (!identity->set_groups && identity->group_count)
    report_error (builder->report, builder->document, user->additional_gids.node,
                  "a range of gids, mapped by newgidmap, allows them",
                  "groups cannot be set in a user namespace that maps only the user's own gid");
}

void
plan_identity (struct builder *builder, const struct spec_process *process, bool no_new_privileges, bool filter)
{
  struct step *step = builder_step (builder, STEP_IDENTITY, process->user ? process->user->node : process->node);
  struct plan_identity *identity = step->identity = arena_new (builder->arena, struct plan_identity);
  const struct spec_user *user = process->user;
  if (user)
    {
      identity->uid = (uint32_t)user->uid.value;
      identity->gid = (uint32_t)user->gid.value;
    }
  if (user && spec_namespace_new (builder->spec, SPEC_NAMESPACE_USER))
    check_mapped (builder, user);
  plan_groups (builder, user, identity);
  plan_capabilities (builder, process, identity);
  /* seccomp(2) needs no_new_privs or CAP_SYS_ADMIN; execve drops the extra capability again */
  identity->keep_admin = filter && !no_new_privileges;
}
