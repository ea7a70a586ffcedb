/*
 * The order of a container's steps, defined only here. Each block's comment describes husk-init's rights at that point
 * and what it can reach.
 */
#include "builder.h"

#include <sched.h>
#include <string.h>

static bool
has_terminal (const struct spec *spec)
{
  return spec->process && spec->process->terminal.value;
}

static void
plan_console (struct builder *builder, const struct spec_process *process, bool in_dev)
{
  struct step *step = builder_step (builder, STEP_CONSOLE, process->terminal.node);
  step->console = arena_new (builder->arena, struct plan_console);
  step->console->fd = PLAN_NO_FD;
  step->console->in_dev = in_dev;
  step->console->uid = process->user ? (uint32_t)process->user->uid.value : 0;
  if (process->console_size)
    {
      step->console->height = (uint16_t)process->console_size->height.value;
      step->console->width = (uint16_t)process->console_size->width.value;
    }
}

/* A session keyring that exec joins, or makes anew under the same name: never the caller's. */
static void
plan_session (struct builder *builder, const char *id, bool no_new_keyring)
{
  struct step *step = builder_step (builder, STEP_SESSION, 0);
  step->session = arena_new (builder->arena, struct plan_session);
  if (!no_new_keyring)
    step->session->keyring = arena_format (builder->arena, "_ses.%.128s", id);
}

static bool
mounts_devices (const struct spec *spec)
{
  for (uint32_t i = 0; i < spec->mounts.count; i++)
    if (!spec_mount_binds (&spec->mounts.items[i]) && spec->mounts.items[i].type.text
        && spec_type_on_disk (spec->mounts.items[i].type.text))
      return true;
  return false;
}

/* husk-init is root of the host or of the container's new user namespace, in all new namespaces, and sees the host's
 * files. */
static void
plan_surroundings (struct builder *builder)
{
  const struct spec *spec = builder->spec;
  /* joins come first, so that later steps change the program's namespaces, never the host's */
  plan_namespaces (builder);
  if (!builder_enters_late (builder))
    plan_affinity (builder); /* once in the cgroup, before any hook */
  if (spec->process && !builder->options->no_new_keyring)
    plan_keyring_label (builder, spec->process);
  plan_session (builder, builder->options->id, builder->options->no_new_keyring);
  if (spec->hostname.text && spec->hostname.text[0])
    builder_step (builder, STEP_HOSTNAME, spec->hostname.node)->text = keep (builder, spec->hostname.text);
  if (spec->domainname.text && spec->domainname.text[0])
    builder_step (builder, STEP_DOMAINNAME, spec->domainname.node)->text = keep (builder, spec->domainname.text);
  if (spec_namespace_new (spec, SPEC_NAMESPACE_NETWORK) && !builder->options->network_ahead)
    (void)builder_step (builder, STEP_LOOPBACK, spec_namespace (spec, SPEC_NAMESPACE_NETWORK)->node);
  if (spec->linux_->net_devices.count)
    plan_place (builder);
  plan_net_devices (builder); /* before any hook, which may configure them */
}

/* It has the same rights. The rootfs is attached in its copy of the mount table; the host's files are still visible. */
static void
plan_root_file_system (struct builder *builder)
{
  const struct spec *spec = builder->spec;
  plan_rootfs (builder);
  if (!builder->mount_namespace || mounts_devices (spec))
    plan_place (builder);
  if (!builder->mount_namespace)
    return;
  plan_mounts (builder);
  plan_place (builder);
  plan_devices (builder);
  /* the console needs the container's devpts, and /dev for its mount point */
  if (has_terminal (spec))
    plan_console (builder, spec->process, true);
}

/* config.md, "POSIX-platform Hooks": after the namespaces and mounts, before the pivot. */
static void
plan_create_hooks (struct builder *builder)
{
  const struct spec_hooks *hooks = builder->spec->hooks;
  if (!hooks)
    return;
  if (hooks->prestart.count || hooks->create_runtime.count)
    (void)builder_step (builder, STEP_RUNTIME_HOOKS,
                        hooks->prestart.count ? hooks->prestart.node : hooks->create_runtime.node);
  plan_hooks (builder, &hooks->create_container, "createContainer");
}

/* Masks and read-only paths come after the hooks, which may still change the rootfs. Then comes the pivot. */
static void
plan_closing (struct builder *builder)
{
  const struct spec *spec = builder->spec;
  /* these are the last to need the host's /proc: PIVOT closes everything of the host's */
  plan_sysctl (builder);
  if (spec->process)
    plan_written (builder, spec->process);
  if (builder->mount_namespace)
    {
      if (spec->process && strcmp (spec->process->cwd.text, "/") != 0)
        builder_step (builder, STEP_DIRECTORY, spec->process->cwd.node)->text = keep (builder, spec->process->cwd.text);
      plan_paths (builder);
    }
  builder_step (builder, STEP_PIVOT, spec->root->path.node)->number = !builder->mount_namespace    ? PLAN_PIVOT_CHROOT
                                                                      : builder->options->no_pivot ? PLAN_PIVOT_MOVE
                                                                                                   : PLAN_PIVOT_ROOT;
  if (builder->mount_namespace)
    plan_shared_root (builder);
}

/* husk-init is in the container's root and can no longer open anything of the host's. */
static void
plan_start (struct builder *builder)
{
  const struct spec *spec = builder->spec;
  if (spec->hooks)
    plan_hooks (builder, &spec->hooks->start_container, "startContainer");
  if (spec->process)
    plan_process (builder, spec->process);
}

