/*
 * Runs createContainer and startContainer hooks in the container's namespaces, with the state on stdin. The former are
 * host programs and have husk-init's rights; the latter are in the image and have the rights of the container's
 * program. A hook that hangs is killed with its process group. The error has the end of its output, and uses the words
 * of src/base/program_end.c.
 */
#include "init.h"
#include "syscalls.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#include "husk/program_end.h"

#define CHUNK 1024
#define PIPE_CHUNKS (65536 / CHUNK)
#define KILLED_MILLISECONDS 10000

#define ROW(signal) { signal, #signal },

static const struct /* without pointers, which would need relocation */
{
  int number;
  char name[12];
} signals[] = { SIGNAL_NAMES (ROW) };

struct words
{
  char text[END_WORDS_KEPT + 1];
  size_t size;
  int cut; /* earlier output was dropped */
};

static int64_t
now_milliseconds (void)
{
  struct timespec now;
  (void)clock_gettime (CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Applies the plan's remaining steps for the program to this process, except for the filter, which is returned. */
static int
become_program (struct init *init, const struct plan_filter **out_filter)
{
  const struct step *end = init->plan->steps + init->plan->step_count;
  for (const struct step *step = init->step; step < end; step++)
    if (step->kind == STEP_SECCOMP || step->kind == STEP_EXEC)
      {
        *out_filter = step->kind == STEP_SECCOMP ? step->filter : NULL;
        return 0;
      }
    else if (!step_has (step->kind, STEP_NOT_FOR_HOOKS) && init_apply (init, step) < 0)
      return -1;
  return 0;
}

static int
load_hook_filter (struct init *init, const struct plan_filter *filter)
{
  struct sock_fprog program = { (unsigned short)filter->hook_length, (struct sock_filter *)filter->hook_program };
  if (syscall (SYS_seccomp, SECCOMP_SET_MODE_FILTER, filter->hook_flags, &program) < 0)
    return fail (init, errno, "load the seccomp filter for a hook");
  return 0;
}

/* "startContainer hook 0 (/bin/sh)" */
static const char *
hook_name (const struct plan_hook *hook, char *out, size_t size)
{
  char index[24];
  size_t used = text_append (out, size, 0, hook->kind);
  used = text_append (out, size, used, " hook ");
  used = text_append (out, size, used, text_number (index, hook->index));
  used = text_append (out, size, used, " (");
  used = text_append (out, size, used, hook->path);
  (void)text_append (out, size, used, ")");
  return out;
}

/* Like the program itself: after the filter comes only execve, and a trap if that fails. */
static void
execute_as_program (struct init *init, const struct plan_hook *hook)
{
  const struct plan_filter *filter = NULL;
  volatile struct page *page = init->page;
  char name[400];
  if (become_program (init, &filter) < 0 || prove_program (init, hook_name (hook, name, sizeof name), hook->path) < 0)
    return;
  if (close_all () < 0)
    {
      page->exec_errno = errno;
      return;
    }
  if (take_late_limit (init) < 0)
    return;
  int filtered = filter && filter->hook_program;
  if (filtered && load_hook_filter (init, filter) < 0)
    return;
  page->exec_denied = filtered && filter->denies_exec;
  (void)execve (hook->path, hook->argv, hook->envp);
  page->exec_errno = errno;
  if (!filtered || filter->allows_look)
    explain_exec (init, page->exec_errno, hook->path);
  if (filtered)
    __builtin_trap ();
}

static _Noreturn void
hook_child (struct init *init, int input, int output, int errors)
{
  const struct plan_hook *hook = init->step->hook;
  sigset_t none;
  (void)sigemptyset (&none);
  (void)umask (022);
  if (setpgid (0, 0) < 0 || sigprocmask (SIG_SETMASK, &none, NULL) < 0 || signal (SIGPIPE, SIG_DFL) == SIG_ERR
      || dup2 (input, 0) < 0 || dup2 (output, 1) < 0 || dup2 (errors, 2) < 0)
    init->page->exec_errno = errno;
  else if (hook->as_program)
    execute_as_program (init, hook);
  else
    {
      /* the working directory is the root file system, as in other runtimes */
      if (fchdir (init->rootfs) == 0 && close_all () == 0)
        (void)execve (hook->path, hook->argv, hook->envp);
      init->page->exec_errno = errno;
      explain_exec (init, init->page->exec_errno, hook->path);
    }
  _exit (127);
}

struct printing /* what a hook prints on one of its streams */
{
  int fd;   /* our end of the pipe, or -1 */
  int file; /* gets a copy, or -1 */
  struct words *words;
};

/* What the file does not take is lost: a pipe that nobody empties must not hold up the hook. */
static void
copy_to (int file, const char *chunk, ssize_t count)
{
  for (ssize_t wrote; count > 0 && (wrote = RETRY (write (file, chunk, (size_t)count))) > 0; count -= wrote)
    chunk += wrote;
}

/* Keeps the end of the output: that is where a hook reports why it failed. */
static int
read_hook_output (const struct printing *printing)
{
  char chunk[CHUNK];
  struct words *words = printing->words;
  ssize_t got = RETRY (read (printing->fd, chunk, sizeof chunk));
  if (got <= 0)
    return got < 0 && (errno == EAGAIN || errno == EINTR) ? 0 : -1;
  if (printing->file >= 0)
    copy_to (printing->file, chunk, got);
  for (ssize_t i = 0; i < got; i++)
    {
      if (words->size == END_WORDS_KEPT)
        {
          memmove (words->text, words->text + 1, --words->size);
          words->cut = 1;
        }
      words->text[words->size++] = chunk[i] == '\n' || chunk[i] == '\0' ? ' ' : chunk[i]; /* an error is one line */
    }
  words->text[words->size] = '\0';
  return 0;
}

struct feed /* the state: three pieces of text, written as the pipe has room */
{
  const char *parts[3];
  int part;
};

static int
feed_some (struct feed *feed, int fd)
{
  while (feed->part < 3)
    {
      const char *text = feed->parts[feed->part];
      size_t size = strlen (text);
      ssize_t wrote = size ? write (fd, text, size) : 0;
      if (wrote < 0)
        return errno == EAGAIN || errno == EINTR ? 0 : -1;
      feed->parts[feed->part] += wrote;
      if ((size_t)wrote == size)
        feed->part++;
    }
  return -1; /* everything is written */
}

/* Waits for the end of the hook itself (its children may hold its output open) or the deadline. 0, -1 if it is late, or
 * the errno if watching it failed. */
static int
wait_for_hook (const struct plan_hook *hook, int process, int input, const struct printing printings[2])
{
  char digits[24];
  struct feed feed = { { hook->state_before, text_number (digits, (uint64_t)getpid ()), hook->state_after }, 0 };
  int64_t deadline = hook->timeout ? now_milliseconds () + (int64_t)hook->timeout * 1000 : -1;
  struct pollfd polls[] = {
    { printings[0].fd, POLLIN, 0 }, { printings[1].fd, POLLIN, 0 }, { process, POLLIN, 0 }, { input, POLLOUT, 0 }
  };
  while (!polls[2].revents)
    {
      int64_t left = deadline < 0 ? -1 : deadline - now_milliseconds ();
      int late = deadline >= 0 && left <= 0;
      int ready = poll (polls, 4, late ? 0 : (int)left);
      if (ready < 0 && errno == EINTR)
        continue;
      if (ready < 0)
        return errno;
      if (late && !polls[2].revents) /* checked again: husk-init itself may have been stopped while it ended */
        return -1;
      if (polls[3].revents && feed_some (&feed, input) < 0)
        {
          (void)close (input);
          polls[3].fd = -1;
        }
      for (int i = 0; i < 2; i++)
        if (polls[i].revents && read_hook_output (&printings[i]) < 0)
          polls[i].fd = -1;
    }
  /* its children may write forever, but no more than one pipe's capacity can be the hook's own output */
  for (int i = 0; i < 2; i++)
    for (int last = 0; polls[i].fd >= 0 && last < PIPE_CHUNKS && poll (&polls[i], 1, 0) > 0; last++)
      if (read_hook_output (&printings[i]) < 0)
        polls[i].fd = -1;
  if (polls[3].fd >= 0)
    (void)close (input);
  return 0;
}

/* Kills the hook and its group, which it may have left or not have made yet. -1: it does not end, because a file system
 * holds it up. */
static int
kill_hook (pid_t child, int process)
{
  struct pollfd end = { process, POLLIN, 0 };
  (void)kill (-child, SIGKILL); /* the group may be empty */
  (void)kill (child, SIGKILL);  /* not waited for yet, so the pid is still its own */
  return RETRY (poll (&end, 1, KILLED_MILLISECONDS)) > 0 ? 0 : -1;
}

/* The end of its output. A character that would be cut in two is left out. */
static const char *
last_words (struct words *words, const char **out_colon)
{
  const char *from = words->text;
  while (words->size && words->text[words->size - 1] == ' ')
    words->text[--words->size] = '\0';
  while (words->cut && (*from & 0xc0) == 0x80)
    from++;
  *out_colon = *from ? ": " : "";
  return from;
}

/* " (SIGKILL)" */
static const char *
signal_in_brackets (int number, char out[16])
{
  size_t used = 0;
  out[0] = '\0';
  for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
    if (signals[i].number == number)
      {
        used = text_append (out, 16, used, " (");
        used = text_append (out, 16, used, signals[i].name);
        (void)text_append (out, 16, used, ")");
      }
  return out;
}

static int
judge_signal (struct init *init, int signal, const char *name, struct words *words)
{
  char number[24], brackets[16];
  const char *colon, *said = last_words (words, &colon);
  (void)fail (init, 0, name, " " END_KILLED, text_number (number, (uint64_t)signal),
              signal_in_brackets (signal, brackets), colon, said);
  if (init->step->hook->as_program && signal == SIGSYS)
    init_hint (init, init->page->exec_denied
                         ? "it runs under the profile of linux.seccomp, which denies execve"
                         : "it runs under the profile of linux.seccomp, as the container's program does");
  return -1;
}

static int
judge (struct init *init, int status, struct words *words)
{
  const struct plan_hook *hook = init->step->hook;
  char name[400], number[24];
  if (WIFEXITED (status) && WEXITSTATUS (status) == 0)
    return 0;
  (void)hook_name (hook, name, sizeof name);
  if (init->page->error.set) /* it failed before execve */
    return -1;
  if (init->page->exec_errno)
    {
      (void)fail (init, init->page->exec_errno, name);
      if (init->page->exec_denied)
        init_hint (init, "it runs under the profile of linux.seccomp, which denies execve");
      else if (init->page->exec_errno == E2BIG && hook->excess)
        init_hint (init, hook->excess);
      return -1;
    }
  if (WIFSIGNALED (status))
    return judge_signal (init, WTERMSIG (status), name, words);
  const char *colon, *said = last_words (words, &colon);
  return fail (init, 0, name, " " END_EXITED, text_number (number, (uint64_t)WEXITSTATUS (status)), colon, said);
}

static int
late_hook (struct init *init, const char *fate, struct words *words)
{
  const struct plan_hook *hook = init->step->hook;
  char name[400], number[24], hint[48];
  const char *colon, *said = last_words (words, &colon);
  (void)fail (init, 0, hook_name (hook, name, sizeof name), " " END_LATE, text_number (number, (uint64_t)hook->timeout),
              " s", fate, colon, said);
  size_t used = text_append (hint, sizeof hint, 0, "its timeout is ");
  used = text_append (hint, sizeof hint, used, number);
  (void)text_append (hint, sizeof hint, used, " s");
  init_hint (init, hint);
  return -1;
}

/* Kills the hook if it is late, reaps it and judges how it ended. */
static int
end_hook (struct init *init, pid_t child, int process, int late, struct words *words)
{
  int status = 0;
  if (late && kill_hook (child, process) < 0)
    return late_hook (init, END_LATE_ALIVE, words);
  if (RETRY (waitpid (child, &status, 0)) < 0)
    return fail (init, errno, "wait for a hook");
  if (signal (SIGPIPE, SIG_DFL) == SIG_ERR) /* restored, because the program would inherit it */
    return fail (init, errno, "restore a hook's signals");
  if (late > 0)
    return fail (init, late, "watch a hook");
  return late ? late_hook (init, END_LATE_KILLED, words) : judge (init, status, words);
}

/* Ours is nonblocking. */
static int
open_pipe (struct init *init, int *out_ours, int *out_theirs, int reading)
{
  int ends[2];
  if (pipe2 (ends, O_CLOEXEC) < 0 || fcntl (ends[!reading], F_SETFL, O_NONBLOCK) < 0)
    return fail (init, errno, "make pipes for a hook");
  *out_ours = ends[!reading];
  *out_theirs = ends[reading];
  return 0;
}

/* Starts the hook, waits for it and judges how it ended. */
static int
run_hook (struct init *init, struct printing printings[2], struct words *words)
{
  int ours, input, output = -1, errors;
  if (open_pipe (init, &ours, &input, 0) < 0 || open_pipe (init, &printings[0].fd, &errors, 1) < 0
      || (printings[1].file >= 0 && open_pipe (init, &printings[1].fd, &output, 1) < 0))
    return -1;
  /* not fork(): libc's blocks all signals and does not check whether it could unblock them */
  pid_t child = (pid_t)syscall (SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL);
  if (child < 0)
    return fail (init, errno, "fork for a hook");
  if (child == 0)
    hook_child (init, input, output >= 0 ? output : errors, errors);
  (void)close (input);
  (void)close (errors);
  if (output >= 0)
    (void)close (output);
  int process = (int)syscall (SYS_pidfd_open, child, 0);
  if (process < 0)
    {
      (void)fail (init, errno, "watch a hook");
      (void)kill (child, SIGKILL); /* not waited for yet, so the pid is its own */
      return -1;
    }
  int late = wait_for_hook (init->step->hook, process, ours, printings);
  int result = end_hook (init, child, process, late, words);
  (void)close (process);
  return result;
}

int
step_hook (struct init *init)
{
  struct words words = { .size = 0 }, printed = { .size = 0 };
  struct printing printings[] = { { -1, init->plan->hook_errors, &words }, { -1, init->plan->hook_output, &printed } };
  if (signal (SIGPIPE, SIG_IGN) == SIG_ERR)
    return fail (init, errno, "make pipes for a hook");
  init->page->exec_errno = 0;
  init->page->exec_denied = 0;
  int result = run_hook (init, printings, &words);
  for (int i = 0; i < 2; i++)
    if (printings[i].fd >= 0)
      (void)close (printings[i].fd);
  init->page->exec_errno = 0; /* from here on they are for the program's execve */
  init->page->exec_denied = 0;
  return result;
}
