/*
 * husk's messages, apart from its output: warnings, on stderr or, with --log, in that file; and the one error line of a
 * failed command, in both. Where stderr is, or becomes, the container's (log_share_stderr), warnings go only to --log
 * or to a terminal unless more was asked for, so that an engine's log of a container has none of husk's lines. Messages
 * are escaped for people (text.h) here, not by callers, and read the same in every place. A file's lines are in one of
 * the two formats that clients read (runc's text and json: level, msg, time); both quote the text once more. A log that
 * cannot be written never fails a command.
 */
#ifndef HUSK_LOG_H
#define HUSK_LOG_H

#include <stdbool.h>
#include <stddef.h>

#include "husk/error.h"

enum log_level
{
  LOG_DEBUG,
  LOG_INFO,
  LOG_WARNING,
  LOG_ERROR,
};

struct log_options
{
  const char *path; /* NULL: none. A file (also file:PATH), opened for append, created even when nothing is ever logged;
                       or journald:IDENTIFIER, syslog:IDENTIFIER */
  bool json;
  enum log_level level;
};

/* Whether there is a place for messages other than standard error. */
bool log_is_kept (void);
int log_open (const struct log_options *options, struct error *error);
/* true: a program of the container gets stderr. false: none did after all, so the remaining messages are printed with
 * the command's error. */
void log_share_stderr (bool shared);
/* Whether log_debug prints anything, for messages that are expensive to compose. Most runs print nothing. */
extern bool log_debugging;
static inline bool
log_debug_enabled (void)
{
  return __builtin_expect (log_debugging, false);
}
#define log_debug(...) (log_debug_enabled () ? log_debug_line (__VA_ARGS__) : (void)0)
void log_debug_line (const char *format, ...) __attribute__ ((format (printf, 1, 2), cold));
void log_info (const char *format, ...) __attribute__ ((format (printf, 1, 2)));
void log_warning (const char *format, ...) __attribute__ ((format (printf, 1, 2)));
void log_error_line (const struct error *error); /* "husk: error: LINE" on stderr, LINE in the log */
bool log_told_error (void);                      /* whether there was one */
void log_warning_line (const struct error *error);
/* Whether standard error is a terminal. There an error or warning with a place in a text is followed by that line, and
 * words have colours unless NO_COLOR is set. */
bool log_on_terminal (void);
struct log_source
{
  const char *bytes;
  size_t size, offset; /* offset: of what is wrong */
  size_t changed;      /* before this, a NUL was a double quote (json/parse.c) */
  uint32_t line;       /* its number */
};
/* Keeps what is shown of the line until the error or warning with this place is. Without a terminal it does nothing. */
void log_keep_source (const char *place, const struct log_source *source);
/* A report that was asked for, whatever the log's level: in the log, else on stderr. If log_report_is_json it is one
 * line of the log with the report as its member NAME; otherwise lines, which need no escapes. */
bool log_report_is_json (void);
void log_report_json (const char *name, const char *json);
void log_report_line (const char *format, ...) __attribute__ ((format (printf, 1, 2)));

#endif
