/*
 * How a program of the host's is started: with the signals of a new process, three descriptors and no other.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <unistd.h>

#include "husk/program.h"

static int
set_actions (const struct program_start *start, posix_spawn_file_actions_t *actions)
{
  int code = start->input < 0 ? posix_spawn_file_actions_addopen (actions, 0, "/dev/null", O_RDONLY, 0)
                              : posix_spawn_file_actions_adddup2 (actions, start->input, 0);
  if (!code)
    code = posix_spawn_file_actions_adddup2 (actions, start->out, 1);
  if (!code)
    code = posix_spawn_file_actions_adddup2 (actions, start->errors, 2);
#if defined __GLIBC__ && __GLIBC_MINOR__ >= 34 /* husk's caller may have given it some for its container */
  if (!code)
    code = posix_spawn_file_actions_addclosefrom_np (actions, 3);
#endif
  if (!code && start->directory)
    code = posix_spawn_file_actions_addchdir_np (actions, start->directory);
  return code;
}

static int
set_attributes (const struct program_start *start, posix_spawnattr_t *attributes)
{
  short flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF;
  sigset_t none, all;
  (void)sigemptyset (&none);
  memset (&all, 0xff, sizeof all); /* sigfillset leaves out what the C library keeps, and those would be ignored then */
  int code = posix_spawnattr_setsigmask (attributes, &none);
  if (!code)
    code = posix_spawnattr_setsigdefault (attributes, &all);
  if (!code && start->own_group)
    code = posix_spawnattr_setpgroup (attributes, 0);
  if (start->own_group)
    flags |= POSIX_SPAWN_SETPGROUP;
  return code ? code : posix_spawnattr_setflags (attributes, flags);
}

int
program_start (const struct program_start *start, pid_t *out_pid)
{
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  int code = posix_spawn_file_actions_init (&actions);
  if (code)
    return code;
  code = posix_spawnattr_init (&attributes);
  if (!code)
    {
      code = set_actions (start, &actions);
      if (!code)
        code = set_attributes (start, &attributes);
      if (!code) /* a path with a slash is taken as it is */
        code = posix_spawnp (out_pid, start->path, &actions, &attributes, start->arguments, start->environment);
      (void)posix_spawnattr_destroy (&attributes); /* memory */
    }
  (void)posix_spawn_file_actions_destroy (&actions); /* memory */
  return code;
}
