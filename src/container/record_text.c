/*
 * state.json: the record as text, and back, by one table.
 *
 * JSON has no bytes. A text that is no UTF-8 (of a path, say) is written as "bytes:" and the text with each such byte,
 * and each '%', as %XX; so is one that begins with "bytes:" by itself.
 */
#include "record_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "husk/log.h"
#include "husk/process.h"

#define FORMAT 1 /* of the records that this husk writes; 0: before there was a number */
#define BYTES "bytes:"

static const struct json_name confinements[] = {
  { "confined", CONFINED },
  { "confinedByPolicy", CONFINED_BY_POLICY },
  { "confinedContradicted", CONFINED_CONTRADICTED },
  { "unconfinedAbsent", UNCONFINED_ABSENT },
  { "unconfinedByOption", UNCONFINED_BY_OPTION },
  { "unconfinedByAnnotation", UNCONFINED_BY_ANNOTATION },
  { "unconfinedByProof", UNCONFINED_BY_PROOF },
  { NULL, 0 },
};
static const struct json_name observings[] = {
  { "nothing", OBSERVE_NOTHING },
  { "explain", OBSERVE_EXPLAIN },
  { "record", OBSERVE_RECORD },
  { "agent", OBSERVE_AGENT },
  { NULL, 0 },
};

/* ---- writing --------------------------------------------------------------------------------------------------------
 */

static void
write_text (struct json_writer *writer, const char *key, const char *text)
{
  size_t length = text ? strlen (text) : 0;
  if (!text || (json_is_utf8 (text, length) && strncmp (text, BYTES, strlen (BYTES)) != 0))
    {
      json_write_string (writer, key, text);
      return;
    }
  char *escaped = malloc (strlen (BYTES) + 3 * length + 1), *end = escaped;
  if (!escaped)
    {
      writer->failed = true;
      return;
    }
  end += sprintf (end, BYTES);
  for (const char *at = text; *at; at++)
    if ((unsigned char)*at < 0x80 && *at != '%')
      *end++ = *at;
    else
      end += sprintf (end, "%%%02X", (unsigned char)*at);
  *end = '\0';
  json_write_string (writer, key, escaped);
  free (escaped);
}

static void
write_word (struct json_writer *writer, const char *key, const struct json_name *names, int value)
{
  for (const struct json_name *name = names; name->text; name++)
    if (name->value == value)
      json_write_string (writer, key, name->text);
}

static void
write_cgroup (struct json_writer *writer, const struct cgroup *cgroup)
{
  json_write_array (writer, "cgroup");
  for (uint32_t i = 0; i < cgroup->count; i++)
    {
      json_write_object (writer, NULL);
      write_text (writer, "mount", cgroup->directories[i].mount);
      write_text (writer, "path", cgroup->directories[i].path);
      json_write_bool (writer, "v2", cgroup->directories[i].v2);
      if (cgroup->directories[i].found)
        json_write_bool (writer, "found", true);
      json_write_object_end (writer);
    }
  json_write_array_end (writer);
  write_text (writer, "unit", cgroup->unit.name);
  write_text (writer, "slice", cgroup->unit.slice);
  json_write_bool (writer, "userUnit", cgroup->unit.user);
}

static void
write_resctrl (struct json_writer *writer, const struct resctrl *resctrl)
{
  write_text (writer, "resctrl", resctrl->group);
  json_write_bool (writer, "ownResctrl", resctrl->own);
  write_text (writer, "resctrlMonitor", resctrl->monitor);
}

static void
write_annotations (struct json_writer *writer, const struct json_pairs *annotations)
{
  json_write_object (writer, "annotations");
  for (uint32_t i = 0; i < annotations->count; i++)
    json_write_string (writer, annotations->items[i].key, annotations->items[i].value);
  json_write_object_end (writer);
}

