/*
 * kill and delete: they work from the record alone, whatever has become of the process that wrote it.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "claim.h"
#include "ending.h"
#include "hooks.h"
#include "husk/descriptor.h"
#include "husk/log.h"
#include "load_config.h"
#include "observer.h"
#include "husk/process.h"
#include "record.h"
#include "turn.h"

#define DEATH_MILLISECONDS 10000
#define FROZEN_DEATH_MILLISECONDS 100 /* v2's freezer lets a killed process go at once */

struct target
{
  struct arena arena;
  struct record record;
  int directory;
  int turn; /* a connection to husk-init that keeps every start waiting (turn.h); or -1 */
};

static int
open_record (const struct globals *globals, const char *id, struct target *target, struct error *error)
{
  return record_open (globals, id, &target->arena, &target->record, &target->directory, error);
}

static int
send_signal (int pidfd, int signal, struct error *error)
{
  if (syscall (SYS_pidfd_send_signal, pidfd, signal, NULL, 0) == 0)
    return 0;
  return errno == ESRCH ? error_set_kind (error, ERROR_NOT_RUNNING, 0, "container not running")
                        : error_set (error, errno, "send signal %d", signal);
}

/* A process that v1's freezer has frozen does not die before it is thawed. */
static int
thaw_killed (struct record *record, int pidfd, struct error *error)
{
  struct pollfd end = { pidfd, POLLIN, 0 };
  bool frozen;
  if (!record->owns_cgroup)
    return 0;
  if (cgroup_frozen (&record->cgroup, &frozen, error) < 0)
    return -1;
  if (!frozen || descriptor_poll (&end, 1, FROZEN_DEATH_MILLISECONDS) != 0)
    return 0;
  return record_trust_cgroup (record, error) < 0 ? -1 : cgroup_freeze (&record->cgroup, false, error);
}

/* KILL ends the container. If its first process is not the init of a pid namespace, the others are killed too. */
static int
kill_container (struct record *record, int pidfd, struct error *error)
{
  bool first = true;
  if (record->owns_cgroup && record->cgroup.count && process_is_first (pidfd, &first, error) < 0)
    return -1;
  if (first)
    return send_signal (pidfd, SIGKILL, error) < 0 ? -1 : thaw_killed (record, pidfd, error);
  return record_trust_cgroup (record, error) < 0 ? -1 : cgroup_signal (&record->cgroup, SIGKILL, error);
}

static int
signal_process (struct record *record, int pidfd, int signal, struct error *error)
{
  return signal == SIGKILL ? kill_container (record, pidfd, error) : send_signal (pidfd, signal, error);
}

static int
kill_opened (struct record *record, int signal, bool all, struct error *error)
{
  enum status status;
  struct error unopened = { 0 };
  auto_close int living = all || !record->created_done ? -1 : record_open_process (record, &unopened);
  if (living >= 0) /* whatever its status: one that is being created is not created_done */
    return signal_process (record, living, signal, error);
  if (record_status (record, &status, error) < 0)
    return -1;
  if (status == STATUS_CREATING)
    return error_set (error, 0, "cannot kill container \"%s\": it is creating", record->id);
  /* --all signals every process left in the cgroup, even after the first one has ended. None is not an error */
  if (all && record->cgroup.count && record->owns_cgroup)
    return record_trust_cgroup (record, error) < 0 ? -1 : cgroup_signal (&record->cgroup, signal, error);
  auto_close int pidfd = record_open_process (record, error);
  if (pidfd < 0)
    return -1;
  return signal_process (record, pidfd, signal, error);
}

int
container_kill (const struct globals *globals, const char *id, int signal, bool all, struct error *error)
{
  struct target target = { .directory = -1, .turn = -1 };
  if (open_record (globals, id, &target, error) < 0)
    return -1;
  int result = kill_opened (&target.record, signal, all, error);
  if (result < 0 && error->kind != ERROR_NOT_RUNNING) /* some clients look for the text of that error */
    (void)claim_failed (target.directory, id, error);
  descriptor_close (&target.directory);
  return result;
}

