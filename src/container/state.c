/*
 * The state of runtime.md as JSON, written by one function for husk state, list --format json, the stdin of hooks on
 * the host and the message to a seccomp agent. Hooks inside the container get theirs from src/plan/hooks.c. The pid of
 * a stopped container is 0. For husk state, a container whose record is being removed does not exist.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "claim.h"
#include "ending.h"
#include "husk/descriptor.h"
#include "record.h"

/* husk's own addition (runtime.md, "State", allows further properties). */
static void
write_seccomp (struct json_writer *writer, const struct record *record)
{
  json_write_object (writer, "seccomp");
  json_write_string (writer, "profile", record->profile);
  bool applies = confinement_applies (record->confinement);
  const char *instead = !applies                                  ? NULL
                        : record->observing == OBSERVE_RECORD     ? "system calls are recorded: --seccomp-record"
                        : record->observing == OBSERVE_PERMISSIVE ? "denials are only reported: --seccomp-explain"
                                                                  : NULL;
  json_write_bool (writer, "applied", applies && !instead);
  json_write_string (writer, "reason", instead ? instead : confinement_text (record->confinement));
  json_write_object_end (writer);
}

void
state_write (struct json_writer *writer, const char *key, const struct record *record, enum status status)
{
  char number[16];
  json_write_object (writer, key);
  json_write_string (writer, "ociVersion", SPEC_VERSION);
  json_write_string (writer, "id", record->id);
  json_write_int (writer, "pid", status == STATUS_STOPPED ? 0 : record->pid);
  json_write_string (writer, "status", status_word (status));
  json_write_string (writer, "bundle", record->bundle ? record->bundle : "");
  json_write_string (writer, "rootfs", record->rootfs ? record->rootfs : "");
  json_write_string (writer, "created", record->created ? record->created : "0001-01-01T00:00:00Z");
  (void)snprintf (number, sizeof number, "%u", record->owner);
  json_write_string (writer, "owner", record->owner == 0 ? "root" : number);
  json_write_object (writer, "annotations");
  for (uint32_t i = 0; i < record->annotations.count; i++)
    json_write_string (writer, record->annotations.items[i].key, record->annotations.items[i].value);
  json_write_object_end (writer);
  write_seccomp (writer, record);
  if (record->end_cause)
    {
      json_write_object (writer, "ended");
      json_write_string (writer, "cause", record->end_cause);
      json_write_string (writer, "message", record->end_text);
      json_write_object_end (writer);
    }
  json_write_object_end (writer);
}

int
state_json (const struct record *record, enum status status, char **out, struct error *error)
{
  struct json_writer writer;
  if (json_write_open (&writer, true) < 0)
    return error_set (error, ENOMEM, "write the state");
  state_write (&writer, NULL, record, status);
  const char *text = json_write_text (&writer, NULL);
  *out = writer.failed ? NULL : strdup (text);
  json_write_close (&writer);
  return *out ? 0 : error_set (error, ENOMEM, "write the state");
}

int
container_state (const struct globals *globals, const char *id, char **out_json, struct error *error)
{
  struct arena arena;
  struct record record;
  struct ending ending;
  enum status status;
  bool going;
  auto_close int directory = -1;
  if (record_open (globals, id, &arena, &record, &directory, error) < 0 || record_status (&record, &status, error) < 0
      || claim_is_deleting (&record, &going, error) < 0)
    return -1;
  if (going)
    return error_set_kind (error, ERROR_NO_CONTAINER, 0, "container \"%s\" does not exist", id);
  if (status == STATUS_STOPPED)
    {
      ending_find (&record, directory, &ending);
      record.end_cause = ending.cause;
      record.end_text = ending.text;
    }
  return state_json (&record, status, out_json, error);
}

int
container_pid (const struct globals *globals, const char *id, pid_t *out, struct error *error)
{
  struct arena arena;
  struct record record;
  if (record_open (globals, id, &arena, &record, NULL, error) < 0)
    return -1;
  int pidfd = record_open_process (&record, error);
  *out = record.pid;
  arena_close (&arena);
  return pidfd;
}
