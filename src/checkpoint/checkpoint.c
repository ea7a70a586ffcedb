/*
 * checkpoint_write, for `husk checkpoint`: sends husk-criu (criu_program.c) a request with everything that CRIU needs
 * to know. If the dump fails, the container keeps running: it is thawed if criu has left it frozen, unless it was
 * paused before. If it succeeds, container_delete removes the container, except with --leave-running and --pre-dump.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "container/claim.h"
#include "external.h"
#include "husk/descriptor.h"
#include "husk/log.h"
#include "images.h"
#include "options.h"
#include "container/record.h"

struct checkpoint_job
{
  const struct checkpoint_options *options;
  struct arena arena;
  struct record record;
  struct loaded_config loaded;
  int directory; /* of the record */
  bool paused;
  const char *images;
  struct criu_request request;
};

static int
checkpoint_check (struct checkpoint_job *job, struct error *error)
{
  enum status status;
  if (record_status (&job->record, &status, error) < 0)
    return -1;
  job->paused = status == STATUS_PAUSED;
  if (status != STATUS_RUNNING && status != STATUS_PAUSED)
    {
      (void)error_set (error, 0, "cannot checkpoint container \"%s\": it is %s", job->record.id, status_word (status));
      if (status == STATUS_CREATED)
        error_hint (error, "husk start %s starts its program", job->record.id);
      return -1;
    }
  if (record_trust_cgroup (&job->record, error) < 0)
    return -1;
  if (job->record.has_listener)
    return error_set (error, 0, "cannot checkpoint container \"%s\": its seccomp profile has a listener",
                      job->record.id);
  return 0;
}

/* "ADDRESS:PORT" */
static int
add_page_server (const char *text, struct criu_request *request, struct error *error)
{
  const char *colon = strrchr (text, ':');
  if (!colon || colon == text || !colon[1] || strspn (colon + 1, "0123456789") != strlen (colon + 1))
    return error_set (error, 0, "--page-server \"%.100s\" is not ADDRESS:PORT", text);
  unsigned long port = strtoul (colon + 1, NULL, 10);
  if (port == 0 || port > 65535)
    return error_set (error, 0, "--page-server \"%.100s\": the port must be from 1 to 65535", text);
  request->page_server = arena_copy (request->arena, text, (size_t)(colon - text));
  request->page_server_port = (uint32_t)port;
  return 0;
}

static int
make_request (struct checkpoint_job *job, struct error *error)
{
  const struct checkpoint_options *options = job->options;
  struct criu_request *request = &job->request;
  char freezer[4352];
  job->images = images_directory (options->criu.image_path, true, &job->arena, error);
  if (!job->images || options_request (&options->criu, job->images, job->record.cgroup.count > 0, request, error) < 0
      || options_config_file (&job->loaded.spec, request, error) < 0
      || external_namespaces (&job->loaded, true, request, error) < 0)
    return -1;
  request->verb = options->pre_dump ? CRIU_PRE_DUMP : CRIU_DUMP;
  request->pid = job->record.pid;
  request->root = job->record.rootfs;
  external_mounts_dump (&job->loaded, job->record.pid, request);
  external_cgroups (&job->loaded, &job->record.cgroup, job->record.pid, request);
  /* freezing stops all processes at once, even while they fork; CRIU can handle a cgroup that is already frozen */
  if (job->record.owns_cgroup && cgroup_freezer (&job->record.cgroup, freezer, sizeof freezer) == 0)
    request->freeze_cgroup = arena_string (&job->arena, freezer);
  request->leave_running = options->leave_running;
  request->track_memory = options->pre_dump || options->parent_path;
  request->parent_images = options->parent_path;
  request->has_status = options->status_fd >= 0;
  if (options->page_server && add_page_server (options->page_server, request, error) < 0)
    return -1;
  return images_note_descriptors (job->images, job->record.pid, options->criu.shell_job, request, error);
}

static int
dump (struct checkpoint_job *job, struct error *error)
{
  struct criu_program program;
  struct criu_message message;
  int heard = criu_begin (&program, &job->request, -1, job->options->status_fd, error);
  if (heard == 0)
    heard = criu_go (&program, error);
  while (heard == 0 && (heard = criu_await_message (&program, &message, error)) > 0)
    heard = 0;
  criu_end (&program);
  /* a criu that died may have left it frozen */
  bool frozen = false;
  struct error trouble = { 0 };
  if (!job->paused && job->record.owns_cgroup && (cgroup_frozen (&job->record.cgroup, &frozen, &trouble) < 0 || frozen)
      && cgroup_freeze (&job->record.cgroup, false, &trouble) < 0)
    log_warning_line (&trouble);
  return heard;
}

int
checkpoint_write (const struct globals *globals, const struct checkpoint_options *options, struct error *error)
{
  struct checkpoint_job job = { .options = options };
  if (record_open (globals, options->id, &job.arena, &job.record, &job.directory, error) < 0)
    return -1;
  auto_close int directory = job.directory;
  job.request.arena = &job.arena;
  if (checkpoint_check (&job, error) < 0 || load_saved (directory, &job.loaded, error) < 0)
    return claim_failed (directory, options->id, error);
  if (make_request (&job, error) < 0 || dump (&job, error) < 0)
    {
      (void)claim_failed (directory, options->id, error);
      if (error->origin && !error->place[0])
        json_place (&job.loaded.document, error);
      return -1;
    }
  /* the processes are gone, so the container is deleted */
  return options->leave_running || options->pre_dump ? 0 : container_delete (globals, options->id, true, error);
}
