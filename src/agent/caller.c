/*
 * What a notified call's pointers lead to, in the memory of its caller: strings, and paths made absolute. client.c
 * reads them once for each call, and the policy and the printed line use that copy. Everything here comes from the
 * container, and perhaps from another process until notification_waits has been asked: it opens nothing but links in
 * /proc, by readlink(2).
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "husk/agent.h"
#include "husk/path.h"

#define PAGE 4096 /* the smallest: a string may end where the next one is not mapped */

static ssize_t
read_memory (pid_t pid, uint64_t address, void *out, size_t size)
{
  struct iovec here = { out, size };
  struct iovec there = { (void *)(uintptr_t)address, size }; /* NOLINT: an address in the caller */
  return process_vm_readv (pid, &here, 1, &there, 1, 0);
}

int
caller_read (const struct seccomp_notif *call, uint64_t address, void *out, size_t size)
{
  ssize_t got = read_memory ((pid_t)call->pid, address, out, size);
  if (got < 0)
    return errno;
  return (size_t)got == size ? 0 : EFAULT;
}

/* 0 or an errno: ENAMETOOLONG if no NUL is within size bytes. */
static int
read_string (pid_t pid, uint64_t address, char *out, size_t size)
{
  for (size_t used = 0; used < size;)
    {
      size_t most = PAGE - (address + used) % PAGE;
      ssize_t got = read_memory (pid, address + used, out + used, most < size - used ? most : size - used);
      if (got <= 0)
        return got < 0 ? errno : EFAULT;
      if (memchr (out + used, '\0', (size_t)got))
        return 0;
      used += (size_t)got;
    }
  return ENAMETOOLONG;
}

/* The directory that a relative path starts from, as the kernel names it. */
static int
read_directory (pid_t pid, int dirfd, char *out, size_t size)
{
  char link[64];
  if (dirfd == AT_FDCWD)
    (void)snprintf (link, sizeof link, "/proc/%d/cwd", (int)pid);
  else
    (void)snprintf (link, sizeof link, "/proc/%d/fd/%d", (int)pid, dirfd);
  ssize_t got = readlink (link, out, size - 1);
  if (got < 0)
    return errno == ENOENT ? EBADF : errno;
  out[got] = '\0';
  return (size_t)got == size - 1 ? ENAMETOOLONG : out[0] == '/' ? 0 : ENOTDIR;
}

/* Appends the components of path to the absolute path in out, which is "" for the root. */
static int
append_path (char *out, size_t size, const char *path)
{
  struct path_component component;
  size_t used = strlen (out);
  while (path_next (&path, &component))
    {
      if (path_is_self (&component))
        continue;
      if (path_is_parent (&component))
        {
          char *slash = strrchr (out, '/');
          used = slash ? (size_t)(slash - out) : 0;
          out[used] = '\0';
          continue;
        }
      if (used + component.length + 2 > size)
        return ENAMETOOLONG;
      out[used++] = '/';
      memcpy (out + used, component.name, component.length);
      used += component.length;
      out[used] = '\0';
    }
  return 0;
}

static int
read_path (struct caller_paths *paths, pid_t pid, uint64_t address, int dirfd, char out[PATH_MAX])
{
  char *written = paths->written, *directory = paths->directory;
  out[0] = '\0';
  int code = read_string (pid, address, written, PATH_MAX);
  if (code == 0 && written[0] != '/')
    {
      code = read_directory (pid, dirfd, directory, PATH_MAX);
      if (code == 0)
        code = append_path (out, PATH_MAX, directory);
    }
  if (code == 0)
    code = append_path (out, PATH_MAX, written);
  if (code == 0 && out[0] == '\0')
    (void)strcpy (out, "/");
  return code;
}

void
caller_read_paths (const struct seccomp_notif *call, const char *name, struct caller_paths *out)
{
  const char *kinds = call_kinds (name);
  out->count = 0;
  for (int i = 0; kinds && kinds[i] && out->count < CALLER_PATHS_MAX; i++)
    {
      if (kinds[i] != 'p')
        continue;
      struct caller_path *path = &out->items[out->count++];
      int dirfd = i > 0 && kinds[i - 1] == 'd' ? (int)call->data.args[i - 1] : AT_FDCWD;
      path->code = read_path (out, (pid_t)call->pid, call->data.args[i], dirfd, path->text);
    }
}
