/*
 * The observer's process, from husk's side: creation.c checks its options and forks it before husk-init is cloned;
 * run.c, creation.c and end.c wait for its end. It is a fork without exec, so it must give up what it has inherited: it
 * leaves the session, cannot be traced, and closes all descriptors but its own, because others may be pipes whose
 * readers wait for an end of file. husk waits at most END_MILLISECONDS. An observer with an output file reports how it
 * ended in the file RECORD_OBSERVED.
 */
#include "observer.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "husk/descriptor.h"
#include "husk/log.h"
#include "husk/process.h"
#include "husk/text.h"
#include "ending.h"
#include "record.h"
#include "standing.h"

#define END_MILLISECONDS 5000

/* ---- before --------------------------------------------------------------------------------------------------------
 */

static int
prepare_record (const struct create_options *options, struct loaded_config *loaded, struct observer *observer,
                struct error *error)
{
  observer->mode = OBSERVE_RECORD;
  observer->format = options->observe.format;
  if (observe_place (observer, options->observe.record, &loaded->arena, error) < 0)
    return -1;
  log_info ("seccomp: the profile is not applied: system calls are recorded");
  return 0;
}

static int
prepare_explain (const struct create_options *options, bool foreground, struct loaded_config *loaded,
                 struct observer *observer, struct error *error)
{
  const struct spec_seccomp *profile = loaded->spec.linux_->seccomp;
  const char *file = options->observe.explain_file;
  if (!file && !foreground)
    return error_set (error, 0, "--seccomp-explain needs =FILE when the container is detached");
  if (!profile && options->observe.fix)
    return error_set (error, 0, "--seccomp-fix: the container has no seccomp profile to fix");
  if (!profile)
    {
      log_warning ("--seccomp-explain: the container has no seccomp profile: nothing will be denied");
      return 0;
    }
  if (spec_seccomp_notifies (profile))
    return error_set (error, 0,
                      "--seccomp-explain: the profile notifies an agent, and a filter can have only one listener");
  if (file && options->observe.fix && strcmp (file, options->observe.fix) == 0)
    return error_set (error, 0, "--seccomp-explain and --seccomp-fix cannot write to the same file");
  if (options->observe.fix && observe_fix_place (observer, options->observe.fix, &loaded->arena, error) < 0)
    return -1;
  observer->mode = options->observe.permissive ? OBSERVE_PERMISSIVE : OBSERVE_EXPLAIN;
  if (options->observe.permissive)
    log_warning ("the seccomp profile is not enforced: --seccomp-explain is permissive, so calls that the profile "
                 "denies are reported, but still made");
  observer->profile = profile;
  observer->document = load_profile_document (loaded);
  observer->path = file;
  observer->errno_for_newer = options->errno_for_newer;
  return 0;
}