/* Kills the process and waits until it is gone. */
static int
kill_process (struct target *target, bool trusted, struct error *error)
{
  struct error trouble = { 0 };
  auto_close int pidfd = record_open_process (&target->record, &trouble);
  if (pidfd < 0)
    return trouble.kind == ERROR_NOT_RUNNING ? 0 : (*error = trouble, -1);
  if (send_signal (pidfd, SIGKILL, &trouble) < 0 && trouble.kind != ERROR_NOT_RUNNING)
    return error_set (error, trouble.code, "kill container \"%s\"", target->record.id);
  struct pollfd end = { pidfd, POLLIN, 0 };
  trouble = (struct error){ 0 };
  /* on v1 a frozen process does not die; cgroup_signal thaws it */
  if (target->record.owns_cgroup && trusted)
    (void)cgroup_signal (&target->record.cgroup, SIGKILL, &trouble);
  int ended = descriptor_poll (&end, 1, DEATH_MILLISECONDS);
  if (ended > 0)
    return 0;
  if (trouble.set)
    log_warning_line (&trouble); /* perhaps the reason */
  return error_set (error, ended < 0 ? errno : ETIMEDOUT, "kill container \"%s\"", target->record.id);
}

static void
run_poststop_hooks (struct target *target)
{
  struct loaded_config loaded = { 0 };
  struct error failed = { 0 };
  if (!target->record.has_poststop)
    return;
  if (load_saved (target->directory, &loaded, &failed) < 0)
    {
      log_warning ("the poststop hooks of container \"%s\" do not run: cannot read its saved config",
                   target->record.id);
      log_warning_line (&failed);
      return;
    }
  hooks_run_poststop (&loaded.spec, &loaded.document, &target->record);
}

static int
remove_resctrl (const struct record *record, struct error *error)
{
  struct error gone = { 0 };
  if (!record->resctrl.group)
    return 0;
  auto_close int file_system = resctrl_open (&gone); /* if it was unmounted, nothing is left in it */
  return file_system < 0 ? 0 : resctrl_remove (file_system, &record->resctrl, error);
}

/* Removes everything but its processes. */
static int
take_away (const struct claim *claimed, struct target *target, struct error *error)
{
  struct error unwritten = { 0 };
  struct ending ending;
  observer_end_recorded (&target->record);
  if (log_is_kept () && !observe_filters (target->record.observing)) /* else the observer has noted it */
    {
      ending_find (&target->record, target->directory, &ending);
      if (ending.cause)
        log_warning ("%s", ending.text);
    }
  if (observe_filters (target->record.observing) && !target->record.earlier_boot)
    (void)observer_ended (target->directory, target->record.observing, &unwritten);
  /* if the container was never made, the cgroup may belong to something else: its processes are not killed */
  if (cgroup_remove (&target->record.cgroup, target->record.owns_cgroup, error) < 0)
    return -1;
  if (remove_resctrl (&target->record, error) < 0)
    return -1;
  run_poststop_hooks (target);
  if (record_remove_own (claimed->root, claimed->directory, target->record.id, error) < 0)
    return -1;
  return unwritten.set ? (*error = unwritten, -1) : 0; /* though the container is gone */
}

/* Kills the creator, and husk-init with it. Then only this command cleans up, by the record. */
static int
end_creator (const struct record *record, struct error *error)
{
  int found;
  if (process_open (record->creator, record->creator_start, &found, error) < 0)
    return -1;
  auto_close int pidfd = found;
  struct pollfd end = { pidfd, POLLIN, 0 };
  struct error trouble = { 0 };
  if (pidfd < 0)
    return 0;
  if (send_signal (pidfd, SIGKILL, &trouble) < 0 && trouble.kind != ERROR_NOT_RUNNING)
    return error_set (error, trouble.code, "kill the creator of container \"%s\"", record->id);
  int ended = descriptor_poll (&end, 1, DEATH_MILLISECONDS);
  return ended > 0
             ? 0
             : error_set (error, ended < 0 ? errno : ETIMEDOUT, "kill the creator of container \"%s\"", record->id);
}

static void
close_record (struct target *target)
{
  descriptor_close (&target->directory);
  arena_close (&target->arena);
}

/* Always -1. */
static int
not_removed (const struct error *why, const char *hint, struct error *error)
{
  *error = *why;
  error->hint[0] = '\0';
  error_hint (error, "%s: nothing was removed", hint);
  return -1;
}

/* The last resort, when both states are damaged: the cgroup that the saved config names. It must exist, because every
 * process in it will be killed. The resulting record has no process and no bundle. */
