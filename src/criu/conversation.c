/*
 * husk-criu's dialogue with `criu swrk`: main.c starts criu and sends it one request. criu's notifications are
 * answered, and if it fails, its log is searched for the reason. If husk dies during a dump, the pre-dump or post-dump
 * notification is answered with a failure, and CRIU lets the processes continue. A criu that is dumping is killed only
 * when it has used no CPU time for a minute, or is not done a minute after husk's death, because the processes that it
 * has seized might not survive that.
 */
#include "conversation.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "husk/descriptor.h"
#include "husk/program.h"

#define LAST_WORDS_MILLISECONDS 2000
#define PATIENCE_SECONDS 60
#define ENDED_MILLISECONDS 60000

int
conversation_begin (struct conversation *conversation, struct error *error)
{
  int pair[2];
  char number[12];
  if (socketpair (AF_UNIX, SOCK_SEQPACKET, 0, pair) < 0)
    return error_set (error, errno, "make a socket to criu");
  (void)snprintf (number, sizeof number, "%d", pair[1]);
  conversation->words = memfd_create ("criu", MFD_CLOEXEC);
  const pid_t parent = getpid ();
  conversation->criu = conversation->words < 0 ? -1 : fork ();
  if (conversation->criu == 0)
    {
      (void)close (pair[0]);
      if (prctl (PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid () != parent)
        _exit (126);
      /* criu's output before it opens its log goes to a file, not to the standard error of restored processes. Some
       * engines run husk without PATH, in which criu looks for ip and iptables */
      if (dup2 (conversation->words, 2) < 0 || setenv ("PATH", SEARCH_PATH, 0) < 0)
        _exit (126);
      (void)execlp ("criu", "criu", "swrk", number, (char *)NULL);
      _exit (errno == ENOENT ? 127 : 126);
    }
  (void)close (pair[1]);
  conversation->socket = pair[0];
  conversation->pidfd = conversation->criu < 0 ? -1 : (int)syscall (SYS_pidfd_open, conversation->criu, 0);
  return conversation->pidfd < 0 ? error_set (error, errno, "start criu") : 0;
}

/* false: criu has ended. */
static bool
send_request (struct conversation *conversation, const Request *message)
{
  size_t size = request__get_packed_size (message);
  auto_free uint8_t *bytes = malloc (size);
  if (!bytes)
    abort ();
  (void)request__pack (message, bytes);
  return send (conversation->socket, bytes, size, MSG_NOSIGNAL) >= 0;
}

/* Called once a second. criu is stuck if it has used no CPU time for too long, or if it does not reach the point where
 * its dump can be cancelled. */
static bool
is_stuck (struct conversation *conversation)
{
  struct timespec used = conversation->used;
  clockid_t clock;
  if (clock_getcpuclockid (conversation->criu, &clock) == 0)
    (void)clock_gettime (clock, &used);
  if (used.tv_sec != conversation->used.tv_sec || used.tv_nsec != conversation->used.tv_nsec)
    conversation->idle_seconds = 0;
  conversation->used = used;
  conversation->abandoned_seconds += conversation->abandoned;
  return conversation->idle_seconds++ >= PATIENCE_SECONDS || conversation->abandoned_seconds > PATIENCE_SECONDS;
}

/* Waits for a message from criu. false: it has ended. The pidfd is polled because half-restored processes may hold the
 * socket open. There is no deadline unless criu is watched: the time of a restore depends on the size of the images,
 * and that of a dump with lazy pages or a page server on the receiver. If husk dies, a restore is killed and a dump is
 * watched. */
static bool
wait_for_word (struct conversation *conversation)
{
  struct pollfd polls[] = { { conversation->socket, POLLIN, 0 },
                            { conversation->pidfd, POLLIN, 0 },
                            { conversation->abandoned ? -1 : conversation->husk->socket, 0, 0 } };
  conversation->idle_seconds = 0;
  for (;;)
    {
      int ready = descriptor_poll (polls, 3, conversation->watched ? 1000 : -1);
      if (ready < 0)
        return false;
      if (ready == 0 && is_stuck (conversation))
        {
          conversation->stuck = true;
          (void)kill (conversation->criu, SIGKILL);
          return false;
        }
      if (ready == 0)
        continue;
      if (polls[2].revents) /* hung up */
        conversation->abandoned = conversation->watched = true, polls[2].fd = -1;
      if (polls[0].revents || polls[1].revents)
        return polls[0].revents & POLLIN;
    }
}

/* Receives one response and its descriptor, if it has one. NULL: criu has ended. */
static Response *
receive_response (struct conversation *conversation, int *out_fd)
{
  static uint8_t bytes[65536];
  union
  {
    struct cmsghdr header;
    char bytes[CMSG_SPACE (sizeof (int))];
  } control;
  struct iovec data = { bytes, sizeof bytes };
  struct msghdr message
      = { .msg_iov = &data, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control.bytes };
  ssize_t got = 0;
  *out_fd = -1;
  if (!wait_for_word (conversation))
    return NULL;
  do
    got = recvmsg (conversation->socket, &message, MSG_CMSG_CLOEXEC);
  while (got < 0 && errno == EINTR);
  const struct cmsghdr *header = got <= 0 ? NULL : CMSG_FIRSTHDR (&message);
  if (header && header->cmsg_type == SCM_RIGHTS)
    memcpy (out_fd, CMSG_DATA (header), sizeof *out_fd);
  return got <= 0 ? NULL : response__unpack (NULL, (size_t)got, bytes);
}

/* The namespaces exist, but the processes do not yet: husk runs its hooks and answers whether they succeeded. */
static bool
ask_husk (const struct conversation *conversation, pid_t pid)
{
  struct criu_message answer = { 0 };
  struct error trouble = { 0 }; /* not reported: husk is gone, and the false answer ends criu */
  /* no deadline: hooks have their own; husk's death is the end of file */
  return criu_send (conversation->husk->socket, &criu_message_type, &(struct criu_message){ .namespaces = pid },
                    &trouble)
             == 0
         && criu_receive (conversation->husk, &criu_message_type, &answer, &trouble) > 0 && answer.go;
}

static bool
answer_criu (struct conversation *conversation, const Response *response, int *fd)
{
  Request message = REQUEST__INIT;
  const char *script = response->notify && response->notify->script ? response->notify->script : "";
  message.type = TYPE__NOTIFY;
  message.has_notify_success = true;
  /* refusing lets the processes continue */
  message.notify_success = !conversation->abandoned || !strstr (script, "-dump");
  if (strcmp (script, "orphan-pts-master") == 0 && *fd >= 0)
    {
      descriptor_close (&conversation->master); /* of one that was sent before */
      conversation->master = take_fd (fd);
    }
  if (strcmp (script, "setup-namespaces") == 0)
    message.notify_success = ask_husk (conversation, response->notify->pid);
  return send_request (conversation, &message);
}

/* Errors that CRIU logs when it probes the kernel, and then ignores. */
static bool
is_probe (const char *text)
{
  return strstr (text, "RLIMIT_NOFILE") || strncmp (text, "tun: Unable to create tun", 25) == 0;
}

/* The first error in a log, without its source location. Later errors follow from it. */
static void
find_error (FILE *log, char *out, size_t size)
{
  char line[1024];
  *out = '\0';
  while (!*out && fgets (line, sizeof line, log))
    {
      char *text = strstr (line, "Error (");
      text = text ? strstr (text, "): ") : NULL;
      if (text && !is_probe (text + 3))
        (void)snprintf (out, size, "%.*s", (int)strcspn (text + 3, "\n"), text + 3);
    }
  (void)fclose (log);
}

static void
explain_failure (const struct conversation *conversation, const struct request *request, const char *otherwise,
                 struct error *error)
{
  char path[4352], first[512] = "";
  (void)snprintf (path, sizeof path, "%s/%s", request->asked->work, request->options.log_file);
  FILE *log = fopen (path, "re");
  if (log)
    find_error (log, first, sizeof first);
  bool logged = log != NULL;
  log = *first || lseek (conversation->words, 0, SEEK_SET) < 0 ? NULL : fdopen (conversation->words, "r");
  if (log)
    find_error (log, first, sizeof first);
  (void)error_set (error, 0, "criu: %s", *first ? first : otherwise);
  char hint[sizeof error->hint];
  if (logged && snprintf (hint, sizeof hint, "its log is %s", path) < (int)sizeof hint)
    error_hint (error, "%s", hint);
  else if (logged) /* the beginning of a path is the path of something else */
    error_hint (error, "its log is %s in its work directory", request->options.log_file);
}

static int
ended (struct conversation *conversation, const struct request *request, struct error *error)
{
  int status = 0;
  char text[PROGRAM_END_SIZE];
  /* criu has closed its socket, or was killed */
  if (process_wait_within (conversation->criu, conversation->pidfd, &status, ENDED_MILLISECONDS) < 0)
    {
      (void)error_set (error, errno, "wait for the end of criu");
      (void)kill (conversation->criu, SIGKILL); /* not reaped yet, so the pid has not been reused */
      return -1;
    }
  if (WIFEXITED (status) && WEXITSTATUS (status) == 127)
    {
      (void)error_set (error, 0, "criu was not found");
      error_hint (error, "checkpoint and restore need the program criu in PATH");
      return -1;
    }
  if (conversation->stuck)
    return error_set (error, ETIMEDOUT, "criu made no progress for %d seconds", PATIENCE_SECONDS);
  struct program_end end = program_end_of (status);
  if (end.way == PROGRAM_KILLED)
    return error_set (error, 0, "criu %s", program_end_text (&end, NULL, text));
  explain_failure (conversation, request, program_end_text (&end, NULL, text), error);
  return -1;
}

/* criu still writes its log after the last response: it gets time to end. */
static void
let_end (struct conversation *conversation)
{
  struct pollfd end = { conversation->pidfd, POLLIN, 0 };
  descriptor_close (&conversation->socket);
  (void)descriptor_poll (&end, 1, LAST_WORDS_MILLISECONDS); /* if it still runs, the log may be incomplete */
}

enum next
{
  GO_ON,
  DONE,
  FAILED,
  ENDED,
};

static enum next
take_response (struct conversation *conversation, const Response *response, int *fd)
{
  if (response->type == TYPE__NOTIFY)
    return answer_criu (conversation, response, fd) ? GO_ON : ENDED;
  if (response->restore)
    conversation->pid = response->restore->pid;
  return response->success ? DONE : FAILED;
}

int
conversation_hold (struct conversation *conversation, const struct request *request, struct error *error)
{
  enum next next = send_request (conversation, &request->message) ? GO_ON : ENDED;
  while (next == GO_ON)
    {
      int got;
      Response *response = receive_response (conversation, &got);
      auto_close int fd = got;
      next = response ? take_response (conversation, response, &fd) : ENDED;
      if (next == FAILED)
        {
          let_end (conversation);
          explain_failure (conversation, request, response->cr_errmsg ? response->cr_errmsg : "it failed", error);
        }
      if (response)
        response__free_unpacked (response, NULL);
    }
  return next == ENDED ? ended (conversation, request, error) : next == DONE ? 0 : -1;
}
