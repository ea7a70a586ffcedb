/*
 * checkpoint_write, for `husk checkpoint`: what CRIU has to know becomes words for husk-criu (criu_program.c), and
 * the container's end follows. If the dump fails, the container runs on: what criu has left frozen is thawed, unless it
 * was paused before. If it succeeds, container_delete removes the container, except with --leave-running and
 * --pre-dump.
 */
#include <string.h>
#include <unistd.h>

#include "container/claim.h"
#include "external.h"
#include "husk/descriptor.h"
#include "husk/log.h"
#include "images.h"
#include "container/record.h"

struct dumping
{
  const struct checkpoint_options *options;
  struct arena arena;
  struct record record;
  struct loaded loaded;
  int directory; /* of the record */
  bool paused;
  const char *images;
  struct criu_words words;
};

static int
check (struct dumping *dumping, struct error *error)
{
  enum status status;
  if (record_status (&dumping->record, &status, error) < 0)
    return -1;
  dumping->paused = status == STATUS_PAUSED;
  if (status != STATUS_RUNNING && status != STATUS_PAUSED)
    return error_set (error, 0, "cannot checkpoint container \"%s\": it is %s", dumping->record.id,
                      status_word (status));
  if (record_trust_cgroup (&dumping->record, error) < 0)
    return -1;
  if (dumping->record.has_listener)
    return error_set (error, 0, "cannot checkpoint container \"%s\": its seccomp profile has a listener",
                      dumping->record.id);
  return 0;
}

/* "ADDRESS:PORT" */
static int
add_page_server (const char *text, struct criu_words *words, struct error *error)
{
  const char *colon = strrchr (text, ':');
  if (!colon || colon == text || !colon[1] || strspn (colon + 1, "0123456789") != strlen (colon + 1))
    return error_set (error, 0, "--page-server \"%.100s\" is not ADDRESS:PORT", text);
  criu_word (words, "page_server=%.*s\t%s", (int)(colon - text), text, colon + 1);
  return 0;
}

static int
add_words (struct dumping *dumping, struct error *error)
{
  const struct checkpoint_options *options = dumping->options;
  struct criu_words *words = &dumping->words;
  char freezer[4352];
  dumping->images = images_directory (options->criu.image_path, true, &dumping->arena, error);
  if (!dumping->images
      || images_words (&options->criu, dumping->images, dumping->record.cgroup.count > 0, words, error) < 0
      || external_namespaces (&dumping->loaded, true, words, error) < 0)
    return -1;
  criu_word (words, "pid=%d", (int)dumping->record.pid);
  criu_word (words, "root=%s", dumping->record.rootfs);
  external_mounts_dump (&dumping->loaded, dumping->record.pid, words);
  external_cgroups (&dumping->loaded, &dumping->record.cgroup, dumping->record.pid, words);
  /* all of its processes stop at one time, even while they make others; CRIU knows one that is paused */
  if (dumping->record.owns_cgroup && cgroup_freezer (&dumping->record.cgroup, freezer, sizeof freezer) == 0)
    criu_word (words, "freeze_cgroup=%s", freezer);
  if (options->leave_running)
    criu_word (words, "leave_running=1");
  if (options->pre_dump || options->parent_path)
    criu_word (words, "track_mem=1");
  if (options->parent_path)
    criu_word (words, "parent_img=%s", options->parent_path);
  if (options->status_fd >= 0)
    criu_word (words, "status_fd=5");
  if (options->page_server && add_page_server (options->page_server, words, error) < 0)
    return -1;
  return images_note_descriptors (dumping->images, dumping->record.pid, options->criu.shell_job, words, error);
}

static int
dump (struct dumping *dumping, struct error *error)
{
  struct criu_program program;
  char line[256];
  const char *verb = dumping->options->pre_dump ? "pre-dump" : "dump";
  int heard = criu_begin (&program, verb, &dumping->words, -1, dumping->options->status_fd, error);
  if (heard == 0)
    heard = criu_go (&program, error);
  while (heard == 0 && (heard = criu_hear (&program, line, sizeof line, error)) > 0)
    heard = 0;
  criu_end (&program);
  /* a criu that died meanwhile leaves it as it was then */
  bool frozen = false;
  struct error trouble = { 0 };
  if (!dumping->paused && dumping->record.owns_cgroup
      && (cgroup_frozen (&dumping->record.cgroup, &frozen, &trouble) < 0 || frozen)
      && cgroup_freeze (&dumping->record.cgroup, false, &trouble) < 0)
    log_warning_line (&trouble);
  return heard;
}

int
checkpoint_write (const struct globals *globals, const struct checkpoint_options *options, struct error *error)
{
  struct dumping dumping = { .options = options };
  if (record_open (globals, options->id, &dumping.arena, &dumping.record, &dumping.directory, error) < 0)
    return -1;
  auto_close int directory = dumping.directory;
  dumping.words.arena = &dumping.arena;
  if (check (&dumping, error) < 0 || load_saved (directory, &dumping.loaded, error) < 0)
    return claim_failed (directory, options->id, error);
  if (add_words (&dumping, error) < 0 || dump (&dumping, error) < 0)
    {
      (void)claim_failed (directory, options->id, error);
      if (error->origin && !error->place[0])
        json_place (&dumping.loaded.document, error);
      return -1;
    }
  /* its processes are gone, into the images: so is the container, as after delete */
  return options->leave_running || options->pre_dump ? 0 : container_delete (globals, options->id, true, error);
}
