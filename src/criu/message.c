/*
 * The objects that husk and husk-criu exchange, and how they are sent. This file is part of both programs. Paths need
 * not be UTF-8, so JSON strings may hold any bytes. A line is one object, so a message ends at its newline.
 */
#include "husk/criu.h"

#include <errno.h>
#include <string.h>

#include "husk/descriptor.h"

static const struct json_name verbs[]
    = { { "dump", CRIU_DUMP }, { "pre-dump", CRIU_PRE_DUMP }, { "restore", CRIU_RESTORE }, { NULL, 0 } };

/* clang-format off */
#define ITEM(noun, fields) { noun, sizeof (struct criu_item), fields, .plain = true }
#define NAME JSON_PLAIN_BYTES (struct criu_item, "name", name, .required = true)
#define PATH JSON_PLAIN_BYTES (struct criu_item, "path", path, .required = true)
static const struct json_field name_fields[] = { NAME, { 0 } };
static const struct json_field pair_fields[] = { NAME, PATH, { 0 } };
static const struct json_field descriptor_fields[] = { NAME,
  JSON_PLAIN_32 (struct criu_item, "fd", fd, .required = true), { 0 } };
static const struct json_field point_fields[] = { PATH,
  JSON_PLAIN_BOOL (struct criu_item, "directory", directory, .required = true), { 0 } };
static const struct json_type name_type = ITEM ("a name", name_fields);
static const struct json_type pair_type = ITEM ("a name and its path", pair_fields);
static const struct json_type descriptor_type = ITEM ("a descriptor", descriptor_fields);
static const struct json_type point_type = ITEM ("a mount point", point_fields);

#define TEXT(key, member, ...) JSON_PLAIN_BYTES (struct criu_request, key, member, __VA_ARGS__)
#define FLAG(key, member) JSON_PLAIN_BOOL (struct criu_request, key, member, .sparse = true)
#define ITEMS(key, member, type)                                                                                       \
  JSON_PLAIN_ITEMS (struct criu_request, key, member.items, member.count, struct criu_item, &type)
static const struct json_field request_fields[] = {
  JSON_PLAIN_WORD (struct criu_request, "verb", verb, enum criu_verb, verbs, "a verb", .required = true),
  TEXT ("images", images, .required = true),
  TEXT ("work", work, .required = true),
  TEXT ("mount", mount),
  TEXT ("root", root, .required = true),
  TEXT ("parentImages", parent_images),
  TEXT ("freezeCgroup", freeze_cgroup),
  TEXT ("lsmProfile", lsm_profile),
  TEXT ("lsmMountContext", lsm_mount_context),
  TEXT ("configFile", config_file),
  TEXT ("pageServer", page_server),
  JSON_PLAIN_32 (struct criu_request, "pageServerPort", page_server_port),
  JSON_PLAIN_PID (struct criu_request, "pid", pid),
  JSON_PLAIN_32 (struct criu_request, "cgroupsMode", cgroups_mode),
  JSON_PLAIN_32 (struct criu_request, "networkLock", network_lock, .sparse = true),
  JSON_PLAIN_32 (struct criu_request, "emptyNamespaces", empty_namespaces),
  FLAG ("console", has_console),
  FLAG ("status", has_status),
  FLAG ("leaveRunning", leave_running),
  FLAG ("trackMemory", track_memory),
  FLAG ("tcpEstablished", tcp_established),
  FLAG ("tcpSkipInFlight", tcp_skip_in_flight),
  FLAG ("tcpClose", tcp_close),
  FLAG ("linkRemap", link_remap),
  FLAG ("extUnixSk", ext_unix_sk),
  FLAG ("shellJob", shell_job),
  FLAG ("lazyPages", lazy_pages),
  FLAG ("fileLocks", file_locks),
  FLAG ("autoDedup", auto_dedup),
  ITEMS ("external", external, name_type),
  ITEMS ("descriptors", descriptors, descriptor_type),
  ITEMS ("files", files, pair_type),
  ITEMS ("mounts", mounts, pair_type),
  ITEMS ("namespaces", namespaces, pair_type),
  ITEMS ("cgroups", cgroups, pair_type),
  ITEMS ("mountPoints", points, point_type),
  { 0 },
};
const struct json_type criu_request_type = { "a request", sizeof (struct criu_request), request_fields, .plain = true };

