/*
 * Denials for the operator of many containers: each event is a line of JSON that names the container, so that the files
 * of a directory can be read together. A line goes out in one write; one that cannot be written is counted as those of
 * sight.c are.
 */
#include <stdio.h>
#include <string.h>

#include "husk/clock.h"
#include "husk/descriptor.h"
#include "husk/profile.h"
#include "sight.h"

static bool
event_begin (const struct observer *observer, struct json_writer *writer, const char *event)
{
  if (observer->lines < 0 || json_write_open (writer, false) < 0)
    return false;
  json_write_object (writer, NULL);
  json_write_string (writer, "time", now_text (&(struct now_text){ 0 }));
  json_write_string (writer, "event", event);
  json_write_string (writer, "id", observer->id);
  json_write_string (writer, "pod", observer->pod);
  json_write_string (writer, "container", observer->container);
  return true;
}

static int
event_end (const struct observer *observer, struct json_writer *writer)
{
  char *line = NULL;
  json_write_object_end (writer);
  const char *text = json_write_text (writer, NULL);
  int size = writer->failed ? -1 : asprintf (&line, "%s\n", text);
  int result = size < 0 ? (errno = ENOMEM, -1) : write_all (observer->lines, line, (size_t)size);
  int code = errno;
  if (size >= 0)
    free (line);
  json_write_close (writer);
  errno = code;
  return result;
}

static void
event_end_counted (struct sight *sight, struct json_writer *writer)
{
  if (event_end (sight->observer, writer) < 0 && sight->lost++ == 0)
    sight->lost_code = errno;
}

static void
write_verdict (struct json_writer *writer, uint32_t verdict)
{
  char text[96];
  verdict_text (verdict, text);
  text[strcspn (text, " ")] = '\0';
  json_write_string (writer, "action", text);
  if ((verdict & SECCOMP_RET_ACTION_FULL) == SECCOMP_RET_ERRNO)
    json_write_uint (writer, "errno", verdict & SECCOMP_RET_DATA);
}

void
sight_report (struct sight *sight, const struct denial_report *report)
{
  const struct seccomp_notif *call = report->notification->call;
  const char *why = strncmp (report->why, ", by ", 5) == 0 ? report->why + 5 : report->why;
  struct json_writer writer;
  if (!event_begin (sight->observer, &writer, "denied"))
    return;
  json_write_uint (&writer, "pid", call->pid);
  json_write_string (&writer, "program", report->program);
  json_write_string (&writer, "call", report->call);
  json_write_string (&writer, "syscall", report->ruling->named ? report->ruling->name : NULL);
  json_write_int (&writer, "number", call->data.nr);
  json_write_string (&writer, "architecture", report->architecture);
  json_write_array (&writer, "arguments");
  for (int i = 0; i < 6; i++)
    json_write_uint (&writer, NULL, call->data.args[i]);
  json_write_array_end (&writer);
  write_verdict (&writer, report->ruling->verdict);
  json_write_string (&writer, "rule", why);
  json_write_string (&writer, "denial", report->line);
  event_end_counted (sight, &writer);
}

void
sight_report_count (struct sight *sight, const struct seen_denial *denial)
{
  struct json_writer writer;
  if (!event_begin (sight->observer, &writer, "counted"))
    return;
  json_write_string (&writer, "denial", denial->line);
  json_write_uint (&writer, "count", denial->count);
  event_end_counted (sight, &writer);
}

/* ---- begin and end -------------------------------------------------------------------------------------------------
 * What is lost here is reported with the denials, or was the first to be lost. */

void
observe_report_begin (struct observer *observer)
{
  struct json_writer writer;
  char text[SIGHT_LINE];
  (void)snprintf (text, sizeof text, "container %.1024s%s%.300s%s%.300s at %s", observer->id,
                  observer->container ? ", " : "", observer->container ? observer->container : "",
                  observer->pod ? " of pod " : "", observer->pod ? observer->pod : "",
                  now_text (&(struct now_text){ 0 }));
  if (observer->path) /* a file of its own: a log names its container anyway */
    (void)sight_print_to (observer->out, text);
  if (event_begin (observer, &writer, "begin"))
    (void)event_end (observer, &writer);
}

void
observe_report_end (struct observer *observer, const char *cause, const char *text)
{
  struct sight sight = { .observer = observer };
  struct json_writer writer;
  if (text)
    sight_print (&sight, text);
  if (!event_begin (observer, &writer, "end"))
    return;
  json_write_string (&writer, "cause", cause);
  json_write_string (&writer, "message", text);
  (void)event_end (observer, &writer);
}
