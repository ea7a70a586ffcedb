/*
 * Describes a step in one line, for `husk plan` and for --debug's log. The golden plans in tests/plan and the
 * properties in tests/conformance that begin with "step:" are compared with these lines, so a change here needs one
 * there. The values of environment variables are omitted unless the caller asks for secrets.
 */
#include "husk/compile.h"

#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>

#include "husk/kernel.h"

struct line
{
  char *out;
  size_t size, used;
  bool secrets; /* show the values of variables */
};

static void line_put (struct line *line, const char *format, ...) __attribute__ ((format (printf, 2, 3)));

static void
line_put (struct line *line, const char *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  int added = vsnprintf (line->out + line->used, line->size - line->used, format, arguments);
  va_end (arguments);
  line->used += added > 0 ? (size_t)added : 0;
  if (line->used >= line->size)
    line->used = line->size - 1;
}

static const char *
put_attributes (struct line *line, uint64_t bits, bool cleared, const char *prefix, const char *separator)
{
  for (uint64_t bit = 1; bit && bit <= bits; bit <<= 1)
    {
      const char *word = bits & bit ? spec_attribute_word (bit, cleared) : NULL;
      if (!word)
        continue;
      line_put (line, "%s%s%s", separator, prefix, word);
      separator = ", ";
    }
  return separator;
}

static const char *
put_propagation (struct line *line, uint64_t bits, bool recursive, const char *separator)
{
  for (const struct json_name *name = spec_propagation_names; name->text; name++)
    if (!(name->value & MS_REC) && bits & (uint64_t)name->value)
      {
        line_put (line, "%s%s%s", separator, recursive ? "r" : "", name->text);
        separator = ", ";
      }
  return separator;
}

static void
put_namespaces (struct line *line, uint64_t flags)
{
  static const enum spec_namespace_type order[]
      = { SPEC_NAMESPACE_USER, SPEC_NAMESPACE_MOUNT, SPEC_NAMESPACE_PID,    SPEC_NAMESPACE_NETWORK,
          SPEC_NAMESPACE_IPC,  SPEC_NAMESPACE_UTS,   SPEC_NAMESPACE_CGROUP, SPEC_NAMESPACE_TIME };
  const char *separator = "";
  for (size_t i = 0; i < sizeof order / sizeof order[0]; i++)
    if (flags & spec_namespace_flag (order[i]))
      {
        line_put (line, "%s%s", separator, spec_namespace_name (order[i]));
        separator = ", ";
      }
}

static void
put_mount (struct line *line, const struct step *step)
{
  const struct plan_mount *mount = step->mount;
  const char *separator = " (";
  if (mount->remount)
    line_put (line, "remount %s", mount->destination);
  else if (mount->type)
    line_put (line, "%s on %s", mount->type, mount->destination);
  else
    line_put (line, "%s %s on %s", mount->bind_recursive ? "rbind" : "bind", mount->source, mount->destination);
  separator = put_attributes (line, mount->set, false, "", separator);
  separator = put_attributes (line, mount->clear & ~mount->set, true, "", separator);
  separator = put_attributes (line, mount->recursive_set, false, "r", separator);
  separator = put_attributes (line, mount->recursive_clear & ~mount->recursive_set, true, "r", separator);
  separator = put_propagation (line, mount->propagation, mount->propagation & MS_REC, separator);
  for (uint32_t i = 0; i < mount->option_count; i++, separator = ", ")
    line_put (line, "%s%s%s%s", separator, mount->options[i].key, mount->options[i].value ? "=" : "",
              mount->options[i].value ? mount->options[i].value : "");
  if (mount->idmap_fd != PLAN_NO_FD)
    line_put (line, "%s%s", separator, mount->idmap_recursive ? "ridmap" : "idmap"), separator = ", ";
  const struct
  {
    bool set;
    const char *word;
  } words[] = { { mount->copy_up, "tmpcopyup" },
                { mount->copy_symlink, "copy-symlink" },
                { mount->source_nofollow, "src-nofollow" },
                { mount->target_nofollow, "dest-nofollow" },
                { mount->inside != NULL, "source in the container" } };
  for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
    if (words[i].set)
      line_put (line, "%s%s", separator, words[i].word), separator = ", ";
  line_put (line, "%s", strcmp (separator, ", ") == 0 ? ")" : "");
}

static void
put_capabilities (struct line *line, uint64_t mask)
{
  char name[CAPABILITY_NAME_SIZE];
  line_put (line, "%s", mask ? "" : " none");
  for (int number = 0; number < 64; number++)
    if (mask >> number & 1)
      {
        spec_capability_name (number, name);
        line_put (line, " %s", name);
      }
}