int
observer_open (struct observer_process *process, struct error *error)
{
  struct observer *observer = &process->observer;
  char shown[400];
  const char *file = observer->path;
  if (!observe_explains (observer->mode))
    return 0;
  if (process->standing)
    return standing_open (process, error);
  /* O_NONBLOCK: a FIFO without a reader is an error, and a slow reader does not block the container's calls */
  observer->out = file ? descriptor_open (file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0644)
                       : fcntl (STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
  return observer->out < 0
             ? error_set (error, errno, "open %s", text_end (file ? file : "standard error", shown, sizeof shown))
             : 0;
}

void
observer_empty (struct observer_process *process)
{
  if (process->standing)
    observe_report_begin (&process->observer); /* existing lines are from an earlier container with the same id */
  else if (observe_explains (process->observer.mode) && process->observer.path)
    (void)!ftruncate (process->observer.out, 0); /* of a FIFO or a terminal there is nothing to empty */
}

/* The default, ENOSYS, is the kernel's own answer and needs no observer. */
static void
prepare_lost (const struct create_options *options, const struct loaded_config *loaded, struct observer *observer)
{
  const struct spec_seccomp *profile = loaded->spec.linux_->seccomp;
  if (!options->observe.lost || !profile || !spec_seccomp_notifies (profile))
    return;
  observer->mode = OBSERVE_AGENT;
  observer->lost = options->observe.lost;
  observer->killable = json_strings_have (&profile->flags, "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV");
}

int
observer_prepare (const struct globals *globals, const struct create_options *options, bool foreground,
                  struct loaded_config *loaded, struct observer_process *out, struct error *error)
{
  *out = (struct observer_process){ .observer = OBSERVER_NONE, .pidfd = -1, .life = -1, .reports = -1 };
  if (options->observe.record && (options->observe.explain || options->observe.fix))
    return error_set (error, 0,
                      "--seccomp-record and --seccomp-explain are mutually exclusive: recording denies nothing");
  if (options->observe.record)
    return prepare_record (options, loaded, &out->observer, error);
  if (options->observe.explain || options->observe.fix)
    return prepare_explain (options, foreground, loaded, &out->observer, error);
  if (!options->observe.never && standing_possible (globals, &loaded->spec)
      && standing_prepare (globals, options, foreground, loaded, out, error) < 0)
    return -1;
  if (out->observer.mode == OBSERVE_NOTHING)
    prepare_lost (options, loaded, &out->observer);
  return 0;
}

/* ---- the process ---------------------------------------------------------------------------------------------------
 */

static int
compare_descriptors (const void *a, const void *b)
{
  return *(const int *)a - *(const int *)b;
}

static int
close_between (int first, unsigned last)
{
  return (int)syscall (SYS_close_range, first, last, 0);
}

/* Closes everything else that husk has open, above all pipes whose readers wait for their end. */
static int
keep_only (int *descriptors, int count)
{
  int next = 3;
  qsort (descriptors, (size_t)count, sizeof *descriptors, compare_descriptors);
  for (int i = 0; i < count; i++)
    {
      if (descriptors[i] > next && close_between (next, (unsigned)descriptors[i] - 1) < 0)
        return -1;
      if (descriptors[i] >= next)
        next = descriptors[i] + 1;
    }
  auto_close int null = close_between (next, ~0u) < 0 ? -1 : descriptor_open ("/dev/null", O_RDWR | O_CLOEXEC);
  for (int fd = 0; fd < 3; fd++)
    if (null < 0 || dup2 (null, fd) < 0)
      return -1;
  return 0;
}

/* Detaches the observer, so that the observed processes cannot trace it and a terminal's signals do not reach it. */
static int
detach_observer (struct observer *observer, int note)
{
  sigset_t none;
  const struct observer_place *place = &observer->profile_place;
  int descriptors[] = { observer->server,
                        observer->life,
                        observer->out,
                        place->directory,
                        place->out,
                        place->lock,
                        observer->counts_place.directory,
                        observer->counts_place.out,
                        observer->aside,
                        observer->lines,
                        note };
  (void)sigemptyset (&none);
  if (setsid () < 0 || prctl (PR_SET_NAME, "husk:observer") < 0 || prctl (PR_SET_DUMPABLE, 0) < 0
      || sigprocmask (SIG_SETMASK, &none, NULL) < 0)
    return -1;
  return keep_only (descriptors, sizeof descriptors / sizeof *descriptors);
}

static _Noreturn void
run_observer (struct observer_process *process, const struct record *record, int note)
{
  struct observer *observer = &process->observer;
  struct ending ending = { 0 };
  struct arena arena;
  struct error error = { 0 };
  struct report report = { .error = &error };
  const uint64_t kills_before = note < 0 ? 0 : ending_kills_before (record);
  int result = detach_observer (observer, note);
  if (result < 0)
    (void)error_set (&error, errno, "detach the observer");
  else if (result = -1, arena_open (&arena, 1ul << 30) == 0
                            && (!observe_explains (observer->mode)
                                || seccomp_compile_as (observer->document, observer->profile, observer->errno_for_newer,
                                                       &arena, &observer->filter, &report)
                                       == 0))
    result = observe (observer, &error);
  if (result < 0 && error.set)
    log_error_line (&error);
  if (note >= 0)
    {
      ending_observed (record, kills_before, observer->fatal, &ending);
      if (process->standing && observer->pidfd >= 0)
        observe_report_end (observer, ending.cause, ending.cause ? ending.text : NULL);
      observer_note_end (note, observer, &error, &ending);
    }
  _exit (result < 0);
}

static int
listen_in (int directory, struct error *error)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  /* by descriptor: the path of the state directory may be too long for a socket address */
  (void)snprintf (address.sun_path, sizeof address.sun_path, "/proc/self/fd/%d/" RECORD_OBSERVER, directory);
  auto_close int fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0 || bind (fd, (struct sockaddr *)&address, sizeof address) < 0 || listen (fd, 128) < 0)
    return error_set (error, errno, "make the observer's socket");
  return take_fd (&fd);
}

