/*
 * Ids, groups and capability sets of the program: the step IDENTITY, for create and exec (plan_process). The sets are
 * reduced here to what husk may grant and the kernel accepts, with a warning for what is left out, so that husk-init
 * only applies them. Nothing is ever added to what the config names, with one exception: keep_admin keeps CAP_SYS_ADMIN
 * for seccomp(2), and execve drops it.
 */
#include "builder.h"

#include <string.h>

struct sets
{
  uint64_t grantable;
  uint64_t warned; /* one warning per capability, not one per set */
};

/* config.md: a capability that cannot be granted is left out with a warning. In a new user namespace all can be
 * granted. */
static uint64_t
mask_of (struct builder *builder, const struct json_strings *names, struct sets *sets)
{
  uint64_t mask = 0;
  for (uint32_t i = 0; i < names->count; i++)
    {
      int number = spec_capability (names->items[i]);
      if (number < 0)
        continue; /* check_process has warned about it */
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

/* Prints one warning per set. Its place is the first name that is left out, and it lists all of them. */
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

/* Reduces the sets to what the kernel accepts, with a warning for what is left out. */
static void
cut_capabilities (struct builder *builder, const struct spec_capabilities *config, struct plan_identity *identity)
{
  struct host host = *builder->host;
  /* a capability outside the bounding set is never granted by execve, and capset(2) refuses it in the inheritable
   * set */
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
  if (!identity->ambient || builder->user_namespace) /* a new user namespace starts without these securebits */
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
  /* `husk check` by an ordinary user must not warn about a config meant for root */
  bool all = builder->user_namespace || !caller_may_run (host, builder->spec);
  struct sets sets = { .grantable = all ? host->known_capabilities : host->permitted & host->bounding };
  identity->set_capabilities = true;
  for (identity->last_capability = 0;
       identity->last_capability < 63 && host->known_capabilities >> (identity->last_capability + 1) & 1;)
    identity->last_capability++;
  identity->last_dropped = host->capabilities_sure ? identity->last_capability : 63;
  if (!config)
    return; /* without "capabilities" the program gets none, which is the safe choice */
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

/* Reports ids that the kernel would refuse with EINVAL only when the program starts. */
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

/* The config's groups are not added to the caller's: that would need the right to set any group. */
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
  /* seccomp(2) needs no_new_privs or CAP_SYS_ADMIN; execve drops the extra capability */
  identity->keep_admin = filter && !no_new_privileges;
}
