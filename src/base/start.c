/*
 * Starts a host program with default signal handling and only the descriptors meant for it.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "husk/descriptor.h"
#include "husk/program.h"

/* Duplicates them above their final numbers, where none can overwrite another. */
static int
copy_others (const struct program_start *start, int *out)
{
  int code = 0;
  for (uint32_t i = 0; i < start->others_count; i++)
    {
      out[i] = start->others[i] < 0 ? -1 : fcntl (start->others[i], F_DUPFD_CLOEXEC, 3 + PROGRAM_OTHERS_MAX);
      if (out[i] < 0 && start->others[i] >= 0 && !code)
        code = errno;
    }
  return code;
}

#if defined __GLIBC__ && __GLIBC_MINOR__ >= 34
static int
close_from (int first, posix_spawn_file_actions_t *actions)
{
  return posix_spawn_file_actions_addclosefrom_np (actions, first);
}
#else
/* Closes them one by one. One that is no longer open by then is not an error. */
static int
close_from (int first, posix_spawn_file_actions_t *actions)
{
  DIR *listing = opendir ("/proc/self/fd");
  int code = listing ? 0 : errno;
  errno = 0; /* readdir(3) distinguishes its end from a failure only by errno */
  for (struct dirent *entry; listing && code == 0 && (entry = readdir (listing)); errno = 0)
    if (entry->d_name[0] != '.' && atoi (entry->d_name) >= first)
      code = posix_spawn_file_actions_addclose (actions, atoi (entry->d_name));
  code = code ? code : errno;
  if (listing)
    (void)closedir (listing);
  return code;
}
#endif

/* Closes everything not meant for it, including descriptors that husk's caller passed for the container. */
static int
close_rest (const struct program_start *start, const int *others, posix_spawn_file_actions_t *actions)
{
  int code = 0;
  for (uint32_t i = 0; i < start->others_count && !code; i++)
    if (others[i] < 0)
      code = posix_spawn_file_actions_addclose (actions, 3 + (int)i);
  return code ? code : close_from (3 + (int)start->others_count, actions);
}

static int
set_actions (const struct program_start *start, const int *others, posix_spawn_file_actions_t *actions)
{
  int code = start->input < 0 ? posix_spawn_file_actions_addopen (actions, 0, "/dev/null", O_RDONLY, 0)
                              : posix_spawn_file_actions_adddup2 (actions, start->input, 0);
  if (!code)
    code = posix_spawn_file_actions_adddup2 (actions, start->out, 1);
  if (!code)
    code = posix_spawn_file_actions_adddup2 (actions, start->errors, 2);
  for (uint32_t i = 0; i < start->others_count && !code; i++)
    if (others[i] >= 0)
      code = posix_spawn_file_actions_adddup2 (actions, others[i], 3 + (int)i);
  if (!code)
    code = close_rest (start, others, actions);
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
  memset (&all, 0xff, sizeof all); /* sigfillset omits the C library's own signals, which would then stay ignored */
  int code = posix_spawnattr_setsigmask (attributes, &none);
  if (!code)
    code = posix_spawnattr_setsigdefault (attributes, &all);
  if (!code && start->own_group)
    code = posix_spawnattr_setpgroup (attributes, 0);
  if (start->own_group)
    flags |= POSIX_SPAWN_SETPGROUP;
  return code ? code : posix_spawnattr_setflags (attributes, flags);
}

static int
spawn (const struct program_start *start, const int *others, pid_t *out_pid)
{
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  int code = posix_spawn_file_actions_init (&actions);
  if (code)
    return code;
  code = posix_spawnattr_init (&attributes);
  if (!code)
    {
      code = set_actions (start, others, &actions);
      if (!code)
        code = set_attributes (start, &attributes);
      if (!code) /* a path with a slash is used as it is */
        code = posix_spawnp (out_pid, start->path, &actions, &attributes, start->arguments, start->environment);
      (void)posix_spawnattr_destroy (&attributes); /* memory */
    }
  (void)posix_spawn_file_actions_destroy (&actions); /* memory */
  return code;
}

int
program_start (const struct program_start *start, pid_t *out_pid)
{
  int others[PROGRAM_OTHERS_MAX];
  int code = copy_others (start, others);
  if (!code)
    code = spawn (start, others, out_pid);
  for (uint32_t i = 0; i < start->others_count; i++)
    descriptor_close (&others[i]);
  return code;
}
