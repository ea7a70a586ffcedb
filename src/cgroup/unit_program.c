#include "unit_program.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

#include "husk/clock.h"
#include "husk/descriptor.h"
#include "husk/signals.h"
#include "husk/unit.h"

#define PROGRAM "husk-systemd"
#define PATIENCE 30000 /* milliseconds: it has a deadline of its own, of 25 s */

static const char installed[] = HUSK_LIBEXECDIR "/" PROGRAM;

/* All that it needs of husk's environment: where the buses are. */
static const char *const kept[] = { "XDG_RUNTIME_DIR", "DBUS_SESSION_BUS_ADDRESS", "DBUS_SYSTEM_BUS_ADDRESS" };

/* Beside husk's own executable, or where it is installed to. */
static int
find (char *out, size_t size, struct error *error)
{
  ssize_t length = readlink ("/proc/self/exe", out, size - sizeof PROGRAM - 1);
  out[length > 0 ? length : 0] = '\0';
  char *slash = strrchr (out, '/');
  if (slash)
    (void)strcpy (slash + 1, PROGRAM);
  if (slash && access (out, X_OK) == 0)
    return 0;
  if (access (installed, X_OK) == 0)
    {
      (void)snprintf (out, size, "%s", installed);
      return 0;
    }
  (void)error_set (error, 0,
                   "husk was built without libsystemd: --systemd-cgroup needs the program " PROGRAM
                   " (looked for at %.200s and %s)",
                   slash ? out : PROGRAM, installed);
  error_hint (error, "--cgroup-manager=cgroupfs does without systemd");
  return -1;
}

bool
unit_possible (void)
{
  char path[4352];
  struct error error = { 0 };
  return find (path, sizeof path, &error) == 0;
}

static int
spawn (const char **argv, int out, int errors, pid_t *out_pid)
{
  char variables[sizeof kept / sizeof kept[0]][4200], *environment[sizeof kept / sizeof kept[0] + 1];
  size_t count = 0;
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  sigset_t none, all;
  for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++)
    {
      const char *value = getenv (kept[i]);
      if (!value)
        continue;
      (void)snprintf (variables[count], sizeof variables[0], "%s=%s", kept[i], value);
      environment[count] = variables[count];
      count++;
    }
  environment[count] = NULL;
  (void)sigemptyset (&none);
  (void)sigfillset (&all);
  (void)posix_spawn_file_actions_init (&actions);
  (void)posix_spawn_file_actions_addopen (&actions, 0, "/dev/null", O_RDONLY, 0);
  (void)posix_spawn_file_actions_adddup2 (&actions, out, 1);
  (void)posix_spawn_file_actions_adddup2 (&actions, errors, 2);
#if defined __GLIBC__ && __GLIBC_MINOR__ >= 34 /* husk's caller may have given it some for its container */
  (void)posix_spawn_file_actions_addclosefrom_np (&actions, 3);
#endif
  (void)posix_spawnattr_init (&attributes);
  (void)posix_spawnattr_setsigmask (&attributes, &none);
  (void)posix_spawnattr_setsigdefault (&attributes, &all);
  (void)posix_spawnattr_setflags (&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  int code = posix_spawn (out_pid, argv[0], &actions, &attributes, (char *const *)argv, environment);
  (void)posix_spawn_file_actions_destroy (&actions);
  (void)posix_spawnattr_destroy (&attributes);
  return code;
}

/* Takes what is there; what has no room is thrown away. Closes at the end of file. */
static void
listen_to (int *fd, char *text, size_t size)
{
  char chunk[4096];
  size_t used = strlen (text);
  ssize_t got = read (*fd, chunk, sizeof chunk);
  if (got < 0 && (errno == EAGAIN || errno == EINTR))
    return;
  if (got <= 0)
    {
      descriptor_close (fd);
      return;
    }
  size_t taken = (size_t)got < size - 1 - used ? (size_t)got : size - 1 - used;
  memcpy (text + used, chunk, taken);
  text[used + taken] = '\0';
}

/* Until it has ended and all that it had said is read (pidfd -1: until both pipes are closed), or the deadline. */
static int
attend (int pidfd, int *out, int *errors, struct unit_program_output *output)
{
  int64_t deadline = now_milliseconds () + PATIENCE;
  for (;;)
    {
      struct pollfd polls[] = { { pidfd, POLLIN, 0 }, { *out, POLLIN, 0 }, { *errors, POLLIN, 0 } };
      int64_t left = deadline - now_milliseconds ();
      if (left <= 0)
        return -1;
      int ready = poll (polls, 3, (int)left);
      if (ready < 0 && errno != EINTR)
        return -1;
      if (ready <= 0)
        continue;
      if (polls[1].revents)
        listen_to (out, output->out, sizeof output->out);
      if (polls[2].revents)
        listen_to (errors, output->errors, sizeof output->errors);
      if ((polls[0].revents && !(polls[1].revents & POLLIN) && !(polls[2].revents & POLLIN))
          || (*out < 0 && *errors < 0))
        return 0;
    }
}

static int
judge (const siginfo_t *info, bool late, const char *verb, struct error *error)
{
  if (late)
    return error_set (error, ETIMEDOUT, "wait for " PROGRAM " %s for %d s", verb, PATIENCE / 1000);
  if (info->si_code != CLD_EXITED)
    return error_set (error, 0, PROGRAM " %s was killed by %s", verb, signal_name (info->si_status));
  return info->si_status == 0 ? 0 : 1;
}

int
unit_program_run (const char **argv, struct unit_program_output *output, struct error *error)
{
  char path[4352];
  int out[2], errors[2];
  pid_t pid;
  siginfo_t info = { 0 };
  output->out[0] = output->errors[0] = '\0';
  if (find (path, sizeof path, error) < 0)
    return -1;
  argv[0] = path;
  if (pipe2 (out, O_CLOEXEC) < 0)
    return error_set (error, errno, "make a pipe for " PROGRAM);
  auto_close int out_read = out[0], out_write = out[1];
  if (pipe2 (errors, O_CLOEXEC) < 0)
    return error_set (error, errno, "make a pipe for " PROGRAM);
  auto_close int errors_read = errors[0], errors_write = errors[1];
  int code = spawn (argv, out_write, errors_write, &pid);
  if (code)
    return error_set (error, code, "run %s", path);
  descriptor_close (&out_write);
  descriptor_close (&errors_write);
  auto_close int pidfd = (int)syscall (SYS_pidfd_open, pid, 0);
  (void)fcntl (out_read, F_SETFL, O_NONBLOCK);
  (void)fcntl (errors_read, F_SETFL, O_NONBLOCK);
  bool late = attend (pidfd, &out_read, &errors_read, output) < 0;
  if (late)
    (void)kill (pid, SIGKILL); /* not waited for yet, so the pid is its own */
  while (waitid (P_PID, (id_t)pid, &info, WEXITED) < 0)
    if (errno != EINTR)
      return error_set (error, errno, "wait for " PROGRAM);
  const char *verb = "";
  for (const char **word = argv + 1; *word && !*verb; word++)
    if ((*word)[0] != '-')
      verb = *word;
  return judge (&info, late, verb, error);
}
