/*
 * The program, for create and exec: what is executed, and with which limits, priorities, CPUs, labels and umask. plan.c
 * calls the parts at different stages: plan_written while the host's /proc is open, plan_program before CREATED,
 * plan_process for the start. SECCOMP and EXEC must stay the last two steps, in this order. Facts about the host that
 * only few configs need (LSMs, limits, oom_score_adj) are probed here.
 */
#include "builder.h"

#include <stdio.h>
#include <string.h>

#include "husk/kernel.h"
#include "husk/program.h"

/* `husk check` by an ordinary user must not warn about a config meant for root. */
static bool
may_raise (const struct builder *builder)
{
  return host_may_raise (builder->host) || !caller_may_run (builder->host, builder->spec);
}

/* Without CAP_SYS_RESOURCE husk's own hard limit is the maximum. The container gets that instead of failing. */
static struct plan_rlimit
possible_limit (struct builder *builder, const struct host *host, const struct spec_rlimit *wanted)
{
  struct plan_rlimit limit = { wanted->type.value, wanted->soft.value, wanted->hard.value, wanted->node };
  uint64_t most = host->limits[wanted->type.value];
  if (may_raise (builder) || limit.hard <= most)
    return limit;
  warn (builder, wanted->node, NULL, "%s cannot be raised to %llu without CAP_SYS_RESOURCE: it is %llu",
        spec_rlimit_name (wanted->type.value), (unsigned long long)limit.hard, (unsigned long long)most);
  limit.hard = most;
  if (limit.soft > most)
    limit.soft = most;
  return limit;
}

static void
plan_rlimits (struct builder *builder, const struct spec_process *process)
{
  struct plan_rlimits *rlimits;
  struct host host = *builder->host;
  if (process->rlimits.count == 0)
    return;
  if (!may_raise (builder))
    host_probe_limits (&host);
  rlimits = arena_new (builder->arena, struct plan_rlimits);
  rlimits->items = arena_array (builder->arena, struct plan_rlimit, process->rlimits.count);
  for (uint32_t i = 0; i < process->rlimits.count; i++)
    rlimits->items[rlimits->count++] = possible_limit (builder, &host, &process->rlimits.items[i]);
  /* raising a limit needs the host's CAP_SYS_RESOURCE, so with a user namespace the parent does it */
  if (builder->user_namespace)
    builder->plan->parent.rlimits = rlimits;
  else
    builder_step (builder, STEP_RLIMITS, process->rlimits.node)->rlimits = rlimits;
}

/* The mask of a list that src/spec has checked, in the plan's arena. NULL: the list is absent or empty. */
static uint64_t *
make_mask (struct builder *builder, const struct json_string *list, uint32_t *out_bits)
{
  struct spec_numbers numbers;
  if (!list->text || spec_read_numbers (list->text, &numbers) < 0 || numbers.bits == 0)
    return NULL;
  uint64_t *mask = arena_array (builder->arena, uint64_t, (numbers.bits + 63) / 64);
  memcpy (mask, numbers.mask, (numbers.bits + 63) / 64 * sizeof *mask);
  *out_bits = numbers.bits;
  return mask;
}

static struct plan_affinity *
make_affinity (struct builder *builder, const struct json_string *list)
{
  uint32_t bits;
  uint64_t *mask = make_mask (builder, list, &bits);
  if (!mask)
    return NULL;
  struct plan_affinity *affinity = arena_new (builder->arena, struct plan_affinity);
  affinity->mask = mask;
  affinity->mask_bytes = (bits + 63) / 64 * 8;
  return affinity;
}

#define PROCESSORS_MAX 8192 /* more than any kernel supports */

/* All CPUs: the kernel then uses those of the cgroup's cpuset, now and when it changes. Since Linux 6.2 an affinity
 * that was set explicitly survives a move to another cpuset. */
