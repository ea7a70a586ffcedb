/*
 * The ioctls of a seccomp listener: a notified call is received, looked at and answered. The agent (client.c) and the
 * observers (src/observer) use them. The buffers have the kernel's sizes, which may exceed those of the headers, and
 * are cleared before each use. The pid in a notification may have been reused: code that acts on it opens the process
 * first, and calls notification_waits afterwards.
 */
#include "husk/agent.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "husk/descriptor.h"
#include "husk/kernel.h"

static size_t sizes_of_kernel[2];

int
notification_open (struct notification *notification)
{
  struct seccomp_notif_sizes sizes;
  if (syscall (SYS_seccomp, SECCOMP_GET_NOTIF_SIZES, 0, &sizes) < 0)
    return -1;
  size_t call = sizeof *notification->call, response = sizeof *notification->response;
  sizes_of_kernel[0] = sizes.seccomp_notif > call ? sizes.seccomp_notif : call;
  sizes_of_kernel[1] = sizes.seccomp_notif_resp > response ? sizes.seccomp_notif_resp : response;
  notification->call = calloc (1, sizes_of_kernel[0]);
  notification->response = calloc (1, sizes_of_kernel[1]);
  return notification->call && notification->response ? 0 : -1;
}

void
notification_close (struct notification *notification)
{
  free (notification->call);
  free (notification->response);
}

int
notification_receive (struct notification *notification, int listener)
{
  memset (notification->call, 0, sizes_of_kernel[0]); /* the kernel requires it */
  if (ioctl (listener, SECCOMP_IOCTL_NOTIF_RECV, notification->call) == 0)
    return 1;
  return errno == EINTR || errno == ENOENT || errno == EAGAIN ? 0 : -1;
}

bool
notification_waits (const struct notification *notification, int listener)
{
  uint64_t id = notification->call->id;
  return ioctl (listener, SECCOMP_IOCTL_NOTIF_ID_VALID, &id) == 0;
}

static int
notification_answer (struct notification *notification, int listener, int code, uint32_t flags)
{
  memset (notification->response, 0, sizes_of_kernel[1]);
  notification->response->id = notification->call->id;
  notification->response->error = -code;
  notification->response->flags = flags;
  /* ENOENT: the caller is gone */
  return ioctl (listener, SECCOMP_IOCTL_NOTIF_SEND, notification->response) < 0 && errno != ENOENT ? -1 : 0;
}

int
notification_continue (struct notification *notification, int listener)
{
  return notification_answer (notification, listener, 0, SECCOMP_USER_NOTIF_FLAG_CONTINUE);
}

int
notification_refuse (struct notification *notification, int listener, int code)
{
  return notification_answer (notification, listener, code, 0);
}

/* From Linux 5.14 on the call returns in the same step. On older kernels a signal can interrupt the call in between:
 * the caller then has the descriptor without knowing its number. */
int
notification_give (struct notification *notification, int listener, int fd, bool cloexec)
{
  struct seccomp_notif_addfd given = { .id = notification->call->id,
                                       .flags = SECCOMP_ADDFD_FLAG_SEND,
                                       .srcfd = (uint32_t)fd,
                                       .newfd_flags = cloexec ? O_CLOEXEC : 0 };
  int number = ioctl (listener, SECCOMP_IOCTL_NOTIF_ADDFD, &given);
  if (number >= 0 || errno == ENOENT)
    return 0;
  if (errno != EINVAL)
    return errno;
  given.flags = 0;
  number = ioctl (listener, SECCOMP_IOCTL_NOTIF_ADDFD, &given);
  if (number < 0)
    return errno == ENOENT ? 0 : errno;
  memset (notification->response, 0, sizes_of_kernel[1]);
  notification->response->id = notification->call->id;
  notification->response->val = number;
  return ioctl (listener, SECCOMP_IOCTL_NOTIF_SEND, notification->response) < 0 && errno != ENOENT ? -1 : 0;
}

/* The notification names the calling thread, and pidfd_open takes only a thread group leader. */
static pid_t
calling_process (pid_t thread)
{
  char path[48], text[1024];
  (void)snprintf (path, sizeof path, "/proc/%d/status", (int)thread);
  const char *line = read_small (path, text, sizeof text) > 0 ? strstr (text, "\nTgid:") : NULL;
  return line ? (pid_t)strtol (line + 6, NULL, 10) : thread;
}

void
notification_kill (const struct notification *notification, int listener)
{
  /* the pid may have been reused: the notification is checked again once the pidfd is open */
  auto_close int pidfd = (int)syscall (SYS_pidfd_open, calling_process ((pid_t)notification->call->pid), 0);
  if (pidfd >= 0 && notification_waits (notification, listener))
    (void)syscall (SYS_pidfd_send_signal, pidfd, SIGKILL, NULL, 0);
}
