#include "husk/compile.h"

#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x00000080
#endif

struct line
{
  char *out;
  size_t size, used;
};

static void put (struct line *line, const char *format, ...) __attribute__ ((format (printf, 2, 3)));

static void
put (struct line *line, const char *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  int added = vsnprintf (line->out + line->used, line->size - line->used, format, arguments);
  va_end (arguments);
  line->used += added > 0 ? (size_t)added : 0;
  if (line->used >= line->size)
    line->used = line->size - 1;
}

struct flag
{
  uint64_t bit;
  const char *name;
};

static const char *
put_flags (struct line *line, uint64_t bits, const struct flag *flags, const char *prefix, const char *separator)
{
  for (; flags->name; flags++)
    if (bits & flags->bit)
      {
        put (line, "%s%s%s", separator, prefix, flags->name);
        separator = ", ";
      }
  return separator;
}

static const struct flag attribute_flags[] = {
  { 0x1, "ro" },          { 0x2, "nosuid" },           { 0x4, "nodev" },
  { 0x8, "noexec" },      { 0x10, "noatime" },         { 0x20, "strictatime" },
  { 0x80, "nodiratime" }, { 0x200000, "nosymfollow" }, { 0, NULL },
};
static const struct flag cleared_flags[] = {
  { 0x1, "rw" },        { 0x2, "suid" },           { 0x4, "dev" }, { 0x8, "exec" },
  { 0x80, "diratime" }, { 0x200000, "symfollow" }, { 0, NULL },
};
static const struct flag propagation_flags[] = { { MS_SHARED, "shared" },
                                                 { MS_SLAVE, "slave" },
                                                 { MS_PRIVATE, "private" },
                                                 { MS_UNBINDABLE, "unbindable" },
                                                 { 0, NULL } };
static const struct flag namespace_flags[] = {
  { CLONE_NEWUSER, "user" },     { CLONE_NEWNS, "mount" },  { CLONE_NEWPID, "pid" },
  { CLONE_NEWNET, "network" },   { CLONE_NEWIPC, "ipc" },   { CLONE_NEWUTS, "uts" },
  { CLONE_NEWCGROUP, "cgroup" }, { CLONE_NEWTIME, "time" }, { 0, NULL },
};

static void
put_mount (struct line *line, const struct plan_mount *mount)
{
  const char *separator = " (";
  if (mount->remount)
    put (line, "remount %s", mount->destination);
  else if (mount->type)
    put (line, "%s on %s", mount->type, mount->destination);
  else
    put (line, "%s %s on %s", mount->bind_recursive ? "rbind" : "bind", mount->source, mount->destination);
  separator = put_flags (line, mount->set, attribute_flags, "", separator);
  separator = put_flags (line, mount->clear & ~mount->set, cleared_flags, "", separator);
  separator = put_flags (line, mount->recursive_set, attribute_flags, "r", separator);
  separator = put_flags (line, mount->recursive_clear & ~mount->recursive_set, cleared_flags, "r", separator);
  separator
      = put_flags (line, mount->propagation, propagation_flags, mount->propagation & MS_REC ? "r" : "", separator);
  for (uint32_t i = 0; i < mount->option_count; i++, separator = ", ")
    put (line, "%s%s%s%s", separator, mount->options[i].key, mount->options[i].value ? "=" : "",
         mount->options[i].value ? mount->options[i].value : "");
  if (mount->idmap_fd != PLAN_NO_FD)
    put (line, "%s%s", separator, mount->idmap_recursive ? "ridmap" : "idmap"), separator = ", ";
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
      put (line, "%s%s", separator, words[i].word), separator = ", ";
  put (line, "%s", strcmp (separator, ", ") == 0 ? ")" : "");
}

static void
put_identity (struct line *line, const struct plan_identity *identity)
{
  put (line, "uid %u, gid %u", identity->uid, identity->gid);
  if (!identity->set_groups)
    put (line, ", the caller's groups");
  for (uint32_t i = 0; i < identity->group_count && i < 16; i++)
    put (line, "%s%u", i ? "," : ", groups ", identity->groups[i]);
  put (line, "; bounding %llx, permitted %llx, effective %llx, inheritable %llx, ambient %llx%s",
       (unsigned long long)identity->bounding, (unsigned long long)identity->permitted,
       (unsigned long long)identity->effective, (unsigned long long)identity->inheritable,
       (unsigned long long)identity->ambient, identity->keep_admin ? "; CAP_SYS_ADMIN until exec" : "");
}

static void
put_exec (struct line *line, const struct plan_exec *exec, bool secrets)
{
  for (char **argument = exec->argv; *argument; argument++)
    put (line, "%s%s", argument == exec->argv ? "" : " ", *argument);
  put (line, "; env");
  for (char **entry = exec->envp; *entry; entry++)
    put (line, " %.*s", secrets ? 4096 : (int)strcspn (*entry, "="), *entry);
}

