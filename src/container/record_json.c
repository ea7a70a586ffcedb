/*
 * state.json: writes and reads a record by one table. A row is a key and its member in struct record. Records of an
 * older husk are first converted to today's form. husk has written what is read, but it may be damaged: a cgroup path
 * must not lead upwards, and anything that is not understood is an error.
 */
#include "record_json.h"

#include <stdlib.h>
#include <string.h>

#include "husk/descriptor.h"
#include "husk/path.h"
#include "husk/process.h"

#define FORMAT 1 /* of the records that this husk writes; 0: before there was a number */

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
  { "nothing", OBSERVE_NOTHING }, { "explain", OBSERVE_EXPLAIN }, { "permissive", OBSERVE_PERMISSIVE },
  { "record", OBSERVE_RECORD },   { "agent", OBSERVE_AGENT },     { NULL, 0 },
};

/* clang-format off */
#define NEEDED .required = true
static const struct json_field directory_fields[] = {
  JSON_PLAIN_BYTES (struct cgroup_directory, "mount", mount, NEEDED),
  JSON_PLAIN_BYTES (struct cgroup_directory, "path", path, NEEDED),
  JSON_PLAIN_BOOL (struct cgroup_directory, "v2", v2, NEEDED),
  JSON_PLAIN_BOOL (struct cgroup_directory, "found", found, .sparse = true),
  { 0 },
};
static const struct json_type directory_type
  = { "a cgroup", sizeof (struct cgroup_directory), directory_fields, .plain = true };

/* Rows that are not NEEDED are missing in records of an older husk, or do not apply to every container. */
static const struct json_field fields[] = {
  JSON_UNUSED ("format"), /* read before the rest, and written before it */
  JSON_PLAIN_TEXT (struct record, "id", id, NEEDED),
  JSON_PLAIN_BYTES (struct record, "bundle", bundle, NEEDED),
  JSON_PLAIN_BYTES (struct record, "rootfs", rootfs, NEEDED),
  JSON_PLAIN_TEXT (struct record, "ociVersion", oci_version),
  JSON_PLAIN_TEXT (struct record, "created", created, NEEDED),
  JSON_PLAIN_TEXT (struct record, "bootId", boot_id, NEEDED, .filled = true),
  JSON_PLAIN_32 (struct record, "owner", owner, NEEDED),
  JSON_PLAIN_PID (struct record, "creator", creator, NEEDED),
  JSON_PLAIN_64 (struct record, "creatorStart", creator_start, NEEDED),
  JSON_PLAIN_PID (struct record, "pid", pid, NEEDED),
  JSON_PLAIN_64 (struct record, "pidStart", pid_start, NEEDED),
  JSON_PLAIN_64 (struct record, "initDevice", init_device),
  JSON_PLAIN_64 (struct record, "initInode", init_inode),
  JSON_PLAIN_BOOL (struct record, "createdDone", created_done, NEEDED),
  JSON_PLAIN_BOOL (struct record, "started", started, NEEDED),
  JSON_PLAIN_64 (struct record, "namespaces", namespaces, NEEDED),
  JSON_PLAIN_BOOL (struct record, "ownsCgroup", owns_cgroup, NEEDED),
  JSON_PLAIN_64 (struct record, "cgroupNumber", cgroup_number),
  JSON_PLAIN_BOOL (struct record, "process", has_process, NEEDED),
  JSON_PLAIN_BOOL (struct record, "poststart", has_poststart, NEEDED),
  JSON_PLAIN_BOOL (struct record, "poststop", has_poststop, NEEDED),
  JSON_PLAIN_BOOL (struct record, "listener", has_listener, NEEDED),
  JSON_PLAIN_BOOL (struct record, "notify", has_notify, NEEDED),
  JSON_PLAIN_BYTES (struct record, "profile", profile),
  JSON_PLAIN_BOOL (struct record, "ownProfile", own_profile, NEEDED),
  JSON_PLAIN_BOOL (struct record, "privileged", privileged, NEEDED),
  JSON_PLAIN_BOOL (struct record, "errnoForNewer", errno_for_newer, NEEDED),
  JSON_PLAIN_BOOL (struct record, "noNewKeyring", no_new_keyring),
  JSON_PLAIN_WORD (struct record, "confinement", confinement, enum confinement, confinements, "a confinement", NEEDED),
  JSON_PLAIN_WORD (struct record, "observing", observing, enum observing, observings, "a way to observe", NEEDED),
  JSON_PLAIN_PID (struct record, "observer", observer, NEEDED),
  JSON_PLAIN_64 (struct record, "observerStart", observer_start, NEEDED),
  JSON_PLAIN_LIST (struct record, "cgroup", cgroup.directories, cgroup.count, struct cgroup_directory, &directory_type,
                   NEEDED),
  JSON_PLAIN_BYTES (struct record, "unit", cgroup.unit.name),
  JSON_PLAIN_BYTES (struct record, "slice", cgroup.unit.slice),
  JSON_PLAIN_BOOL (struct record, "userUnit", cgroup.unit.user, NEEDED),
  JSON_PLAIN_BYTES (struct record, "resctrl", resctrl.group),
  JSON_PLAIN_BOOL (struct record, "ownResctrl", resctrl.own, .sparse = true),
  JSON_PLAIN_BYTES (struct record, "resctrlMonitor", resctrl.monitor),
  JSON_TEXT_MAP (struct record, "annotations", annotations, NEEDED),
  { 0 },
};
/* clang-format on */
static const struct json_type record_type = { "a record", sizeof (struct record), fields, .plain = true };

