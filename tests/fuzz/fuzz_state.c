/*
 * libFuzzer: any bytes as a container's state.json, up to the output of state and list and to what delete checks
 * before it does anything: is its process alive, is the cgroup its own? Nothing is signalled or removed. What is read
 * and written again by husk is read back unchanged; a refusal has a reason.
 */
#include <stdlib.h>
#include <string.h>

#include "record.h"
#include "record_json.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static void
must (bool holds)
{
  if (!holds)
    abort ();
}

static int
read_record (const char *bytes, size_t size, struct arena *arena, struct record *out, struct error *error)
{
  struct json_document document;
  *out = (struct record){ .id = "c1" };
  if (json_parse (arena_copy (arena, bytes, size), size, "state.json", arena, &document, error) < 0)
    return -1;
  return record_read_text (&document, arena, out, error);
}

static char *
write_record (const struct record *record, struct arena *arena)
{
  struct json_writer writer;
  must (json_write_open (&writer, true) == 0);
  record_write_text (&writer, record);
  size_t size;
  char *text = arena_copy (arena, json_write_text (&writer, &size), size);
  json_write_close (&writer);
  return text;
}

/* Each either succeeds or has an error. */
static void
ask (struct record *record)
{
  struct error error = { 0 };
  enum status status = STATUS_STOPPED;
  must (record_status (record, &status, &error) == 0 || error.set);
  error = (struct error){ 0 };
  must (record_trust_cgroup (record, &error) == 0 || error.set);
  error = (struct error){ 0 };
  char *state = NULL;
  must (state_json (record, status, &state, &error) == 0 && state);
  free (state);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  struct arena arena;
  struct record record, again;
  struct error error = { 0 };
  must (arena_open (&arena, 1ul << 30) == 0);
  if (read_record ((const char *)data, size, &arena, &record, &error) == 0)
    {
      char *text = write_record (&record, &arena);
      must (read_record (text, strlen (text), &arena, &again, &error) == 0);
      must (strcmp (text, write_record (&again, &arena)) == 0);
      ask (&record);
    }
  else
    must (error.set);
  arena_close (&arena);
  return 0;
}
