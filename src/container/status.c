/*
 * A container's status, and a pidfd of its process: most commands ask for one of them before they act. The status is
 * not stored. It is determined each time from the record and the kernel, because only the process shows whether
 * husk-init still waits or has become the program. A pid is valid only with its start time, and in the same boot. A
 * process that cannot be inspected is an error, never "stopped".
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>

#include "claim.h"
#include "husk/descriptor.h"
#include "husk/process.h"
#include "record.h"

const char *
status_word (enum status status)
{
  static const char *const words[] = { "creating", "created", "running", "paused", "stopped" };
  return words[status];
}

/* A container whose process is dead has stopped, unless its creator is still at work. */
static int
status_of_dead (const struct record *record, enum status *out, struct error *error)
{
  bool undone = false;
  if (record->globals && claim_by_creator (record->globals, record->id, &undone, error) < 0)
    return -1;
  *out = undone ? STATUS_CREATING : STATUS_STOPPED;
  return 0;
}

int
record_status (const struct record *record, enum status *out, struct error *error)
{
  bool alive, named_init, frozen;
  *out = STATUS_STOPPED;
  if (record->earlier_boot)
    return 0;
  if (!record->created_done) /* if the creator is dead, so is husk-init */
    {
      *out = record->creating ? STATUS_CREATING : STATUS_STOPPED;
      return 0;
    }
  if (process_look (record->pid, record->pid_start, &alive, &named_init, error) < 0)
    return -1;
  if (!alive)
    return status_of_dead (record, out, error);
  if (cgroup_frozen (&record->cgroup, &frozen, error) < 0)
    return -1;
  if (frozen)
    {
      *out = STATUS_PAUSED;
      return 0;
    }
  /* record->started does not decide: a `start` that was killed may or may not have started the program */
  int is_init = named_init ? process_runs_init (record->pid, record->init_device, record->init_inode, error) : 0;
  if (is_init < 0)
    return -1;
  *out = is_init ? STATUS_CREATED : STATUS_RUNNING;
  return 0;
}

int
record_note_process (struct record *record, pid_t pid, struct error *error)
{
  record->pid = pid;
  return process_start_time (pid, &record->pid_start, error);
}

int
record_open_process (const struct record *record, struct error *error)
{
  int pidfd = -1;
  if (!record->earlier_boot && process_open (record->pid, record->pid_start, &pidfd, error) < 0)
    return -1;
  if (pidfd < 0)
    return error_set_kind (error, ERROR_NOT_RUNNING, 0, "container \"%s\": container not running", record->id);
  return pidfd;
}