void
record_write_text (struct json_writer *writer, const struct record *record)
{
  json_write_object (writer, NULL);
  json_write_uint (writer, "format", FORMAT);
  json_write_string (writer, "id", record->id);
  write_text (writer, "bundle", record->bundle);
  write_text (writer, "rootfs", record->rootfs);
  json_write_string (writer, "ociVersion", record->oci_version);
  json_write_string (writer, "created", record->created);
  json_write_string (writer, "bootId", record->boot_id);
  json_write_uint (writer, "owner", record->owner);
  json_write_int (writer, "creator", record->creator);
  json_write_uint (writer, "creatorStart", record->creator_start);
  json_write_int (writer, "pid", record->pid);
  json_write_uint (writer, "pidStart", record->pid_start);
  json_write_uint (writer, "initDevice", record->init_device);
  json_write_uint (writer, "initInode", record->init_inode);
  json_write_bool (writer, "createdDone", record->created_done);
  json_write_bool (writer, "started", record->started);
  json_write_uint (writer, "namespaces", record->namespaces);
  json_write_bool (writer, "ownsCgroup", record->owns_cgroup);
  json_write_uint (writer, "cgroupNumber", record->cgroup_number);
  json_write_bool (writer, "process", record->has_process);
  json_write_bool (writer, "poststart", record->has_poststart);
  json_write_bool (writer, "poststop", record->has_poststop);
  json_write_bool (writer, "listener", record->has_listener);
  json_write_bool (writer, "notify", record->has_notify);
  write_text (writer, "profile", record->profile);
  json_write_bool (writer, "ownProfile", record->own_profile);
  json_write_bool (writer, "privileged", record->privileged);
  json_write_bool (writer, "errnoForNewer", record->errno_for_newer);
  json_write_bool (writer, "noNewKeyring", record->no_new_keyring);
  write_word (writer, "confinement", confinements, (int)record->confinement);
  write_word (writer, "observing", observings, (int)record->observing);
  json_write_int (writer, "observer", record->observer);
  json_write_uint (writer, "observerStart", record->observer_start);
  write_cgroup (writer, &record->cgroup);
  if (record->resctrl.group)
    write_resctrl (writer, &record->resctrl);
  write_annotations (writer, &record->annotations);
  json_write_object_end (writer);
}

/* ---- reading --------------------------------------------------------------------------------------------------------
 */

struct text_directory
{
  origin_t node;
  struct json_string mount, path;
  struct json_bool v2, found;
};
struct text
{
  origin_t node;
  struct json_string id, bundle, rootfs, oci_version, created, boot_id;
  struct json_uint owner, creator, creator_start, pid, pid_start, init_device, init_inode, namespaces, cgroup_number,
      observer, observer_start;
  struct json_bool created_done, started, owns_cgroup, has_process, has_poststart, has_poststop, has_listener,
      has_notify, own_profile, privileged, errno_for_newer, no_new_keyring, user_unit, own_resctrl;
  struct json_string profile, unit, slice, resctrl, monitor;
  struct json_enum confinement, observing;
  struct json_uint confinement_number, observing_number; /* before format 1 */
  JSON_ARRAY_OF (struct text_directory) cgroup;
  struct json_pairs annotations;
};
struct text_format
{
  origin_t node;
  struct json_uint format;
};

#define PID_MAX INT32_MAX
/* clang-format off */
#define NEEDED .required = true
#define ROWS                                                                                                           \
  JSON_TEXT (struct text, "id", id, NEEDED), JSON_TEXT (struct text, "bundle", bundle, NEEDED),                        \
  JSON_TEXT (struct text, "rootfs", rootfs, NEEDED), JSON_TEXT (struct text, "ociVersion", oci_version),               \
  JSON_TEXT (struct text, "created", created, NEEDED),                                                                 \
  JSON_TEXT (struct text, "bootId", boot_id, NEEDED, .filled = true),                                                  \
  JSON_UINT (struct text, "owner", owner, NEEDED, .ranged = true, .maximum = UINT32_MAX),                              \
  JSON_UINT (struct text, "creator", creator, NEEDED, .ranged = true, .maximum = PID_MAX),                             \
  JSON_UINT (struct text, "creatorStart", creator_start, NEEDED),                                                      \
  JSON_UINT (struct text, "pid", pid, NEEDED, .ranged = true, .maximum = PID_MAX),                                     \
  JSON_UINT (struct text, "initDevice", init_device), JSON_UINT (struct text, "initInode", init_inode), \
  JSON_UINT (struct text, "pidStart", pid_start, NEEDED),                                                              \
  JSON_BOOL (struct text, "createdDone", created_done, NEEDED), JSON_BOOL (struct text, "started", started, NEEDED),   \
  JSON_UINT (struct text, "namespaces", namespaces, NEEDED),                                                           \
  JSON_BOOL (struct text, "ownsCgroup", owns_cgroup, NEEDED), JSON_BOOL (struct text, "process", has_process, NEEDED), \
  JSON_BOOL (struct text, "poststart", has_poststart, NEEDED),                                                         \
  JSON_BOOL (struct text, "poststop", has_poststop, NEEDED),                                                           \
  JSON_BOOL (struct text, "listener", has_listener, NEEDED), JSON_BOOL (struct text, "notify", has_notify, NEEDED),    \
  JSON_UINT (struct text, "cgroupNumber", cgroup_number), JSON_TEXT (struct text, "profile", profile),                 \
  JSON_BOOL (struct text, "ownProfile", own_profile, NEEDED),             \
  JSON_BOOL (struct text, "privileged", privileged, NEEDED),                                                           \
  JSON_BOOL (struct text, "errnoForNewer", errno_for_newer, NEEDED),                                                   \
  JSON_BOOL (struct text, "noNewKeyring", no_new_keyring),                                                             \
  JSON_UINT (struct text, "observer", observer, NEEDED, .ranged = true, .maximum = PID_MAX),                           \
  JSON_UINT (struct text, "observerStart", observer_start, NEEDED),                                                    \
  JSON_LIST (struct text, "cgroup", cgroup, struct text_directory, &directory_type, NEEDED),                           \
  JSON_TEXT (struct text, "unit", unit), JSON_TEXT (struct text, "slice", slice),                                      \
  JSON_BOOL (struct text, "userUnit", user_unit, NEEDED), JSON_TEXT (struct text, "resctrl", resctrl),                 \
  JSON_BOOL (struct text, "ownResctrl", own_resctrl), JSON_TEXT (struct text, "resctrlMonitor", monitor),              \
  JSON_TEXT_MAP (struct text, "annotations", annotations, NEEDED)
