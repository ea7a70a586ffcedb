/*
 * The object "process" of config.json and of exec's file: its tables, its checks, and the names of capabilities
 * (libcap's). In exec there is no config around it: the checks must not use checker->spec. src/plan decides what
 * depends on the host and on husk's rights: which capabilities can be granted, how high a limit may be.
 */
#include "types.h"

#include <ctype.h>
#include <linux/sched.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/capability.h>
#include <sys/resource.h>

#include "husk/kernel.h"

#define ID_MAX 4294967294ull /* 4294967295 is (uid_t) -1: "no change" to the kernel */

static const struct json_name rlimit_names[] = {
  { "RLIMIT_AS", RLIMIT_AS },
  { "RLIMIT_CORE", RLIMIT_CORE },
  { "RLIMIT_CPU", RLIMIT_CPU },
  { "RLIMIT_DATA", RLIMIT_DATA },
  { "RLIMIT_FSIZE", RLIMIT_FSIZE },
  { "RLIMIT_LOCKS", RLIMIT_LOCKS },
  { "RLIMIT_MEMLOCK", RLIMIT_MEMLOCK },
  { "RLIMIT_MSGQUEUE", RLIMIT_MSGQUEUE },
  { "RLIMIT_NICE", RLIMIT_NICE },
  { "RLIMIT_NOFILE", RLIMIT_NOFILE },
  { "RLIMIT_NPROC", RLIMIT_NPROC },
  { "RLIMIT_RSS", RLIMIT_RSS },
  { "RLIMIT_RTPRIO", RLIMIT_RTPRIO },
  { "RLIMIT_RTTIME", RLIMIT_RTTIME },
  { "RLIMIT_SIGPENDING", RLIMIT_SIGPENDING },
  { "RLIMIT_STACK", RLIMIT_STACK },
  { NULL, 0 },
};

const char *
spec_rlimit_name (int64_t resource)
{
  const char *name = json_name_of (rlimit_names, resource);
  return name ? name : "the limit";
}

static const struct json_name policy_names[] = {
  { "SCHED_OTHER", SCHED_OTHER },
  { "SCHED_FIFO", SCHED_FIFO },
  { "SCHED_RR", SCHED_RR },
  { "SCHED_BATCH", SCHED_BATCH },
  { "SCHED_ISO", SCHED_ISO },
  { "SCHED_IDLE", SCHED_IDLE },
  { "SCHED_DEADLINE", SCHED_DEADLINE },
  { NULL, 0 },
};

const char *
spec_scheduler_name (int64_t policy)
{
  const char *name = json_name_of (policy_names, policy);
  return name ? name : "an unknown scheduling policy";
}

const struct json_name spec_schedule_flag_names[] = {
  { "SCHED_FLAG_RESET_ON_FORK", SCHED_FLAG_RESET_ON_FORK },
  { "SCHED_FLAG_RECLAIM", SCHED_FLAG_RECLAIM },
  { "SCHED_FLAG_DL_OVERRUN", SCHED_FLAG_DL_OVERRUN },
  { "SCHED_FLAG_KEEP_POLICY", SCHED_FLAG_KEEP_POLICY },
  { "SCHED_FLAG_KEEP_PARAMS", SCHED_FLAG_KEEP_PARAMS },
  { "SCHED_FLAG_UTIL_CLAMP_MIN", SCHED_FLAG_UTIL_CLAMP_MIN },
  { "SCHED_FLAG_UTIL_CLAMP_MAX", SCHED_FLAG_UTIL_CLAMP_MAX },
  { NULL, 0 },
};
const struct json_name spec_io_class_names[] = {
  { "IOPRIO_CLASS_RT", IOPRIO_CLASS_RT },
  { "IOPRIO_CLASS_BE", IOPRIO_CLASS_BE },
  { "IOPRIO_CLASS_IDLE", IOPRIO_CLASS_IDLE },
  { NULL, 0 },
};

static const struct json_type console_size_type
    = { "consoleSize", sizeof (struct spec_console_size),
        (const struct json_field[]){
            JSON_UINT (struct spec_console_size, "height", height, .required = true, .ranged = true, .maximum = 65535),
            JSON_UINT (struct spec_console_size, "width", width, .required = true, .ranged = true, .maximum = 65535),
            { 0 } } };
