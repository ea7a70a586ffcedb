/*
 * Restores a container from images: record, cgroup and hooks are as in creation.c, with husk-criu instead of husk-init.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "container/socket.h"
#include "container/foreground.h"
#include "container/creation.h"
#include "external.h"
#include "container/hooks.h"
#include "container/pid_file.h"
#include "husk/descriptor.h"
#include "husk/log.h"
#include "images.h"
#include "options.h"

struct restoration
{
  const struct restore_options *options;
  struct creation creation;
  struct criu_program program;
  struct criu_request request;
  const char *images;
};

static int
make_request (struct restoration *restoration, struct error *error)
{
  struct criu_request *request = &restoration->request;
  const struct loaded_config *loaded = &restoration->creation.loaded;
  const struct restore_options *options = restoration->options;
  request->arena = &restoration->creation.loaded.arena;
  restoration->images = images_directory (options->criu.image_path, false, request->arena, error);
  if (!restoration->images
      || options_request (&options->criu, restoration->images, restoration->creation.cgroup.count > 0, request, error)
             < 0
      || images_inherit_descriptors (restoration->images, request, error) < 0
      || options_config_file (&loaded->spec, request, error) < 0
      || external_namespaces (loaded, false, request, error) < 0)
    return -1;
  external_mounts_restore (loaded, request);
  external_cgroups (loaded, &restoration->creation.cgroup, 0, request);
  request->verb = CRIU_RESTORE;
  request->lsm_profile = options->lsm_profile;
  request->lsm_mount_context = options->lsm_mount_context;
  return 0;
}

/* CRIU restores the sub-cgroups below the new cgroup, wherever the old one was. */
static void
add_cgroups (struct restoration *restoration)
{
  const struct cgroup *cgroup = &restoration->creation.cgroup;
  struct criu_request *request = &restoration->request;
  for (uint32_t i = 0; i < cgroup->count; i++)
    {
      const struct cgroup_directory *directory = &cgroup->directories[i];
      const char *name = strrchr (directory->mount, '/');
      name = directory->v2 || !name ? "" : strcmp (name + 1, "systemd") == 0 ? "name=systemd" : name + 1;
      criu_add (request, &request->cgroups,
                (struct criu_item){ .name = name, .path = arena_format (request->arena, "/%s", directory->path) });
    }
}

/* husk-criu itself is moved, and the processes that it restores inherit the cgroup. */
static int
enter_cgroup (const struct cgroup *cgroup, pid_t pid, struct error *error)
{
  char path[4400], text[16];
  (void)snprintf (text, sizeof text, "%d", (int)pid);
  for (uint32_t i = 0; i < cgroup->count; i++)
    {
      (void)snprintf (path, sizeof path, "%s/%s/cgroup.procs", cgroup->directories[i].mount,
                      cgroup->directories[i].path);
      if (write_file_at (AT_FDCWD, path, text) < 0)
        return error_set (error, errno, "enter the container's cgroup");
    }
  return 0;
}

static int
make_cgroup (struct restoration *restoration, struct error *error)
{
  struct creation *creation = &restoration->creation;
  bool by_systemd = creation->cgroup.unit.name != NULL;
  if (by_systemd && limits_make_unit (&creation->cgroup, &creation->limits, restoration->program.pid, error) < 0)
    return -1;
  if ((!by_systemd && limits_make_cgroup (&creation->cgroup, &creation->limits, true, error) < 0)
      || limits_make_cgroup (&creation->cgroup, &creation->limits, false, error) < 0
      || enter_cgroup (&creation->cgroup, restoration->program.pid, error) < 0
      || limits_apply_late (&creation->cgroup, &creation->limits, -1, error) < 0)
    return -1;
  creation->record.cgroup = creation->cgroup; /* again, now that `found` is set */
  creation->record.owns_cgroup = true;
  if (cgroup_number (&creation->cgroup, &creation->record.cgroup_number, error) < 0)
    return -1;
  return record_write (creation->directory, &creation->record, error);
}

static int
open_process (struct launch *launch, pid_t pid, struct error *error)
{
  descriptor_close (&launch->pidfd);
  launch->pid = pid;
  launch->pidfd = (int)syscall (SYS_pidfd_open, pid, 0);
  return launch->pidfd < 0 ? error_set (error, errno, "open the restored process") : 0;
}

/* It is criu's child and no child of husk's, so only its descriptor tells it from a later process of that number. If
 * criu has died, its first process may outlive it for a moment, outside the container's cgroup. */
static void
end_process (struct launch *launch)
{
  struct pollfd end = { launch->pidfd, POLLIN, 0 };
  if (launch->pidfd < 0)
    return;
  (void)syscall (SYS_pidfd_send_signal, launch->pidfd, SIGKILL, NULL, 0);
  if (descriptor_poll (&end, 1, KILLED_MILLISECONDS) <= 0)
    log_warning ("the restored process %d was killed but has not exited", (int)launch->pid);
}

static int
run_hooks (struct creation *creation, struct error *error)
{
  if (record_note_process (&creation->record, creation->launch.pid, error) < 0)
    return -1;
  return creation->loaded.spec.hooks ? creation_run_hooks (creation, error) : 0;
}

