/*
 * husk-criu as a child of husk: found, started, sent to work, read line by line and reaped. checkpoint.c and restore.c
 * run one each, and images.c and external.c add most of its command line; cli/features.c asks whether it could run. The
 * child gets a socket as descriptor 3, a console socket as 4 and CRIU's status descriptor as 5, if they are wanted, and
 * nothing else above 2. Its words and lines are a protocol with src/criu: change both sides together.
 */
#include "criu_program.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "husk/checkpoint.h"
#include "husk/descriptor.h"
#include "husk/program.h"

#define PROGRAM "husk-criu"

void
criu_word (struct criu_words *words, const char *format, ...)
{
  char text[8192];
  va_list arguments;
  va_start (arguments, format);
  (void)vsnprintf (text, sizeof text, format, arguments);
  va_end (arguments);
  words->items = arena_more (words->arena, words->items, words->count, &words->room, 64, sizeof *words->items);
  words->items[words->count++] = arena_string (words->arena, text);
}

bool
checkpoint_possible (void)
{
  char path[4352];
  const char *directories = getenv ("PATH");
  if (!program_find (PROGRAM, path, sizeof path))
    return false;
  for (const char *at = directories ? directories : SEARCH_PATH; *at; at += strspn (at, ":"))
    {
      int length = (int)strcspn (at, ":");
      (void)snprintf (path, sizeof path, "%.*s/criu", length, at);
      if (access (path, X_OK) == 0)
        return true;
      at += length;
    }
  return false;
}

static int
find (char *out, size_t size, struct error *error)
{
  if (program_find (PROGRAM, out, size))
    return 0;
  (void)error_set (error, 0,
                   "husk was built without protobuf-c: checkpoint and restore need the program " PROGRAM
                   " (looked for at %.200s and %s/" PROGRAM ")",
                   out, program_directory);
  return -1;
}

int
criu_begin (struct criu_program *program, const char *verb, struct criu_words *words, int console, int status,
            struct error *error)
{
  char path[4352];
  int pair[2];
  *program = (struct criu_program){ .socket = -1 };
  if (find (path, sizeof path, error) < 0)
    return -1;
  char **arguments = arena_array (words->arena, char *, words->count + 3);
  arguments[0] = path;
  arguments[1] = arena_string (words->arena, verb);
  if (words->count)
    memcpy (arguments + 2, words->items, words->count * sizeof *arguments);
  if (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
    return error_set (error, errno, "make a socket to " PROGRAM);
  program->socket = pair[0];
  auto_close int theirs = pair[1];
  const int others[] = { theirs, console, status };
  const struct program_start start = { .path = path,
                                       .arguments = arguments,
                                       .environment = environ,
                                       .input = 0,
                                       .out = 1,
                                       .errors = 2,
                                       .others = others,
                                       .others_count = 3 };
  int code = program_start (&start, &program->pid);
  if (code)
    program->pid = 0;
  return code ? error_set (error, code, "run " PROGRAM) : 0;
}

int
criu_go (struct criu_program *program, struct error *error)
{
  return descriptor_send (program->socket, "g", 1, MSG_NOSIGNAL) == 1 ? 0
                                                                      : error_set (error, errno, "speak to " PROGRAM);
}

static int
reap (struct criu_program *program, struct error *error)
{
  int status = 0;
  descriptor_close (&program->socket);
  /* no deadline: a dump that is called off lets its processes go first, and husk-criu has one for a criu that is stuck
   */
  int ended = process_wait (program->pid, &status, 0);
  program->pid = 0;
  if (ended < 0)
    return error_set (error, errno, "wait for the end of " PROGRAM);
  if (error->set)
    return -1;
  struct program_end end = program_end_of (status);
  char text[PROGRAM_END_SIZE];
  return program_succeeded (&end) ? 0 : error_set (error, 0, PROGRAM " %s", program_end_text (&end, NULL, text));
}

/* "error TAB text TAB hint" */
static void
note_error (char *line, struct error *error)
{
  char *text = strchr (line, '\t'), *hint = text ? strchr (text + 1, '\t') : NULL;
  if (hint)
    *hint++ = '\0';
  (void)error_set (error, 0, "%s", text ? text + 1 : "husk-criu failed");
  if (hint && *hint)
    error_hint (error, "%s", hint);
}

int
criu_hear (struct criu_program *program, char *line, size_t size, struct error *error)
{
  for (;;)
    {
      char *end = memchr (program->heard, '\n', program->heard_size);
      if (end)
        {
          size_t length = (size_t)(end - program->heard);
          (void)snprintf (line, size, "%.*s", (int)length, program->heard);
          program->heard_size -= length + 1;
          memmove (program->heard, end + 1, program->heard_size);
          if (strncmp (line, "error\t", 6) != 0)
            return 1;
          note_error (line, error);
          continue;
        }
      /* no deadline: images may be large; its death is the end of file */
      ssize_t got = descriptor_read (program->socket, program->heard + program->heard_size,
                                     sizeof program->heard - program->heard_size);
      if (got <= 0)
        return reap (program, error);
      program->heard_size += (size_t)got;
    }
}

void
criu_end (struct criu_program *program)
{
  descriptor_close (&program->socket);
  if (program->pid <= 0)
    return;
  (void)kill (program->pid, SIGKILL); /* criu dies with it */
  (void)reap (program, &(struct error){ 0 });
}
