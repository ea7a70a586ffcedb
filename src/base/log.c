/*
 * Writes husk's messages to stderr, to the log file, or to a daemon (log_socket.c). log_say escapes each message once
 * for all of them. main opens the log before it runs a command, and every room may log. A failed write is ignored: a
 * log never fails a command. Each line in the file is a single write with O_APPEND, so that commands running at the
 * same time do not mix their lines.
 */
#include "husk/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "husk/clock.h"
#include "husk/descriptor.h"
#include "husk/text.h"
#include "log_socket.h"
#include "log_source.h"

static int log_fd = -1;
static bool log_json;
static enum log_level log_least = LOG_WARNING;
static bool stderr_shared;
bool log_debugging;

/* Quotes a line that is already escaped: the rest follows the same rules in both formats. */
static void
quote (const char *line, char *out)
{
  for (; *line; line++)
    {
      if (*line == '"' || *line == '\\')
        *out++ = '\\';
      *out++ = *line;
    }
  *out = '\0';
}

static void
log_file (enum log_level level, const char *text)
{
  static const char *const names[] = { "debug", "info", "warning", "error" };
  char quoted[2 * ERROR_LINE_SIZE], line[2 * ERROR_LINE_SIZE + 256];
  quote (text, quoted);
  int size = snprintf (line, sizeof line,
                       log_json ? "{\"level\":\"%2$s\",\"msg\":\"%3$s\",\"time\":\"%1$s\"}\n"
                                : "time=\"%1$s\" level=%2$s msg=\"%3$s\"\n",
                       now_text (&(struct now_text){ 0 }), names[level], quoted);
  (void)write_all (log_fd, line, (size_t)size); /* one write, so that parallel commands do not mix their lines */
}

static void (*write_line) (enum log_level level, const char *text); /* to the log; NULL without one */

int
log_open (const struct log_options *options, struct error *error)
{
  log_json = options->json;
  log_least = options->level;
  log_debugging = log_least <= LOG_DEBUG;
  if (!options->path)
    return 0;
  if (log_socket_open (options->path))
    {
      write_line = log_socket_line;
      return 0;
    }
  const char *path = strncmp (options->path, "file:", 5) == 0 ? options->path + 5 : options->path;
  /* O_NONBLOCK: a FIFO without a reader must not block husk. O_CREAT: clients open the file whenever a command
   * failed. */
  log_fd = descriptor_open (path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0644);
  if (log_fd < 0 && errno != ENXIO)
    return error_set (error, errno, "open log file %s", path);
  write_line = log_file;
  return 0;
}

bool
log_is_kept (void)
{
  return write_line != NULL;
}

void
log_share_stderr (bool shared)
{
  stderr_shared = shared;
}

/* Errors always go there; with a log, nothing else does. Where stderr may carry the container's output, it gets no
 * warnings that nobody asked for. */
static bool
is_for_stderr (enum log_level level)
{
  if (level == LOG_ERROR)
    return true;
  return !write_line && (!stderr_shared || log_least < LOG_WARNING || log_on_terminal ());
}

/* https://no-color.org */
static bool
has_colours (void)
{
  const char *off = getenv ("NO_COLOR"), *terminal = getenv ("TERM");
  return log_on_terminal () && !(off && *off) && terminal && strcmp (terminal, "dumb") != 0;
}

static void
log_stderr (enum log_level level, const char *place, const char *text)
{
  static const char *const prefixes[] = { "debug: ", "info: ", "warning: ", "error: " };
  static const char *const colours[] = { "", "", "\033[1;33m", "\033[1;31m" };
  char line[ERROR_LINE_SIZE + 1024];
  bool coloured = level >= LOG_WARNING && has_colours ();
  const char *colour = coloured ? colours[level] : "", *reset = coloured ? "\033[0m" : "";
  size_t used = (size_t)snprintf (line, sizeof line, "husk: %s%s%s%s\n", colour, prefixes[level], reset, text);
  if (log_on_terminal ())
    used += log_source_write (place, colour, reset, line + used, sizeof line - used);
  (void)write_all (STDERR_FILENO, line, used);
}

/* place: of what it is about, or empty. */
static void
log_say (enum log_level level, const char *place, const char *text)
{
  char shown[ERROR_LINE_SIZE];
  if (level < log_least)
    return;
  (void)text_escape (text, shown, sizeof shown);
  if (is_for_stderr (level))
    log_stderr (level, place, shown);
  if (write_line)
    write_line (level, shown);
}

void
log_debug_line (const char *format, ...)
{
  char text[2048];
  va_list arguments;
  va_start (arguments, format);
  text_format (text, sizeof text, format, arguments);
  va_end (arguments);
  log_say (LOG_DEBUG, "", text);
}

void
log_info (const char *format, ...)
{
  char text[2048];
  va_list arguments;
  if (log_least > LOG_INFO)
    return;
  va_start (arguments, format);
  text_format (text, sizeof text, format, arguments);
  va_end (arguments);
  log_say (LOG_INFO, "", text);
}

void
log_warning (const char *format, ...)
{
  char text[2048];
  va_list arguments;
  va_start (arguments, format);
  text_format (text, sizeof text, format, arguments);
  va_end (arguments);
  log_say (LOG_WARNING, "", text);
}

void
log_warning_line (const struct error *error)
{
  char line[ERROR_LINE_SIZE];
  error_line (error, line, sizeof line);
  log_say (LOG_WARNING, error->place, line);
}

static bool told_error;

bool
log_told_error (void)
{
  return told_error;
}

void
log_error_line (const struct error *error)
{
  char line[ERROR_LINE_SIZE];
  told_error = true;
  error_line (error, line, sizeof line);
  log_say (LOG_ERROR, error->place, line);
}

bool
log_report_is_json (void)
{
  return log_json && (!write_line || write_line == log_file);
}

void
log_report_json (const char *name, const char *json)
{
  auto_free char *line = NULL;
  int size = asprintf (&line, "{\"level\":\"info\",\"msg\":\"%s\",\"time\":\"%s\",\"%s\":%s}\n", name,
                       now_text (&(struct now_text){ 0 }), name, json);
  if (size > 0)
    (void)write_all (write_line ? log_fd : STDERR_FILENO, line, (size_t)size);
}

void
log_report_line (const char *format, ...)
{
  char text[512], line[sizeof text + 16];
  va_list arguments;
  va_start (arguments, format);
  text_format (text, sizeof text, format, arguments);
  va_end (arguments);
  if (write_line)
    write_line (LOG_INFO, text);
  else
    (void)write_all (STDERR_FILENO, line, (size_t)snprintf (line, sizeof line, "husk: %s\n", text));
}
