/*
 * newuidmap(1) and newgidmap(1): set-user-ID programs of the system that map the ranges which its administrator has
 * given a user.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

#include "husk/clock.h"
#include "husk/descriptor.h"
#include "idmap.h"

#define DEADLINE 10000 /* milliseconds; they read two files, or ask a name service */
#define MESSAGE_SIZE 256

/* Three numbers a line become three arguments each. list: malloc'd, points into text. */
static char **
make_arguments (const char *program, char *pid, char *text)
{
  char **list = calloc (strlen (text) / 2 + 4, sizeof *list), *rest = NULL; /* a number and what ends it */
  size_t count = 0;
  if (!list)
    return NULL;
  list[count++] = (char *)program;
  list[count++] = pid;
  for (char *word = strtok_r (text, " \n", &rest); word; word = strtok_r (NULL, " \n", &rest))
    list[count++] = word;
  return list;
}

/* In PATH's absolute directories, then where systems have it: some clients call husk without a PATH. */
static bool
find_program (const char *name, char *out, size_t size)
{
  const char *path = getenv ("PATH");
  char all[8192];
  char *rest = NULL;
  (void)snprintf (all, sizeof all, "%s:/usr/bin:/usr/local/bin:/bin", path ? path : "");
  for (char *directory = strtok_r (all, ":", &rest); directory; directory = strtok_r (NULL, ":", &rest))
    if (directory[0] == '/' && snprintf (out, size, "%s/%s", directory, name) < (int)size && access (out, X_OK) == 0)
      return true;
  return false;
}

static int
spawn (const char *path, char **arguments, int output, pid_t *out_pid)
{
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  sigset_t none, all;
  static char *const no_environment[] = { NULL };
  (void)sigemptyset (&none);
  (void)sigfillset (&all);
  (void)posix_spawn_file_actions_init (&actions);
  (void)posix_spawn_file_actions_addopen (&actions, 0, "/dev/null", O_RDONLY, 0);
  (void)posix_spawn_file_actions_adddup2 (&actions, output, 1);
  (void)posix_spawn_file_actions_adddup2 (&actions, output, 2);
  (void)posix_spawnattr_init (&attributes);
  (void)posix_spawnattr_setsigmask (&attributes, &none);
  (void)posix_spawnattr_setsigdefault (&attributes, &all);
  (void)posix_spawnattr_setflags (&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  int code = posix_spawn (out_pid, path, &actions, &attributes, arguments, no_environment);
  (void)posix_spawn_file_actions_destroy (&actions);
  (void)posix_spawnattr_destroy (&attributes);
  return code;
}

/* More of what it says; what has no room in the message is read all the same. */
static void
listen_to (int *output, char *message, size_t *used)
{
  char chunk[512];
  ssize_t got = read (*output, chunk, sizeof chunk);
  if (got < 0 && errno == EINTR)
    return;
  if (got <= 0)
    {
      descriptor_close (output);
      return;
    }
  size_t taken = (size_t)got < MESSAGE_SIZE - 1 - *used ? (size_t)got : MESSAGE_SIZE - 1 - *used;
  memcpy (message + *used, chunk, taken);
  *used += taken;
  message[*used] = '\0';
}

/* Until it has ended and all that it said is read: false when that takes too long. */
static bool
attend (int pidfd, int *output, char *message)
{
  size_t used = 0;
  int64_t deadline = now_milliseconds () + DEADLINE;
  message[0] = '\0';
  for (;;)
    {
      struct pollfd polls[] = { { pidfd, POLLIN, 0 }, { *output, POLLIN, 0 } };
      int64_t left = deadline - now_milliseconds ();
      if (left <= 0)
        return false;
      if (poll (polls, 2, (int)left) <= 0)
        continue;
      if (polls[1].revents)
        listen_to (output, message, &used);
      else if (polls[0].revents)
        return true;
    }
}

static int
refused (const struct idmap *map, const char *message, int status, struct error *error)
{
  const char *file = map->file[0] == 'u' ? "/etc/subuid" : "/etc/subgid";
  char ids[128] = "";
  size_t used = 0;
  for (const char *at = map->text; *at && used < sizeof ids - 3; at++) /* a map ends with a newline */
    if (*at != '\n')
      ids[used++] = *at;
    else if (at[1])
      used += (size_t)snprintf (ids + used, 3, ", ");
  if (WIFSIGNALED (status))
    return error_set_at (error, map->origin, 0, "%s was killed by signal %d", map->program, WTERMSIG (status));
  if (strstr (message, "not allowed"))
    {
      (void)error_set_at (error, map->origin, 0, "%s gives uid %u no such range: %s (%.*s)", file, getuid (), ids,
                          (int)strcspn (message, "\n"), message);
      error_hint (error, "its administrator gives one by a line such as %u:100000:65536", getuid ());
      return -1;
    }
  return error_set_at (error, map->origin, 0, "%s failed for the map %s: %.*s", map->program, ids,
                       (int)strcspn (message, "\n"), message[0] ? message : "it says nothing");
}

static int
run (const char *path, char **arguments, const struct idmap *map, struct error *error)
{
  char message[MESSAGE_SIZE];
  int ends[2], status = 0;
  pid_t pid;
  if (pipe2 (ends, O_CLOEXEC) < 0)
    return error_set (error, errno, "make a pipe for %s", map->program);
  auto_close int output = ends[0], theirs = ends[1];
  int code = spawn (path, arguments, theirs, &pid);
  if (code)
    return error_set_at (error, map->origin, code, "execute %s", path);
  descriptor_close (&theirs);
  auto_close int pidfd = (int)syscall (SYS_pidfd_open, pid, 0);
  bool ended = attend (pidfd, &output, message);
  if (!ended)
    (void)kill (pid, SIGKILL); /* set-user-ID: EPERM once it has root's id, which the wait below must not wait for */
  if (waitpid (pid, &status, ended ? 0 : WNOHANG) < 0)
    return error_set (error, errno, "wait for %s", map->program);
  if (!ended)
    return error_set_at (error, map->origin, 0, "%s has not ended after %d s", path, DEADLINE / 1000);
  return WIFEXITED (status) && WEXITSTATUS (status) == 0 ? 0 : refused (map, message, status, error);
}

int
idmap_run_program (pid_t pid, const struct idmap *map, struct error *error)
{
  char path[4096], number[16];
  if (!find_program (map->program, path, sizeof path))
    {
      (void)error_set_at (error, map->origin, 0,
                          "%s is not installed: an ordinary user cannot map other ids than his own", map->program);
      error_hint (error, "install the package uidmap (or shadow-utils), or map one id, your own");
      return -1;
    }
  (void)snprintf (number, sizeof number, "%d", (int)pid);
  auto_free char *text = strdup (map->text);
  auto_free char **arguments = text ? make_arguments (map->program, number, text) : NULL;
  if (!arguments)
    return error_set (error, ENOMEM, "run %s", map->program);
  return run (path, arguments, map, error);
}
