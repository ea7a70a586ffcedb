/*
 * Runs another program to its end: hooks for src/container, newuidmap and newgidmap for src/launch, husk-systemd for
 * src/unit, ps for src/cli. program_find locates husk's own programs (husk-criu too), program_search those of others.
 * All waits here are for the program itself: its children may hold its outputs open, and it need not read its input.
 * Both outputs are drained even when the buffers that keep them are full, because a program that writes to a full pipe
 * would wait forever. The program is killed by its pid only before it has been waited for: until then no other process
 * can have that pid.
 */
#include "husk/program.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "husk/clock.h"
#include "husk/descriptor.h"
#include "husk/signals.h"

const char program_directory[] = HUSK_LIBEXECDIR;

bool
program_find (const char *name, char *out, size_t size)
{
  char installed[4352];
  size_t room = size - strlen (name) - 2;
  ssize_t length = readlink ("/proc/self/exe", out, room);
  out[length > 0 ? length : 0] = '\0';
  char *slash = strrchr (out, '/');
  (void)strcpy (slash ? slash + 1 : out, name);
  if (slash && access (out, X_OK) == 0)
    return true;
  (void)snprintf (installed, sizeof installed, "%s/%s", program_directory, name);
  if (access (installed, X_OK) < 0)
    return false;
  (void)snprintf (out, size, "%s", installed);
  return true;
}

bool
program_search (const char *name, const char *directories, char *out, size_t size)
{
  for (const char *at = directories; *at; at += strspn (at, ":"))
    {
      int length = (int)strcspn (at, ":");
      if (at[0] == '/' && snprintf (out, size, "%.*s/%s", length, at, name) < (int)size && access (out, X_OK) == 0)
        return true;
      at += length;
    }
  return false;
}

#define CHUNK 4096
#define PIPE_CHUNKS (65536 / CHUNK)

struct run /* of a program */
{
  struct program *program;
  const char *name;
  pid_t pid;
  int pidfd, input, out, errors; /* husk's ends; the program has the others */
  size_t fed;
};

/* ---- what it reads and prints ------------------------------------------------------------------------------------ */

static bool
is_kept (const struct program_output *output)
{
  return output->text || output->all;
}

/* Our end is nonblocking. */
static int
open_pipe (int *out_ours, int *out_theirs, bool reading, struct error *error)
{
  int ends[2];
  if (pipe2 (ends, O_CLOEXEC) < 0)
    return error_set (error, errno, "make a pipe");
  auto_close int ours = ends[reading ? 0 : 1], theirs = ends[reading ? 1 : 0];
  if (fcntl (ours, F_SETFL, O_NONBLOCK) < 0)
    return error_set (error, errno, "make a nonblocking pipe");
  *out_ours = take_fd (&ours);
  *out_theirs = take_fd (&theirs);
  return 0;
}

static void
feed (struct run *run)
{
  const struct program *program = run->program;
  ssize_t sent = descriptor_write (run->input, program->input + run->fed, program->input_size - run->fed);
  if (sent > 0)
    run->fed += (size_t)sent;
  /* the program need not read its input: EPIPE is not an error */
  if (run->fed == program->input_size || (sent < 0 && errno != EAGAIN))
    descriptor_close (&run->input);
}

/* Keeps the end of the output: that is where a program reports why it failed. */
static void
keep_end (struct program_output *output, const char *chunk, size_t count)
{
  size_t room = output->size - 1, fresh = count < room ? count : room, old = room - fresh;
  if (output->used < old)
    old = output->used;
  output->cut |= old < output->used || fresh < count;
  memmove (output->text, output->text + output->used - old, old);
  memcpy (output->text + old, chunk + count - fresh, fresh);
  output->used = old + fresh;
}

static int
keep_all (struct program_output *output, const char *chunk, size_t count)
{
  if (output->used + count >= output->size)
    {
      size_t size = 2 * (output->used + count) + 65536;
      char *more = realloc (output->text, size);
      if (!more)
        return -1;
      output->text = more;
      output->size = size;
    }
  memcpy (output->text + output->used, chunk, count);
  output->used += count;
  return 0;
}

/* What the file does not take is lost: a pipe that nobody empties must not hold up the program. */
static void
copy_to (int file, const char *chunk, size_t count)
{
  for (ssize_t wrote; count && (wrote = descriptor_write (file, chunk, count)) > 0; count -= (size_t)wrote)
    chunk += wrote;
}

/* Reads what is available, and closes *fd at end of file. */
static int
read_program_output (int *fd, struct program_output *output)
{
  char chunk[CHUNK];
  ssize_t got = descriptor_read (*fd, chunk, sizeof chunk);
  if (got < 0)
    return errno == EAGAIN ? 0 : -1;
  if (got == 0)
    descriptor_close (fd);
  if (output->fd)
    copy_to (output->fd, chunk, (size_t)got);
  for (ssize_t i = 0; i < got; i++)
    if (chunk[i] == '\0')
      chunk[i] = ' ';
  if (!output->all)
    keep_end (output, chunk, (size_t)got);
  else if (keep_all (output, chunk, (size_t)got) < 0)
    return -1;
  output->text[output->used] = '\0';
  return 0;
}

/* ---- its life ---------------------------------------------------------------------------------------------------- */

/* Kills the program and its group. It may have left the group, so it is also killed by its pid. false: husk may not,
 * because it is a set-user-ID program that runs with its owner's id. */