/* Equal sets are printed together: "permitted, effective CAP_KILL". */
static void
put_identity (struct line *line, const struct step *step)
{
  const struct plan_identity *identity = step->identity;
  line_put (line, "uid %u, gid %u", identity->uid, identity->gid);
  if (!identity->set_groups)
    line_put (line, ", the caller's groups");
  for (uint32_t i = 0; i < identity->group_count && i < 16; i++)
    line_put (line, "%s%u", i ? "," : ", groups ", identity->groups[i]);
  if (!identity->set_capabilities)
    return;
  const struct
  {
    const char *name;
    uint64_t mask;
  } sets[] = { { "bounding", identity->bounding },
               { "permitted", identity->permitted },
               { "effective", identity->effective },
               { "inheritable", identity->inheritable },
               { "ambient", identity->ambient } };
  for (size_t i = 0; i < sizeof sets / sizeof sets[0]; i++)
    {
      line_put (line, "%s %s", i > 0 && sets[i].mask == sets[i - 1].mask ? "," : ";", sets[i].name);
      if (i + 1 == sizeof sets / sizeof sets[0] || sets[i + 1].mask != sets[i].mask)
        put_capabilities (line, sets[i].mask);
    }
  line_put (line, "%s", identity->keep_admin ? "; CAP_SYS_ADMIN until exec" : "");
}

static void
put_exec (struct line *line, const struct step *step)
{
  const struct plan_exec *exec = step->exec;
  if (step->kind == STEP_HOME)
    line_put (line, "of uid %u", exec->uid);
  else if (step->kind != STEP_EXEC)
    line_put (line, "%s", exec->file);
  if (step->kind != STEP_EXEC)
    return;
  for (char **argument = exec->argv; *argument; argument++)
    line_put (line, "%s%s", argument == exec->argv ? "" : " ", *argument);
  line_put (line, "; env");
  for (char **entry = exec->envp; *entry; entry++)
    line_put (line, " %.*s", line->secrets ? 4096 : (int)strcspn (*entry, "="), *entry);
}

static void
put_device (struct line *line, const struct step *step)
{
  const struct plan_device *device = step->device;
  line_put (line, "%s: %c %u:%u mode %o uid %u gid %u%s", device->path, device->type, device->major, device->minor,
            device->mode, device->uid, device->gid, device->bind ? ", bound from the host" : "");
}

static void
put_net_devices (struct line *line, const struct step *step)
{
  const struct plan_net_devices *devices = step->net_devices;
  for (uint32_t i = 0; i < devices->count; i++)
    line_put (line, strcmp (devices->items[i].host_name, devices->items[i].name) ? "%s%s as %s" : "%s%s", i ? ", " : "",
              devices->items[i].host_name, devices->items[i].name);
}

static void
put_word (struct line *line, const struct json_name *names, uint64_t value)
{
  const char *word = json_name_of (names, (int64_t)value);
  if (word)
    line_put (line, "%s", word);
  else
    line_put (line, "%llu", (unsigned long long)value);
}

/* Puts each flag after a comma; flags without a name together as a number. */
static void
put_flags (struct line *line, const struct json_name *names, uint64_t flags)
{
  for (; names->text; names++)
    if (flags & (uint64_t)names->value)
      {
        line_put (line, ", %s", names->text);
        flags &= ~(uint64_t)names->value;
      }
  if (flags)
    line_put (line, ", %#llx", (unsigned long long)flags);
}

static void
put_number (struct line *line, const struct step *step)
{
  switch (step->kind)
    {
    case STEP_UNSHARE:
      put_namespaces (line, step->number);
      break;
    case STEP_PROPAGATION:
      (void)put_propagation (line, step->number, step->number & MS_REC, "/ ");
      break;
    case STEP_PIVOT:
      line_put (line, "%s", step->number == PLAN_PIVOT_ROOT ? "pivot_root" : "chroot");
      break;
    case STEP_UMASK:
      line_put (line, "%03llo", (unsigned long long)step->number);
      break;
    case STEP_IO_PRIORITY:
      put_word (line, spec_io_class_names, step->number >> IOPRIO_CLASS_SHIFT);
      line_put (line, ", priority %llu", (unsigned long long)step->number & ((1u << IOPRIO_CLASS_SHIFT) - 1));
      break;
    case STEP_PERSONALITY:
      put_word (line, spec_domain_names, step->number);
      break;
    default:
      line_put (line, "%lld", (long long)step->number);
    }
}

static void
put_rlimits (struct line *line, const struct step *step)
{
  const struct plan_rlimits *rlimits = step->rlimits;
  for (uint32_t i = 0; i < rlimits->count; i++)
    line_put (line, "%s%s %llu/%llu", i ? ", " : "", spec_rlimit_name (rlimits->items[i].resource),
              (unsigned long long)rlimits->items[i].soft, (unsigned long long)rlimits->items[i].hard);
}

static void
put_nothing (struct line *line, const struct step *step)
{
  (void)line;
  (void)step;
}

