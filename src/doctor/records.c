/*
 * The directory of records, --root: whether the caller can make a record there.
 */
#include "examine.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "husk/error.h"

/* The path itself, or the nearest directory above it that exists. */
static char *
nearest_existing (struct doctor *doctor, const char *path)
{
  struct stat status;
  char *at = arena_string (doctor->arena, path);
  for (char *slash; lstat (at, &status) < 0 && errno == ENOENT; *slash = '\0')
    {
      slash = strrchr (at, '/');
      if (!slash)
        return arena_string (doctor->arena, ".");
      if (slash == at)
        return arena_string (doctor->arena, "/");
    }
  return at;
}

/* NULL, or why husk would refuse the directory: others could make it do what they wrote (docs/architecture.md). */
static const char *
distrust (const struct doctor *doctor, const char *path)
{
  struct stat status;
  if (stat (path, &status) < 0)
    return errno_text (errno);
  if (doctor->globals->root_shared && (status.st_uid != geteuid () || status.st_mode & 077))
    return "it must be owned by this user with mode 0700";
  return NULL;
}

void
examine_records (struct doctor *doctor)
{
  const char *root = doctor->globals->root, *there = nearest_existing (doctor, root);
  const char *fault = strcmp (there, root) == 0 ? distrust (doctor, root) : NULL;
  if (!fault && faccessat (AT_FDCWD, there, W_OK | X_OK, AT_EACCESS) < 0)
    fault = arena_format (doctor->arena, "%s: %s", there, errno_text (errno));
  if (fault)
    finding_add (doctor, (struct doctor_finding){ DOCTOR_MISSING, "records",
                                                  arena_format (doctor->arena, "%s cannot be used: %s", root, fault),
                                                  "no container can be recorded there",
                                                  "name a directory of your own by --root, or in XDG_RUNTIME_DIR" });
  else
    finding_add (doctor, (struct doctor_finding){ DOCTOR_OK, "records", arena_format (doctor->arena, "in %s", root),
                                                  NULL, NULL });
}