static void
check_labels (struct builder *builder)
{
  const struct json_string *label = &builder->spec->linux_->mount_label;
  struct host host = *builder->host;
  if (!label->text || !label->text[0])
    return;
  if (!host.selinux)
    host_probe_lsm (&host);
  if (!host.selinux)
    (void)wrong (builder, label->node, "SELinux is not enabled in this kernel: \"%s\" cannot be applied", label->text);
}

static void
begin (struct builder *builder, uint32_t kept)
{
  builder->plan = arena_new (builder->arena, struct plan);
  builder->capacity = 128;
  builder->plan->steps = arena_array (builder->arena, struct step, builder->capacity);
  builder->plan->magic = PLAN_MAGIC;
  builder->plan->kept = 3 + kept;
  builder->plan->parent.ignored_signals = builder->host->ignored_signals;
  builder->plan->control = builder->plan->listen = builder->plan->page = builder->plan->proc = PLAN_NO_FD;
  builder->plan->hook_output = builder->plan->hook_errors = PLAN_NO_FD;
}

static void
plan_finish (struct builder *builder, struct plan **out)
{
  builder->plan->size = (uint32_t)(builder->arena->next - builder->arena->start);
  *out = builder->plan;
}

int
plan_compile (const struct spec *spec, const struct host *host, const struct plan_options *options, struct arena *arena,
              struct plan **out, struct report *report)
{
  struct builder builder = {
    .spec = spec, .document = spec->document, .host = host, .options = options, .arena = arena, .report = report
  };
  unsigned before = report->errors;
  builder.observing = options->observing;
  builder.errno_for_newer = options->errno_for_newer;
  builder.user_namespace = spec_namespace (spec, SPEC_NAMESPACE_USER) != NULL;
  builder.mount_namespace = spec_namespace (spec, SPEC_NAMESPACE_MOUNT) != NULL;
  begin (&builder, options->kept.count);
  plan_surroundings (&builder);
  plan_root_file_system (&builder);
  plan_create_hooks (&builder);
  plan_closing (&builder);
  /* in create, so that a missing program makes it fail: clients rely on status 127 */
  if (spec->process)
    plan_program (&builder, spec->process, &options->kept);
  (void)builder_step (&builder, STEP_CREATED, 0);
  if (!options->run)
    (void)builder_step (&builder, STEP_WAIT, 0);
  builder.plan->start = builder.plan->step_count;
  plan_start (&builder);
  check_labels (&builder);
  plan_finish (&builder, out);
  return report->errors > before ? -1 : 0;
}

static void
join_container (struct builder *builder, const struct plan_exec_options *options)
{
  struct plan_parent *parent = &builder->plan->parent;
  uint64_t inside = options->namespaces & ~(uint64_t)CLONE_NEWPID;
  parent->joins_before = arena_new (builder->arena, struct plan_join);
  /* an ordinary user has rights over the other namespaces only within the container's user namespace, so all are joined
   * at once */
  bool ordinary = inside & CLONE_NEWUSER && !(builder->host->permitted & CAPABILITY (CAP_SYS_ADMIN));
  parent->forked = ordinary && options->namespaces & CLONE_NEWPID;
  if (parent->forked)
    inside |= CLONE_NEWPID;
  else if (options->namespaces & CLONE_NEWPID) /* takes effect only in children */
    parent->joins_before[parent->join_before_count++] = (struct plan_join){ NULL, PLAN_PREPARE, CLONE_NEWPID };
  if (!inside)
    return;
  struct step *step = builder_step (builder, STEP_JOIN, 0);
  step->join = arena_new (builder->arena, struct plan_join);
  *step->join = (struct plan_join){ NULL, PLAN_PREPARE, inside };
  if (inside & CLONE_NEWUSER)
    (void)builder_step (builder, STEP_MAPPED_ROOT, 0);
}

int
plan_compile_exec (const struct spec *spec, const struct host *host, const struct plan_exec_options *options,
                   struct arena *arena, struct plan **out, struct report *report)
{
  struct plan_options none = { .id = "", .bundle = "" };
  struct builder builder = {
    .spec = spec, .document = options->document, .host = host, .options = &none, .arena = arena, .report = report
  };
  unsigned before = report->errors;
  builder.observing = options->observing;
  builder.errno_for_newer = options->errno_for_newer;
  builder.user_namespace = spec_namespace (spec, SPEC_NAMESPACE_USER) != NULL;
  begin (&builder, options->kept.count);
  if (options->cgroup_late)
    (void)builder_step (&builder, STEP_JOIN_CGROUP, 0);
  plan_exec_affinity (&builder, options->process->exec_cpu_affinity); /* once in the cgroup, before anything else */
  plan_written (&builder, options->process);                          /* through the host's /proc, so before joining */
  if (!options->no_new_keyring)
    plan_keyring_label (&builder, options->process);
  join_container (&builder, options);
  plan_between (&builder);
  plan_session (&builder, options->id, options->no_new_keyring);
  if (options->process->terminal.value)
    plan_console (&builder, options->process, false);
  builder.plan->start = builder.plan->step_count;
  plan_program (&builder, options->process, &options->kept);
  plan_process (&builder, options->process);
  plan_finish (&builder, out);
  return report->errors > before ? -1 : 0;
}
