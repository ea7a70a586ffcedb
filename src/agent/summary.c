/*
 * What `husk seccomp agent` has answered, for the line that it prints at its end.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "husk/agent.h"
#include "husk/clock.h"
#include "husk/log.h"

static struct summary_row *
find_row (struct agent_summary *summary, const char *name)
{
  for (uint32_t i = 0; i < summary->count; i++)
    if (strncmp (summary->rows[i].name, name, sizeof summary->rows[i].name - 1) == 0)
      return &summary->rows[i];
  if (summary->count == SUMMARY_ROWS)
    return NULL;
  struct summary_row *row = &summary->rows[summary->count++];
  (void)snprintf (row->name, sizeof row->name, "%s", name);
  return row;
}

void
summary_count (struct agent_summary *summary, const char *name, enum agent_answer answer)
{
  struct summary_row *row = find_row (summary, name ? name : "");
  summary->calls++;
  summary->answers[answer]++;
  if (row)
    row->answers[answer]++;
}

static void
write_answers (struct json_writer *writer, const uint64_t answers[AGENT_ANSWERS])
{
  for (int answer = 0; answer < AGENT_ANSWERS; answer++)
    if (answers[answer])
      json_write_uint (writer, agent_answer_word ((enum agent_answer)answer), answers[answer]);
}

void
summary_print (const struct agent_summary *summary)
{
  struct json_writer writer;
  struct now_text now;
  if (json_write_open (&writer, false) < 0)
    return;
  json_write_object (&writer, NULL);
  json_write_string (&writer, "time", now_text (&now));
  json_write_object (&writer, "summary");
  json_write_uint (&writer, "containers", summary->containers);
  json_write_uint (&writer, "calls", summary->calls);
  json_write_object (&writer, "answers");
  write_answers (&writer, summary->answers);
  json_write_object_end (&writer);
  json_write_array (&writer, "syscalls");
  for (uint32_t i = 0; i < summary->count; i++)
    {
      json_write_object (&writer, NULL);
      json_write_string (&writer, "syscall", summary->rows[i].name[0] ? summary->rows[i].name : NULL);
      write_answers (&writer, summary->rows[i].answers);
      json_write_object_end (&writer);
    }
  json_write_array_end (&writer);
  json_write_object_end (&writer);
  json_write_object_end (&writer);
  if (json_write_print (&writer, stdout) < 0 || fflush (stdout) < 0)
    log_warning ("the agent cannot print its summary: %s", errno_text (errno));
}
