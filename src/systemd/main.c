/*
 * husk-systemd: the only one of husk's programs that talks D-Bus, so that husk itself can be static. husk runs it once
 * for each request to systemd.
 *
 * Standard input: the request, one JSON object (request.c). Standard output: the answer, one JSON object:
 *   {"cgroup": "/machine.slice/husk-c1.scope", "leftOut": ["NAME"...],
 *    "error": {"errno": N, "property": "NAME", "text": "...", "hint": "..."}}
 * cgroup is a started unit's, property the refused one. Exit status 0, or 1 with an error.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "husk/descriptor.h"
#include "husk/json.h"
#include "verbs.h"

#define ARENA (2ul << 30) /* address space for a request of 16 MiB */

static const char usage[]
    = "Usage: husk-systemd <REQUEST\n"
      "\n"
      "Starts a transient unit of systemd for husk, sets its properties, puts a process into\n"
      "its cgroup or stops it. husk runs this program. The request is a JSON object:\n"
      "\n"
      "  {\"verb\": \"start\", \"unit\": \"a.scope\", \"slice\": \"b.slice\", \"pid\": 12, \"properties\": [...]}\n"
      "  {\"verb\": \"set\", \"unit\": \"a.scope\", \"properties\": [...]}\n"
      "  {\"verb\": \"attach\", \"unit\": \"a.scope\", \"below\": \"/sub\", \"pid\": 12}\n"
      "  {\"verb\": \"stop\", \"unit\": \"a.scope\"}\n"
      "  {\"verb\": \"check\", \"unit\": \"a.scope\", \"properties\": [...]}: whether they can be read\n"
      "\n"
      "\"user\": true selects the user's systemd. \"timeout\" is in milliseconds, for all of it\n"
      "(25000). A property has a name, and its value as one of: \"truth\", \"number\", \"text\",\n"
      "\"mask\" (bytes), \"rates\" (of device and rate), \"access\" (of device and access),\n"
      "\"variant\" (GVariant's text format) or \"seconds\" (the same, for a time). If it is\n"
      "\"optional\", it is left out if systemd does not know it.\n"
      "The answer is a JSON object too.\n";

static void
write_error (struct json_writer *writer, const struct error *error, const char *refused)
{
  char text[sizeof error->place + sizeof error->text + 4];
  (void)snprintf (text, sizeof text, "%s%s%s", error->place, error->place[0] ? ": " : "", error->text);
  json_write_object (writer, "error");
  json_write_int (writer, "errno", error->code);
  json_write_string (writer, "property", refused);
  json_write_string (writer, "text", text);
  json_write_string (writer, "hint", error->hint[0] ? error->hint : NULL);
  json_write_object_end (writer);
}

/* 0, or -1: out of memory, or husk has ended. */
static int
print_answer (const struct unit_request *request, const char *cgroup, const struct error *error)
{
  struct json_writer writer;
  size_t size;
  if (json_write_open (&writer, false) < 0)
    return -1;
  json_write_object (&writer, NULL);
  json_write_string (&writer, "cgroup", cgroup);
  json_write_array (&writer, "leftOut");
  for (size_t i = 0; i < request->count; i++)
    if (request->properties[i].left_out)
      json_write_string (&writer, NULL, request->properties[i].name);
  json_write_array_end (&writer);
  if (error->set)
    write_error (&writer, error, request->refused);
  json_write_object_end (&writer);
  const char *text = json_write_text (&writer, &size);
  int result = writer.failed || write_all (STDOUT_FILENO, text, size) < 0 || write_all (STDOUT_FILENO, "\n", 1) < 0;
  json_write_close (&writer);
  return result ? -1 : 0;
}

static int
request_run (struct unit_request *request, char **out_cgroup, struct error *error)
{
  struct bus bus = { .user = request->user, .patience = request->patience * 1000 };
  if (request->verb == VERB_CHECK)
    return 0;
  if (bus_open (&bus, error) < 0)
    return -1;
  switch (request->verb)
    {
    case VERB_START:
      return systemd_start (&bus, request, out_cgroup, error);
    case VERB_SET:
      return systemd_set (&bus, request, error);
    case VERB_ATTACH:
      return systemd_attach (&bus, request->name, request->below, request->pid, error);
    default:
      return systemd_stop (&bus, request->name, error);
    }
}

/* No unit may be started for a husk that has ended: husk-systemd is killed when husk dies, and ends if nobody reads its
 * output. */
static bool
alone (void)
{
  struct pollfd reader = { .fd = STDOUT_FILENO };
  return prctl (PR_SET_PDEATHSIG, SIGKILL) < 0 || poll (&reader, 1, 0) < 0 || (reader.revents & POLLERR);
}

int
main (int argc, char **argv)
{
  struct unit_request request;
  struct arena arena;
  struct error error = { 0 };
  char *cgroup = NULL;
  if (argc > 1)
    {
      bool help = argc == 2 && (strcmp (argv[1], "--help") == 0 || strcmp (argv[1], "-h") == 0);
      (void)fputs (usage, help ? stdout : stderr);
      return help ? 0 : 1;
    }
  if (alone ())
    return 1;
  if (arena_open (&arena, ARENA) < 0)
    {
      (void)fprintf (stderr, "husk-systemd: reserve memory: %s\n", errno_text (errno));
      return 1;
    }
  if (request_read (STDIN_FILENO, &arena, &request, &error) == 0)
    (void)request_run (&request, &cgroup, &error);
  int result = print_answer (&request, cgroup, &error);
  request_close (&request);
  free (cgroup);
  return result < 0 || error.set ? 1 : 0;
}
