/*
 * What create, run and restore share: create.c and run.c call prepare, make and commit in this order, restore.c calls
 * prepare, record, run_hooks and undo. Anything that may have to be undone is noted in struct creation as soon as it
 * exists (made_ flags, a cgroup directory's `ours`, moved network devices), because creation_take_away undoes only what
 * is noted. The record is made before anything else, and it names the process before a hook runs.
 */
#include "creation.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "claim.h"
#include "confine.h"
#include "hooks.h"
#include "husk/descriptor.h"
#include "husk/log.h"
#include "husk/signals.h"
#include "husk/stage.h"
#include "kept_descriptors.h"
#include "notify_socket.h"
#include "pid_file.h"
#include "socket.h"

/* ---- preparing ------------------------------------------------------------------------------------------------ */

static int
compile_container (struct creation *creation, struct error *error)
{
  const struct create_options *options = creation->options;
  struct report report = load_report (error);
  bool unobserved = false;
  struct plan_options plan_options = {
    .id = options->id,
    .bundle = creation->loaded.bundle,
    .cgroup = &creation->cgroup,
    .run = creation->run,
    .network_ahead = creation->network_ahead,
    .no_pivot = options->no_pivot,
    .no_new_keyring = options->no_new_keyring,
    .errno_for_newer = options->errno_for_newer,
    .kept = kept_descriptors (options->preserve_fds),
    .observing = creation->observer.observer.mode,
    .unobserved = creation->observer.standing ? &unobserved : NULL,
  };
  if (limits_has_resources (creation->loaded.spec.linux_->resources)
      && host_probe_controllers (&creation->loaded.arena, &creation->host, error) < 0)
    return -1;
  if (limits_plan (&creation->host, creation->globals->cgroup_manager, &creation->loaded.spec, options->id,
                   &creation->loaded.arena, &creation->cgroup, &creation->limits, &report)
          < 0
      || unit_check (&creation->cgroup.unit, &creation->limits.properties, &creation->loaded.document, &report) < 0)
    return -1;
  if (!caller_may_run (&creation->host, &creation->loaded.spec))
    return report_error (&report, &creation->loaded.document, creation->loaded.spec.linux_->namespaces.node,
                         "see husk spec --rootless", "%s needs a user namespace to create a container",
                         creation->host.uid ? "an ordinary user" : "root without CAP_SYS_ADMIN");
  if (launch_arena_open (&creation->plan_arena, &creation->plan_fd, error) < 0)
    return -1;
  plan_options.limits_late = limits_come_late (&creation->cgroup, &creation->limits);
  if (plan_compile (&creation->loaded.spec, &creation->host, &plan_options, &creation->plan_arena, &creation->plan,
                    &report)
      < 0)
    return -1;
  creation->plan->timing = stage_timing;
  if (unobserved)
    creation->observer.observer.mode = OBSERVE_NOTHING;
  log_debug ("compiled: %u steps of husk-init, %u limits, %u directories of cgroups", creation->plan->step_count,
             creation->limits.count, creation->cgroup.count);
  return 0;
}

static int
check_terminal (const struct creation *creation, struct error *error)
{
  const struct create_options *options = creation->options;
  const struct spec_process *process = creation->loaded.spec.process;
  bool terminal = process && process->terminal.value;
  bool foreground = creation->run && !options->detach;
  if (terminal && !options->console_socket && !foreground)
    {
      (void)error_set_at (error, process->terminal.node, 0,
                          "a detached container with a terminal needs --console-socket");
      error_hint (error, "or set it to false");
      return -1;
    }
  if (!terminal && options->console_socket)
    return error_set (error, 0, "--console-socket is given, but process.terminal is not true");
  return 0;
}

