/*
 * The file RECORD_OBSERVED: the observer writes it when it ends, state reads it, run and delete read and remove it. The
 * text in it is partly the container's: it is escaped when it is written.
 */
#include "observer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "ending.h"
#include "husk/descriptor.h"
#include "husk/log.h"
#include "husk/text.h"
#include "record.h"

/* The first line is written at the start: "profile" or "lines", which the observer is to write, after a "~" if its
 * errors are only logged. At its end the observer adds what ended the program ("=seccomp TEXT"), if it knows, its
 * remarks, a line each, and its error, which may be an empty line; one that was killed has added nothing. */
#define STANDING '~'
#define ENDING '='
#define NOTE_PROFILE "profile"
#define NOTE_LINES "lines"
#define NOTE_SIZE (64 + ERROR_LINE_SIZE + OBSERVER_REMARK + TEXT_ESCAPED * sizeof (struct ending))

struct observer_note
{
  char text[NOTE_SIZE];
  bool standing, profile, ended;
  const char *ending, *error; /* in text; ending may be NULL */
  char *remarks;              /* lines */
};

int
observer_note_begin (int note, const struct observer_process *process)
{
  const char *what = process->observer.profile_place.path ? NOTE_PROFILE : NOTE_LINES;
  char line[16];
  return write_all (
      note, line,
      (size_t)snprintf (line, sizeof line, "%s%s\n", process->standing ? (char[]){ STANDING, 0 } : "", what));
}

static const char *
lost_text (enum observing mode, bool profile)
{
  return mode == OBSERVE_RECORD ? "the recorded profile is lost"
         : profile              ? "the fixed profile is lost"
                                : "denied calls are lost";
}

void
observer_note_end (int note, const struct observer *observer, const struct error *error, const struct ending *ending)
{
  const char *lost = !error->set           ? ""
                     : observer->unwritten ? observer->unwritten
                                           : lost_text (observer->mode, observer->profile_place.path != NULL);
  char line[ERROR_LINE_SIZE] = "", shown[TEXT_ESCAPED * sizeof ending->text], all[NOTE_SIZE];
  int used = 0;
  if (error->set)
    error_line (error, line, sizeof line);
  if (ending->cause)
    {
      (void)text_escape (ending->text, shown, sizeof shown);
      used = snprintf (all, sizeof all, "%c%s %s\n", ENDING, ending->cause, shown);
    }
  used += snprintf (all + used, sizeof all - (size_t)used, "%s%s%s%s\n", observer->remark ? observer->remark : "", lost,
                    error->set ? ": " : "", line);
  (void)write_all (note, all, (size_t)used);
}

/* Cuts off the text's first line and returns it; NULL: it has no newline. */
static char *
next_line (char **at)
{
  char *line = *at, *end = strchr (line, '\n');
  if (!end)
    return NULL;
  *end = '\0';
  *at = end + 1;
  return line;
}

/* 1: there is one; 0: there is none; -1 with errno. */
static int
read_note (int directory, struct observer_note *out)
{
  auto_close int fd = descriptor_open_at (directory, RECORD_OBSERVED, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0)
    return errno == ENOENT ? 0 : -1;
  ssize_t size = descriptor_read (fd, out->text, sizeof out->text - 1);
  if (size < 0)
    return -1;
  out->text[size] = '\0';
  char *at = out->text;
  out->standing = *at == STANDING;
  at += out->standing;
  bool lines = strncmp (at, NOTE_LINES "\n", strlen (NOTE_LINES "\n")) == 0;
  out->profile = strncmp (at, NOTE_PROFILE "\n", strlen (NOTE_PROFILE "\n")) == 0;
  if (lines || out->profile) /* an older husk wrote no such line */
    (void)next_line (&at);
  out->ending = *at == ENDING ? next_line (&at) : NULL;
  size_t left = strlen (at);
  out->ended = left > 0 && at[left - 1] == '\n';
  out->remarks = at;
  if (!out->ended)
    return 1;
  at[left - 1] = '\0';
  char *last = strrchr (at, '\n');
  out->error = last ? last + 1 : at;
  if (!last)
    out->remarks = at + left - 1;
  else
    *last = '\0';
  return 1;
}

void
observer_noted (int directory, struct ending *out)
{
  static const char *const causes[] = { "seccomp", "memory" };
  struct observer_note note = { .ended = false };
  if (read_note (directory, &note) <= 0 || !note.ending)
    return;
  const char *text = strchr (note.ending, ' ');
  for (size_t i = 0; text && i < sizeof causes / sizeof *causes; i++)
    if (strncmp (note.ending + 1, causes[i], strlen (causes[i])) == 0)
      {
        out->cause = causes[i];
        (void)snprintf (out->text, sizeof out->text, "%s", text + 1);
      }
}

/* Logs the note's remarks, and what ended the program. */
static void
log_note (struct observer_note *note)
{
  char *at = note->remarks;
  for (char *line; note->ended && (line = strsep (&at, "\n"));)
    if (*line)
      log_warning ("%s", line);
  const char *ending = note->ending ? strchr (note->ending, ' ') : NULL;
  if (ending && log_is_kept ())
    log_warning ("%s", ending + 1);
}

int
observer_ended (int directory, enum observing mode, struct error *error)
{
  struct observer_note note = { .ended = false };
  struct error trouble = { 0 };
  int found = read_note (directory, &note);
  if (found <= 0)
    return found == 0 ? 0 : error_set (error, errno, "read the record's %s", RECORD_OBSERVED);
  (void)unlinkat (directory, RECORD_OBSERVED, 0);
  log_note (&note);
  if (!note.ended)
    (void)error_set (&trouble, 0, "%s: %s", lost_text (mode, note.profile),
                     note.profile ? "its observer ended before it was written" : "their observer was killed");
  else if (*note.error)
    (void)error_set (&trouble, 0, "%s", note.error);
  if (!trouble.set)
    return 0;
  if (!note.standing && (note.ended || note.profile))
    return *error = trouble, -1;
  log_warning_line (&trouble);
  return 0;
}
