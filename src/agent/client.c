/*
 * One client of a seccomp agent: its connection until the listener and the container process state have arrived, then
 * the listener, whose calls are answered by the policy. serve.c drives it for `husk seccomp agent`. The observers also
 * use client_receive, but answer the calls themselves. One loop serves all clients, so client_receive and client_answer
 * read once, after poll has reported something, and return. A client that sends more than STATE_MAX bytes is dropped.
 */
#include "husk/agent.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "husk/clock.h"
#include "husk/descriptor.h"
#include "husk/log.h"
#include "husk/seccomp.h"

#define STATE_MAX (1u << 20)

/* ---- the container process state ----------------------------------------------------------------------------------
 */

static void
take_listener (struct client *client, struct msghdr *message)
{
  for (struct cmsghdr *header = CMSG_FIRSTHDR (message); header; header = CMSG_NXTHDR (message, header))
    {
      size_t size = header->cmsg_len - CMSG_LEN (0);
      if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS)
        continue;
      for (size_t at = 0; at + sizeof (int) <= size; at += sizeof (int))
        {
          int fd;
          memcpy (&fd, CMSG_DATA (header) + at, sizeof fd);
          if (client->listener < 0)
            client->listener = fd;
          else if (client->agent < 0)
            client->agent = fd;
          else
            (void)close (fd);
        }
    }
}

/* On one line: newlines can occur only between JSON values, where a space is as good. */
static void
print_state (const struct client *client)
{
  size_t size;
  struct now_text now;
  auto_free char *shown = json_escape (client->text, client->size, &size);
  for (size_t i = 0; shown && i < size; i++)
    if (shown[i] == '\r' || shown[i] == '\n')
      shown[i] = ' ';
  if (shown)
    (void)printf ("{\"time\":\"%s\",\"state\":%s}\n", now_text (&now), shown);
  (void)fflush (stdout);
}

/* 0 or -1: it is not complete. After 0 the caller closes the arena. */
static int
parse_state (const struct client *client, struct arena *arena, struct json_document *out)
{
  struct error error = { 0 };
  if (!client->text || arena_open (arena, 64ul << 20) < 0)
    return -1;
  char *copy = arena_copy (arena, client->text, client->size);
  if (json_parse (copy, client->size, "container process state", arena, out, &error) == 0)
    return 0;
  arena_close (arena);
  return -1;
}

void
client_print_state (struct client *client)
{
  struct arena arena;
  struct json_document document;
  if (parse_state (client, &arena, &document) < 0)
    return;
  origin_t state = json_member (&document, JSON_ROOT, "state");
  origin_t id = state ? json_member (&document, state, "id") : 0;
  if (id && json_node (&document, id)->text)
    (void)snprintf (client->id, sizeof client->id, "%s", json_node (&document, id)->text);
  print_state (client);
  arena_close (&arena);
}

static int
append (struct client *client, const char *data, size_t size)
{
  char *more = client->size + size > STATE_MAX ? NULL : realloc (client->text, client->size + size + 1);
  if (!more)
    return -1;
  memcpy (more + client->size, data, size);
  client->text = more;
  client->size += size;
  return 0;
}

/* Whether the state is complete with the byte that comes next, which stays unread. */
static bool
look_ahead (struct client *client)
{
  char byte;
  struct arena arena;
  struct json_document document;
  if (client->listener < 0 || descriptor_receive (client->connection, &byte, 1, MSG_PEEK) != 1
      || append (client, &byte, 1) < 0)
    return false;
  bool complete = parse_state (client, &arena, &document) == 0;
  client->size--;
  if (!complete)
    return false;
  const char *pid = json_node (&document, json_member (&document, JSON_ROOT, "pid"))->text;
  client->root = place_open_root (pid ? (pid_t)strtol (pid, NULL, 10) : 0, &client->place);
  arena_close (&arena);
  return true;
}

int
client_receive (struct client *client, bool early)
{
  union
  {
    struct cmsghdr header;
    char bytes[CMSG_SPACE (8 * sizeof (int))];
  } control;
  char chunk[16384];
  int unread = sizeof chunk + 1;
  if (early && ioctl (client->connection, FIONREAD, &unread) < 0)
    return -1;
  bool complete = unread == 1 && look_ahead (client);
  size_t most = unread <= 1 ? 1 : (size_t)unread - 1;
  struct iovec data = { chunk, most < sizeof chunk ? most : sizeof chunk };
  struct msghdr message
      = { .msg_iov = &data, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control.bytes };
  ssize_t got = descriptor_receive_message (client->connection, &message, MSG_CMSG_CLOEXEC);
  if (got < 0)
    return errno == EAGAIN || errno == EINTR ? 0 : -1;
  take_listener (client, &message);
  if (got > 0 && append (client, chunk, (size_t)got) < 0)
    return -1;
  if (got > 0 && !complete)
    return 0;
  descriptor_close (&client->connection);
  return client->listener < 0 || !client->text ? -1 : 1;
}