static void
put_device (struct line *line, const struct plan_device *device)
{
  put (line, "%s: %c %u:%u mode %o uid %u gid %u%s", device->path, device->type, device->major, device->minor,
       device->mode, device->uid, device->gid, device->bind ? ", bound from the host" : "");
}

static void
put_net_devices (struct line *line, const struct plan_net_devices *devices)
{
  for (uint32_t i = 0; i < devices->count; i++)
    put (line, strcmp (devices->items[i].host_name, devices->items[i].name) ? "%s%s as %s" : "%s%s", i ? ", " : "",
         devices->items[i].host_name, devices->items[i].name);
}

static void
put_number (struct line *line, const struct step *step)
{
  switch (step->kind)
    {
    case STEP_UNSHARE:
      (void)put_flags (line, step->number, namespace_flags, "", "");
      break;
    case STEP_PROPAGATION:
      (void)put_flags (line, step->number, propagation_flags, step->number & MS_REC ? "r" : "", "/ ");
      break;
    case STEP_PIVOT:
      put (line, "%s", step->number == PLAN_PIVOT_ROOT ? "pivot_root" : "chroot");
      break;
    case STEP_UMASK:
      put (line, "%03llo", (unsigned long long)step->number);
      break;
    default:
      put (line, "%lld", (long long)step->number);
    }
}

static void
put_limits (struct line *line, const struct plan_rlimits *rlimits)
{
  for (uint32_t i = 0; i < rlimits->count; i++)
    put (line, "%sresource %d: %llu/%llu", i ? ", " : "", rlimits->items[i].resource,
         (unsigned long long)rlimits->items[i].soft, (unsigned long long)rlimits->items[i].hard);
}

void
step_describe (const struct step *step, bool secrets, char *out, size_t size)
{
  struct line line = { out, size, 0 };
  out[0] = '\0';
  switch (step->kind)
    {
    case STEP_JOIN:
      (void)put_flags (&line, step->join->flags, namespace_flags, "", "");
      put (&line, ": %s", step->join->path ? step->join->path : "the container's");
      break;
    case STEP_SESSION:
      put (&line, "%s", step->session->keyring ? step->session->keyring : "without a keyring of its own");
      break;
    case STEP_ROOTFS:
      put (&line, "%s%s", step->rootfs->path,
           step->rootfs->open_only  ? ", opened only"
           : step->rootfs->in_place ? ", in its place"
                                    : "");
      if (!step->rootfs->open_only)
        (void)put_flags (&line, step->rootfs->propagation, propagation_flags, step->rootfs->recursive ? "r" : "", ", ");
      break;
    case STEP_MOUNT:
      put_mount (&line, step->mount);
      break;
    case STEP_DEVICE:
      put_device (&line, step->device);
      break;
    case STEP_NET_DEVICES:
      put_net_devices (&line, step->net_devices);
      break;
    case STEP_LINK:
      put (&line, "%s -> %s", step->link->path, step->link->target);
      break;
    case STEP_HOOK:
      put (&line, "%s hook %u: %s", step->hook->kind, step->hook->index, step->hook->path);
      break;
    case STEP_AFFINITY:
      put (&line, "%s", step->affinity->all ? "all of the cpuset" : "");
      break;
    case STEP_SYSCTL:
      put (&line, "%s = %s", step->sysctl->name, step->sysctl->value);
      break;
    case STEP_RLIMITS:
      put_limits (&line, step->rlimits);
      break;
    case STEP_LABEL:
      put (&line, "%s", step->label->name);
      break;
    case STEP_IDENTITY:
      put_identity (&line, step->identity);
      break;
    case STEP_SECCOMP:
      put (&line, "%u instructions", step->filter->length);
      break;
    case STEP_LOOKUP:
    case STEP_PROVE:
      put (&line, "%s", step->exec->file);
      break;
    case STEP_HOME:
      put (&line, "of uid %u", step->exec->uid);
      break;
    case STEP_EXEC:
      put_exec (&line, step->exec, secrets);
      break;
    case STEP_HOSTNAME:
    case STEP_DOMAINNAME:
    case STEP_DIRECTORY:
    case STEP_READONLY:
    case STEP_MASK:
    case STEP_CWD:
      put (&line, "%s", step->text);
      break;
    case STEP_UNSHARE:
    case STEP_PROPAGATION:
    case STEP_PIVOT:
    case STEP_OOM_SCORE:
    case STEP_IO_PRIORITY:
    case STEP_PERSONALITY:
    case STEP_UMASK:
    case STEP_STREAMS:
      put_number (&line, step);
      break;
    default:
      break;
    }
}
