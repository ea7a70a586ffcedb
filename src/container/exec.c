/*
 * husk exec: the record, the saved config and the options become a short plan, which another husk-init applies inside
 * the container. It joins the container's namespaces by a pidfd whose process was verified after opening, and a cgroup
 * that is known to be the container's: nothing may run outside it. The pid file is written after execve, because
 * clients take it as a sign that the program was started.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "claim.h"
#include "confine.h"
#include "creation.h"
#include "ending.h"
#include "exec_process.h"
#include "foreground.h"
#include "husk/descriptor.h"
#include "husk/log.h"
#include "husk/process.h"
#include "husk/signals.h"
#include "husk/stage.h"
#include "kept_descriptors.h"
#include "pid_file.h"
#include "socket.h"
#include "timing.h"

struct execution
{
  const struct globals *globals;
  const struct exec_options *options;
  struct arena arena;
  struct record record;
  enum status status;
  struct cgroup cgroup; /* that the process joins */
  int directory;
  struct loaded_config loaded;
  struct exec_process process;
  struct host host;
  struct arena plan_arena;
  int plan_fd;
  struct plan *plan;
  struct launch launch;
  struct listener listener;
  int pidfd;   /* of the container */
  int console; /* our end, when husk relays the terminal itself */
};

static int
check_status (struct execution *execution, struct error *error)
{
  const char *id = execution->record.id;
  if (record_status (&execution->record, &execution->status, error) < 0)
    return -1;
  enum status status = execution->status;
  if (status == STATUS_RUNNING || status == STATUS_CREATED
      || (status == STATUS_PAUSED && execution->options->ignore_paused))
    return 0;
  if (status == STATUS_CREATING)
    return error_set (error, 0, "cannot exec in container \"%s\": it is creating", id);
  if (status == STATUS_PAUSED)
    {
      (void)error_set (error, 0, "cannot exec in container \"%s\": it is paused", id);
      error_hint (error, "husk resume %s, or --ignore-paused to wait until it is resumed", id);
      return -1;
    }
  return error_set_kind (error, ERROR_NOT_RUNNING, 0, "cannot exec in container \"%s\": container not running", id);
}

/* Moving a process between cgroups takes a right over their common ancestor. Only the user's systemd can move one from
 * a login session into one of its units. */
static bool
by_manager (const struct execution *execution)
{
  return execution->host.rootless && execution->record.cgroup.unit.name;
}

/* create has already printed the warnings about the config. New ones are about the --process file, or about options,
 * which have no place. */
static void
report_process_finding (struct report *report, enum severity severity, const struct error *finding)
{
  const struct execution *execution = report->data;
  if (!finding->place[0] || report->document == &execution->process.file)
    report_to_log (report, severity, finding);
}

static int
compile_exec (struct execution *execution, struct error *error)
{
  struct report report = { .error = error, .each = report_process_finding, .data = execution };
  struct plan_exec_options options = {
    .id = execution->record.id,
    .no_new_keyring = execution->record.no_new_keyring,
    .errno_for_newer = execution->record.errno_for_newer,
    .process = &execution->process.process,
    .document = execution->process.document,
    .namespaces = execution->record.namespaces,
    .kept = kept_descriptors (execution->options->preserve_fds),
    .observing = execution->record.observing,
    .cgroup_late = cgroup_has_v1 (&execution->record.cgroup) || by_manager (execution),
  };
  if (launch_arena_open (&execution->plan_arena, &execution->plan_fd, error) < 0)
    return -1;
  if (plan_compile_exec (&execution->loaded.spec, &execution->host, &options, &execution->plan_arena, &execution->plan,
                         &report)
      < 0)
    return -1;
  execution->plan->timing = stage_timing;
  return 0;
}

/* The plan was compiled before the container's pidfd was known: every join without a path gets it now. */
static void
fill_joins (struct execution *execution)
{
  struct plan *plan = execution->plan;
  for (uint32_t i = 0; i < plan->step_count; i++)
    if (plan->steps[i].kind == STEP_JOIN && !plan->steps[i].join->path)
      plan->steps[i].join->fd = execution->pidfd;
  for (uint32_t i = 0; i < plan->parent.join_before_count; i++)
    if (!plan->parent.joins_before[i].path)
      plan->parent.joins_before[i].fd = execution->pidfd;
}

