#include "record.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "husk/clock.h"
#include "husk/descriptor.h"
#include "process.h"

/* ---- writing --------------------------------------------------------------------------------------------------------
 */

static void
write_cgroup (struct json_writer *writer, const struct cgroup *cgroup)
{
  json_write_array (writer, "cgroup");
  for (uint32_t i = 0; i < cgroup->count; i++)
    {
      json_write_object (writer, NULL);
      json_write_string (writer, "mount", cgroup->directories[i].mount);
      json_write_string (writer, "path", cgroup->directories[i].path);
      json_write_bool (writer, "v2", cgroup->directories[i].v2);
      if (cgroup->directories[i].found)
        json_write_bool (writer, "found", true);
      json_write_object_end (writer);
    }
  json_write_array_end (writer);
  json_write_string (writer, "unit", cgroup->unit.name);
  json_write_string (writer, "slice", cgroup->unit.slice);
  json_write_bool (writer, "userUnit", cgroup->unit.user);
}

static void
write_resctrl (struct json_writer *writer, const struct resctrl *resctrl)
{
  json_write_string (writer, "resctrl", resctrl->group);
  json_write_bool (writer, "ownResctrl", resctrl->own);
  json_write_string (writer, "resctrlMonitor", resctrl->monitor);
}

static void
write_annotations (struct json_writer *writer, const struct json_pairs *annotations)
{
  json_write_object (writer, "annotations");
  for (uint32_t i = 0; i < annotations->count; i++)
    json_write_string (writer, annotations->items[i].key, annotations->items[i].value);
  json_write_object_end (writer);
}

static void
write_fields (struct json_writer *writer, const struct record *record)
{
  json_write_object (writer, NULL);
  json_write_string (writer, "id", record->id);
  json_write_string (writer, "bundle", record->bundle);
  json_write_string (writer, "rootfs", record->rootfs);
  json_write_string (writer, "ociVersion", record->oci_version);
  json_write_string (writer, "created", record->created);
  json_write_string (writer, "bootId", record->boot_id);
  json_write_uint (writer, "owner", record->owner);
  json_write_int (writer, "creator", record->creator);
  json_write_uint (writer, "creatorStart", record->creator_start);
  json_write_int (writer, "pid", record->pid);
  json_write_uint (writer, "pidStart", record->pid_start);
  json_write_bool (writer, "createdDone", record->created_done);
  json_write_bool (writer, "started", record->started);
  json_write_uint (writer, "namespaces", record->namespaces);
  json_write_bool (writer, "ownsCgroup", record->owns_cgroup);
  json_write_bool (writer, "process", record->has_process);
  json_write_bool (writer, "poststart", record->has_poststart);
  json_write_bool (writer, "poststop", record->has_poststop);
  json_write_bool (writer, "listener", record->has_listener);
  json_write_bool (writer, "notify", record->has_notify);
  json_write_string (writer, "profile", record->profile);
  json_write_bool (writer, "ownProfile", record->own_profile);
  json_write_bool (writer, "privileged", record->privileged);
  json_write_bool (writer, "errnoForNewer", record->errno_for_newer);
  json_write_bool (writer, "noNewKeyring", record->no_new_keyring);
  json_write_int (writer, "confinement", record->confinement);
  json_write_int (writer, "observing", record->observing);
  json_write_int (writer, "observer", record->observer);
  json_write_uint (writer, "observerStart", record->observer_start);
  write_cgroup (writer, &record->cgroup);
  if (record->resctrl.group)
    write_resctrl (writer, &record->resctrl);
  write_annotations (writer, &record->annotations);
  json_write_object_end (writer);
}

static int
write_new (int directory, const char *name, const char *text, size_t size, struct error *error)
{
  auto_close int fd = descriptor_open_at (directory, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0 || write_all (fd, text, size) < 0)
    return error_set (error, errno, "write the record's %s", name);
  return 0;
}

static int
write_state (int directory, const struct record *record, bool first, struct error *error)
{
  struct json_writer writer;
  size_t size;
  if (json_write_open (&writer, false) < 0)
    return error_set (error, ENOMEM, "write the record of container \"%s\"", record->id);
  write_fields (&writer, record);
  const char *text = json_write_text (&writer, &size);
  int result = first ? write_new (directory, "state.json", text, size, error)
                     : replace_file_at (directory, "state.json", text, size, 0600, error);
  json_write_close (&writer);
  return result;
}

int
record_write (int directory, const struct record *record, struct error *error)
{
  return write_state (directory, record, false, error);
}

/* ---- making
 * ----------------------------------------------------------------------------------------------------------- */

/* PATH, which may be changed for a while, and whichever directories above it are missing. */
static int
make_directories (char *path, mode_t mode)
{
  if (mkdir (path, mode) == 0 || errno == EEXIST)
    return 0;
  char *slash = strrchr (path, '/');
  if (errno != ENOENT || !slash || slash == path)
    return -1;
  *slash = '\0';
  int result = make_directories (path, 0755);
  *slash = '/';
  return result < 0 || (mkdir (path, mode) < 0 && errno != EEXIST) ? -1 : 0;
}