void
record_write_text (struct json_writer *writer, const struct record *record)
{
  json_write_object (writer, NULL);
  json_write_uint (writer, "format", FORMAT);
  json_encode (writer, &record_type, record);
  json_write_object_end (writer);
}

/* ---- reading --------------------------------------------------------------------------------------------------------
 */

/* Before format 1, an enumeration was written as its number, and texts were not escaped as bytes. */
static void
modernize (const struct json_document *document, origin_t object, const struct json_type *type, struct arena *arena)
{
  for (const struct json_field *field = type->fields; field->key; field++)
    {
      origin_t at = json_member (document, object, field->key);
      struct json_node *node = &document->nodes[at];
      if (at && field->kind == JSON_FIELD_PLAIN_WORD && node->kind == JSON_NUMBER)
        {
          for (const struct json_name *name = field->names; name->text; name++)
            if (strtol (node->text, NULL, 10) == name->value)
              {
                node->kind = JSON_STRING;
                node->text = name->text;
                break;
              }
        }
      else if (at && field->kind == JSON_FIELD_PLAIN_BYTES && node->kind == JSON_STRING)
        {
          auto_free char *bytes = json_bytes (node->text);
          node->text = arena_string (arena, bytes ? bytes : "");
        }
      else if (at && field->kind == JSON_FIELD_PLAIN_LIST)
        for (origin_t element = node->first; element; element = document->nodes[element].next)
          modernize (document, element, field->type, arena);
    }
}

/* Neither path may have empty, "." or ".." components: the cgroup that a record names is killed and removed. */
static void
check_cgroup (const struct json_document *document, const struct cgroup *cgroup, struct report *report)
{
  origin_t list = json_member (document, JSON_ROOT, "cgroup");
  for (uint32_t i = 0; i < cgroup->count; i++)
    {
      const struct cgroup_directory *directory = &cgroup->directories[i];
      origin_t node = json_element (document, list, i);
      if (directory->mount[0] != '/' || !path_is_plain (directory->mount + 1))
        (void)report_error (report, document, json_member (document, node, "mount"), NULL,
                            "\"%s\" is not a mount point", directory->mount);
      else if (!path_is_plain (directory->path))
        (void)report_error (report, document, json_member (document, node, "path"), NULL, "invalid cgroup path \"%s\"",
                            directory->path);
    }
}

struct text_format
{
  origin_t node;
  struct json_uint format;
};
static const struct json_field format_fields[] = { JSON_UINT (struct text_format, "format", format), { 0 } };
static const struct json_type format_type = { "a record", sizeof (struct text_format), format_fields, .partial = true };

static int
read_format (const struct json_document *document, struct arena *arena, uint64_t *out, struct report *report)
{
  struct text_format text;
  if (json_decode (document, JSON_ROOT, &format_type, &text, arena, report) < 0)
    return -1;
  *out = text.format.value;
  if (text.format.value <= FORMAT)
    return 0;
  return report_error (report, document, text.format.node, "use the newer husk",
                       "the record has format %llu, written by a newer husk: this one reads up to %d",
                       (unsigned long long)text.format.value, FORMAT);
}

int
record_read_text (const struct json_document *document, struct arena *arena, struct record *out, struct error *error)
{
  struct report report = { .error = error };
  struct record read;
  uint64_t format;
  if (read_format (document, arena, &format, &report) < 0)
    return -1;
  if (format == 0)
    modernize (document, JSON_ROOT, &record_type, arena);
  if (json_decode (document, JSON_ROOT, &record_type, &read, arena, &report) < 0)
    return -1;
  if (strcmp (read.id, out->id) != 0)
    return report_error (&report, document, json_member (document, JSON_ROOT, "id"), NULL,
                         "it is the record of container \"%s\"", read.id);
  check_cgroup (document, &read.cgroup, &report);
  if (report.errors)
    return -1;
  if (!json_member (document, JSON_ROOT, "initInode")) /* written by an earlier husk */
    read.init_inode = PROCESS_INIT_UNKNOWN;
  read.id = out->id;
  *out = read;
  return 0;
}

int
record_read_file (int directory, const char *name, struct arena *arena, struct record *out, struct error *error)
{
  struct json_document document = { 0 };
  if (json_load (directory, name, name, arena, &document, error) < 0)
    return -1;
  if (record_read_text (&document, arena, out, error) == 0)
    return 0;
  json_place (&document, error);
  return -1;
}