static bool
kill_program (const struct run *run)
{
  if (run->program->own_group)
    (void)kill (-run->pid, SIGKILL);    /* the group may be empty */
  return kill (run->pid, SIGKILL) == 0; /* not waited for yet, so the pid is still its own */
}

static int
start_program (struct run *run, struct error *error)
{
  struct program *program = run->program;
  struct program_excess excess;
  auto_close int input = -1, out = -1, errors = -1; /* the program's */
  if ((program->input && open_pipe (&run->input, &input, false, error) < 0)
      || (is_kept (&program->out) && open_pipe (&run->out, &out, true, error) < 0)
      || (is_kept (&program->errors) && open_pipe (&run->errors, &errors, true, error) < 0))
    return -1;
  struct program_start begin = { .path = program->path,
                                 .arguments = program->arguments,
                                 .environment = program->environment,
                                 .directory = program->directory,
                                 .own_group = program->own_group,
                                 .input = input,
                                 .errors = errors < 0 ? program->errors.fd : errors };
  begin.out = out >= 0 ? out : program->out.fd ? program->out.fd : begin.errors;
  int code = program_start (&begin, &run->pid);
  if (code)
    {
      (void)error_set_at (error, program->origin, code, "run %s", run->name);
      if (code == E2BIG && program_excess (program->arguments, program->environment, &excess))
        error_hint (error, "%s", excess.text);
      return -1;
    }
  run->pidfd = (int)syscall (SYS_pidfd_open, run->pid, 0);
  if (run->pidfd >= 0)
    return 0;
  (void)error_set_at (error, program->origin, errno, "watch %s", run->name);
  if (kill_program (run))
    (void)process_wait (run->pid, NULL, 0); /* no deadline: it has only just started, from the host's file system */
  return -1;
}

/* Returns PROGRAM_EXITED once it has ended, in whatever way, and its output has been read. Children that it left behind
 * may write without end, so no more than one pipe's capacity is read after its death: no more can be its own output.
 * Otherwise returns the reason to kill it, or -1 with errno if waiting failed. */
static int
wait_for_program (struct run *run)
{
  struct program *program = run->program;
  int64_t deadline = now_milliseconds () + program->patience;
  for (int last = 0;;)
    {
      struct pollfd polls[] = { { run->pidfd, POLLIN, 0 },
                                { run->out, POLLIN, 0 },
                                { run->errors, POLLIN, 0 },
                                { run->input, POLLOUT, 0 },
                                { program->interruptible ? signals_held () : -1, POLLIN, 0 } };
      int64_t left = program->patience < 0 ? -1 : deadline - now_milliseconds ();
      bool late = program->patience >= 0 && left <= 0;
      if (descriptor_poll (polls, 5, late ? 0 : (int)left) < 0)
        return -1;
      if (polls[4].revents && signals_taken ())
        return PROGRAM_INTERRUPTED;
      if ((polls[1].revents && read_program_output (&run->out, &program->out) < 0)
          || (polls[2].revents && read_program_output (&run->errors, &program->errors) < 0))
        return -1;
      if (polls[3].revents)
        feed (run);
      bool silent = !((polls[1].revents | polls[2].revents) & POLLIN);
      if (program->patient_with_words && !silent)
        deadline = now_milliseconds () + program->patience;
      else if (late && !polls[0].revents) /* checked again: husk itself may have been stopped while it ended */
        return PROGRAM_LATE;
      if (polls[0].revents && (silent || ++last > PIPE_CHUNKS))
        return PROGRAM_EXITED;
    }
}

/* Kills it, unless it has ended by itself, and reaps it. */
static int
finish_program (struct run *run, enum program_way way, struct program_end *out, struct error *error)
{
  int status = 0;
  bool killed = way == PROGRAM_EXITED || kill_program (run);
  bool ended = process_wait_within (run->pid, run->pidfd, &status, killed ? KILLED_MILLISECONDS : 0) == 0;
  if (!ended && errno != ETIMEDOUT)
    return error_set_at (error, run->program->origin, errno, "wait for the end of %s", run->name);
  if (way == PROGRAM_EXITED || (ended && !killed))
    *out = program_end_of (status);
  else
    *out = (struct program_end){ .way = way,
                                 .number = way == PROGRAM_LATE ? run->program->patience : signals_taken (),
                                 .alive = !ended,
                                 .spared = !killed };
  return 0;
}

int
program_run (struct program *program, struct program_end *out_end, struct error *error)
{
  const struct sigaction ignore = { .sa_handler = SIG_IGN };
  struct sigaction before;
  struct run run = { .program = program, .pidfd = -1, .input = -1, .out = -1, .errors = -1 };
  run.name = program->name ? program->name : program->path;
  *out_end = (struct program_end){ 0 };
  if (program->out.text)
    program->out.text[0] = '\0';
  if (program->errors.text)
    program->errors.text[0] = '\0';
  if (program->input)
    (void)sigaction (SIGPIPE, &ignore, &before);
  int result = start_program (&run, error), way = result < 0 ? -1 : wait_for_program (&run);
  if (result == 0 && way < 0)
    {
      result = error_set_at (error, program->origin, errno, "hear %s", run.name);
      way = PROGRAM_LATE;
    }
  if (run.pidfd >= 0 && finish_program (&run, (enum program_way)way, out_end, error) < 0)
    result = -1;
  if (program->input)
    (void)sigaction (SIGPIPE, &before, NULL);
  descriptor_close (&run.pidfd);
  descriptor_close (&run.input);
  descriptor_close (&run.out);
  descriptor_close (&run.errors);
  return result;
}
