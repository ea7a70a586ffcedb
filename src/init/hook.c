/*
 * createContainer and startContainer hooks: run here, in the container's namespaces, with the state on stdin. A hook
 * that hangs is killed with its process group; the end of what it said goes into the error.
 */
#include "init.h"
#include "syscalls.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#define WORDS_KEPT 300

struct words
{
  char text[WORDS_KEPT + 1];
  size_t size;
};

static int64_t
now_milliseconds (void)
{
  struct timespec now;
  (void)clock_gettime (CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static _Noreturn void
hook_child (struct init *init, int input, int errors)
{
  const struct plan_hook *hook = init->step->hook;
  sigset_t none;
  (void)sigemptyset (&none);
  (void)setpgid (0, 0);
  (void)umask (022);
  (void)sigprocmask (SIG_SETMASK, &none, NULL);
  (void)signal (SIGPIPE, SIG_DFL);
  if (dup2 (input, 0) >= 0 && dup2 (errors, 1) >= 0 && dup2 (errors, 2) >= 0)
    {
      /* a startContainer hook is a program of the image: it gets none of our descriptors, nor of husk's caller's */
      (void)syscall (SYS_close_range, 3u, ~0u, 0u);
      (void)execve (hook->path, hook->argv, hook->envp);
    }
  init->page->exec_errno = errno;
  _exit (127);
}

/* Keeps the end of what was written: the last words say why. */
static int
hear (struct words *words, int fd)
{
  char chunk[1024];
  ssize_t got = read (fd, chunk, sizeof chunk);
  if (got <= 0)
    return got < 0 && (errno == EAGAIN || errno == EINTR) ? 0 : -1;
  for (ssize_t i = 0; i < got; i++)
    {
      if (words->size == WORDS_KEPT)
        memmove (words->text, words->text + 1, --words->size);
      words->text[words->size++] = chunk[i] == '\n' ? ' ' : chunk[i]; /* an error is one line */
    }
  words->text[words->size] = '\0';
  return 0;
}

struct feed /* the state: three pieces of text, written as the pipe takes them */
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
  return -1; /* all is said */
}

/* Until the hook's own end (what it leaves behind may hold its output) or the deadline: 0, or -1 when it is late. */
static int
attend (const struct plan_hook *hook, int process, int input, int errors, struct words *words)
{
  char digits[24];
  struct feed feed = { { hook->state_before, text_number (digits, (uint64_t)getpid ()), hook->state_after }, 0 };
  int64_t deadline = hook->timeout ? now_milliseconds () + (int64_t)hook->timeout * 1000 : -1;
  struct pollfd polls[] = { { errors, POLLIN, 0 }, { input, POLLOUT, 0 }, { process, POLLIN, 0 } };
  while (!polls[2].revents)
    {
      int64_t left = deadline < 0 ? -1 : deadline - now_milliseconds ();
      if (deadline >= 0 && left <= 0)
        return -1;
      if (poll (polls, 3, (int)left) <= 0)
        continue;
      if (polls[1].revents && feed_some (&feed, input) < 0)
        {
          (void)close (input);
          polls[1].fd = -1;
        }
      if (polls[0].revents && hear (words, errors) < 0)
        polls[0].fd = -1;
    }
  while (polls[0].fd >= 0 && poll (polls, 1, 0) > 0)
    if (hear (words, errors) < 0)
      polls[0].fd = -1;
  if (polls[1].fd >= 0)
    (void)close (input);
  return 0;
}

static int
judge (struct init *init, int status, struct words *words)
{
  const struct plan_hook *hook = init->step->hook;
  char index[24], number[24];
  int signalled = WIFSIGNALED (status);
  if (WIFEXITED (status) && WEXITSTATUS (status) == 0)
    return 0;
  while (words->size && words->text[words->size - 1] == ' ')
    words->text[--words->size] = '\0';
  (void)text_number (index, hook->index);
  if (init->page->exec_errno)
    return fail (init, init->page->exec_errno, hook->kind, " hook ", index, " (", hook->path, ")");
  (void)text_number (number, (uint64_t)(signalled ? WTERMSIG (status) : WEXITSTATUS (status)));
  return fail (init, 0, hook->kind, " hook ", index, " (", hook->path,
               signalled ? ") was killed by signal " : ") exited with status ", number, words->size ? ": " : "",
               words->text);
}

int
step_hook (struct init *init)
{
  const struct plan_hook *hook = init->step->hook;
  struct words words = { .size = 0 };
  int input[2], errors[2], status = 0;
  if (pipe2 (input, O_CLOEXEC) < 0 || pipe2 (errors, O_CLOEXEC) < 0)
    return fail (init, errno, "make pipes for a hook");
  (void)signal (SIGPIPE, SIG_IGN);
  init->page->exec_errno = 0;
  pid_t child = fork ();
  if (child < 0)
    return fail (init, errno, "fork for a hook");
  if (child == 0)
    hook_child (init, input[0], errors[1]);
  (void)close (input[0]);
  (void)close (errors[1]);
  (void)fcntl (input[1], F_SETFL, O_NONBLOCK);
  (void)fcntl (errors[0], F_SETFL, O_NONBLOCK);
  int process = (int)syscall (SYS_pidfd_open, child, 0);
  if (process < 0)
    return fail (init, errno, "watch a hook");
  int late = attend (hook, process, input[1], errors[0], &words);
  if (late)
    (void)kill (-child, SIGKILL);
  while (waitpid (child, &status, 0) < 0 && errno == EINTR)
    ;
  (void)close (errors[0]);
  (void)close (process);
  (void)signal (SIGPIPE, SIG_DFL);
  if (late)
    return fail (init, 0, hook->kind, " hook (", hook->path, ") ran longer than its timeout and was killed");
  while (words.size && (words.text[words.size - 1] == '\n' || words.text[words.size - 1] == ' '))
    words.text[--words.size] = '\0';
  int result = judge (init, status, &words);
  init->page->exec_errno = 0; /* it is execve's of the program */
  return result;
}
