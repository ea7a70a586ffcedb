/*
 * A seccomp agent for tests: agent SOCKET MODE. It writes each container process state as one line, then each notified
 * call's number, and answers: continue, or errno (38 for all but execve and exit_group). take: takes the listener and
 * answers nothing. sit: answers execve and exit_group only. die: takes it, reads one notification and ends. hang-up:
 * closes each connection unread. deaf: accepts and never reads. away: never accepts.
 */
#include <errno.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

/* What comes with one message: its bytes, and the number of its descriptors in the log. */
static ssize_t
receive_part (int connection, char *text, size_t room, int *fd)
{
  union
  {
    struct cmsghdr header;
    char bytes[CMSG_SPACE (4 * sizeof (int))];
  } control;
  struct iovec data = { text, room };
  struct msghdr message
      = { .msg_iov = &data, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control.bytes };
  ssize_t size = recvmsg (connection, &message, MSG_CMSG_CLOEXEC);
  if (size > 0 && CMSG_FIRSTHDR (&message) && control.header.cmsg_type == SCM_RIGHTS)
    {
      printf ("descriptors %zu\n", (size_t)(control.header.cmsg_len - CMSG_LEN (0)) / sizeof (int));
      memcpy (fd, CMSG_DATA (&control.header), sizeof *fd);
    }
  return size;
}

static int
receive (int connection)
{
  static char text[1 << 20];
  size_t size = 0;
  int fd = -1;
  for (ssize_t more; (more = receive_part (connection, text + size, sizeof text - 1 - size, &fd)) > 0;)
    size += (size_t)more;
  if (size == 0)
    return -1;
  text[size] = '\0';
  printf ("state %s\n", text);
  return fd;
}

static void
serve (int listener, const char *mode)
{
  for (;;)
    {
      struct seccomp_notif call = { 0 };
      if (ioctl (listener, SECCOMP_IOCTL_NOTIF_RECV, &call) < 0)
        {
          if (errno == EINTR || errno == ENOENT)
            continue;
          return;
        }
      printf ("call %d\n", call.data.nr);
      if (strcmp (mode, "die") == 0)
        return;
      struct seccomp_notif_resp answer = { .id = call.id };
      int passed = call.data.nr == SYS_execve || call.data.nr == SYS_exit_group || strcmp (mode, "continue") == 0;
      if (passed)
        answer.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
      else if (strcmp (mode, "sit") == 0)
        continue;
      else
        answer.error = -38;
      (void)ioctl (listener, SECCOMP_IOCTL_NOTIF_SEND, &answer);
    }
}

static void
attend (int connection, const char *mode)
{
  if (strcmp (mode, "hang-up") == 0)
    return;
  if (strcmp (mode, "deaf") == 0)
    for (;;)
      pause ();
  int listener = receive (connection);
  if (listener < 0)
    return;
  while (strcmp (mode, "take") == 0)
    pause ();
  serve (listener, mode);
}

int
main (int argc, char **argv)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  if (argc != 3)
    return 2;
  (void)snprintf (address.sun_path, sizeof address.sun_path, "%s", argv[1]);
  int server = socket (AF_UNIX, SOCK_STREAM, 0);
  setvbuf (stdout, NULL, _IOLBF, 0);
  if (bind (server, (struct sockaddr *)&address, sizeof address) < 0
      || listen (server, strcmp (argv[2], "away") == 0 ? 0 : 16) < 0)
    return perror (argv[1]), 1;
  (void)signal (SIGCHLD, SIG_IGN);
  while (strcmp (argv[2], "away") == 0)
    pause ();
  for (;;)
    {
      int connection = accept (server, NULL, NULL);
      if (connection < 0)
        continue;
      if (fork () == 0)
        {
          (void)prctl (PR_SET_PDEATHSIG, SIGKILL);
          attend (connection, argv[2]);
          _exit (0);
        }
      (void)close (connection);
    }
}
