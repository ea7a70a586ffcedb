/*
 * Describes how a program ended, in words and as an exit status; nothing else in husk does. husk-init composes the same
 * words for the hooks that it runs (src/init/hook.c, program_end.h).
 */
#include "husk/program_end.h"

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "husk/program.h"
#include "husk/signals.h"

struct program_end
program_end_of (int status)
{
  return WIFSIGNALED (status) ? (struct program_end){ .way = PROGRAM_KILLED, .number = WTERMSIG (status) }
                              : (struct program_end){ .way = PROGRAM_EXITED, .number = WEXITSTATUS (status) };
}

int
program_status (int status)
{
  return WIFSIGNALED (status) ? STATUS_OF_SIGNAL (WTERMSIG (status)) : WEXITSTATUS (status);
}

bool
program_succeeded (const struct program_end *end)
{
  return end->way == PROGRAM_EXITED && end->number == 0;
}

/* Appends the end of its output, as one line, after a colon. A character that would be cut in two is left out. */
static void
append_last_words (const char *said, char *out, size_t size)
{
  size_t length = said ? strlen (said) : 0;
  while (length > 0 && strchr ("\n ", said[length - 1]))
    length--;
  const char *from = said;
  if (length > END_WORDS_KEPT)
    for (from += length - END_WORDS_KEPT; (*from & 0xc0) == 0x80;)
      from++;
  if (length == 0)
    return;
  (void)snprintf (out, size, ": %.*s", (int)(said + length - from), from);
  for (char *end; (end = strchr (out, '\n'));)
    *end = ' ';
}

static const char *
fate (const struct program_end *end)
{
  return end->spared ? END_LATE_SPARED : end->alive ? END_LATE_ALIVE : END_LATE_KILLED;
}

const char *
program_end_text (const struct program_end *end, const char *said, char *out)
{
  const size_t size = PROGRAM_END_SIZE;
  int used = 0;
  switch (end->way)
    {
    case PROGRAM_EXITED:
      used = snprintf (out, size, END_EXITED "%d", end->number);
      break;
    case PROGRAM_KILLED:
      used = snprintf (out, size, END_KILLED "%d", end->number);
      if (strncmp (signal_name (end->number), "SIG", 3) == 0)
        used += snprintf (out + used, size - (size_t)used, " (%s)", signal_name (end->number));
      break;
    case PROGRAM_LATE:
      used = end->number % 1000 ? snprintf (out, size, END_LATE "%d ms%s", end->number, fate (end))
                                : snprintf (out, size, END_LATE "%d s%s", end->number / 1000, fate (end));
      break;
    case PROGRAM_INTERRUPTED:
      used = snprintf (out, size, END_INTERRUPTED "%s%s", signal_name (end->number), fate (end));
      break;
    }
  append_last_words (said, out + used, size - (size_t)used);
  return out;
}

int
program_fail (const struct program *program, const struct program_end *end, struct error *error)
{
  char text[PROGRAM_END_SIZE];
  return error_set_at (error, program->origin, 0, "%s %s", program->name ? program->name : program->path,
                       program_end_text (end, program->errors.text, text));
}