int
creation_prepare (struct creation *creation, struct error *error)
{
  const struct create_options *options = creation->options;
  creation->plan_fd = creation->root = creation->directory = creation->page_fd = creation->listen_fd
      = creation->console_fd = creation->resctrl = creation->notify = -1;
  creation->launch.pidfd = creation->launch.control = -1;
  creation->listener = (struct listener){ .socket = -1, .supervisor = -1, .agent = -1 };
  creation->observer.pidfd = creation->observer.life = -1;
  creation->hook_files = (struct hook_files)NO_HOOK_FILES;
  if (spec_check_id (options->id, error) < 0
      || load_bundle (options->bundle, options->config, &creation->loaded, error) < 0)
    return -1;
  if (options->config)
    log_debug ("config read: %s, for bundle %s", options->config, creation->loaded.bundle);
  else
    log_debug ("config read: %s/config.json", creation->loaded.bundle);
  if (creation->run && !creation->loaded.spec.process)
    {
      (void)error_set_at (error, JSON_ROOT, 0, "\"process\" is required to start a container");
      json_place (&creation->loaded.document, error);
      return -1;
    }
  stage_end (STAGE_CONFIG);
  creation->network_ahead = !creation->restored && plan_network_ahead (&creation->loaded.spec) && network_begin ();
  if (host_probe (&creation->loaded.arena, &creation->host, error) < 0 || check_terminal (creation, error) < 0
      || confine_bundle (creation->globals, options, &creation->host, &creation->loaded, &creation->record, error) < 0
      || observer_prepare (creation->globals, options, creation->run && !options->detach, &creation->loaded,
                           &creation->observer, error)
             < 0)
    return -1;
  creation->record.has_notify = notify_offer (&creation->loaded, creation->globals->root, options->id);
  stage_end (STAGE_HOST);
  if (compile_container (creation, error) < 0)
    return -1;
  if (hook_files_open (&creation->loaded.spec, creation->loaded.bundle, &creation->hook_files, error) < 0)
    return -1;
  if (creation->run && !observe_filters (creation->observer.observer.mode)
      && listener_connect (creation->globals, &creation->loaded.spec, &creation->listener, error) < 0)
    return -1;
  resctrl_compile (&creation->loaded.spec, options->id, &creation->loaded.arena, &creation->record.resctrl);
  if (creation->record.resctrl.group)
    {
      creation->resctrl = resctrl_open (error);
      if (creation->resctrl < 0)
        {
          error->origin = creation->record.resctrl.origin;
          return -1;
        }
    }
  if (options->console_socket)
    {
      creation->console_fd = socket_connect (options->console_socket, "--console-socket", error);
      if (creation->console_fd < 0)
        return -1;
    }
  if (observer_open (&creation->observer, error) < 0)
    return -1;
  stage_end (STAGE_OPEN);
  return 0;
}

/* ---- making ----------------------------------------------------------------------------------------------------- */

int
creation_record (struct creation *creation, struct error *error)
{
  struct loaded_config *loaded = &creation->loaded;
  struct record *record = &creation->record;
  const char *root = loaded->spec.root->path.text;
  record->id = creation->options->id;
  record->bundle = loaded->bundle;
  record->rootfs = root[0] == '/' ? root : arena_format (&loaded->arena, "%s/%s", loaded->bundle, root);
  record->oci_version = loaded->spec.oci_version.text;
  record->annotations = loaded->spec.annotations;
  record->cgroup = creation->cgroup;
  record->owner = creation->host.uid;
  record->has_listener = !observe_filters (creation->observer.observer.mode) && loaded->spec.linux_->seccomp
                         && spec_seccomp_notifies (loaded->spec.linux_->seccomp);
  record->has_process = loaded->spec.process != NULL;
  record->has_poststart = loaded->spec.hooks && loaded->spec.hooks->poststart.count;
  record->has_poststop = loaded->spec.hooks && loaded->spec.hooks->poststop.count;
  for (uint32_t i = 0; i < loaded->spec.linux_->namespaces.count; i++)
    record->namespaces
        |= spec_namespace_flag ((enum spec_namespace_type)loaded->spec.linux_->namespaces.items[i].type.value);
  if (record_make (creation->globals, record, &loaded->arena, json_source (&loaded->document, &loaded->arena),
                   loaded->profile_text, &creation->root, &creation->directory, error)
      < 0)
    return -1;
  creation->made_record = true;
  observer_empty (&creation->observer);
  log_debug ("record made: %s/%s", creation->globals->root, record->id);
  if (creation->record.has_notify
      && (notify_make (creation->directory, error) < 0
          || (creation->run && notify_listen (creation->directory, &creation->notify, error) < 0)))
    return -1;
  stage_end (STAGE_RECORD);
  return 0;
}

