/*
 * The options that checkpoint and restore have in common, in a request to CRIU.
 */
#include "options.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "husk/descriptor.h"
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

static int
network_lock (const char *name, struct error *error)
{
  static const char *const methods[] = { "iptables", "nftables", "skip" }; /* from 1 in CRIU's protocol */
  for (int i = 0; i < 3; i++)
    if (strcmp (methods[i], name) == 0)
      return i + 1;
  return error_set (error, 0, "--network-lock \"%.40s\" must be iptables, nftables or skip", name);
}

/* CRIU does what the file says, which may be to run scripts, as root. */
static int
check_owner (int fd, const char *path, struct error *error)
{
  struct stat status;
  if (fstat (fd, &status) < 0)
    return error_set (error, errno, "stat %s", path);
  if (!S_ISREG (status.st_mode))
    return error_set (error, 0, "%s is not a regular file", path);
  if ((status.st_uid != 0 && status.st_uid != geteuid ()) || (status.st_mode & (S_IWGRP | S_IWOTH)))
    return error_set (error, 0, "%s must belong to root or to this user, and not be writable by others", path);
  return 0;
}

/* CRIU would ignore a file that is missing; one that was asked for by name is an error. */
static int
take_config (const char *path, bool named, struct criu_request *request, struct error *error)
{
  auto_close int fd = descriptor_open (path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0 && errno == ENOENT && !named)
    return 0;
  if (fd < 0)
    return error_set (error, errno, "open CRIU's options %s", path);
  if (check_owner (fd, path, error) < 0)
    return -1;
  request->config_file = path;
  return 0;
}

int
options_config_file (const struct spec *spec, struct criu_request *request, struct error *error)
{
  const struct json_pair *pair = json_pair_of (&spec->annotations, CRIU_ANNOTATION);
  if (!pair)
    return take_config ("/etc/criu/crun.conf", false, request, error) < 0
                   || (!request->config_file && take_config ("/etc/criu/runc.conf", false, request, error) < 0)
               ? -1
               : 0;
  if (!*pair->value)
    return 0;
  if (take_config (pair->value, true, request, error) == 0)
    return 0;
  error->origin = pair->node;
  return -1;
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
  int lock = options->network_lock ? network_lock (options->network_lock, error) : 0;
  if (lock < 0)
    return -1;
  request->network_lock = (uint32_t)lock;
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