void
plan_affinity (struct builder *builder)
{
  struct plan_affinity *all = arena_new (builder->arena, struct plan_affinity);
  all->all = true;
  all->mask_bytes = PROCESSORS_MAX / 8;
  all->mask = arena_array (builder->arena, uint64_t, PROCESSORS_MAX / 64);
  memset (all->mask, 0xff, all->mask_bytes);
  builder_step (builder, STEP_AFFINITY, 0)->affinity = all;
}

/* config.md: with "initial" alone the kernel decides what becomes of it in the container's cgroup. */
void
plan_exec_affinity (struct builder *builder, const struct spec_cpu_affinity *config)
{
  struct plan_affinity *first = config ? make_affinity (builder, &config->initial) : NULL;
  struct plan_affinity *last = config ? make_affinity (builder, &config->final) : NULL;
  builder->plan->parent.affinity = first;
  if (last)
    builder_step (builder, STEP_AFFINITY, config->final.node)->affinity = last;
  else if (!first)
    plan_affinity (builder);
}

static void
plan_scheduler (struct builder *builder, const struct spec_scheduler *config)
{
  struct step *step = builder_step (builder, STEP_SCHEDULER, config->node);
  struct plan_scheduler *out = step->scheduler = arena_new (builder->arena, struct plan_scheduler);
  out->policy = (uint32_t)config->policy.value;
  out->flags = config->flag_bits;
  out->nice = (int32_t)config->nice.value;
  out->priority = (uint32_t)config->priority.value;
  out->runtime = config->runtime.value;
  out->deadline = config->deadline.value;
  out->period = config->period.value;
}

static void
plan_memory_policy (struct builder *builder)
{
  const struct spec_memory_policy *config = builder->spec->linux_->memory_policy;
  uint32_t bits;
  if (!config)
    return;
  struct step *step = builder_step (builder, STEP_MEMORY_POLICY, config->node);
  struct plan_memory_policy *out = step->memory_policy = arena_new (builder->arena, struct plan_memory_policy);
  out->mode = config->mode.value | (int32_t)config->flag_bits;
  out->mask = make_mask (builder, &config->nodes, &bits);
  if (out->mask)
    out->mask_bits = bits + 1; /* the kernel uses one bit less than this number */
}

static void
plan_label (struct builder *builder, const struct json_string *name, const char *file, const char *prefix, bool there,
            const char *lsm)
{
  if (!name->text || !name->text[0])
    return;
  if (!there)
    {
      (void)wrong (builder, name->node, "%s is not enabled in this kernel: \"%s\" cannot be applied", lsm, name->text);
      return;
    }
  struct step *step = builder_step (builder, STEP_LABEL, name->node);
  step->label = arena_new (builder->arena, struct plan_label);
  step->label->file = keep (builder, file);
  step->label->text = arena_format (builder->arena, "%s%s", prefix, name->text);
  step->label->name = keep (builder, name->text);
}

/* Without the machine's CAP_SYS_RESOURCE it can only be raised. A lower value then changes nothing, as config.md
 * requires. */
static int64_t
possible_oom_score (struct builder *builder, const struct json_int *wanted)
{
  struct host host = *builder->host;
  if (may_raise (builder))
    return wanted->value;
  host_probe_oom_score (&host);
  if (wanted->value >= host.oom_score_adj)
    return wanted->value;
  warn (builder, wanted->node, NULL, "oom_score_adj cannot be lowered to %lld without CAP_SYS_RESOURCE: it stays at %d",
        (long long)wanted->value, host.oom_score_adj);
  return host.oom_score_adj;
}

static void
plan_oom_score (struct builder *builder, const struct spec_process *process)
{
  struct plan_parent *parent = &builder->plan->parent;
  if (!process->oom_score_adj.set)
    return;
  int64_t score = possible_oom_score (builder, &process->oom_score_adj);
  bool ordinary = !(builder->host->permitted & CAPABILITY (CAP_SYS_ADMIN));
  if (!builder->user_namespace || (parent->join_user && ordinary))
    {
      builder_step (builder, STEP_OOM_SCORE, process->oom_score_adj.node)->number = (uint64_t)score;
      return;
    }
  /* lowering it needs the host's CAP_SYS_RESOURCE. Once the process no longer waits for its maps, an ordinary user may
   * not write to the file */
  parent->oom_score_adj = arena_format (builder->arena, "%lld", (long long)score);
  parent->oom_score_early = ordinary && !parent->uid_map;
}

