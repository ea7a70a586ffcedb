/*
 * Where containers are recorded without --root.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "husk/container.h"

#define ROOT_OF_ROOT "/run/husk"

static bool
may_write (const char *path)
{
  return faccessat (AT_FDCWD, path, W_OK | X_OK, AT_EACCESS) == 0;
}

/* Whether records can be in /run. root in a system container has its own /run; root in a user namespace for rootless
 * containers sees the host's. */
static bool
has_run (void)
{
  return geteuid () == 0 && (!host_in_user_namespace () || may_write (ROOT_OF_ROOT) || may_write ("/run"));
}

static bool
is_own_directory (const char *path)
{
  struct stat status;
  return lstat (path, &status) == 0 && S_ISDIR (status.st_mode) && status.st_uid == geteuid ();
}

void
globals_default_root (struct globals *globals)
{
  static char path[4096];
  const char *runtime = getenv ("XDG_RUNTIME_DIR");
  globals->root = path;
  if (has_run ())
    globals->root = ROOT_OF_ROOT;
  else if (runtime && *runtime)
    (void)snprintf (path, sizeof path, "%s/husk", runtime);
  else
    {
      uint32_t user = host_outer_id (geteuid ());
      (void)snprintf (path, sizeof path, "/run/user/%u", user);
      bool own = is_own_directory (path);
      (void)snprintf (path, sizeof path, own ? "/run/user/%u/husk" : "/tmp/husk-%u", user);
      globals->root_shared = !own;
    }
}