static int
salvage_record (const struct globals *globals, const char *id, struct record *out, int *out_directory,
                struct error *error)
{
  struct loaded_config loaded = { 0 };
  struct host host;
  struct report report = { .error = error };
  *out = (struct record){ .id = id };
  auto_close int directory = record_open_directory (globals, id, NULL, error);
  if (directory < 0 || load_saved (directory, &loaded, error) < 0 || host_probe (&loaded.arena, &host, error) < 0
      || cgroup_locate (&host, globals->cgroup_manager, &loaded.spec, id, &loaded.arena, &out->cgroup, &report) < 0
      || cgroup_number (&out->cgroup, &out->cgroup_number, error) < 0)
    return -1;
  /* the container may still have a cgroup elsewhere: made by another manager, or by a husk in another cgroup */
  if (!out->cgroup_number)
    return error_set (error, 0, "its config does not name an existing cgroup");
  out->owns_cgroup = true; /* create has made it, or found it without processes */
  out->has_poststop = loaded.spec.hooks && loaded.spec.hooks->poststop.count;
  *out_directory = take_fd (&directory);
  return 0;
}

/* The first state is damaged as well, so the creator is unknown. If it still runs, it fails once husk-init is dead. */
static int
delete_by_config (const struct globals *globals, const char *id, const struct claim *claimed, const struct error *why,
                  struct error *error)
{
  struct target target = { .directory = -1, .turn = -1 };
  struct error trouble = { 0 };
  if (salvage_record (globals, id, &target.record, &target.directory, &trouble) < 0)
    return not_removed (why, "its first state and its config do not show where its processes are either", error);
  int result = cgroup_signal (&target.record.cgroup, SIGKILL, error);
  if (result == 0 && target.record.has_poststop)
    log_warning ("the poststop hooks of container \"%s\" do not run: its bundle is unknown", id);
  target.record.has_poststop = false;
  if (result == 0)
    result = take_away (claimed, &target, error);
  descriptor_close (&target.directory);
  return result;
}

/* The last state is damaged. The first one names the cgroup, but no process. */
static int
delete_damaged (const struct globals *globals, const char *id, const struct claim *claimed, const struct error *why,
                struct error *error)
{
  struct target target = { .directory = -1, .turn = -1 };
  struct error trouble = { 0 };
  if (arena_open (&target.arena, RECORD_ARENA) < 0)
    return error_set (error, errno, "reserve memory");
  if (record_read_made (globals, id, &target.arena, &target.record, &target.directory, &trouble) < 0)
    {
      arena_close (&target.arena);
      if (trouble.kind == ERROR_NO_CONTAINER)
        return 0;
      if (trouble.kind == ERROR_DAMAGED)
        return delete_by_config (globals, id, claimed, why, error);
      *error = trouble;
      return -1;
    }
  int result = end_creator (&target.record, error);
  if (result == 0 && !target.record.earlier_boot && !target.record.cgroup.count)
    result = not_removed (why, "it has no cgroup that would identify its processes", error);
  if (result == 0)
    result = take_away (claimed, &target, error);
  close_record (&target);
  return result;
}

static int
refuse_delete (const char *id, const char *status, struct error *error)
{
  (void)error_set (error, 0, "cannot delete container \"%s\" that is not stopped: it is %s", id, status);
  error_hint (error, "husk kill %s KILL ends it, delete --force does both", id);
  return -1;
}

/* Reads the record; its directory remains the claim's. unseen is set if its process cannot be inspected. A creator that
 * is still at work is killed first.
 */
static int
open_to_delete (const struct globals *globals, const char *id, bool force, const struct claim *claimed,
                struct target *target, enum status *out_status, struct error *unseen, struct error *error)
{
  for (;;)
    {
      if (arena_open (&target->arena, RECORD_ARENA) < 0)
        return error_set (error, errno, "reserve memory");
      if (record_read_in (claimed->directory, globals, id, &target->arena, &target->record, error) < 0)
        return arena_close (&target->arena), -1;
      target->directory = claimed->directory;
      if (record_status (&target->record, out_status, unseen) < 0 && !force)
        *error = *unseen;
      else if (!unseen->set && *out_status != STATUS_STOPPED && *out_status != STATUS_CREATED && !force)
        (void)refuse_delete (id, status_word (*out_status), error);
      else if (unseen->set || *out_status != STATUS_CREATING)
        return 0;
      else
        (void)end_creator (&target->record, error);
      arena_close (&target->arena);
      if (error->set)
        return -1;
    }
}

/* The process cannot be inspected. It was in the cgroup, so it is dead once all processes there are killed. */
static int
kill_unseen (struct target *target, const struct error *unseen, struct error *error)
{
  uint64_t number = 0;
  struct error trouble = { 0 };
  if (!target->record.created_done /* the creator could not be inspected */
      || !target->record.cgroup_number || cgroup_number (&target->record.cgroup, &number, &trouble) < 0
      || number != target->record.cgroup_number)
    return *error = *unseen, -1;
  return cgroup_signal (&target->record.cgroup, SIGKILL, error);
}