/* Adds the variable's name to a hash table of slot_count slots, a power of two, some of them free. false: it was
 * there. */
static bool
note_name (const char **slots, uint32_t slot_count, const char *variable)
{
  size_t length = strcspn (variable, "=") + 1;
  uint32_t at = 2166136261u; /* FNV-1a */
  for (size_t i = 0; i < length; i++)
    at = (at ^ (unsigned char)variable[i]) * 16777619u;
  for (at &= slot_count - 1; slots[at]; at = (at + 1) & (slot_count - 1))
    if (strncmp (slots[at], variable, length) == 0)
      return false;
  slots[at] = variable;
  return true;
}

/* Keeps only the last variable of each name: getenv(3) would find the first, a shell the last. Returns how many are
 * left. */
static uint32_t
drop_repeated (struct builder *builder, char **environment, uint32_t count)
{
  uint32_t slot_count = 16, kept = count;
  while (slot_count < 2 * count)
    slot_count *= 2;
  const char **slots = arena_array (builder->arena, const char *, slot_count);
  for (uint32_t i = count; i-- > 0;)
    if (note_name (slots, slot_count, environment[i]))
      environment[--kept] = environment[i];
  memmove (environment, environment + kept, (count - kept) * sizeof *environment);
  for (uint32_t i = count - kept; i < count; i++)
    environment[i] = NULL;
  return count - kept;
}

/* The origin of the string that the kernel would refuse, or 0. */
static origin_t
excess_origin (struct builder *builder, const struct spec_process *process, const struct plan_exec *exec,
               const struct program_excess *excess)
{
  const struct json_strings *list = excess->environment ? &process->env : &process->args;
  const char *text = (excess->environment ? exec->envp : exec->argv)[excess->index];
  for (uint32_t i = list->count; i-- > 0;)
    if (strcmp (list->items[i], text) == 0)
      return builder_element (builder, list, i);
  return 0;
}

/* The kernel decides, and may accept more some day, so husk only prepares the hint. */
static void
note_excess (struct builder *builder, const struct spec_process *process, struct plan_exec *exec)
{
  struct program_excess excess;
  if (!program_excess (exec->argv, exec->envp, &excess))
    return;
  exec->excess = keep (builder, excess.text);
  exec->excess_origin = excess.single ? excess_origin (builder, process, exec, &excess) : 0;
}

static struct plan_exec *
make_exec (struct builder *builder, const struct spec_process *process, const struct kept_descriptors *kept)
{
  struct plan_exec *exec = arena_new (builder->arena, struct plan_exec);
  exec->argv = builder_strings (builder, &process->args, 0);
  exec->file = exec->argv[0];
  exec->envp = builder_strings (builder, &process->env, 4);
  uint32_t count = drop_repeated (builder, exec->envp, process->env.count);
  exec->home_slot = -1;
  exec->uid = process->user ? (uint32_t)process->user->uid.value : 0;
  bool home = false;
  for (uint32_t i = 0; i < count; i++)
    {
      if (strncmp (exec->envp[i], "PATH=", 5) == 0)
        exec->path = exec->envp[i] + 5;
      if (strncmp (exec->envp[i], "HOME=", 5) != 0)
        continue;
      home = true;
      if (!exec->envp[i][5]) /* an empty one is replaced too */
        exec->home_slot = (int32_t)i;
    }
  if (kept->activated)
    {
      exec->envp[count++] = arena_format (builder->arena, "LISTEN_FDS=%u", kept->activated);
      exec->envp[count++] = keep (builder, "LISTEN_PID=1");
    }
  if (kept->activated && kept->names)
    exec->envp[count++] = arena_format (builder->arena, "LISTEN_FDNAMES=%s", kept->names);
  if (!home)
    exec->home_slot = (int32_t)count;
  note_excess (builder, process, exec);
  return exec;
}