static int
make_path (const char *path)
{
  char copy[4096];
  if (snprintf (copy, sizeof copy, "%s", path) < (int)sizeof copy)
    return make_directories (copy, 0700);
  errno = ENAMETOOLONG;
  return -1;
}

int
record_open_root (const struct globals *globals, bool make, struct error *error)
{
  struct stat status;
  int flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC | (globals->root_shared ? O_NOFOLLOW : 0);
  auto_close int fd = descriptor_open (globals->root, flags);
  if (fd < 0 && errno == ENOENT && make && make_path (globals->root) == 0)
    fd = descriptor_open (globals->root, flags);
  if (fd < 0 || fstat (fd, &status) < 0)
    return error_set (error, errno, "open the state directory %s", globals->root);
  if (status.st_uid != 0 && status.st_uid != geteuid ())
    return error_set (error, 0, "the state directory %s belongs to another user (%u)", globals->root, status.st_uid);
  if (globals->root_shared && (status.st_uid != geteuid () || status.st_mode & 077))
    return error_set (error, 0, "the state directory %s is not this user's alone", globals->root);
  if ((status.st_mode & S_IWOTH) && !(status.st_mode & S_ISVTX))
    return error_set (error, 0, "the state directory %s can be written by everybody", globals->root);
  return take_fd (&fd);
}