/* The creator still has the claim. It undoes everything once its husk-init is dead. */
static void
kill_creation (const struct globals *globals, const char *id)
{
  struct target target = { .directory = -1, .turn = -1 };
  struct error trouble = { 0 }; /* reported by the process that has the claim */
  enum status status;
  if (open_record (globals, id, &target, &trouble) < 0)
    return;
  if (record_status (&target.record, &status, &trouble) == 0
      && (status == STATUS_CREATED || status == STATUS_RUNNING || status == STATUS_PAUSED))
    (void)kill_process (&target, record_trust_cgroup (&target.record, &trouble) == 0, &trouble);
  close_record (&target);
}

static int
claim (const struct globals *globals, const char *id, bool force, struct claim *out, struct error *error)
{
  struct error busy = { 0 };
  if (spec_check_id (id, error) < 0)
    return -1;
  if (claim_container (globals, id, 0, out, &busy) == 0)
    return 0;
  if (busy.code != EWOULDBLOCK)
    return *error = busy, -1;
  if (force)
    kill_creation (globals, id);
  if (claim_container (globals, id, CLAIM_MILLISECONDS, out, error) == 0)
    return 0;
  error->code = error->code == EWOULDBLOCK ? ETIMEDOUT : error->code;
  return -1;
}

/* Keeps every `start` from running the program: none may report a running container that is killed right after. */
static int
keep_from_start (struct target *target, struct error *error)
{
  const char *id = target->record.id;
  int connection = -1, ours = 0;
  enum status status;
  struct error trouble = { 0 };
  if (faccessat (target->directory, RECORD_START, F_OK, AT_SYMLINK_NOFOLLOW) < 0 && errno == ENOENT)
    return 0; /* made by `run`, which has started it */
  auto_close int pidfd = record_open_process (&target->record, &trouble);
  if (pidfd < 0)
    return trouble.kind == ERROR_NOT_RUNNING ? 0 : (*error = trouble, -1);
  if (turn_connect (target->directory, id, &connection, error) < 0)
    return -1;
  if (connection >= 0)
    ours = turn_await (connection, pidfd, id, error);
  if (ours != 0)
    {
      target->turn = connection;
      return ours > 0 ? 0 : -1;
    }
  descriptor_close (&connection);
  if (record_status (&target->record, &status, error) < 0)
    return -1;
  if (status == STATUS_STOPPED)
    return 0;
  return refuse_delete (id, status == STATUS_CREATED ? "being started" : status_word (status), error);
}

static int
end_processes (struct target *target, enum status status, bool force, struct error *error)
{
  struct error foreign = { 0 };
  bool trusted
      = !target->record.owns_cgroup
        || (status == STATUS_STOPPED ? record_trust_cgroup : record_trust_cgroup_of_living) (&target->record, &foreign)
               == 0;
  if (status == STATUS_CREATED && !force && keep_from_start (target, error) < 0)
    return -1;
  if (status != STATUS_STOPPED && kill_process (target, trusted, error) < 0)
    return -1;
  return trusted ? 0 : (*error = foreign, -1);
}

static int
delete_claimed (const struct globals *globals, const char *id, bool force, const struct claim *claimed,
                struct error *error)
{
  struct target target = { .directory = -1, .turn = -1 };
  struct error missing = { 0 }, unseen = { 0 };
  enum status status;
  if (open_to_delete (globals, id, force, claimed, &target, &status, &unseen, &missing) < 0)
    {
      if (force && missing.kind == ERROR_DAMAGED)
        return delete_damaged (globals, id, claimed, &missing, error);
      *error = missing;
      return -1;
    }
  int result = unseen.set ? kill_unseen (&target, &unseen, error) : end_processes (&target, status, force, error);
  if (result == 0)
    result = take_away (claimed, &target, error);
  descriptor_close (&target.turn);
  arena_close (&target.arena);
  return result;
}

int
container_delete (const struct globals *globals, const char *id, bool force, struct error *error)
{
  struct claim claimed = NO_CLAIM;
  struct error trouble = { 0 };
  int result = claim (globals, id, force, &claimed, &trouble) < 0
                   ? -1
                   : delete_claimed (globals, id, force, &claimed, &trouble);
  claim_close (&claimed);
  if (result < 0 && force && trouble.kind == ERROR_NO_CONTAINER) /* clients clean up without checking */
    return record_remove_unfinished (globals, id, error);
  if (result < 0)
    *error = trouble;
  return result;
}
