#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>

#include "husk/descriptor.h"
#include "process.h"
#include "record.h"

const char *
status_word (enum status status)
{
  static const char *const words[] = { "creating", "created", "running", "paused", "stopped" };
  return words[status];
}

static bool
alive (pid_t pid, uint64_t start)
{
  return pid > 0 && start && process_start_time (pid) == start;
}

enum status
record_status (const struct record *record)
{
  char comm[32];
  if (record->earlier_boot)
    return STATUS_STOPPED;
  if (!record->created_done) /* a creator that died has taken husk-init with it */
    return alive (record->creator, record->creator_start) ? STATUS_CREATING : STATUS_STOPPED;
  if (!alive (record->pid, record->pid_start))
    return STATUS_STOPPED;
  if (cgroup_frozen (&record->cgroup))
    return STATUS_PAUSED;
  /* a `start` that was killed may have come as far as the program: its name tells */
  process_comm (record->pid, comm);
  return strcmp (comm, "husk:init") == 0 ? STATUS_CREATED : STATUS_RUNNING;
}

void
record_note_process (struct record *record, pid_t pid)
{
  record->pid = pid;
  record->pid_start = process_start_time (pid);
}

int
record_open_process (const struct record *record, struct error *error)
{
  auto_close int pidfd = record->pid > 0 && !record->earlier_boot ? (int)syscall (SYS_pidfd_open, record->pid, 0) : -1;
  /* looked at after opening: a pid that was given to another process meanwhile has another start time */
  if (pidfd < 0 || !alive (record->pid, record->pid_start))
    return error_set_kind (error, ERROR_NOT_RUNNING, 0, "container \"%s\": container not running", record->id);
  return take_fd (&pidfd);
}
