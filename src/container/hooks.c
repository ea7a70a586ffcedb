/*
 * Hooks in the host's namespaces: creation.c runs prestart and createRuntime hooks, start.c, run.c and restore.c
 * poststart hooks, end.c and creation.c poststop hooks. A hook gets the state on its stdin, and the end of its output
 * is kept for the error message. The wait ends with the hook itself, its timeout or a held signal: children that keep
 * its pipes open must not keep husk waiting, and a hook need not read its stdin.
 */
#include "hooks.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "husk/clock.h"
#include "husk/descriptor.h"
#include "husk/log.h"
#include "husk/program.h"
#include "husk/signals.h"

#ifndef P_PIDFD
#define P_PIDFD 3
#endif

#define STDERR_KEPT 4096
#define PIPE_CHUNKS (65536 / STDERR_KEPT)

struct hook_run
{
  pid_t pid;
  int pidfd;
  int input, errors; /* our ends of its stdin, and of its stdout and stderr */
  const char *unsent;
  size_t unsent_size;
  char kept[STDERR_KEPT + 1]; /* the end of what it said */
  size_t kept_size;
};

static int
hook_spawn (const struct spec_hook *hook, const char *name, const char *bundle, int input, int errors, pid_t *out_pid,
            struct error *error)
{
  char *const default_argv[] = { (char *)hook->path.text, NULL };
  struct program_start start = { .path = hook->path.text,
                                 .arguments = hook->args.count ? (char *const *)hook->args.items : default_argv,
                                 .environment = hook->env.set ? (char *const *)hook->env.items : environ,
                                 .input = input,
                                 .out = errors, /* not the container's output, to which our stdout may lead */
                                 .errors = errors,
                                 .own_group = true };
  if (bundle && access (bundle, X_OK) == 0) /* it may be gone when a container is deleted */
    start.directory = bundle;
  struct program_excess excess;
  int code = program_start (&start, out_pid);
  if (code == 0)
    return 0;
  (void)error_set_at (error, hook->node, code, "run %s (%s)", name, hook->path.text);
  if (code == E2BIG && program_excess (start.arguments, start.environment, &excess))
    error_hint (error, "%s", excess.text);
  return -1;
}

static void
hook_feed (struct hook_run *run)
{
  ssize_t sent = descriptor_write (run->input, run->unsent, run->unsent_size);
  if (sent > 0)
    {
      run->unsent += sent;
      run->unsent_size -= (size_t)sent;
    }
  /* a hook need not read its stdin: EPIPE is no error */
  if (run->unsent_size == 0 || (sent < 0 && errno != EAGAIN))
    descriptor_close (&run->input);
}

static void
hook_listen (struct hook_run *run)
{
  char chunk[STDERR_KEPT];
  ssize_t got = descriptor_read (run->errors, chunk, sizeof chunk);
  if (got < 0 && errno == EAGAIN)
    return;
  if (got <= 0)
    {
      descriptor_close (&run->errors);
      return;
    }
  size_t keep = (size_t)got >= STDERR_KEPT ? 0 : STDERR_KEPT - (size_t)got;
  if (run->kept_size > keep)
    {
      memmove (run->kept, run->kept + run->kept_size - keep, keep);
      run->kept_size = keep;
    }
  memcpy (run->kept + run->kept_size, chunk, (size_t)got);
  run->kept_size += (size_t)got;
  run->kept[run->kept_size] = '\0';
}

/* Feeds and listens until the hook has ended (its children may hold its output longer, and write on and on: a pipe's
 * fill is all that can be the hook's own), the deadline, or a signal that interrupts husk. */
static int
hook_attend (struct hook_run *run, int64_t deadline)
{
  for (int last = 0;;)
    {
      struct pollfd polls[] = { { run->pidfd, POLLIN, 0 },
                                { run->errors, POLLIN, 0 },
                                { run->input, POLLOUT, 0 },
                                { signals_held (), POLLIN, 0 } };
      int64_t left = deadline < 0 ? -1 : deadline - now_milliseconds ();
      if (deadline >= 0 && left <= 0)
        return -1;
      int ready = descriptor_poll (polls, 4, (int)left);
      if (ready < 0)
        return -1;
      if (ready == 0)
        continue;
      if (polls[3].revents && signals_taken ())
        return -1;
      if (polls[1].revents)
        hook_listen (run);
      if (polls[2].revents)
        hook_feed (run);
      if (polls[0].revents && (!(polls[1].revents & POLLIN) || ++last > PIPE_CHUNKS))
        return 0;
    }
}

/* The last line or lines, for the message. */
static const char *
hook_last_words (struct hook_run *run)
{
  while (run->kept_size > 0 && (run->kept[run->kept_size - 1] == '\n' || run->kept[run->kept_size - 1] == ' '))
    run->kept[--run->kept_size] = '\0';
  for (char *end; (end = strchr (run->kept, '\n'));)
    *end = ' '; /* an error is one line */
  return run->kept_size > 300 ? run->kept + run->kept_size - 300 : run->kept;
}

static int
hook_judge (struct hook_run *run, const siginfo_t *info, const struct spec_hook *hook, const char *name,
            struct error *error)
{
  const char *words = hook_last_words (run);
  const char *colon = *words ? ": " : "";
  if (info->si_code == CLD_EXITED && info->si_status == 0)
    return 0;
  if (info->si_code == CLD_EXITED)
    return error_set_at (error, hook->node, 0, "%s (%s) exited with status %d%s%s", name, hook->path.text,
                         info->si_status, colon, words);
  return error_set_at (error, hook->node, 0, "%s (%s) was killed by signal %d (%s)%s%s", name, hook->path.text,
                       info->si_status, strsignal (info->si_status), colon, words);
}

