/*
 * The options that checkpoint and restore have in common, in a request to CRIU.
 */
#include "options.h"

#include <sched.h>
#include <string.h>

#include "images.h"

static int
cgroups_mode (const char *name, struct error *error)
{
  static const struct
  {
    const char *name;
    int mode; /* of CRIU's protocol */
  } modes[] = { { "ignore", 0 }, { "soft", 3 }, { "full", 4 }, { "strict", 5 } };
  for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++)
    if (strcmp (modes[i].name, name) == 0)
      return modes[i].mode;
  return error_set (error, 0, "--manage-cgroups-mode \"%.40s\" must be soft, full, strict or ignore", name);
}

int
options_request (const struct criu_options *options, const char *images, bool cgroup, struct criu_request *request,
                 struct error *error)
{
  int mode = cgroups_mode (options->cgroups_mode ? options->cgroups_mode : cgroup ? "soft" : "ignore", error);
  request->images = images;
  request->work = options->work_path ? images_directory (options->work_path, true, request->arena, error) : images;
  if (!request->work || mode < 0)
    return -1;
  request->cgroups_mode = (uint32_t)mode;
  if (options->empty_network)
    request->empty_namespaces = CLONE_NEWNET; /* the only type that CRIU can leave empty */
  request->tcp_established = options->tcp_established;
  request->tcp_skip_in_flight = options->tcp_skip_in_flight;
  request->tcp_close = options->tcp_close;
  request->link_remap = options->link_remap;
  request->ext_unix_sk = options->ext_unix_sk;
  request->shell_job = options->shell_job;
  request->lazy_pages = options->lazy_pages;
  request->file_locks = options->file_locks;
  request->auto_dedup = options->auto_dedup;
  return 0;
}
