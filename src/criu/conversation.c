#include "conversation.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "husk/descriptor.h"

int
conversation_begin (struct conversation *conversation, struct error *error)
{
  int pair[2];
  char number[12];
  if (socketpair (AF_UNIX, SOCK_SEQPACKET, 0, pair) < 0)
    return error_set (error, errno, "make a socket to criu");
  (void)snprintf (number, sizeof number, "%d", pair[1]);
  conversation->criu = fork ();
  if (conversation->criu == 0)
    {
      (void)close (pair[0]);
      (void)prctl (PR_SET_PDEATHSIG, SIGKILL);
      (void)execlp ("criu", "criu", "swrk", number, (char *)NULL);
      _exit (errno == ENOENT ? 127 : 126);
    }
  (void)close (pair[1]);
  conversation->socket = pair[0];
  conversation->pidfd = conversation->criu < 0 ? -1 : (int)syscall (SYS_pidfd_open, conversation->criu, 0);
  return conversation->pidfd < 0 ? error_set (error, errno, "start criu") : 0;
}

static int
send_request (struct conversation *conversation, const Request *message, struct error *error)
{
  size_t size = request__get_packed_size (message);
  auto_free uint8_t *bytes = malloc (size);
  if (!bytes)
    return error_set (error, ENOMEM, "ask criu");
  (void)request__pack (message, bytes);
  return send (conversation->socket, bytes, size, MSG_NOSIGNAL) < 0 ? error_set (error, errno, "ask criu") : 0;
}

/* Until criu has said something. false: it has ended, though what it has restored by half may hold the socket open. */
static bool
wait_for_word (struct conversation *conversation)
{
  struct pollfd polls[] = { { conversation->socket, POLLIN, 0 },
                            { conversation->pidfd, POLLIN, 0 },
                            { conversation->abandoned ? -1 : conversation->husk, 0, 0 } };
  for (;;)
    {
      if (poll (polls, 3, -1) < 0 && errno != EINTR)
        return false;
      if (polls[2].revents) /* hung up */
        conversation->abandoned = true, polls[2].fd = -1;
      if (polls[0].revents || polls[1].revents)
        return polls[0].revents & POLLIN;
    }
}

/* One response, and the descriptor that comes with it, if any. NULL: criu has ended. */
static Response *
receive (struct conversation *conversation, int *out_fd)
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

/* The namespaces are there, the processes are not yet: husk runs its hooks, and says whether they went well. */
static bool
ask_husk (const struct conversation *conversation, pid_t pid)
{
  char line[32], answer;
  int size = snprintf (line, sizeof line, "namespaces %d\n", (int)pid);
  return write_all (conversation->husk, line, (size_t)size) == 0 && read (conversation->husk, &answer, 1) == 1;
}

static int
answer (struct conversation *conversation, const Response *response, int *fd, struct error *error)
{
  Request message = REQUEST__INIT;
  const char *script = response->notify && response->notify->script ? response->notify->script : "";
  message.type = TYPE__NOTIFY;
  message.has_notify_success = true;
  message.notify_success = !conversation->abandoned; /* then what was to be dumped goes on */
  if (strcmp (script, "orphan-pts-master") == 0 && *fd >= 0)
    conversation->master = take_fd (fd);
  if (strcmp (script, "setup-namespaces") == 0)
    message.notify_success = ask_husk (conversation, response->notify->pid);
  return send_request (conversation, &message, error);
}

/* Errors that CRIU only notes, while it looks at what the kernel can do. */
static bool
is_probe (const char *text)
{
  return strstr (text, "RLIMIT_NOFILE") || strncmp (text, "tun: Unable to create tun", 25) == 0;
}

/* The first error that the log has: the others follow from it. */
static void
explain (const struct request *request, const Response *response, struct error *error)
{
  char path[4352], line[1024], first[512] = "";
  (void)snprintf (path, sizeof path, "%s/%s", request->work, request->options.log_file);
  FILE *log = fopen (path, "re");
  while (log && !*first && fgets (line, sizeof line, log))
    {
      char *text = strstr (line, "Error (");
      text = text ? strstr (text, "): ") : NULL;
      if (text && !is_probe (text + 3))
        (void)snprintf (first, sizeof first, "%.*s", (int)strcspn (text + 3, "\n"), text + 3);
    }
  if (log)
    (void)fclose (log);
  if (!*first && response && response->cr_errmsg)
    (void)snprintf (first, sizeof first, "%s", response->cr_errmsg);
  (void)error_set (error, 0, "criu: %s", *first ? first : response ? "it failed" : "it ended before it was done");
  error_hint (error, "its log is %.300s", path);
}

static int
ended (struct conversation *conversation, const struct request *request, struct error *error)
{
  int status = 0;
  while (waitpid (conversation->criu, &status, 0) < 0 && errno == EINTR)
    ;
  if (WIFEXITED (status) && WEXITSTATUS (status) == 127)
    {
      (void)error_set (error, 0, "criu is not there");
      error_hint (error, "checkpoint and restore need the program criu in PATH");
      return -1;
    }
  explain (request, NULL, error);
  return -1;
}

int
conversation_hold (struct conversation *conversation, const struct request *request, struct error *error)
{
  if (send_request (conversation, &request->message, &(struct error){ 0 }) < 0)
    return ended (conversation, request, error);
  for (;;)
    {
      int got;
      Response *response = receive (conversation, &got);
      auto_close int fd = got;
      if (!response)
        return ended (conversation, request, error);
      bool notified = response->type == TYPE__NOTIFY;
      int result = notified ? answer (conversation, response, &fd, error) : 0;
      if (!notified && !response->success)
        explain (request, response, error);
      if (!notified && response->success && response->restore)
        conversation->pid = response->restore->pid;
      bool failed = result < 0 || (!notified && !response->success);
      response__free_unpacked (response, NULL);
      if (failed || !notified)
        return failed ? -1 : 0;
    }
}
