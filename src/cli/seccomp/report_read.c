/*
 * Reads the output of a run, for the page of `husk seccomp report`: recordings and denials. A hostile program may have
 * influenced both: the texts are kept as they are, and the page escapes them.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "report.h"

static void
lines_add (struct report_lines *lines, struct arena *arena, const char *text, uint64_t seen, uint64_t counted)
{
  uint32_t i = 0;
  while (i < lines->count && strcmp (lines->items[i].text, text) != 0)
    i++;
  if (i == REPORT_LINES_MAX)
    {
      lines->others += seen + counted;
      return;
    }
  if (i == lines->count)
    {
      lines->items = arena_more (arena, lines->items, lines->count, &lines->room, 64, sizeof *lines->items);
      lines->items[lines->count++] = (struct report_line){ .text = arena_string (arena, text) };
    }
  lines->items[i].seen += seen;
  lines->items[i].counted += counted;
}

static const char *
member_text (const struct json_document *document, origin_t object, const char *key)
{
  const struct json_node *node = json_node (document, json_member (document, object, key));
  return node->kind == JSON_STRING || node->kind == JSON_NUMBER ? node->text : NULL;
}

/* Parses a line of JSON as a separate document, passes it to read, and frees it. 0 or -1. */
static int
read_event (struct profile_page *report, const char *name, uint32_t number, char *line,
            bool (*each) (struct profile_page *, const struct json_document *), struct error *error)
{
  struct arena arena;
  struct json_document document;
  size_t size = strlen (line);
  if (arena_open (&arena, 128 * size + (1ul << 20)) < 0)
    return error_set (error, errno, "reserve memory");
  const char *place = arena_format (report->arena, "%s, line %" PRIu32, name, number);
  int result = json_parse (line, size, place, &arena, &document, error);
  if (result == 0)
    (void)each (report, &document); /* a line of another kind is ignored */
  arena_close (&arena);
  return result;
}

/* ---- recordings -------------------------------------------------------------------------------------------------- */

static void
recorded_add (struct profile_page *report, const char *name, uint64_t count)
{
  struct report_call *call = report_call_of (report, name);
  if (!call)
    {
      lines_add (&report->unknown, report->arena, name, 0, count);
      return;
    }
  call->recorded = true;
  call->count += count;
}

static void
read_names (struct profile_page *report, const struct json_document *document, origin_t rule)
{
  static const char *const keys[] = { "names", "name" };
  const char *action = member_text (document, rule, "action"), *name;
  for (size_t k = 0; action && strcmp (action, "SCMP_ACT_ALLOW") == 0 && k < 2; k++)
    {
      origin_t names = json_member (document, rule, keys[k]), one;
      for (uint32_t i = 0; names && (one = json_element (document, names, i)); i++)
        if ((name = json_node (document, one)->text) != NULL)
          recorded_add (report, name, 0);
    }
}

/* A line of `seccomp agent`; those about states, policies and its end have no system call. false: it is not one. */
static bool
read_agent_line (struct profile_page *report, const struct json_document *document)
{
  const char *name = member_text (document, JSON_ROOT, "syscall");
  if (name)
    recorded_add (report, name, 1);
  return json_member (document, JSON_ROOT, "time");
}

/* A recorded profile, or what --counts wrote, in which a call without a known name has only a number. false: it is
 * neither. */
static bool
read_profile (struct profile_page *report, const struct json_document *document)
{
  origin_t spec = json_member (document, JSON_ROOT, "spec"), profile = spec ? spec : JSON_ROOT;
  origin_t rules = json_member (document, profile, "syscalls");
  origin_t calls = json_member (document, profile, "calls");
  for (origin_t rule = rules ? json_node (document, rules)->first : 0; rule; rule = json_node (document, rule)->next)
    read_names (report, document, rule);
  for (origin_t one = calls ? json_node (document, calls)->first : 0; one; one = json_node (document, one)->next)
    {
      const char *name = member_text (document, one, "name"), *count = member_text (document, one, "count");
      if (name && count)
        recorded_add (report, name, strtoull (count, NULL, 10));
    }
  return rules || calls;
}

int
report_read_recording (struct profile_page *report, const char *file, struct error *error)
{
  struct json_document document;
  size_t size;
  char *bytes = json_read_named (file, report->arena, &report->recording, &size, error), *line;
  if (!bytes)
    return -1;
  if (!strstr (bytes, "}\n{")) /* which one value cannot contain, but several lines of an agent do */
    {
      if (json_parse (bytes, size, report->recording, report->arena, &document, error) < 0)
        return -1;
      return read_profile (report, &document) || read_agent_line (report, &document)
                 ? 0
                 : error_set (error, 0, "%s is not a recording: it has neither syscalls nor calls", report->recording);
    }
  for (uint32_t number = 1; (line = strsep (&bytes, "\n")) != NULL; number++)
    if (*line && read_event (report, report->recording, number, line, read_agent_line, error) < 0)
      return -1;
  return 0;
}

/* ---- denials ----------------------------------------------------------------------------------------------------- */

static bool
read_denial_event (struct profile_page *report, const struct json_document *document)
{
  const char *denial = member_text (document, JSON_ROOT, "denial"), *count = member_text (document, JSON_ROOT, "count");
  const char *message = member_text (document, JSON_ROOT, "message");
  if (denial)
    lines_add (&report->denied, report->arena, denial, count ? 0 : 1, count ? strtoull (count, NULL, 10) : 0);
  else if (message)
    lines_add (&report->remarks, report->arena, message, 1, 0);
  return denial || message;
}

/* Lines of the program itself, or of an engine's log, may be between husk's, or before them. */
static void
read_denial_line (struct profile_page *report, char *line)
{
  static const char mark[] = "husk: seccomp: ";
  char *text = strstr (line, mark), *rest, *pid = NULL;
  if (!text)
    return;
  text += strlen (mark);
  unsigned long long count = strtoull (text, &rest, 10);
  if (rest != text && strncmp (rest, "  ", 2) == 0)
    {
      lines_add (&report->denied, report->arena, rest + 2, 0, count);
      return;
    }
  for (char *at = text; (at = strstr (at, " [pid ")); at++)
    pid = at;
  if (pid)
    *pid = '\0';
  lines_add (pid ? &report->denied : &report->remarks, report->arena, text, 1, 0);
}

int
report_read_denials (struct profile_page *report, const char *file, struct error *error)
{
  size_t size;
  char *bytes = json_read_named (file, report->arena, &report->denials, &size, error), *line;
  if (!bytes)
    return -1;
  if (memchr (bytes, '\0', size))
    return error_set (error, 0, "%s is not text: it has a NUL byte", report->denials);
  for (uint32_t number = 1; (line = strsep (&bytes, "\n")) != NULL; number++)
    if (*line != '{')
      read_denial_line (report, line);
    else if (read_event (report, report->denials, number, line, read_denial_event, error) < 0)
      return -1;
  return 0;
}
