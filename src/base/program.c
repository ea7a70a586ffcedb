/*
 * Another program, run to its end with its output kept: newuidmap and newgidmap for src/launch, husk-systemd for
 * src/unit. program_find locates husk's own programs, husk-criu too. Both outputs are read on when their buffers are
 * full, because a program that writes to a full pipe would wait forever. It is killed by its pid only before it has
 * been waited for: until then the pid cannot be another's.
 */
#include "husk/program.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "husk/clock.h"
#include "husk/descriptor.h"

const char program_directory[] = HUSK_LIBEXECDIR;

bool
program_find (const char *name, char *out, size_t size)
{
  char installed[4352];
  size_t room = size - strlen (name) - 2;
  ssize_t length = readlink ("/proc/self/exe", out, room);
  out[length > 0 ? length : 0] = '\0';
  char *slash = strrchr (out, '/');
  (void)strcpy (slash ? slash + 1 : out, name);
  if (slash && access (out, X_OK) == 0)
    return true;
  (void)snprintf (installed, sizeof installed, "%s/%s", program_directory, name);
  if (access (installed, X_OK) < 0)
    return false;
  (void)snprintf (out, size, "%s", installed);
  return true;
}

struct voice /* one of its outputs */
{
  int fd;
  char *text;
  size_t size, used;
};

#define CHUNK 4096
#define PIPE_CHUNKS (65536 / CHUNK)

static int
open_voice (struct voice *voice, char *text, size_t size, int *out_theirs, struct error *error)
{
  int ends[2];
  *voice = (struct voice){ -1, text, size, 0 };
  text[0] = '\0';
  if (pipe2 (ends, O_CLOEXEC) < 0)
    return error_set (error, errno, "make a pipe");
  auto_close int ours = ends[0], theirs = ends[1];
  if (fcntl (ours, F_SETFL, O_NONBLOCK) < 0)
    return error_set (error, errno, "make a pipe that does not wait");
  voice->fd = take_fd (&ours);
  *out_theirs = take_fd (&theirs);
  return 0;
}

/* Takes what is there; what has no room is read all the same. Closes at the end of file. */
static void
hear (struct voice *voice)
{
  char chunk[CHUNK];
  ssize_t got = descriptor_read (voice->fd, chunk, sizeof chunk);
  if (got < 0 && errno == EAGAIN)
    return;
  if (got <= 0)
    {
      descriptor_close (&voice->fd);
      return;
    }
  size_t room = voice->size - 1 - voice->used, taken = (size_t)got < room ? (size_t)got : room;
  memcpy (voice->text + voice->used, chunk, taken);
  voice->used += taken;
  voice->text[voice->used] = '\0';
}

/* A file in memory: the program reads it when it likes, and nobody waits for that. -1 with errno. */
static int
open_input (const char *text, size_t size)
{
  auto_close int fd = memfd_create ("input", MFD_CLOEXEC);
  if (fd < 0 || write_all (fd, text, size) < 0 || lseek (fd, 0, SEEK_SET) < 0)
    return -1;
  return take_fd (&fd);
}

/* Until it has ended and what it had said is read (pidfd -1: until it has closed its outputs): false when that takes
 * too long. What it leaves behind may go on to write: a pipe's fill is all that can be its own. */
static bool
attend (int pidfd, struct voice *out, struct voice *errors, int patience)
{
  int64_t deadline = now_milliseconds () + patience;
  for (int last = 0;;)
    {
      struct pollfd polls[] = { { pidfd, POLLIN, 0 }, { out->fd, POLLIN, 0 }, { errors->fd, POLLIN, 0 } };
      int64_t left = deadline - now_milliseconds ();
      if (left <= 0)
        return false;
      int ready = descriptor_poll (polls, 3, (int)left);
      if (ready < 0)
        return false;
      if (ready == 0)
        continue;
      if (polls[1].revents)
        hear (out);
      if (polls[2].revents)
        hear (errors);
      bool silent = !(polls[1].revents & POLLIN) && !(polls[2].revents & POLLIN);
      if ((polls[0].revents && (silent || ++last > PIPE_CHUNKS)) || (out->fd < 0 && errors->fd < 0))
        return true;
    }
}

/* A set-user-ID program that has its owner's id can not be killed: it is not waited for then. */
static int
reap (pid_t pid, int pidfd, bool ended, int *out_status, struct error *error)
{
  bool wait = ended || kill (pid, SIGKILL) == 0; /* not waited for yet, so the pid is its own */
  int result = wait ? process_wait_within (pid, pidfd, out_status, KILLED_MILLISECONDS)
                    : process_wait (pid, out_status, WNOHANG);
  if (result < 0 && errno != ETIMEDOUT)
    return error_set (error, errno, "wait for its end");
  ended &= result == 0;
  return ended ? PROGRAM_ENDED : PROGRAM_LATE;
}

int
program_run (const struct program *program, int *out_status, struct error *error)
{
  struct voice out = { .fd = -1 }, errors = { .fd = -1 };
  int theirs = -1, errors_theirs = -1;
  pid_t pid;
  *out_status = 0;
  auto_close int input = program->input ? open_input (program->input, program->input_size) : -1;
  if (program->input && input < 0)
    return error_set (error, errno, "keep the input of %s", program->path);
  if (open_voice (&errors, program->errors, program->errors_size, &errors_theirs, error) < 0)
    return -1;
  auto_close int errors_fd = errors_theirs;
  int result = program->out ? open_voice (&out, program->out, program->out_size, &theirs, error) : 0;
  auto_close int out_fd = theirs;
  struct program_start start = { .path = program->path,
                                 .arguments = program->arguments,
                                 .environment = program->environment,
                                 .input = input,
                                 .out = program->out ? out_fd : errors_fd,
                                 .errors = errors_fd };
  int code = result < 0 ? 0 : program_start (&start, &pid);
  descriptor_close (&errors_fd);
  descriptor_close (&out_fd);
  if (code)
    result = error_set (error, code, "run %s", program->path);
  if (result == 0)
    {
      auto_close int pidfd = (int)syscall (SYS_pidfd_open, pid, 0);
      result = reap (pid, pidfd, attend (pidfd, &out, &errors, program->patience), out_status, error);
    }
  descriptor_close (&out.fd);
  descriptor_close (&errors.fd);
  return result;
}