int
observer_begin (struct observer_process *process, int directory, struct record *record, struct error *error)
{
  struct observer *observer = &process->observer;
  int pair[2];
  if (observer->mode == OBSERVE_NOTHING)
    return 0;
  observer->server = listen_in (directory, error);
  const bool awaited = observe_filters (observer->mode);
  auto_close int note
      = awaited ? descriptor_open_at (directory, RECORD_OBSERVED, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600) : -1;
  if (observer->server < 0)
    return -1;
  if (awaited && (note < 0 || observer_note_begin (note, process) < 0))
    return error_set (error, errno, "write the record's %s", RECORD_OBSERVED);
  if (socketpair (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
    return error_set (error, errno, "make a socket pair for the observer");
  observer->life = pair[1];
  process->life = pair[0];
  process->pid = fork ();
  if (process->pid == 0)
    {
      (void)close (process->life);
      run_observer (process, record, note);
    }
  descriptor_close (&observer->life);
  descriptor_close (&observer->server);
  if (process->pid < 0)
    {
      process->pid = 0;
      return error_set (error, errno, "start the observer");
    }
  process->pidfd = (int)syscall (SYS_pidfd_open, process->pid, 0);
  record->observing = observer->mode;
  record->observer = process->pid;
  return process_start_time (process->pid, &record->observer_start, error);
}

/* Copies the terminal, which is husk-init's standard error. Writes to the copy do not wait for a reader. */
static int
open_terminal (int pidfd)
{
  auto_close int fd = (int)syscall (SYS_pidfd_getfd, pidfd, STDERR_FILENO, 0);
  int copy = fd < 0 ? -1 : standing_copy (fd);
  if (copy < 0)
    log_warning ("seccomp: denied calls are not written to the container's terminal: %s", errno_text (errno));
  return copy;
}

void
observer_follow (struct observer_process *process, int pidfd, bool set_up)
{
  if (process->life < 0 || (process->terminal && !set_up))
    return;
  auto_close int terminal = process->terminal ? open_terminal (pidfd) : -1;
  int descriptors[] = { pidfd, terminal };
  (void)descriptors_send (process->life, "p", 1, descriptors, terminal < 0 ? 1 : 2);
  descriptor_close (&process->life);
}

bool
observer_end (struct observer_process *process)
{
  bool ended = true;
  descriptor_close (&process->life);
  descriptor_close (&process->observer.out);
  descriptor_close (&process->observer.profile_place.directory);
  descriptor_close (&process->observer.profile_place.out);
  descriptor_close (&process->observer.counts_place.directory);
  descriptor_close (&process->observer.counts_place.out);
  descriptor_close (&process->observer.profile_place.lock);
  descriptor_close (&process->observer.aside);
  descriptor_close (&process->observer.lines);
  descriptor_close (&process->reports);
  if (process->pidfd >= 0)
    {
      struct pollfd end = { process->pidfd, POLLIN, 0 };
      if (descriptor_poll (&end, 1, END_MILLISECONDS) == 0)
        {
          log_warning (
              "the observer of the container's system calls is still running: a process with its filter is alive");
          ended = false;
        }
      else
        (void)process_wait (process->pid, NULL, WNOHANG);
    }
  descriptor_close (&process->pidfd);
  return ended;
}

void
observer_end_recorded (const struct record *record)
{
  struct error unseen = { 0 };
  int found = -1;
  if (record->earlier_boot || !record->observer)
    return;
  if (process_open (record->observer, record->observer_start, &found, &unseen) < 0)
    log_warning_line (&unseen); /* the observer ends by itself after the container's last process */
  auto_close int pidfd = found;
  if (pidfd < 0)
    return;
  struct pollfd end = { pidfd, POLLIN, 0 };
  if (descriptor_poll (&end, 1, END_MILLISECONDS) == 0)
    (void)syscall (SYS_pidfd_send_signal, pidfd, SIGKILL, NULL, 0);
}
