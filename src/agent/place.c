/*
 * Where the paths of a process lead: its root directory in its mount namespace. Any program can leave both, even
 * without privileges: it makes a user namespace, in which it may mount and chroot as it likes. client.c keeps the place
 * of a container's process before that runs a program, and grant.c compares it with a caller's.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#include "husk/agent.h"
#include "husk/descriptor.h"
#include "husk/log.h"

bool
place_read (pid_t pid, struct place *out)
{
  static const char *const links[] = { "ns/mnt", "root" };
  for (size_t i = 0; i < 2; i++)
    {
      char path[48];
      struct stat status;
      (void)snprintf (path, sizeof path, "/proc/%d/%s", (int)pid, links[i]);
      if (stat (path, &status) < 0)
        return false;
      out->ids[2 * i] = status.st_dev;
      out->ids[2 * i + 1] = status.st_ino;
    }
  return true;
}

int
place_open_root (pid_t pid, struct place *out)
{
  char path[48];
  (void)snprintf (path, sizeof path, "/proc/%d/root", (int)pid);
  auto_close int root = descriptor_open (path, O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (root >= 0 && place_read (pid, out))
    return take_fd (&root);
  log_warning ("open the root directory of process %d: %s (the agent gives no files from there)", (int)pid,
               errno_text (errno));
  return -1;
}
