/*
 * husk-criu as a child of husk, for checkpoint.c and restore.c: finds and starts it, sends the request, receives its
 * messages and reaps it. husk/criu.h has the protocol. Above descriptor 2 the child gets only the socket and, if they
 * are needed, a console socket and CRIU's status descriptor.
 */
#include "criu_program.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "husk/checkpoint.h"
#include "husk/descriptor.h"
#include "husk/program.h"

#define PROGRAM "husk-criu"

bool
checkpoint_possible (void)
{
  char path[4352];
  const char *directories = getenv ("PATH");
  return program_find (PROGRAM, path, sizeof path)
         && program_search ("criu", directories ? directories : SEARCH_PATH, path, sizeof path);
}

static int
find_husk_criu (char *out, size_t size, struct error *error)
{
  if (program_find (PROGRAM, out, size))
    return 0;
  (void)error_set (error, 0,
                   "husk was built without protobuf-c: checkpoint and restore need the program " PROGRAM
                   " (looked for at %.200s and %s/" PROGRAM ")",
                   out, program_directory);
  return -1;
}

static int
reap (struct criu_program *program, struct error *error)
{
  int status = 0;
  descriptor_close (&program->listener.socket);
  /* no deadline: a cancelled dump has to release its processes first, and husk-criu has a deadline for a stuck criu */
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

int
criu_await_message (struct criu_program *program, struct criu_message *out, struct error *error)
{
  int heard;
  /* no deadline: images may be large, and the death of husk-criu is an end of file */
  while ((heard = criu_receive (&program->listener, &criu_message_type, out, error)) > 0)
    {
      if (!out->error)
        return 1;
      (void)error_set (error, 0, "%s", out->error);
      if (out->hint)
        error_hint (error, "%s", out->hint);
    }
  return heard < 0 ? -1 : reap (program, error);
}

/* If husk-criu has ended, its last message is the error. */
static int
criu_send_or_fail (struct criu_program *program, const struct json_type *type, const void *message, struct error *error)
{
  struct criu_message last;
  struct error trouble = { 0 };
  if (criu_send (program->listener.socket, type, message, &trouble) == 0)
    return 0;
  while (trouble.code == EPIPE && criu_await_message (program, &last, error) > 0)
    continue;
  if (!error->set)
    *error = trouble;
  return -1;
}

int
criu_begin (struct criu_program *program, const struct criu_request *request, int console, int status,
            struct error *error)
{
  char path[4352];
  int pair[2];
  *program = (struct criu_program){ .listener = { .socket = -1, .arena = request->arena } };
  if (find_husk_criu (path, sizeof path, error) < 0)
    return -1;
  if (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
    return error_set (error, errno, "make a socket to " PROGRAM);
  program->listener.socket = pair[0];
  auto_close int theirs = pair[1];
  const int others[] = { theirs, console, status }; /* CRIU_SOCKET, CRIU_CONSOLE, CRIU_STATUS */
  const struct program_start start = { .path = path,
                                       .arguments = (char *[]){ path, NULL },
                                       .environment = environ,
                                       .input = 0,
                                       .out = 1,
                                       .errors = 2,
                                       .others = others,
                                       .others_count = 3 };
  int code = program_start (&start, &program->pid);
  descriptor_close (&theirs);
  if (code)
    program->pid = 0;
  return code ? error_set (error, code, "run " PROGRAM)
              : criu_send_or_fail (program, &criu_request_type, request, error);
}

int
criu_go (struct criu_program *program, struct error *error)
{
  return criu_send_or_fail (program, &criu_message_type, &(struct criu_message){ .go = true }, error);
}

void
criu_end (struct criu_program *program)
{
  descriptor_close (&program->listener.socket);
  if (program->pid <= 0)
    return;
  (void)kill (program->pid, SIGKILL); /* criu dies with it */
  (void)reap (program, &(struct error){ 0 });
}
