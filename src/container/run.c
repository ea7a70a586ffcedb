/*
 * husk run: the steps of creation.c, then those of start, in one process and without a listening socket. Signals are
 * blocked before anything is made. A failure undoes everything, even when the program already runs. In the foreground
 * the container is removed at the program's end, unless --keep is given. The claim that creation_commit takes is held
 * until husk-init has become the program.
 */
#include "creation.h"

#include <errno.h>
#include <sys/socket.h>

#include "claim.h"
#include "ending.h"
#include "foreground.h"
#include "hooks.h"
#include "husk/descriptor.h"
#include "husk/log.h"
#include "husk/signals.h"
#include "husk/stage.h"
#include "notify_socket.h"
#include "socket.h"
#include "timing.h"

/* In the foreground husk receives the terminal's master itself, over a socket pair instead of a console socket. */
static int
open_own_console (struct creation *creation, int *out_socket, struct error *error)
{
  int pair[2];
  if (!creation->loaded.spec.process->terminal.value || creation->options->console_socket)
    return 0;
  if (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
    return error_set (error, errno, "make a socket pair for the terminal");
  *out_socket = pair[0];
  creation->console_fd = pair[1];
  return 0;
}

static int
run_poststart_hooks (struct creation *creation, struct error *error)
{
  const struct spec_hooks *hooks = creation->loaded.spec.hooks;
  if (!hooks || hooks->poststart.count == 0)
    return 0;
  creation->ran_hooks = true;
  if (hooks_run_poststart (&creation->loaded.spec, &creation->record, error) < 0)
    return -1;
  stage_end (STAGE_POSTSTART);
  return 0;
}

/* Sets up, starts, and returns when the program runs. */
static int
started (struct creation *creation, struct error *error)
{
  if (creation_make (creation, error) < 0 || creation_commit (creation, error) < 0
      || launch_until_exec (&creation->launch, &creation->listener, &creation->record, STATUS_CREATED, error) < 0)
    {
      creation_note_hooks (creation);
      return -1;
    }
  stage_end (STAGE_EXEC);
  claim_release (creation->directory);
  return run_poststart_hooks (creation, error);
}

static int
run_detached (struct creation *creation, struct error *error)
{
  if (signals_hold (false) < 0)
    return error_set (error, errno, "block signals");
  if (started (creation, error) < 0)
    return -1;
  if (creation->notify >= 0)
    signals_release ();
  notify_wait (creation->notify, creation->launch.pidfd, creation->launch.pid);
  return 0;
}

static int
wait_for_run (struct creation *creation, struct foreground *foreground, int console, int *out_status,
              struct error *error)
{
  if (foreground_take_signals (foreground, error) < 0)
    return -1;
  launch_release (creation->plan); /* husk waits for as long as the container lives, and needs no plan */
  auto_close int master = console >= 0 ? socket_receive_descriptor (console, error) : -1;
  if (console >= 0 && master < 0)
    return -1;
  return foreground_wait (foreground, creation->launch.pid, creation->launch.pidfd, master, out_status, error);
}

static void
warn_of_status (struct creation *creation, int status)
{
  log_share_stderr (false); /* the program has ended, so stderr is free for husk's messages */
  ending_warn (&creation->record, &creation->loaded, status);
}

/* Does what delete does, without reading the record, because this process has made everything. */
static void
finish_run (struct creation *creation, int status, struct error *unwritten)
{
  enum observing mode = creation->observer.observer.mode;
  if (observe_filters (mode))
    {
      listener_close (&creation->listener);
      log_share_stderr (false); /* the program has ended, so stderr is free for husk's messages */
      if (observer_end (&creation->observer))
        (void)observer_ended (creation->directory, mode, unwritten);
    }
  else
    warn_of_status (creation, status);
  if (creation->options->keep)
    return;
  creation_ended (creation);
  creation_take_away (creation);
}

static int
run_attached (struct creation *creation, int *out_status, struct error *unwritten, struct error *error)
{
  struct foreground foreground = { .signals = -1, .notify = -1 };
  auto_close int console = -1;
  if (foreground_begin (&foreground, error) < 0 || open_own_console (creation, &console, error) < 0)
    return -1;
  int result = started (creation, error);
  foreground.notify = creation->notify;
  if (result == 0)
    result = wait_for_run (creation, &foreground, console, out_status, error);
  foreground_end (&foreground);
  if (result < 0)
    return -1;
  stage_end (STAGE_PROGRAM);
  finish_run (creation, *out_status, unwritten);
  stage_end (STAGE_CLEANUP);
  return 0;
}

int
container_run (const struct globals *globals, const struct create_options *options, int *out_status,
               struct error *error)
{
  struct creation creation = { .globals = globals, .options = options, .run = true };
  struct error unwritten = { 0 };
  *out_status = 0;
  if (creation_prepare (&creation, error) < 0)
    return creation_failed (&creation, error);
  int result
      = options->detach ? run_detached (&creation, error) : run_attached (&creation, out_status, &unwritten, error);
  if (result < 0)
    {
      creation_undo (&creation);
      *out_status = launch_killed_status (&creation.launch);
      stage_end (STAGE_FAILURE);
    }
  timing_report (creation.launch.page);
  if (result < 0)
    return creation_failed (&creation, error);
  return unwritten.set ? (*error = unwritten, -1) : 0; /* though the container has run and is gone */
}