int
record_make (const struct globals *globals, struct record *record, struct arena *arena, const char *config,
             const char *profile, int *out_directory, struct error *error)
{
  auto_close int root = record_open_root (globals, true, error);
  if (root < 0)
    return -1;
  if (mkdirat (root, record->id, 0700) < 0)
    return errno == EEXIST ? error_set (error, 0, "container \"%s\" already exists", record->id)
                           : error_set (error, errno, "make the record of container \"%s\"", record->id);
  auto_close int directory = descriptor_open_at (root, record->id, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  record->created = arena_string (arena, now_text (&(struct now_text){ 0 }));
  record->boot_id = process_boot_id (arena);
  record->creator = getpid ();
  record->creator_start = process_start_time (record->creator);
  /* in place: whoever reads half of the first state sees what he saw before it, a container that is being made */
  if (directory < 0 || write_state (directory, record, true, error) < 0
      || write_new (directory, "config.json", config, strlen (config), error) < 0
      || (profile && write_new (directory, RECORD_PROFILE, profile, strlen (profile), error) < 0))
    {
      (void)error_set (error, errno, "make the record of container \"%s\"", record->id);
      (void)record_remove (globals, record->id, &(struct error){ 0 });
      return -1;
    }
  *out_directory = take_fd (&directory);
  return 0;
}

/* ---- reading
 * ----------------------------------------------------------------------------------------------------------- */

static const char *
text_of (const struct json_document *document, const char *key)
{
  origin_t node = json_member (document, JSON_ROOT, key);
  return node ? json_node (document, node)->text : NULL;
}

static uint64_t
number_of (const struct json_document *document, const char *key)
{
  const char *text = text_of (document, key);
  return text ? strtoull (text, NULL, 10) : 0;
}

static bool
truth_of (const struct json_document *document, origin_t object, const char *key)
{
  origin_t node = json_member (document, object, key);
  return node && json_node (document, node)->truth;
}

static void
read_cgroup (const struct json_document *document, struct cgroup *out)
{
  origin_t array = json_member (document, JSON_ROOT, "cgroup");
  for (origin_t item = array ? json_node (document, array)->first : 0; item && out->count < CGROUP_MAX_HIERARCHIES;
       item = json_node (document, item)->next)
    {
      origin_t mount = json_member (document, item, "mount"), path = json_member (document, item, "path");
      if (mount && path)
        out->directories[out->count++] = (struct cgroup_directory){ .mount = json_node (document, mount)->text,
                                                                    .path = json_node (document, path)->text,
                                                                    .v2 = truth_of (document, item, "v2"),
                                                                    .found = truth_of (document, item, "found") };
    }
  out->unit = (struct unit){ text_of (document, "unit"), text_of (document, "slice"),
                             truth_of (document, JSON_ROOT, "userUnit") };
}

static void
read_annotations (const struct json_document *document, struct arena *arena, struct json_pairs *out)
{
  origin_t map = json_member (document, JSON_ROOT, "annotations");
  if (!map)
    return;
  out->items = arena_array (arena, struct json_pair, json_node (document, map)->count + 1);
  for (origin_t item = json_node (document, map)->first; item; item = json_node (document, item)->next)
    out->items[out->count++]
        = (struct json_pair){ item, json_node (document, item)->key, json_node (document, item)->text };
}

static void
read_fields (const struct json_document *document, struct arena *arena, struct record *out)
{
  out->bundle = text_of (document, "bundle");
  out->rootfs = text_of (document, "rootfs");
  out->oci_version = text_of (document, "ociVersion");
  out->created = text_of (document, "created");
  out->boot_id = text_of (document, "bootId");
  out->owner = (uint32_t)number_of (document, "owner");
  out->creator = (pid_t)number_of (document, "creator");
  out->creator_start = number_of (document, "creatorStart");
  out->pid = (pid_t)number_of (document, "pid");
  out->pid_start = number_of (document, "pidStart");
  out->created_done = truth_of (document, JSON_ROOT, "createdDone");
  out->started = truth_of (document, JSON_ROOT, "started");
  out->namespaces = number_of (document, "namespaces");
  out->owns_cgroup = truth_of (document, JSON_ROOT, "ownsCgroup");
  out->has_process = truth_of (document, JSON_ROOT, "process");
  out->has_poststart = truth_of (document, JSON_ROOT, "poststart");
  out->has_poststop = truth_of (document, JSON_ROOT, "poststop");
  out->has_listener = truth_of (document, JSON_ROOT, "listener");
  out->has_notify = truth_of (document, JSON_ROOT, "notify");
  out->profile = text_of (document, "profile");
  out->own_profile = truth_of (document, JSON_ROOT, "ownProfile");
  out->privileged = truth_of (document, JSON_ROOT, "privileged");
  out->errno_for_newer = truth_of (document, JSON_ROOT, "errnoForNewer");
  out->no_new_keyring = truth_of (document, JSON_ROOT, "noNewKeyring");
  out->confinement = (enum confinement)number_of (document, "confinement");
  out->observing = (enum observing)number_of (document, "observing");
  out->observer = (pid_t)number_of (document, "observer");
  out->observer_start = number_of (document, "observerStart");
  out->earlier_boot = !out->boot_id || strcmp (out->boot_id, process_boot_id (arena)) != 0;
  if (!out->earlier_boot) /* else what has their names now is another's */
    {
      read_cgroup (document, &out->cgroup);
      out->resctrl = (struct resctrl){ .group = text_of (document, "resctrl"),
                                       .own = truth_of (document, JSON_ROOT, "ownResctrl"),
                                       .monitor = text_of (document, "resctrlMonitor") };
    }
  read_annotations (document, arena, &out->annotations);
}

int
record_read (const struct globals *globals, const char *id, struct arena *arena, struct record *out, int *out_directory,
             struct error *error)
{
  struct json_document document;
  struct error missing = { 0 };
  memset (out, 0, sizeof *out);
  out->id = id;
  auto_close int root = record_open_root (globals, false, &missing);
  auto_close int directory
      = root < 0 ? -1 : descriptor_open_at (root, id, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (directory < 0 && (errno == ENOENT || missing.code == ENOENT))
    return error_set_kind (error, ERROR_NO_CONTAINER, 0, "container \"%s\" does not exist", id);
  if (directory < 0)
    return missing.set ? (*error = missing, -1) : error_set (error, errno, "open the record of container \"%s\"", id);
  /* A creator that was killed at its first step has left a directory without a state: nothing else was made yet. */
  out->earlier_boot = true;
  if (json_load (directory, "state.json", "state.json", arena, &document, &missing) == 0)
    read_fields (&document, arena, out);
  *out_directory = take_fd (&directory);
  return 0;
}

int
record_open (const struct globals *globals, const char *id, struct arena *arena, struct record *out, int *out_directory,
             struct error *error)
{
  int directory;
  if (spec_check_id (id, error) < 0)
    return -1;
  if (arena_open (arena, 4ul << 20) < 0)
    return error_set (error, errno, "reserve memory");
  if (record_read (globals, id, arena, out, &directory, error) < 0)
    return -1;
  if (out_directory)
    *out_directory = directory;
  else
    (void)close (directory);
  return 0;
}

/* Temporary files of a husk that was killed while it wrote. */
static void
remove_strays (int directory)
{
  int again = descriptor_open_at (directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR *listing = again < 0 ? NULL : fdopendir (again);
  for (struct dirent *entry; listing && (entry = readdir (listing));)
    if (entry->d_type != DT_DIR)
      (void)unlinkat (directory, entry->d_name, 0);
  if (listing)
    (void)closedir (listing);
}

int
record_remove (const struct globals *globals, const char *id, struct error *error)
{
  auto_close int root = record_open_root (globals, false, error);
  auto_close int fd = root < 0 ? -1 : descriptor_open_at (root, id, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0)
    return errno == ENOENT ? 0 : error_set (error, errno, "open the record of container \"%s\"", id);
  static const char *const files[] = { "state.json", "config.json", "page", "start" };
  for (size_t i = 0; i < sizeof files / sizeof *files; i++)
    if (unlinkat (fd, files[i], 0) < 0 && errno != ENOENT)
      (void)error_set (error, errno, "remove %s of the record of container \"%s\"", files[i], id);
  if (unlinkat (root, id, AT_REMOVEDIR) == 0 || errno == ENOENT)
    return error->set ? -1 : 0;
  (void)unlinkat (fd, RECORD_NOTIFY "/notify.sock", 0);
  (void)unlinkat (fd, RECORD_NOTIFY, AT_REMOVEDIR);
  (void)unlinkat (fd, RECORD_ROOT, AT_REMOVEDIR);
  remove_strays (fd);
  if (unlinkat (root, id, AT_REMOVEDIR) < 0 && errno != ENOENT)
    return error_set (error, errno, "remove the record of container \"%s\"", id);
  return error->set ? -1 : 0;
}
