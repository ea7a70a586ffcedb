/*
 * libFuzzer: any bytes as what criu says to husk-criu: its log up to the first NUL, then messages of its protocol, each
 * with its length in two bytes before it. The conversation ends, well or with one error; it answers only notifications;
 * and no process is signalled, since there is no criu: the linker puts this file's wait and kill in place of the
 * others.
 */
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "conversation.h"
#include "husk/descriptor.h"
#include "must.h"

#define MESSAGES_MAX 8 /* that a socket's queue holds, with their answers */

int __wrap_process_wait_within (pid_t pid, int pidfd, int *out_status, int milliseconds);
int __wrap_kill (pid_t pid, int signal);

int
__wrap_process_wait_within (pid_t pid, int pidfd, int *out_status, int milliseconds)
{
  (void)pid, (void)pidfd, (void)milliseconds;
  *out_status = 1 << 8; /* it has exited with 1 */
  return 0;
}

int
__wrap_kill (pid_t pid, int signal)
{
  (void)pid, (void)signal;
  abort ();
}

/* Queues the messages, every other one with a descriptor; the last one is a success, after which nothing is awaited. */
static void
speak (int socket, const uint8_t *data, size_t size)
{
  static const uint8_t done[] = { 8, TYPE__RESTORE, 16, 1 }; /* type and success */
  for (int count = 0; size >= 2 && count < MESSAGES_MAX; count++)
    {
      size_t length = (size_t)(data[0] << 8 | data[1]);
      data += 2;
      size -= 2;
      if (length > size)
        length = size;
      if (length > 0)
        must (descriptors_send (socket, data, length, &socket, length % 2) == (ssize_t)length);
      data += length;
      size -= length;
    }
  must (send (socket, done, sizeof done, 0) == sizeof done);
}

/* husk, that runs its hooks: it has answered already, in one of three ways. */
static int
husk_that_says (unsigned way)
{
  static const char *const words[] = { "{\"go\":true}\n{\"go\":true}\n", "{\"go\":false}\n", "{" };
  int pair[2];
  must (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == 0);
  must (write_all (pair[1], words[way % 3], strlen (words[way % 3])) == 0 && shutdown (pair[1], SHUT_WR) == 0);
  (void)close (pair[1]);
  return pair[0];
}

static void
hold (const char *log, size_t log_size, const uint8_t *data, size_t size)
{
  int pair[2];
  struct arena arena;
  struct error error = { 0 };
  must (arena_open (&arena, 1ul << 28) == 0 && socketpair (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == 0);
  struct criu_listener husk = { .socket = husk_that_says ((unsigned)size), .arena = &arena };
  struct conversation conversation = { .socket = pair[0],
                                       .criu = INT_MAX,
                                       .pidfd = eventfd (1, EFD_CLOEXEC), /* criu has ended, as far as poll can see */
                                       .words = memfd_create ("words", MFD_CLOEXEC),
                                       .master = -1,
                                       .husk = &husk };
  const struct criu_request asked = { .verb = CRIU_RESTORE, .work = "/nonexistent" };
  struct request request = { .asked = &asked };
  request__init (&request.message);
  options__init (&request.options);
  request.message.type = TYPE__RESTORE;
  request.options.log_file = (char *)"restore.log";
  int words = dup (conversation.words); /* the log is closed by who reads it */
  must (write_all (conversation.words, log, log_size) == 0);
  speak (pair[1], data, size);
  int result = conversation_hold (&conversation, &request, &error);
  must (result == 0 ? !error.set : error.set && error.text[0] && memchr (error.text, '\0', sizeof error.text) != NULL);
  char line[ERROR_LINE_SIZE];
  error_line (&error, line, sizeof line);
  must (!strpbrk (line, "\n\r\033"));
  const int fds[] = { conversation.socket, pair[1], conversation.pidfd, words, conversation.master, husk.socket };
  for (size_t i = 0; i < sizeof fds / sizeof *fds; i++)
    if (fds[i] >= 0)
      (void)close (fds[i]);
  if (fcntl (conversation.words, F_GETFD) >= 0)
    (void)close (conversation.words);
  arena_close (&arena);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  const uint8_t *end = memchr (data, '\0', size);
  size_t log = end ? (size_t)(end - data) : size;
  hold ((const char *)data, log, data + log + (end != NULL), size - log - (end != NULL));
  return 0;
}