#define NOT_LOOKED_UP "husk does not read /etc/passwd or /etc/group: give the number"
static const struct json_type user_type
    = { "a user", sizeof (struct spec_user),
        (const struct json_field[]){ JSON_UINT (struct spec_user, "uid", uid, .not_null = true, .ranged = true,
                                                .maximum = ID_MAX, .hint = NOT_LOOKED_UP),
                                     JSON_UINT (struct spec_user, "gid", gid, .not_null = true, .ranged = true,
                                                .maximum = ID_MAX, .hint = NOT_LOOKED_UP),
                                     JSON_UINT (struct spec_user, "umask", umask, .ranged = true, .maximum = 0777),
                                     JSON_UINT_LIST (struct spec_user, "additionalGids", additional_gids,
                                                     .ranged = true, .maximum = ID_MAX, .hint = NOT_LOOKED_UP),
                                     JSON_TEXT (struct spec_user, "username", username),
                                     { 0 } } };
static const struct json_type capabilities_type
    = { "capabilities", sizeof (struct spec_capabilities),
        (const struct json_field[]){ JSON_TEXTS (struct spec_capabilities, "bounding", bounding),
                                     JSON_TEXTS (struct spec_capabilities, "effective", effective),
                                     JSON_TEXTS (struct spec_capabilities, "inheritable", inheritable),
                                     JSON_TEXTS (struct spec_capabilities, "permitted", permitted),
                                     JSON_TEXTS (struct spec_capabilities, "ambient", ambient),
                                     { 0 } } };
static const struct json_type rlimit_type
    = { "a resource limit", sizeof (struct spec_rlimit),
        (const struct json_field[]){
            JSON_CHOICE (struct spec_rlimit, "type", type, rlimit_names, "a resource limit", .required = true),
            JSON_UINT (struct spec_rlimit, "soft", soft, .required = true),
            JSON_UINT (struct spec_rlimit, "hard", hard, .required = true),
            { 0 } } };
static const struct json_type scheduler_type = {
  "a scheduler", sizeof (struct spec_scheduler),
  (const struct json_field[]){
      JSON_CHOICE (struct spec_scheduler, "policy", policy, policy_names, "a scheduling policy", .required = true),
      JSON_INT (struct spec_scheduler, "nice", nice, .ranged = true, .minimum = -20, .maximum = 19),
      JSON_INT (struct spec_scheduler, "priority", priority, .ranged = true, .minimum = 0, .maximum = 99),
      JSON_TEXTS (struct spec_scheduler, "flags", flags),
      JSON_UINT (struct spec_scheduler, "runtime", runtime),
      JSON_UINT (struct spec_scheduler, "deadline", deadline),
      JSON_UINT (struct spec_scheduler, "period", period),
      { 0 } }
};
static const struct json_type io_priority_type
    = { "an I/O priority", sizeof (struct spec_io_priority),
        (const struct json_field[]){
            JSON_CHOICE (struct spec_io_priority, "class", class, spec_io_class_names, "an I/O priority class",
                         .required = true),
            JSON_INT (struct spec_io_priority, "priority", priority, .ranged = true, .minimum = 0, .maximum = 7),
            { 0 } } };
static const struct json_type affinity_type
    = { "execCPUAffinity", sizeof (struct spec_cpu_affinity),
        (const struct json_field[]){ JSON_TEXT (struct spec_cpu_affinity, "initial", initial),
                                     JSON_TEXT (struct spec_cpu_affinity, "final", final),
                                     { 0 } } };

