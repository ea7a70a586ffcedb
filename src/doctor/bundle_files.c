/*
 * The paths of the host that a bundle names: its root file system, sources of binds, devices and namespaces, as the
 * launch opens them (launch_look); hooks that run outside of the container; and the socket of a seccomp agent.
 */
#include "examine.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "husk/launch.h"

static void
report_refusal (const struct error *error, void *data)
{
  struct bundle_look *look = data;
  const char *text
      = error->code ? arena_format (look->doctor.arena, "%s: %s", error->text, errno_text (error->code)) : error->text;
  (void)report_error (look->report, &look->bundle->document, error->origin, error->hint[0] ? error->hint : NULL, "%s",
                      text);
}

/* 0: it can be executed, as far as its mode says; else the errno of a try. */
static int
why_not_executable (const char *path)
{
  struct stat status;
  if (stat (path, &status) < 0)
    return errno;
  if (S_ISDIR (status.st_mode))
    return EISDIR;
  if (!S_ISREG (status.st_mode))
    return EACCES;
  return faccessat (AT_FDCWD, path, X_OK, AT_EACCESS) < 0 ? errno : 0;
}

static void
look_at_hooks (struct bundle_look *look, const spec_hook_list *list, const char *kind)
{
  for (uint32_t i = 0; i < list->count; i++)
    {
      const struct json_string *path = &list->items[i].path;
      int why = why_not_executable (path->text);
      if (why)
        (void)report_error (look->report, &look->bundle->document, path->node,
                            why == EACCES ? "a hook must be an executable file" : NULL, "%s hook %.300s: %s", kind,
                            path->text, errno_text (why));
    }
}

static void
look_at_agent (struct bundle_look *look, const struct spec_seccomp *seccomp)
{
  struct stat status;
  const char *path = seccomp->listener_path.text;
  if (!path)
    return;
  int code = stat (path, &status) < 0 ? errno : 0;
  if (code || !S_ISSOCK (status.st_mode))
    (void)report_error (look->report, look->bundle->compilation.spec.seccomp_document, seccomp->listener_path.node,
                        "the seccomp agent must listen there before the container is created", "%.300s: %s", path,
                        code ? errno_text (code) : "not a socket");
}

void
bundle_look_files (struct bundle_look *look)
{
  const struct spec *spec = &look->bundle->compilation.spec;
  launch_look (look->bundle->compilation.plan, &look->bundle->compilation.cgroup, report_refusal, look);
  if (spec->linux_->seccomp)
    look_at_agent (look, spec->linux_->seccomp);
  if (!spec->hooks)
    return;
  look_at_hooks (look, &spec->hooks->prestart, "prestart");
  look_at_hooks (look, &spec->hooks->create_runtime, "createRuntime");
  look_at_hooks (look, &spec->hooks->create_container, "createContainer");
  look_at_hooks (look, &spec->hooks->poststart, "poststart");
  look_at_hooks (look, &spec->hooks->poststop, "poststop");
}