static const struct json_field message_fields[] = {
  JSON_PLAIN_BOOL (struct criu_message, "go", go, .sparse = true),
  JSON_PLAIN_PID (struct criu_message, "namespaces", namespaces, .sparse = true),
  JSON_PLAIN_PID (struct criu_message, "process", process, .sparse = true),
  JSON_PLAIN_BYTES (struct criu_message, "error", error),
  JSON_PLAIN_BYTES (struct criu_message, "hint", hint),
  { 0 },
};
const struct json_type criu_message_type = { "a message", sizeof (struct criu_message), message_fields, .plain = true };
/* clang-format on */

void
criu_add (struct criu_request *request, struct criu_items *items, struct criu_item item)
{
  items->items = arena_more (request->arena, items->items, items->count, &items->room, 8, sizeof *items->items);
  items->items[items->count++] = item;
}

static int
send_whole (int socket, const char *bytes, size_t size)
{
  while (size > 0)
    {
      ssize_t sent = descriptor_send (socket, bytes, size, MSG_NOSIGNAL);
      if (sent < 0)
        return -1;
      bytes += sent;
      size -= (size_t)sent;
    }
  return 0;
}

int
criu_send (int socket, const struct json_type *type, const void *message, struct error *error)
{
  struct json_writer writer;
  size_t size;
  if (json_write_open (&writer, false) < 0)
    return error_set (error, ENOMEM, "write %s", type->noun);
  json_write_object (&writer, NULL);
  json_encode (&writer, type, message);
  json_write_object_end (&writer);
  const char *text = json_write_text (&writer, &size);
  int result = 0;
  if (writer.failed)
    result = error_set (error, ENOMEM, "write %s", type->noun);
  else if (send_whole (socket, text, size) < 0 || send_whole (socket, "\n", 1) < 0)
    result = error_set (error, errno, "send %s", type->noun);
  json_write_close (&writer);
  return result;
}

/* Reads more bytes: 1; 0 at the end of file; -1 with an error. */
static int
listen_on (struct criu_listener *listener, struct error *error)
{
  if (listener->size > JSON_MAX_SIZE)
    return error_set (error, 0, "a message is larger than 16 MiB");
  if (listener->size == listener->room)
    {
      listener->room = listener->room ? 2 * listener->room : 4096;
      char *more = arena_alloc (listener->arena, listener->room);
      if (listener->size)
        memcpy (more, listener->bytes, listener->size);
      listener->bytes = more;
    }
  ssize_t got = descriptor_read (listener->socket, listener->bytes + listener->size, listener->room - listener->size);
  if (got < 0 && errno == ECONNRESET) /* the peer ended without reading everything that it was sent */
    got = 0;
  if (got < 0)
    return error_set (error, errno, "read a message");
  listener->size += (size_t)got;
  return got > 0;
}

int
criu_receive (struct criu_listener *listener, const struct json_type *type, void *out, struct error *error)
{
  struct json_document document;
  struct report report = { .error = error };
  char *end;
  while (!(end = listener->size ? memchr (listener->bytes, '\n', listener->size) : NULL))
    {
      int heard = listen_on (listener, error);
      if (heard == 0 && listener->size)
        return error_set (error, 0, "a message is cut off");
      if (heard <= 0)
        return heard;
    }
  size_t length = (size_t)(end - listener->bytes);
  char *line = arena_copy (listener->arena, listener->bytes, length);
  listener->size -= length + 1;
  memmove (listener->bytes, end + 1, listener->size);
  if (json_parse (line, length, type->noun + 2, listener->arena, &document, error) < 0)
    return -1;
  return json_decode (&document, JSON_ROOT, type, out, listener->arena, &report) < 0 ? -1 : 1;
}