#define JSON_BOOL JSON_FLAG

static const struct json_field directory_fields[] = {
  JSON_TEXT (struct text_directory, "mount", mount, NEEDED),
  JSON_TEXT (struct text_directory, "path", path, NEEDED),
  JSON_FLAG (struct text_directory, "v2", v2, NEEDED),
  JSON_FLAG (struct text_directory, "found", found),
  { 0 },
};
static const struct json_type directory_type = { "a cgroup", sizeof (struct text_directory), directory_fields };
static const struct json_field fields[] = { JSON_UNUSED ("format"),
  ROWS,
  JSON_CHOICE (struct text, "confinement", confinement, confinements, "a confinement", NEEDED),
  JSON_CHOICE (struct text, "observing", observing, observings, "a way to observe", NEEDED),
  { 0 },
};
static const struct json_field old_fields[] = {
  ROWS,
  JSON_UINT (struct text, "confinement", confinement_number, NEEDED, .ranged = true, .maximum = UNCONFINED_BY_PROOF),
  JSON_UINT (struct text, "observing", observing_number, NEEDED, .ranged = true, .maximum = OBSERVE_AGENT),
  { 0 },
};
static const struct json_field format_fields[] = { JSON_UINT (struct text_format, "format", format), { 0 } };
/* clang-format on */
static const struct json_type text_type = { "a record", sizeof (struct text), fields };
static const struct json_type old_type = { "a record", sizeof (struct text), old_fields };
static const struct json_type format_type = { "a record", sizeof (struct text_format), format_fields, .partial = true };

static int
digit_of (char letter)
{
  static const char digits[] = "0123456789ABCDEF";
  const char *at = letter ? strchr (digits, letter) : NULL;
  return at ? (int)(at - digits) : -1;
}

struct reading
{
  const struct json_document *document;
  struct arena *arena;
  struct report report;
  uint64_t format;
};

/* The bytes that were written; NULL: it is no such text. */
static const char *
read_text (struct reading *reading, const struct json_string *text)
{
  if (!text->text || reading->format == 0 || strncmp (text->text, BYTES, strlen (BYTES)) != 0)
    return text->text;
  char *out = arena_string (reading->arena, text->text + strlen (BYTES)), *end = out;
  for (const char *at = out; *at; at++)
    {
      bool escape = *at == '%';
      int high = escape ? digit_of (at[1]) : 0, low = escape && high >= 0 ? digit_of (at[2]) : 0;
      if (high < 0 || low < 0 || (escape && high + low == 0))
        {
          (void)report_error (&reading->report, reading->document, text->node, NULL, "a %% without two digits");
          return NULL;
        }
      *end++ = escape ? (char)(high * 16 + low) : *at;
      at += escape ? 2 : 0;
    }
  *end = '\0';
  return out;
}

/* Every way up is shut: what the record names is removed, and killed. */
static bool
is_below (const char *path)
{
  if (!*path)
    return false;
  for (const char *at = path;; at++)
    {
      size_t length = strcspn (at, "/");
      if (length == 0 || (length == 1 && at[0] == '.') || (length == 2 && at[0] == '.' && at[1] == '.'))
        return false;
      at += length;
      if (!*at)
        return true;
    }
}