/* As in other runtimes the default is not the caller's umask, which has nothing to do with the container. */
static void
plan_umask (struct builder *builder, const struct spec_user *user)
{
  bool given = user && user->umask.set;
  builder_step (builder, STEP_UMASK, given ? user->umask.node : 0)->number = given ? user->umask.value : 022;
}

/* Whether the program is root with rights over the host's files and can open the streams anyway. */
static bool
opens_all (const struct builder *builder, const struct spec_process *process)
{
  const struct spec_capabilities *sets = process->capabilities;
  if (builder->user_namespace || (process->user && process->user->uid.value))
    return false;
  return sets && spec_capability_mask (&sets->effective) & CAPABILITY (CAP_DAC_OVERRIDE);
}

void
plan_program (struct builder *builder, const struct spec_process *process, const struct kept_descriptors *kept)
{
  builder->exec = make_exec (builder, process, kept);
  builder_step (builder, STEP_CWD, process->cwd.node)->text = keep (builder, process->cwd.text);
  builder_step (builder, STEP_LOOKUP, builder_element (builder, &process->args, 0))->exec = builder->exec;
  if (!process->terminal.value && !opens_all (builder, process))
    builder_step (builder, STEP_STREAMS, process->user ? process->user->node : 0)->number
        = process->user ? process->user->uid.value : 0;
}

/* A new session keyring has the program's label, or the program could not use it. */
void
plan_keyring_label (struct builder *builder, const struct spec_process *process)
{
  struct host host = *builder->host;
  if (!process->selinux_label.text || !process->selinux_label.text[0])
    return;
  host_probe_lsm (&host);
  if (host.selinux) /* without, plan_written reports it */
    plan_label (builder, &process->selinux_label, "keycreate", "", true, "SELinux");
}

/* Settings written to /proc while the host's is open. A label takes effect at the next execve, even a child's. */
void
plan_written (struct builder *builder, const struct spec_process *process)
{
  struct host host = *builder->host;
  if ((process->apparmor_profile.text && process->apparmor_profile.text[0])
      || (process->selinux_label.text && process->selinux_label.text[0]))
    host_probe_lsm (&host);
  plan_oom_score (builder, process);
  plan_label (builder, &process->apparmor_profile, "apparmor/exec", "exec ", host.apparmor, "AppArmor");
  plan_label (builder, &process->selinux_label, "exec", "", host.selinux, "SELinux");
}

void
plan_process (struct builder *builder, const struct spec_process *process)
{
  const struct spec_personality *personality = builder->spec->linux_->personality;
  bool no_new_privileges
      = process->no_new_privileges.value || (builder->spec->process && builder->spec->process->no_new_privileges.value);
  if (process->scheduler)
    plan_scheduler (builder, process->scheduler);
  if (process->io_priority)
    builder_step (builder, STEP_IO_PRIORITY, process->io_priority->node)->number
        = (uint64_t)process->io_priority->class.value << IOPRIO_CLASS_SHIFT
          | (uint64_t)process->io_priority->priority.value;
  plan_memory_policy (builder);
  if (personality)
    builder_step (builder, STEP_PERSONALITY, personality->node)->number = (uint64_t)personality->domain.value;
  plan_umask (builder, process->user);
  plan_rlimits (builder, process);
  plan_identity (builder, process, no_new_privileges, plan_filters (builder));
  if (no_new_privileges)
    (void)builder_step (builder, STEP_NO_NEW_PRIVILEGES, process->no_new_privileges.node);
  if (builder->exec->home_slot >= 0)
    builder_step (builder, STEP_HOME, process->user ? process->user->node : 0)->exec = builder->exec;
  builder_step (builder, STEP_PROVE, builder_element (builder, &process->args, 0))->exec = builder->exec;
  if (plan_filter (builder) < 0)
    return;
  builder_step (builder, STEP_EXEC, builder_element (builder, &process->args, 0))->exec = builder->exec;
}