static void
put_text (struct line *line, const struct step *step)
{
  line_put (line, "%s", step->text);
}

static void
put_join (struct line *line, const struct step *step)
{
  put_namespaces (line, step->join->flags);
  if (step->join->ahead)
    line_put (line, ", made ahead, lo is up");
  else
    line_put (line, ": %s", step->join->path ? step->join->path : "the container's");
}

static void
put_session (struct line *line, const struct step *step)
{
  line_put (line, "%s", step->session->keyring ? step->session->keyring : "the caller's keyring");
}

static void
put_rootfs (struct line *line, const struct step *step)
{
  const struct plan_rootfs *rootfs = step->rootfs;
  line_put (line, "%s%s", rootfs->path, rootfs->open_only ? ", only opened" : rootfs->in_place ? ", in its place" : "");
  if (!rootfs->open_only)
    (void)put_propagation (line, rootfs->propagation, rootfs->recursive, ", ");
}

static void
put_link (struct line *line, const struct step *step)
{
  line_put (line, "%s -> %s", step->link->path, step->link->target);
}

static void
put_console (struct line *line, const struct step *step)
{
  const struct plan_console *console = step->console;
  line_put (line, "of uid %u%s%s", console->uid, console->in_dev ? ", on /dev/console" : "",
            console->relayed ? ", relayed by husk" : "");
  if (console->height || console->width)
    line_put (line, ", %u rows of %u", console->height, console->width);
}

static void
put_hook (struct line *line, const struct step *step)
{
  line_put (line, "%s hook %u: %s", step->hook->kind, step->hook->index, step->hook->path);
}

static void
put_sysctl (struct line *line, const struct step *step)
{
  line_put (line, "%s = %s", step->sysctl->name, step->sysctl->value);
}

static void
put_label (struct line *line, const struct step *step)
{
  line_put (line, "%s%s", step->label->name, strcmp (step->label->file, "keycreate") == 0 ? ", of keys" : "");
}

/* Puts bits in the format of the kernel's lists: "0-3,7". */
static void
put_bits (struct line *line, const uint64_t *mask, uint32_t count)
{
  const char *separator = "";
  for (uint32_t i = 0, last; i < count; i = last + 1)
    {
      last = i;
      if (!(mask[i / 64] >> (i % 64) & 1))
        continue;
      while (last + 1 < count && mask[(last + 1) / 64] >> ((last + 1) % 64) & 1)
        last++;
      line_put (line, last > i ? "%s%u-%u" : "%s%u", separator, i, last);
      separator = ",";
    }
}

static void
put_affinity (struct line *line, const struct step *step)
{
  const struct plan_affinity *affinity = step->affinity;
  if (affinity->all)
    line_put (line, "all CPUs of the cpuset");
  else
    put_bits (line, affinity->mask, 8 * affinity->mask_bytes);
}

static void
put_scheduler (struct line *line, const struct step *step)
{
  const struct plan_scheduler *scheduler = step->scheduler;
  line_put (line, "%s, nice %d, priority %u", spec_scheduler_name (scheduler->policy), scheduler->nice,
            scheduler->priority);
  if (scheduler->runtime || scheduler->deadline || scheduler->period)
    line_put (line, ", runtime %llu, deadline %llu, period %llu", (unsigned long long)scheduler->runtime,
              (unsigned long long)scheduler->deadline, (unsigned long long)scheduler->period);
  put_flags (line, spec_schedule_flag_names, scheduler->flags);
}

static void
put_memory_policy (struct line *line, const struct step *step)
{
  const struct plan_memory_policy *policy = step->memory_policy;
  uint32_t flags = 0;
  for (const struct json_name *flag = spec_policy_flag_names; flag->text; flag++)
    flags |= (uint32_t)flag->value;
  line_put (line, "%s", spec_memory_mode_name ((uint32_t)policy->mode & ~flags));
  put_flags (line, spec_policy_flag_names, (uint32_t)policy->mode & flags);
  if (policy->mask_bits)
    {
      line_put (line, ", nodes ");
      put_bits (line, policy->mask, policy->mask_bits);
    }
}

static void
put_filter (struct line *line, const struct step *step)
{
  line_put (line, "%u instructions", step->filter->length);
}

static void (*const put_data[STEP_KIND_COUNT]) (struct line *, const struct step *) = {
#define STEP_KIND_PUT(name, function, data, ask, proc, traits, word, text) put_##data,
  STEP_KINDS (STEP_KIND_PUT)
#undef STEP_KIND_PUT
};

void
step_describe (const struct step *step, bool secrets, char *out, size_t size)
{
  struct line line = { out, size, 0, secrets };
  out[0] = '\0';
  if (step->kind < STEP_KIND_COUNT)
    put_data[step->kind](&line, step);
}