const struct json_type spec_process_type = {
  "process", sizeof (struct spec_process),
  (const struct json_field[]){
      JSON_FLAG (struct spec_process, "terminal", terminal),
      JSON_STRUCT (struct spec_process, "consoleSize", console_size, struct spec_console_size, &console_size_type),
      JSON_TEXT (struct spec_process, "cwd", cwd, .required = true),
      JSON_TEXTS (struct spec_process, "env", env),
      JSON_TEXTS (struct spec_process, "args", args, .required = true, .filled = true),
      JSON_STRUCT (struct spec_process, "user", user, struct spec_user, &user_type),
      JSON_STRUCT (struct spec_process, "capabilities", capabilities, struct spec_capabilities, &capabilities_type),
      JSON_LIST (struct spec_process, "rlimits", rlimits, struct spec_rlimit, &rlimit_type),
      JSON_FLAG (struct spec_process, "noNewPrivileges", no_new_privileges),
      JSON_TEXT (struct spec_process, "apparmorProfile", apparmor_profile),
      JSON_TEXT (struct spec_process, "selinuxLabel", selinux_label),
      JSON_INT (struct spec_process, "oomScoreAdj", oom_score_adj, .ranged = true, .minimum = -1000, .maximum = 1000),
      JSON_STRUCT (struct spec_process, "scheduler", scheduler, struct spec_scheduler, &scheduler_type),
      JSON_STRUCT (struct spec_process, "ioPriority", io_priority, struct spec_io_priority, &io_priority_type),
      JSON_STRUCT (struct spec_process, "execCPUAffinity", exec_cpu_affinity, struct spec_cpu_affinity, &affinity_type),
      JSON_UNUSED ("commandLine"), /* Windows */
      { 0 } }
};

/* The length up to the first character that cannot be part of a capability's name. libcap ignores the rest. */
static size_t
capability_name_length (const char *name)
{
  size_t length = 0;
  while (isalnum ((unsigned char)name[length]) || name[length] == '_')
    length++;
  return length;
}

int
spec_capability (const char *name)
{
  cap_value_t value;
  if (strncmp (name, "CAP_", 4) != 0 || name[capability_name_length (name)] || cap_from_name (name, &value) < 0)
    return -1;
  return value;
}

void
spec_capability_name (int number, char out[CAPABILITY_NAME_SIZE])
{
  char *name = cap_to_name (number);
  (void)snprintf (out, CAPABILITY_NAME_SIZE, "%s", name ? name : "");
  if (name)
    (void)cap_free (name);
  for (; *out; out++)
    *out = (char)toupper ((unsigned char)*out);
}

uint64_t
spec_capability_mask (const struct json_strings *names)
{
  uint64_t mask = 0;
  for (uint32_t i = 0; i < names->count; i++)
    {
      int number = spec_capability (names->items[i]);
      mask |= number < 0 ? 0 : CAPABILITY (number);
    }
  return mask;
}

struct json_strings
spec_capability_names (uint64_t mask, struct arena *arena)
{
  struct json_strings names = { .items = arena_array (arena, const char *, 65), .set = true };
  for (int number = 0; number < 64; number++)
    {
      char name[CAPABILITY_NAME_SIZE] = "";
      if (mask >> number & 1)
        spec_capability_name (number, name);
      if (name[0])
        names.items[names.count++] = arena_string (arena, name);
    }
  return names;
}

static origin_t
element (const struct checker *checker, const struct json_strings *list, uint32_t index)
{
  return json_element (checker->document, list->node, index);
}

const char *
spec_capability_hint (const char *name, char out[CAPABILITY_HINT_SIZE])
{
  char all[64][CAPABILITY_NAME_SIZE];
  struct json_name names[65] = { { NULL, 0 } };
  char meant[64];
  (void)snprintf (meant, sizeof meant, "CAP_%s", strncasecmp (name, "CAP_", 4) == 0 ? name + 4 : name);
  for (char *at = meant; *at; at++)
    *at = (char)toupper ((unsigned char)*at);
  meant[capability_name_length (meant)] = '\0';
  int count = 0;
  while (count < 64 && (spec_capability_name (count, all[count]), strncmp (all[count], "CAP_", 4) == 0))
    {
      names[count].text = all[count];
      count++;
    }
  const char *nearest = count ? json_nearest (meant + strlen ("CAP_"), names) : NULL;
  if (!nearest)
    return NULL;
  (void)snprintf (out, CAPABILITY_HINT_SIZE, "did you mean \"%s\"?", nearest);
  return out;
}

static bool
contains (const struct json_strings *set, uint32_t count, const char *name)
{
  for (uint32_t i = 0; i < count; i++)
    if (strcmp (set->items[i], name) == 0)
      return true;
  return false;
}

/* config.md asks for a warning: an engine may know capabilities that this husk and its kernel do not. There is one
 * for each name, in the first set that has it. */
