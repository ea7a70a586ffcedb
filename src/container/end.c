/*
 * kill and delete: from the record alone, whatever has become of the process that wrote it.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "hooks.h"
#include "husk/descriptor.h"
#include "husk/log.h"
#include "load.h"
#include "observer.h"
#include "record.h"

#define DEATH_MILLISECONDS 10000
#define FROZEN_DEATH_MILLISECONDS 100 /* v2's freezer lets a killed process go at once */

struct ending
{
  struct arena arena;
  struct record record;
  int directory;
};

static int
open_record (const struct globals *globals, const char *id, struct ending *ending, struct error *error)
{
  return record_open (globals, id, &ending->arena, &ending->record, &ending->directory, error);
}

static int
send_signal (int pidfd, int signal, struct error *error)
{
  if (syscall (SYS_pidfd_send_signal, pidfd, signal, NULL, 0) == 0)
    return 0;
  return errno == ESRCH ? error_set_kind (error, ERROR_NOT_RUNNING, 0, "container not running")
                        : error_set (error, errno, "send signal %d", signal);
}

int
container_kill (const struct globals *globals, const char *id, int signal, bool all, struct error *error)
{
  struct ending ending = { .directory = -1 };
  if (open_record (globals, id, &ending, error) < 0)
    return -1;
  descriptor_close (&ending.directory);
  if (record_status (&ending.record) == STATUS_CREATING)
    return error_set (error, 0, "cannot kill container \"%s\": it is creating", id);
  /* with --all what is left in the cgroup is meant, also when the first process is gone: nothing left is no error */
  if (all && ending.record.cgroup.count && ending.record.owns_cgroup)
    return cgroup_signal (&ending.record.cgroup, signal, error);
  auto_close int pidfd = record_open_process (&ending.record, error);
  if (pidfd < 0 || send_signal (pidfd, signal, error) < 0)
    return -1;
  /* what v1's freezer holds would not die before it is resumed */
  struct pollfd end = { pidfd, POLLIN, 0 };
  if (signal == SIGKILL && ending.record.owns_cgroup && cgroup_frozen (&ending.record.cgroup)
      && descriptor_poll (&end, 1, FROZEN_DEATH_MILLISECONDS) == 0)
    (void)cgroup_freeze (&ending.record.cgroup, false, &(struct error){ 0 });
  return 0;
}

/* Kills the process, and the creator's unfinished one; waits until it is gone. */
static int
put_to_death (struct ending *ending, struct error *error)
{
  struct error gone = { 0 };
  auto_close int pidfd = record_open_process (&ending->record, &gone);
  if (pidfd < 0)
    return 0;
  if (send_signal (pidfd, SIGKILL, &gone) < 0 && gone.code)
    return error_set (error, gone.code, "kill container \"%s\"", ending->record.id);
  struct pollfd end = { pidfd, POLLIN, 0 };
  /* frozen processes take no signal on v1 */
  if (ending->record.owns_cgroup)
    (void)cgroup_signal (&ending->record.cgroup, SIGKILL, &gone);
  if (descriptor_poll (&end, 1, DEATH_MILLISECONDS) == 0)
    return error_set (error, ETIMEDOUT, "kill container \"%s\"", ending->record.id);
  return 0;
}

static void
run_poststop_hooks (struct ending *ending)
{
  struct loaded loaded = { 0 };
  struct error failed = { 0 };
  auto_free char *state = NULL;
  if (!ending->record.has_poststop)
    return;
  if (load_saved (ending->directory, &loaded, &failed) < 0 || !loaded.spec.hooks || !loaded.spec.hooks->poststop.count)
    return;
  if (state_json (&ending->record, STATUS_STOPPED, &state, &failed) < 0)
    log_warning_line (&failed);
  else
    hooks_run_poststop (&loaded.spec.hooks->poststop, &loaded.document, ending->record.bundle, state);
}

static int
remove_resctrl (const struct record *record, struct error *error)
{
  struct error gone = { 0 };
  if (!record->resctrl.group)
    return 0;
  auto_close int file_system = resctrl_open (&gone); /* unmounted meanwhile: nothing is left there */
  return file_system < 0 ? 0 : resctrl_remove (file_system, &record->resctrl, error);
}

int
container_delete (const struct globals *globals, const char *id, bool force, struct error *error)
{
  struct ending ending = { .directory = -1 };
  struct error missing = { 0 };
  if (open_record (globals, id, &ending, &missing) < 0)
    {
      if (force && missing.kind == ERROR_NO_CONTAINER)
        return 0; /* there is nothing to delete: clients clean up without looking */
      *error = missing;
      return -1;
    }
  auto_close int directory = ending.directory;
  (void)directory; /* run_poststop_hooks reads by it */
  enum status status = record_status (&ending.record);
  if (status != STATUS_STOPPED && !force)
    return error_set (error, 0, "cannot delete container \"%s\" that is not stopped: it is %s", id,
                      status_word (status));
  if (status != STATUS_STOPPED && put_to_death (&ending, error) < 0)
    return -1;
  observer_end_recorded (&ending.record);
  /* of a container that was never made it is not known that the cgroup is its own: what is in there stays */
  if (cgroup_remove (&ending.record.cgroup, ending.record.owns_cgroup, error) < 0)
    return -1;
  if (remove_resctrl (&ending.record, error) < 0)
    return -1;
  run_poststop_hooks (&ending);
  return record_remove (globals, id, error);
}