void
client_drop (struct client *client)
{
  descriptor_close (&client->connection);
  descriptor_close (&client->listener);
  descriptor_close (&client->agent);
  descriptor_close (&client->root);
  free (client->text);
  *client = (struct client){ .connection = -1, .listener = -1, .agent = -1, .root = -1 };
}

/* ---- calls ----------------------------------------------------------------------------------------------------------
 */

static void
write_paths (struct json_writer *writer, const struct caller_paths *paths)
{
  if (paths->count == 0)
    return;
  json_write_array (writer, "paths");
  for (uint32_t i = 0; i < paths->count; i++)
    if (paths->items[i].code)
      json_write_null (writer, NULL);
    else
      json_write_string (writer, NULL, paths->items[i].text);
  json_write_array_end (writer);
}

/* text: the call as call_text has it. */
static void
print_call (const struct client *client, const struct seccomp_notif *call, const char *name, const char *text,
            const struct caller_paths *paths, struct agent_decision answer)
{
  struct json_writer writer;
  struct now_text now;
  char arch[24];
  if (json_write_open (&writer, false) < 0)
    return;
  json_write_object (&writer, NULL);
  json_write_string (&writer, "time", now_text (&now));
  json_write_string (&writer, "container", client->id);
  json_write_int (&writer, "pid", call->pid);
  json_write_string (&writer, "architecture", seccomp_data_arch (&call->data, arch));
  json_write_string (&writer, "syscall", name);
  json_write_int (&writer, "number", call->data.nr);
  json_write_array (&writer, "arguments");
  for (int i = 0; i < 6; i++)
    json_write_uint (&writer, NULL, call->data.args[i]);
  json_write_array_end (&writer);
  json_write_string (&writer, "call", text);
  write_paths (&writer, paths);
  json_write_string (&writer, "answer", agent_answer_word (answer.kind));
  if (answer.kind == AGENT_ERRNO || (answer.kind == AGENT_OPEN && answer.code))
    json_write_int (&writer, "errno", answer.code);
  json_write_object_end (&writer);
  if (json_write_print (&writer, stdout) < 0 || fflush (stdout) < 0)
    log_warning ("the agent cannot print a call of container \"%s\": %s", client->id, errno_text (errno));
}

/* AGENT_OPEN. *out_code: the errno with which it was refused, or 0. */
static int
give_file (struct notification *notification, const struct client *client, const char *name,
           const struct agent_rule *rule, const struct caller_paths *paths, int *out_code)
{
  bool cloexec = false;
  int listener = client->listener;
  auto_close int fd = grant_open (notification, client, name, rule, paths, &cloexec);
  int result = fd < 0 ? -fd : notification_give (notification, listener, fd, cloexec);
  *out_code = result > 0 ? result : 0;
  return result > 0 ? notification_refuse (notification, listener, result) : result;
}

static int
answer_call (struct client *client, struct notification *notification, struct agent_service *service)
{
  struct caller_paths *paths = service->paths;
  int listener = client->listener, result = 0;
  const struct seccomp_notif *call = notification->call;
  auto_free char *name = seccomp_data_name (&call->data);
  caller_read_paths (call, name, paths);
  call_text (call, name, service->text, sizeof service->text);
  if (!notification_waits (notification, listener)) /* what was read may be another process's */
    return 0;
  struct agent_decision answer = agent_policy_decide (service->policy, &call->data, name, paths);
  summary_count (&service->summary, name, answer.kind);
  if (answer.kind == AGENT_OPEN)
    result = give_file (notification, client, name, answer.rule, paths, &answer.code);
  print_call (client, call, name, service->text, paths, answer);
  if (answer.kind == AGENT_KILL)
    notification_kill (notification, listener);
  if (answer.kind == AGENT_CONTINUE)
    return notification_continue (notification, listener);
  if (answer.kind != AGENT_OPEN)
    result = notification_refuse (notification, listener, answer.kind == AGENT_KILL ? EPERM : answer.code);
  return result;
}

int
client_answer (struct client *client, struct agent_service *service)
{
  struct notification notification;
  if (notification_open (&notification) < 0)
    return -1;
  int result = notification_receive (&notification, client->listener);
  if (result > 0)
    result = answer_call (client, &notification, service);
  notification_close (&notification);
  return result < 0 ? -1 : 0;
}