/* Reserves its space in the file system, because a store to a page without space is a signal, not an error. */
static int
make_page (struct creation *creation, struct error *error)
{
  int code;
  creation->page_fd
      = descriptor_open_at (creation->directory, RECORD_PAGE, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (creation->page_fd < 0)
    return error_set (error, errno, "make the shared page");
  while ((code = posix_fallocate (creation->page_fd, 0, sizeof (struct page))) == EINTR)
    ;
  return code ? error_set (error, code, "make the shared page") : 0;
}

/* Makes the page and the socket that `start` finds in the record's directory. `run` starts the container itself and
 * needs neither. */
static int
make_meeting_point (struct creation *creation, struct error *error)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  if (creation->run)
    return 0;
  if (make_page (creation, error) < 0)
    return -1;
  /* by descriptor: the path of the state directory may be too long for a socket address */
  (void)snprintf (address.sun_path, sizeof address.sun_path, "/proc/self/fd/%d/" RECORD_START, creation->directory);
  creation->listen_fd = socket (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
  if (creation->listen_fd < 0 || bind (creation->listen_fd, (struct sockaddr *)&address, sizeof address) < 0
      || listen (creation->listen_fd, 1) < 0)
    return error_set (error, errno, "make the socket that start connects to");
  return 0;
}

/* prestart hooks come first: runtime.md, "Lifecycle", steps 3 and 4. The record must name the process before a hook
 * runs. A prestart hook gets the status `created`, as in the versions of the specification that it was written for. */
int
creation_run_hooks (struct creation *creation, struct error *error)
{
  const struct spec_hooks *hooks = creation->loaded.spec.hooks;
  if (record_write (creation->directory, &creation->record, error) < 0)
    return -1;
  creation->ran_hooks = true;
  if (hooks_run (&creation->loaded.spec, &hooks->prestart, "prestart", &creation->record, STATUS_CREATED, error) < 0
      || hooks_run (&creation->loaded.spec, &hooks->create_runtime, "createRuntime", &creation->record, STATUS_CREATING,
                    error)
             < 0)
    return -1;
  return 0;
}

static int
answer_hooks (struct creation *creation, struct error *error)
{
  if (creation_run_hooks (creation, error) < 0)
    return -1;
  stage_end (STAGE_HOOKS);
  return launch_answer (&creation->launch, ASK_RUNTIME_HOOKS, error);
}

static int
move_net_devices (struct creation *creation, struct error *error)
{
  const struct plan_net_devices *planned = creation->plan->parent.net_devices;
  if (!planned
      || net_devices_move (&creation->net_devices, planned, creation->launch.pid, &creation->loaded.arena, error) < 0)
    return -1;
  log_debug ("network devices moved: %u", planned->count);
  return launch_answer (&creation->launch, ASK_NET_DEVICES, error);
}

static int
answer_until_created (struct creation *creation, struct error *error)
{
  for (;;)
    {
      uint32_t ask;
      if (launch_next_ask (&creation->launch, &ask, error) < 0)
        {
          creation->made_process = false; /* husk-init is dead and reaped */
          return -1;
        }
      stage_end (STAGE_SETUP);
      if (ask == ASK_CREATED)
        return 0;
      if (ask != ASK_RUNTIME_HOOKS && ask != ASK_NET_DEVICES)
        return error_set (error, 0, "husk-init ended before the container was set up");
      if ((ask == ASK_RUNTIME_HOOKS ? answer_hooks (creation, error) : move_net_devices (creation, error)) < 0)
        return -1;
    }
}

static __attribute__ ((cold)) void
log_cgroup (const struct creation *creation, bool v2)
{
  const struct cgroup *cgroup = &creation->cgroup;
  for (uint32_t i = 0; i < cgroup->count; i++)
    if (cgroup->directories[i].v2 == v2)
      log_debug ("cgroup %s: %s/%s", cgroup->directories[i].found ? "found" : "made", cgroup->directories[i].mount,
                 cgroup->directories[i].path);
}

/* husk-init makes its first mounts at the same time. */
static int
limit_late (struct creation *creation, struct error *error)
{
  if (limits_make_cgroup (&creation->cgroup, &creation->limits, false, error) < 0
      || limits_apply_late (&creation->cgroup, &creation->limits, creation->launch.entered, error) < 0)
    return -1;
  descriptor_close (&creation->launch.entered);
  return limits_come_late (&creation->cgroup, &creation->limits) ? launch_answer (&creation->launch, ASK_LIMITED, error)
                                                                 : 0;
}

static struct launch
launch_of (const struct creation *creation)
{
  return (struct launch){ .plan = creation->plan,
                          .plan_fd = creation->plan_fd,
                          .cgroup = &creation->cgroup,
                          .entered = -1,
                          .listen_fd = creation->listen_fd,
                          .page_fd = creation->page_fd,
                          .console_fd = creation->console_fd,
                          .relayed = creation->console_fd >= 0 && !creation->options->console_socket,
                          .placed_late = creation->cgroup.unit.name != NULL,
                          .hook_output = creation->hook_files.output,
                          .hook_errors = creation->hook_files.errors,
                          .pidfd = -1,
                          .control = -1 };
}

static int
make_container (struct creation *creation, struct error *error)
{
  if (creation_record (creation, error) < 0
      || observer_begin (&creation->observer, creation->directory, &creation->record, error) < 0)
    return -1;
  if (creation->run
      && listener_connect_observer (creation->globals, creation->record.observing, creation->directory,
                                    &creation->listener, error)
             < 0)
    return -1;
  if (make_meeting_point (creation, error) < 0)
    return -1;
  creation->launch = launch_of (creation);
  if (!creation->launch.placed_late && limits_make_cgroup (&creation->cgroup, &creation->limits, true, error) < 0)
    return -1;
  if (log_debug_enabled () && !creation->launch.placed_late)
    log_cgroup (creation, true);
  stage_end (STAGE_CGROUP);
  if (launch_prepare (&creation->launch, error) < 0)
    return -1;
  stage_end (STAGE_SOURCES);
  if (launch_start (&creation->launch, error) < 0)
    return -1;
  stage_end (STAGE_CLONE);
  creation->made_process = true;
  observer_follow (&creation->observer, creation->launch.pidfd, false);
  descriptor_close (&creation->listen_fd);
  descriptor_close (&creation->console_fd);
  if (creation->launch.placed_late
      && limits_make_unit (&creation->cgroup, &creation->limits, creation->launch.pid, error) < 0)
    return -1;
  if (log_debug_enabled () && creation->launch.placed_late)
    {
      log_debug ("unit started by systemd: %s", creation->cgroup.unit.name);
      log_cgroup (creation, true);
    }
  if (limit_late (creation, error) < 0)
    return -1;
  if (log_debug_enabled ())
    log_cgroup (creation, false);
  creation->record.cgroup = creation->cgroup; /* again, now that `found` is set */
  creation->record.owns_cgroup = true;
  if (cgroup_number (&creation->cgroup, &creation->record.cgroup_number, error) < 0)
    return -1;
  if (creation->resctrl >= 0
      && resctrl_make (creation->resctrl, &creation->record.resctrl, creation->launch.pid, error) < 0)
    return -1;
  creation->made_resctrl = creation->resctrl >= 0;
  creation->record.init_device = creation->launch.page->init_device;
  creation->record.init_inode = creation->launch.page->init_inode;
  if (record_note_process (&creation->record, creation->launch.pid, error) < 0
      || launch_place (&creation->launch, error) < 0)
    return -1;
  stage_end (STAGE_LIMITS);
  return answer_until_created (creation, error);
}

/* If the memory limit is too small even for husk-init, the kernel kills it, or does not execute it: what it needs for
 * that first is refused without a kill. */
static void
explain_death (const struct creation *creation, struct error *error)
{
  int ended = creation->launch.ended;
  if (signals_status () || !((WIFSIGNALED (ended) && WTERMSIG (ended) == SIGKILL) || error->code == ENOMEM))
    return;
  for (uint32_t i = 0; i < creation->limits.count; i++)
    if (strcmp (creation->limits.settings[i].controller, "memory") == 0)
      {
        error_hint (error, "the memory limit of its cgroup may be too small for it");
        error->origin = creation->limits.settings[i].origin;
        break;
      }
}

void
creation_note_hooks (struct creation *creation)
{
  const struct page *page = creation->launch.page;
  for (uint32_t i = 0; page && i < page->step && i < creation->plan->step_count; i++)
    if (creation->plan->steps[i].kind == STEP_HOOK)
      creation->ran_hooks = true;
}

int
creation_make (struct creation *creation, struct error *error)
{
  int result = make_container (creation, error);
  if (result < 0)
    {
      creation_note_hooks (creation);
      explain_death (creation, error);
    }
  else
    observer_follow (&creation->observer, creation->launch.pidfd, true);
  return result;
}

/* ---- committing -------------------------------------------------------------------------------------------------- */

int
creation_commit (struct creation *creation, struct error *error)
{
  const struct create_options *options = creation->options;
  if (options->pid_file
      && pid_file_write (options->pid_file, creation->launch.pid, &creation->made_pid_file, error) < 0)
    return -1;
  if (options->pid_file)
    log_debug ("pid file written: %s", options->pid_file);
  if (options->pidfd_socket && pidfd_send (options->pidfd_socket, creation->launch.pidfd, error) < 0)
    return -1;
  creation->record.created_done = true;
  creation->record.started = creation->run;
  /* until husk-init waits for start or has become the program: if it dies before, this process must undo it */
  if (claim_own (creation->directory, true, NULL, error) < 0)
    return -1;
  if (record_write (creation->directory, &creation->record, error) < 0)
    return -1;
  log_debug ("record written: container \"%s\" is %s, process %d", creation->record.id,
             creation->run ? "started" : "created", (int)creation->launch.pid);
  net_devices_close (&creation->net_devices);
  stage_end (STAGE_COMMIT);
  return launch_answer (&creation->launch, ASK_CREATED, error);
}

/* ---- undoing ------------------------------------------------------------------------------------------------------
 */

/* Removes what delete would remove as well. */
static void
take_away_shared (struct creation *creation)
{
  struct error trouble = { 0 };
  struct cgroup ours = cgroup_ours (&creation->cgroup);
  if (cgroup_remove (&ours, true, &trouble) < 0)
    log_warning_line (&trouble);
  else if (!creation->ended) /* delete leaves them too, after a container that has run */
    cgroup_remove_above (&ours);
  if (creation->made_resctrl && resctrl_remove (creation->resctrl, &creation->record.resctrl, &trouble) < 0)
    log_warning_line (&trouble);
  /* runtime.md, "Lifecycle": after a failed hook, the container is destroyed, then poststop hooks run */
  if (creation->ran_hooks)
    hooks_run_poststop (&creation->loaded.spec, &creation->loaded.document, &creation->record);
  struct error kept = { 0 };
  if (creation->made_record && record_remove_own (creation->root, creation->directory, creation->record.id, &kept) < 0)
    log_warning_line (&kept);
}

void
creation_take_away (struct creation *creation)
{
  struct error stuck = { 0 }, held = { 0 };
  bool gone = false;
  if (creation->made_record && claim_own (creation->directory, !creation->ended, &gone, &held) < 0)
    log_warning_line (&held);
  if (net_devices_return (&creation->net_devices, &stuck) < 0)
    log_warning_line (&stuck);
  if (creation->made_process)
    launch_kill (&creation->launch);
  listener_close (&creation->listener); /* early: the agent need not wait for the rest */
  (void)observer_end (&creation->observer);
  if (creation->made_pid_file)
    (void)unlink (creation->options->pid_file); /* the first error is the one reported */
  /* otherwise a delete has removed it, or is about to: its names may belong to another container by now */
  if (!gone && held.code != EWOULDBLOCK)
    take_away_shared (creation);
}

void
creation_ended (struct creation *creation)
{
  creation->ended = true;
  creation->made_process = false;
  creation->made_pid_file = false; /* the caller may have read it, and removes it */
  creation->ran_hooks = creation->loaded.spec.hooks != NULL;
}

void
creation_undo (struct creation *creation)
{
  log_share_stderr (false); /* the command fails: what could not be undone is reported with its error */
  signals_keep_blocked ();
  /* undoing needs descriptors, and having run out of them may be the reason for it */
  descriptor_close (&creation->plan_fd);
  descriptor_close (&creation->listen_fd);
  descriptor_close (&creation->console_fd);
  descriptor_close (&creation->launch.control);
  creation_take_away (creation);
}

int
creation_failed (struct creation *creation, struct error *error)
{
  if (error->origin && !error->place[0])
    json_place (&creation->loaded.document, error);
  return -1;
}