/* With its group, which it may have left. */
static void
hook_kill (const struct hook_run *run)
{
  (void)kill (-run->pid, SIGKILL); /* nobody may be in it */
  (void)kill (run->pid, SIGKILL);  /* not waited for yet, so the pid is its own */
}

/* One whose end cannot be watched. */
static int
abandon (const struct hook_run *run, const struct spec_hook *hook, const char *name, struct error *error)
{
  (void)error_set_at (error, hook->node, errno, "watch %s (%s)", name, hook->path.text);
  hook_kill (run);
  (void)process_wait (run->pid, NULL, 0); /* no deadline: it has just begun, and is the host's */
  return -1;
}

static int
hook_wait (struct hook_run *run, const struct spec_hook *hook, const char *name, struct error *error)
{
  siginfo_t info = { 0 };
  int64_t deadline = hook->timeout.set ? now_milliseconds () + hook->timeout.value * 1000 : -1;
  bool interruptible = signals_held () >= 0;
  int late = hook_attend (run, deadline);
  if (late)
    hook_kill (run);
  if (process_wait_end_within (run->pid, run->pidfd, &info, KILLED_MILLISECONDS) < 0)
    return error_set_at (error, hook->node, errno, "wait for %s (%s)", name, hook->path.text);
  if (late && interruptible && signals_status ())
    return error_set_at (error, hook->node, 0, "%s (%s): interrupted by %s", name, hook->path.text,
                         signal_name (signals_taken ()));
  if (late)
    return error_set_at (error, hook->node, 0, "%s (%s) ran longer than its timeout of %lld s and was killed", name,
                         hook->path.text, (long long)hook->timeout.value);
  return hook_judge (run, &info, hook, name, error);
}

static int
hook_run (const struct spec_hook *hook, const char *name, const char *bundle, const char *state_json,
          struct error *error)
{
  struct hook_run run = { .pid = -1, .pidfd = -1, .input = -1, .errors = -1 };
  int input[2], errors[2];
  if (pipe2 (input, O_CLOEXEC) < 0)
    return error_set (error, errno, "make a pipe for %s", name);
  auto_close int input_read = input[0], input_write = input[1];
  if (pipe2 (errors, O_CLOEXEC) < 0)
    return error_set (error, errno, "make a pipe for %s", name);
  auto_close int errors_read = errors[0], errors_write = errors[1];
  if (fcntl (input_write, F_SETFL, O_NONBLOCK) < 0 || fcntl (errors_read, F_SETFL, O_NONBLOCK) < 0)
    return error_set (error, errno, "make pipes for %s that do not wait", name);
  if (hook_spawn (hook, name, bundle, input_read, errors_write, &run.pid, error) < 0)
    return -1;
  descriptor_close (&input_read);
  descriptor_close (&errors_write);
  auto_close int pidfd = (int)syscall (SYS_pidfd_open, run.pid, 0);
  if (pidfd < 0)
    return abandon (&run, hook, name, error);
  run.pidfd = pidfd;
  run.input = take_fd (&input_write);
  run.errors = take_fd (&errors_read);
  run.unsent = state_json;
  run.unsent_size = strlen (state_json);
  int result = hook_wait (&run, hook, name, error);
  descriptor_close (&run.input);
  descriptor_close (&run.errors);
  return result;
}

static int
run_telling (const struct spec_hook *hook, const char *name, const char *bundle, const char *state_json,
             struct error *error)
{
  int64_t since = log_tells_debug () ? now_milliseconds () : 0;
  log_debug ("%s: %s begins", name, hook->path.text);
  int result = hook_run (hook, name, bundle, state_json, error);
  if (log_tells_debug ())
    log_debug ("%s: %s has %s, %lld ms", name, hook->path.text, result == 0 ? "ended" : "failed",
               (long long)(now_milliseconds () - since));
  return result;
}

/* From the hook *at on; *at is then the one after the last that ran. */
static int
run_from (const spec_hook_list *hooks, uint32_t *at, const char *kind, const char *bundle, const char *state_json,
          struct error *error)
{
  struct sigaction ignore = { .sa_handler = SIG_IGN }, before;
  int result = 0;
  if (*at >= hooks->count)
    return 0;
  (void)sigaction (SIGPIPE, &ignore, &before);
  while (*at < hooks->count && result == 0)
    {
      char name[64];
      const struct spec_hook *hook = &hooks->items[*at];
      (void)snprintf (name, sizeof name, "%s hook %u", kind, (*at)++);
      result = run_telling (hook, name, bundle, state_json, error);
    }
  (void)sigaction (SIGPIPE, &before, NULL);
  return result;
}

int
hooks_run (const spec_hook_list *hooks, const char *kind, const char *bundle, const char *state_json,
           struct error *error)
{
  uint32_t at = 0;
  return run_from (hooks, &at, kind, bundle, state_json, error);
}

void
hooks_run_poststop (const spec_hook_list *hooks, const struct json_document *document, const char *bundle,
                    const char *state_json)
{
  for (uint32_t at = 0; at < hooks->count;)
    {
      struct error failed = { 0 };
      if (run_from (hooks, &at, "poststop", bundle, state_json, &failed) == 0)
        return;
      json_place (document, &failed);
      log_warning_line (&failed);
    }
}