static void
check_capabilities (struct checker *checker, const struct spec_capabilities *sets)
{
  const struct json_strings *all[]
      = { &sets->bounding, &sets->effective, &sets->inheritable, &sets->permitted, &sets->ambient };
  char hint[CAPABILITY_HINT_SIZE];
  for (uint32_t s = 0; s < sizeof all / sizeof *all; s++)
    for (uint32_t i = 0; i < all[s]->count; i++)
      {
        const char *name = all[s]->items[i];
        bool seen = spec_capability (name) >= 0 || contains (all[s], i, name);
        for (uint32_t before = 0; !seen && before < s; before++)
          seen = contains (all[before], all[before]->count, name);
        if (!seen)
          warn (checker, element (checker, all[s], i), spec_capability_hint (name, hint),
                "\"%s\" is not a capability: left out", name);
      }
}

static void
check_environment (struct checker *checker, const struct spec_process *process)
{
  for (uint32_t i = 0; i < process->env.count; i++)
    {
      const char *entry = process->env.items[i], *equals = strchr (entry, '=');
      if (!equals || equals == entry)
        (void)wrong (checker, element (checker, &process->env, i), "\"%.80s\" is not NAME=VALUE", entry);
    }
}

static void
check_rlimits (struct checker *checker, const struct spec_process *process)
{
  uint32_t seen = 0;
  for (uint32_t i = 0; i < process->rlimits.count; i++)
    {
      const struct spec_rlimit *limit = &process->rlimits.items[i];
      if (!limit->type.set)
        continue;
      if (seen >> limit->type.value & 1)
        (void)wrong (checker, limit->type.node, "this resource limit is set twice");
      seen |= 1u << limit->type.value;
      if (limit->soft.value > limit->hard.value)
        (void)wrong (checker, limit->soft.node, "the soft limit %llu is above the hard limit %llu",
                     (unsigned long long)limit->soft.value, (unsigned long long)limit->hard.value);
    }
}

static void
check_scheduler (struct checker *checker, struct spec_scheduler *scheduler)
{
  int policy = scheduler->policy.value;
  for (uint32_t i = 0; i < scheduler->flags.count; i++)
    {
      const struct json_name *name = spec_schedule_flag_names;
      while (name->text && strcmp (name->text, scheduler->flags.items[i]) != 0)
        name++;
      if (name->text)
        scheduler->flag_bits |= (uint64_t)name->value;
      else
        (void)wrong (checker, element (checker, &scheduler->flags, i), "\"%s\" is not a scheduling flag",
                     scheduler->flags.items[i]);
    }
  if (policy == SCHED_ISO)
    (void)wrong (checker, scheduler->policy.node, "Linux does not implement SCHED_ISO");
  if (scheduler->priority.value && policy != SCHED_FIFO && policy != SCHED_RR)
    (void)wrong (checker, scheduler->priority.node, "a priority needs SCHED_FIFO or SCHED_RR");
  if ((policy == SCHED_FIFO || policy == SCHED_RR) && scheduler->priority.value == 0)
    (void)wrong (checker, scheduler->node, "SCHED_FIFO and SCHED_RR need a priority from 1 to 99");
  if ((scheduler->runtime.value || scheduler->deadline.value || scheduler->period.value) && policy != SCHED_DEADLINE)
    (void)wrong (checker, scheduler->node, "runtime, deadline and period need SCHED_DEADLINE");
}

void
check_process (struct checker *checker, struct spec_process *process)
{
  if (process->cwd.text && process->cwd.text[0] != '/')
    (void)wrong (checker, process->cwd.node, "\"%s\" is not an absolute path", process->cwd.text);
  else if (process->cwd.text)
    process->cwd.text = spec_clean_path (process->cwd.text, checker->arena);
  if (process->args.count && process->args.items[0][0] == '\0')
    (void)wrong (checker, element (checker, &process->args, 0), "the program's name is empty");
  check_environment (checker, process);
  check_rlimits (checker, process);
  if (process->user && process->user->additional_gids.count > 65536)
    (void)wrong (checker, process->user->additional_gids.node, "%u groups: the kernel allows 65536 (NGROUPS_MAX)",
                 process->user->additional_gids.count);
  if (process->capabilities)
    {
      check_capabilities (checker, process->capabilities);
    }
  if (process->scheduler)
    check_scheduler (checker, process->scheduler);
  if (process->exec_cpu_affinity)
    {
      check_numbers (checker, &process->exec_cpu_affinity->initial, "CPUs");
      check_numbers (checker, &process->exec_cpu_affinity->final, "CPUs");
    }
}