static int
open_console (struct execution *execution, int *out_fd, struct error *error)
{
  const struct exec_options *options = execution->options;
  int pair[2];
  *out_fd = -1;
  if (!execution->process.process.terminal.value)
    return 0;
  if (options->console_socket)
    {
      *out_fd = socket_connect (options->console_socket, "--console-socket", error);
      return *out_fd < 0 ? -1 : 0;
    }
  if (options->detach)
    return error_set (error, 0, "a detached process with a terminal needs --console-socket");
  if (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
    return error_set (error, errno, "make a socket pair for the terminal");
  execution->console = pair[0];
  *out_fd = pair[1];
  return 0;
}

/* A process that is cloned into a frozen cgroup freezes too, and husk would wait for it with signals blocked. A
 * container that is killed while it is paused is thawed only to die, so nothing more may run in it. */
static int
wait_thawed (const struct execution *execution, struct error *error)
{
  bool ending;
  if (cgroup_wait_thawed (&execution->record.cgroup, execution->pidfd, error) < 0)
    return -1;
  if (execution->status != STATUS_PAUSED)
    return 0;
  if (process_is_ending (execution->record.pid, &ending, error) < 0)
    return -1;
  return ending ? error_set_kind (error, ERROR_NOT_RUNNING, 0, "container not running") : 0;
}

static int
prepare_exec (struct execution *execution, struct error *error)
{
  const struct exec_options *options = execution->options;
  struct record *record = &execution->record;
  if (host_probe (&execution->arena, &execution->host, error) < 0
      || record_read (execution->globals, options->id, &execution->arena, &execution->record, &execution->directory,
                      error)
             < 0
      || check_status (execution, error) < 0 || load_saved (execution->directory, &execution->loaded, error) < 0)
    return -1;
  stage_end (STAGE_CONFIG);
  if (confine_saved (record, execution->directory, &execution->host, &execution->loaded, error) < 0
      || exec_process_make (&execution->loaded, options, &execution->process, error) < 0)
    return -1;
  stage_end (STAGE_HOST);
  if (compile_exec (execution, error) < 0)
    return -1;
  if ((!observe_filters (record->observing)
       && listener_connect (execution->globals, &execution->loaded.spec, &execution->listener, error) < 0)
      || listener_connect_observer (execution->globals, record->observing, execution->directory, &execution->listener,
                                    error)
             < 0)
    return -1;
  execution->pidfd = record_open_process (&execution->record, error);
  if (execution->pidfd < 0)
    return -1;
  log_debug ("container \"%s\" is %s, its process is %d; compiled: %u steps of husk-init", record->id,
             status_word (execution->status), (int)record->pid, execution->plan->step_count);
  fill_joins (execution);
  if (record_trust_cgroup_of_living (record, error) < 0)
    return -1;
  if (cgroup_for_exec (&record->cgroup, options->cgroups, record->pid, &execution->arena, &execution->cgroup, error)
      < 0)
    return -1;
  if (options->ignore_paused && wait_thawed (execution, error) < 0)
    return -1;
  stage_end (STAGE_OPEN);
  return 0;
}

static int
join_resctrl (struct execution *execution, struct error *error)
{
  const struct resctrl *resctrl = &execution->record.resctrl;
  if (!resctrl->group)
    return 0;
  auto_close int file_system = resctrl_open (error);
  if (file_system >= 0 && resctrl_join (file_system, resctrl, execution->launch.pid, error) == 0)
    return 0;
  launch_kill (&execution->launch);
  return -1;
}

/* husk-init does not go on before launch_place. */
static int
join_unit (struct execution *execution, struct error *error)
{
  if (!by_manager (execution) || unit_attach (&execution->record.cgroup.unit, "", execution->launch.pid, error) == 0)
    return 0;
  launch_kill (&execution->launch);
  return -1;
}

static int
launch_program (struct execution *execution, struct error *error)
{
  auto_close int console = -1;
  if (open_console (execution, &console, error) < 0)
    return -1;
  execution->launch = (struct launch){ .plan = execution->plan,
                                       .plan_fd = execution->plan_fd,
                                       .cgroup = &execution->cgroup,
                                       .listen_fd = -1,
                                       .page_fd = -1,
                                       .container = execution->pidfd,
                                       .console_fd = console,
                                       .hook_output = -1,
                                       .hook_errors = -1,
                                       .hurried = true,
                                       .relayed = execution->console >= 0,
                                       .entered = -1,
                                       .pidfd = -1,
                                       .control = -1 };
  execution->launch.placed_late = by_manager (execution);
  if (launch_prepare (&execution->launch, error) < 0)
    return -1;
  stage_end (STAGE_SOURCES);
  int result = launch_start (&execution->launch, error);
  stage_end (STAGE_CLONE);
  descriptor_close (&execution->launch.entered);
  if (result < 0 || join_unit (execution, error) < 0 || join_resctrl (execution, error) < 0)
    return -1;
  if (launch_place (&execution->launch, error) < 0)
    {
      launch_kill (&execution->launch);
      return -1;
    }
  stage_end (STAGE_LIMITS);
  if (launch_until_exec (&execution->launch, &execution->listener, &execution->record, execution->status, error) < 0)
    return -1;
  stage_end (STAGE_EXEC);
  return 0;
}

/* Must come after execve: clients take the pid file as a sign that the program was started. */
static int
announce (struct execution *execution, struct error *error)
{
  const struct exec_options *options = execution->options;
  bool made;
  if ((options->pid_file && pid_file_write (options->pid_file, execution->launch.pid, &made, error) < 0)
      || (options->pidfd_socket && pidfd_send (options->pidfd_socket, execution->launch.pidfd, error) < 0))
    {
      launch_kill (&execution->launch);
      return -1;
    }
  return 0;
}

static int
wait_for_program (struct execution *execution, struct foreground *foreground, int *out_status, struct error *error)
{
  auto_close int master = -1;
  if (foreground_take_signals (foreground, error) < 0)
    return -1;
  if (execution->console >= 0 && (master = socket_receive_descriptor (execution->console, error)) < 0)
    return -1;
  return foreground_wait (foreground, execution->launch.pid, execution->launch.pidfd, master, out_status, error);
}

static int
run_program (struct execution *execution, int *out_status, struct error *error)
{
  struct foreground foreground = { .signals = -1, .notify = -1 };
  if (execution->options->detach)
    return launch_program (execution, error) < 0 ? -1 : announce (execution, error);
  if (foreground_begin (&foreground, error) < 0)
    return -1;
  int result = launch_program (execution, error) < 0 ? -1 : announce (execution, error);
  if (result == 0)
    {
      stage_end (STAGE_COMMIT);
      result = wait_for_program (execution, &foreground, out_status, error);
      stage_end (STAGE_PROGRAM);
      if (result < 0)
        launch_kill (&execution->launch); /* after a failed exec, the caller does not expect a running program */
      else if (!observe_filters (execution->record.observing))
        ending_warn (&execution->record, &execution->loaded, *out_status);
    }
  foreground_end (&foreground);
  return result;
}

int
container_exec (const struct globals *globals, const struct exec_options *options, int *out_status, struct error *error)
{
  struct execution execution = { .globals = globals,
                                 .options = options,
                                 .directory = -1,
                                 .plan_fd = -1,
                                 .pidfd = -1,
                                 .console = -1,
                                 .listener = { .socket = -1, .supervisor = -1, .agent = -1 },
                                 .launch = { .entered = -1, .pidfd = -1, .control = -1 } };
  *out_status = 0;
  if (spec_check_id (options->id, error) < 0)
    return -1;
  if (arena_open (&execution.arena, RECORD_ARENA) < 0)
    return error_set (error, errno, "reserve memory");
  int result = prepare_exec (&execution, error) < 0 ? -1 : run_program (&execution, out_status, error);
  if (result < 0)
    (void)claim_failed (execution.directory, options->id, error);
  if (result < 0 && error->origin && !error->place[0] && execution.process.document)
    json_place (execution.process.document, error);
  if (result < 0)
    {
      *out_status = signals_status () ? signals_status () : launch_killed_status (&execution.launch);
      stage_end (STAGE_FAILURE);
    }
  timing_report (execution.launch.page);
  launch_close (&execution.launch);
  descriptor_close (&execution.directory);
  descriptor_close (&execution.pidfd);
  descriptor_close (&execution.console);
  listener_close (&execution.listener);
  return result;
}