static int
follow_husk_criu (struct restoration *restoration, struct error *error)
{
  struct creation *creation = &restoration->creation;
  struct criu_message message;
  bool restored = false;
  int heard;
  while ((heard = criu_await_message (&restoration->program, &message, error)) > 0)
    if (message.namespaces)
      {
        if (open_process (&creation->launch, message.namespaces, error) < 0 || run_hooks (creation, error) < 0
            || criu_go (&restoration->program, error) < 0)
          return -1;
      }
    else if (message.process)
      {
        if (open_process (&creation->launch, message.process, error) < 0)
          return -1;
        restored = true;
      }
  if (heard == 0 && !restored)
    return error_set (error, 0, "husk-criu ended without a process");
  return heard;
}

static int
bring_back (struct restoration *restoration, struct error *error)
{
  struct creation *creation = &restoration->creation;
  const char *root = creation->globals->root;
  char own[4096] = "";
  if (creation_record (creation, error) < 0)
    return -1;
  if (mkdirat (creation->directory, RECORD_ROOT, 0700) < 0 || (*root != '/' && !getcwd (own, sizeof own)))
    return error_set (error, errno, "make the directory of the root file system");
  restoration->request.root = creation->record.rootfs;
  restoration->request.mount = arena_format (restoration->request.arena, "%s%s%s/%s/" RECORD_ROOT, own, *own ? "/" : "",
                                             root, creation->record.id);
  restoration->request.has_console = creation->console_fd >= 0;
  add_cgroups (restoration);
  if (criu_begin (&restoration->program, &restoration->request, creation->console_fd, -1, error) < 0
      || make_cgroup (restoration, error) < 0 || criu_go (&restoration->program, error) < 0
      || follow_husk_criu (restoration, error) < 0)
    return -1;
  (void)unlinkat (creation->directory, RECORD_ROOT, AT_REMOVEDIR); /* if this fails, delete removes it */
  descriptor_close (&creation->console_fd);
  return 0;
}

/* Older versions of CRIU do not restore no_new_privs, and only the process itself could set it. */
static void
check_privileges (const struct creation *creation)
{
  char path[32], status[4096];
  struct error warning = { 0 };
  (void)snprintf (path, sizeof path, "/proc/%d/status", (int)creation->launch.pid);
  if (!creation->loaded.spec.process->no_new_privileges.value || read_small (path, status, sizeof status) <= 0
      || !strstr (status, "NoNewPrivs:\t0"))
    return;
  (void)error_set (&warning, 0, "this criu does not restore process.noNewPrivileges: it is off");
  error_hint (&warning, "a newer criu does");
  log_warning_line (&warning);
}

static int
commit (struct creation *creation, struct error *error)
{
  const struct create_options *options = creation->options;
  check_privileges (creation);
  if (options->pid_file
      && pid_file_write (options->pid_file, creation->launch.pid, &creation->made_pid_file, error) < 0)
    return -1;
  if (options->pidfd_socket && pidfd_send (options->pidfd_socket, creation->launch.pidfd, error) < 0)
    return -1;
  if (record_note_process (&creation->record, creation->launch.pid, error) < 0)
    return -1;
  creation->record.created_done = creation->record.started = true;
  if (record_write (creation->directory, &creation->record, error) < 0)
    return -1;
  return hooks_run_poststart (&creation->loaded.spec, &creation->record, error);
}

/* In the foreground: as a subreaper, husk becomes the parent of the processes that husk-criu leaves behind. */
static int
wait_for_restored (struct restoration *restoration, int *out_status, struct error *error)
{
  struct creation *creation = &restoration->creation;
  struct foreground foreground = { .signals = -1, .notify = -1 };
  int pair[2] = { -1, -1 };
  bool terminal = creation->loaded.spec.process->terminal.value && !creation->options->console_socket;
  if (prctl (PR_SET_CHILD_SUBREAPER, 1) < 0
      || (terminal && socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0))
    return error_set (error, errno, "wait for the container");
  if (terminal)
    creation->console_fd = pair[1];
  auto_close int console = pair[0];
  if (foreground_begin (&foreground, error) < 0)
    return -1;
  int result = bring_back (restoration, error) < 0 || commit (creation, error) < 0
                       || foreground_take_signals (&foreground, error) < 0
                   ? -1
                   : 0;
  auto_close int master = result == 0 && terminal ? socket_receive_descriptor (console, error) : -1;
  if (result == 0 && terminal && master < 0)
    result = -1;
  if (result == 0)
    result = foreground_wait (&foreground, creation->launch.pid, creation->launch.pidfd, master, out_status, error);
  foreground_end (&foreground);
  if (result == 0 && !creation->options->keep)
    {
      creation_ended (creation);
      creation_undo (creation);
    }
  return result;
}

int
checkpoint_restore (const struct globals *globals, const struct restore_options *options, int *out_status,
                    struct error *error)
{
  struct restoration restoration
      = { .options = options,
          .creation = { .globals = globals, .options = &options->create, .run = true, .restored = true },
          .program = { .listener = { .socket = -1 } } };
  struct creation *creation = &restoration.creation;
  *out_status = 0;
  if (creation_prepare (creation, error) < 0 || make_request (&restoration, error) < 0)
    return creation_failed (creation, error);
  int result;
  if (options->create.detach)
    result = bring_back (&restoration, error) < 0 ? -1 : commit (creation, error);
  else
    result = wait_for_restored (&restoration, out_status, error);
  criu_end (&restoration.program);
  if (result < 0)
    {
      end_process (&creation->launch);
      creation_undo (creation);
      return creation_failed (creation, error);
    }
  return 0;
}
