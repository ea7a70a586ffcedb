/*
 * The maps of user namespaces. launch.c writes those of husk-init, which waits for them. mount_source.c gets a user
 * namespace for an id-mapped mount, from a child that ends as soon as its namespace is open. Each map is read back and
 * compared, whoever wrote it, because a container must not run with part of its map.
 */
#include "idmap.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "husk/descriptor.h"

static int
open_proc (pid_t pid, const char *file, int flags)
{
  char path[64];
  (void)snprintf (path, sizeof path, "/proc/%d/%s", (int)pid, file);
  return descriptor_open (path, flags | O_CLOEXEC);
}

/* Whether both have the same numbers in the same order; spaces may differ. */
static bool
same_map (const char *wanted, const char *got)
{
  for (;;)
    {
      char *wanted_end, *got_end;
      unsigned long a = strtoul (wanted, &wanted_end, 10), b = strtoul (got, &got_end, 10);
      if (wanted_end == wanted || got_end == got)
        return wanted_end == wanted && got_end == got;
      if (a != b)
        return false;
      wanted = wanted_end;
      got = got_end;
    }
}

static int
read_back (pid_t pid, const char *file, const char *map, struct error *error)
{
  size_t size = strlen (map) * 4 + 4096, used = 0; /* the kernel pads each number to ten columns */
  auto_close int fd = open_proc (pid, file, O_RDONLY);
  auto_free char *got = malloc (size);
  if (fd < 0 || !got)
    return error_set (error, errno, "read back %s", file);
  for (ssize_t some; used + 1 < size && (some = descriptor_read (fd, got + used, size - used - 1)) > 0;)
    used += (size_t)some;
  got[used] = '\0';
  return same_map (map, got) ? 0 : error_set (error, 0, "the kernel did not accept the whole %s", file);
}

static int
write_map (pid_t pid, const struct idmap *map, struct error *error)
{
  size_t size = strlen (map->text);
  auto_close int fd = open_proc (pid, map->file, O_WRONLY);
  ssize_t wrote = fd < 0 ? -1 : descriptor_write (fd, map->text, size);
  if (wrote == (ssize_t)size)
    return 0;
  (void)error_set_at (error, map->origin, wrote < 0 ? errno : EINVAL, "write %s", map->file);
  if (size >= 4096)
    error_hint (error, "an id map is limited to one page, %zu bytes", size);
  return -1;
}

int
idmap_write (pid_t pid, const struct idmap *map, struct error *error)
{
  int result = map->program ? idmap_run_program (pid, map, error) : write_map (pid, map, error);
  return result < 0 ? -1 : read_back (pid, map->file, map->text, error);
}

int
idmap_deny_setgroups (pid_t pid, struct error *error)
{
  auto_close int fd = open_proc (pid, "setgroups", O_WRONLY);
  return fd < 0 || descriptor_write (fd, "deny", 4) != 4 ? error_set (error, errno, "deny setgroups") : 0;
}

int
idmap_open (const char *uid_map, const char *gid_map, struct error *error)
{
  int pair[2];
  if (socketpair (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
    return error_set (error, errno, "make a user namespace for id mapped mounts");
  auto_close int ours = pair[0], theirs = pair[1];
  struct clone_args arguments = { .flags = CLONE_NEWUSER, .exit_signal = SIGCHLD };
  pid_t child = (pid_t)syscall (SYS_clone3, &arguments, sizeof arguments);
  if (child == 0)
    {
      char end;
      (void)close (ours); /* so that the read below ends when husk closes its end or dies */
      (void)!descriptor_read (theirs, &end, 1);
      _exit (0);
    }
  if (child < 0)
    return error_set (error, errno, "make a user namespace for id mapped mounts");
  descriptor_close (&theirs);
  int fd = -1;
  const struct idmap uid = { .file = "uid_map", .text = uid_map }, gid = { .file = "gid_map", .text = gid_map };
  if (idmap_write (child, &gid, error) == 0 && idmap_write (child, &uid, error) == 0)
    {
      fd = open_proc (child, "ns/user", O_RDONLY);
      if (fd < 0)
        (void)error_set (error, errno, "open the user namespace for id mapped mounts");
    }
  descriptor_close (&ours);
  /* no deadline: it exits at once, and no container process may stop it */
  (void)process_wait (child, NULL, 0);
  return fd;
}