static void
read_cgroup (struct reading *reading, const struct text *text, struct cgroup *out)
{
  if (text->cgroup.count > CGROUP_MAX_HIERARCHIES)
    (void)report_error (&reading->report, reading->document, text->cgroup.node, NULL, "more than %d hierarchies",
                        CGROUP_MAX_HIERARCHIES);
  for (uint32_t i = 0; i < text->cgroup.count && i < CGROUP_MAX_HIERARCHIES; i++)
    {
      const struct text_directory *item = &text->cgroup.items[i];
      const char *mount = read_text (reading, &item->mount), *path = read_text (reading, &item->path);
      if (!mount || mount[0] != '/' || !is_below (mount + 1))
        (void)report_error (&reading->report, reading->document, item->mount.node, NULL,
                            "\"%s\" is no place of a mount", mount ? mount : "");
      else if (!path || !is_below (path))
        (void)report_error (&reading->report, reading->document, item->path.node, NULL,
                            "\"%s\" is no place for a cgroup", path ? path : "");
      else
        out->directories[out->count++] = (struct cgroup_directory){
          .mount = mount, .path = path, .v2 = item->v2.value, .found = item->found.value
        };
    }
  out->unit
      = (struct unit){ read_text (reading, &text->unit), read_text (reading, &text->slice), text->user_unit.value, 0 };
}

static void
take_numbers (const struct text *text, bool old, struct record *out)
{
  out->owner = (uint32_t)text->owner.value;
  out->creator = (pid_t)text->creator.value;
  out->creator_start = text->creator_start.value;
  out->pid = (pid_t)text->pid.value;
  out->pid_start = text->pid_start.value;
  out->init_device = text->init_device.value;
  out->init_inode
      = text->init_inode.set ? text->init_inode.value : PROCESS_INIT_UNKNOWN; /* written by an earlier husk */
  out->created_done = text->created_done.value;
  out->started = text->started.value;
  out->namespaces = text->namespaces.value;
  out->owns_cgroup = text->owns_cgroup.value;
  out->cgroup_number = text->cgroup_number.value;
  out->has_process = text->has_process.value;
  out->has_poststart = text->has_poststart.value;
  out->has_poststop = text->has_poststop.value;
  out->has_listener = text->has_listener.value;
  out->has_notify = text->has_notify.value;
  out->own_profile = text->own_profile.value;
  out->privileged = text->privileged.value;
  out->errno_for_newer = text->errno_for_newer.value;
  out->no_new_keyring = text->no_new_keyring.value;
  out->confinement = old ? (enum confinement)text->confinement_number.value : (enum confinement)text->confinement.value;
  out->observing = old ? (enum observing)text->observing_number.value : (enum observing)text->observing.value;
  out->observer = (pid_t)text->observer.value;
  out->observer_start = text->observer_start.value;
}

static int
read_format (struct reading *reading)
{
  struct text_format text;
  if (json_decode (reading->document, JSON_ROOT, &format_type, &text, reading->arena, &reading->report) < 0)
    return -1;
  reading->format = text.format.value;
  if (text.format.value <= FORMAT)
    return 0;
  return report_error (&reading->report, reading->document, text.format.node, "use that husk",
                       "the record is of format %llu, which a newer husk has written: this one reads up to %d",
                       (unsigned long long)text.format.value, FORMAT);
}

int
record_read_text (const struct json_document *document, struct arena *arena, struct record *out, struct error *error)
{
  struct reading reading = { .document = document, .arena = arena, .report = { .error = error } };
  struct text text;
  if (read_format (&reading) < 0
      || json_decode (document, JSON_ROOT, reading.format ? &text_type : &old_type, &text, arena, &reading.report) < 0)
    return -1;
  if (strcmp (text.id.text, out->id) != 0)
    return report_error (&reading.report, document, text.id.node, NULL, "it is the record of container \"%s\"",
                         text.id.text);
  out->bundle = read_text (&reading, &text.bundle);
  out->rootfs = read_text (&reading, &text.rootfs);
  out->oci_version = text.oci_version.text;
  out->created = text.created.text;
  out->boot_id = text.boot_id.text;
  out->profile = read_text (&reading, &text.profile);
  out->annotations = text.annotations;
  take_numbers (&text, reading.format == 0, out);
  read_cgroup (&reading, &text, &out->cgroup);
  out->resctrl = (struct resctrl){ .group = read_text (&reading, &text.resctrl),
                                   .own = text.own_resctrl.value,
                                   .monitor = read_text (&reading, &text.monitor) };
  return reading.report.errors ? -1 : 0;
}
