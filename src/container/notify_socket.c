/*
 * A notify socket (sd_notify(3)) for the container, if husk's caller has one. creation.c adds the mount and the
 * variable before the config is compiled; start and run listen, and notify_wait or foreground.c relays. The container
 * may send anything: only the lines that is_state lists reach the service manager, MAINPID comes only from husk, and
 * descriptors are dropped.
 */
#include "notify_socket.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "husk/descriptor.h"

#define INSIDE "/run/notify"

static const char *
manager (void)
{
  const char *path = getenv ("NOTIFY_SOCKET");
  return path && (*path == '/' || *path == '@') ? path : NULL;
}

static bool
has_its_own (const struct spec_process *process)
{
  for (uint32_t i = 0; i < process->env.count; i++)
    if (strncmp (process->env.items[i], "NOTIFY_SOCKET=", 14) == 0)
      return true;
  return false;
}

bool
notify_offer (struct loaded_config *loaded, const char *root, const char *id)
{
  static const char *options[] = { "bind", "ro", "nosuid", "nodev", "noexec", NULL };
  struct spec *spec = &loaded->spec;
  struct spec_process *process = spec->process;
  if (!manager () || !process || has_its_own (process) || !spec_namespace (spec, SPEC_NAMESPACE_MOUNT))
    return false;

  char own[4096] = "";
  if (*root != '/' && !getcwd (own, sizeof own - 1)) /* a relative source would be taken relative to the bundle */
    return false;
  struct spec_mount *mounts = arena_array (&loaded->arena, struct spec_mount, spec->mounts.count + 1);
  if (spec->mounts.count)
    memcpy (mounts, spec->mounts.items, spec->mounts.count * sizeof *mounts);
  mounts[spec->mounts.count++] = (struct spec_mount){
    .destination.text = INSIDE,
    .type.text = "bind",
    .source.text = arena_format (&loaded->arena, "%s%s%s/%s/" RECORD_NOTIFY, own, *own ? "/" : "", root, id),
    .options = { options, sizeof options / sizeof *options - 1, true, 0 },
  };
  spec_mount_read (&mounts[spec->mounts.count - 1], &loaded->arena);
  spec->mounts.items = mounts;

  const char **env = arena_array (&loaded->arena, const char *, process->env.count + 2);
  if (process->env.count)
    memcpy (env, process->env.items, process->env.count * sizeof *env);
  env[process->env.count++] = "NOTIFY_SOCKET=" INSIDE "/" RECORD_NOTIFY_SOCKET;
  process->env.items = env;
  return true;
}

int
notify_make (int record_directory, struct error *error)
{
  return mkdirat (record_directory, RECORD_NOTIFY, 0755) < 0 || fchmodat (record_directory, RECORD_NOTIFY, 0755, 0) < 0
             ? error_set (error, errno, "make the directory of the container's notify socket")
             : 0;
}

int
notify_listen (int record_directory, int *out_socket, struct error *error)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  *out_socket = -1;
  if (!manager ())
    return 0;
  /* by descriptor: the path of the state directory may be too long for a socket address */
  (void)snprintf (address.sun_path, sizeof address.sun_path, "/proc/self/fd/%d/" RECORD_NOTIFY "/" RECORD_NOTIFY_SOCKET,
                  record_directory);
  auto_close int fd = socket (AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  (void)unlinkat (record_directory, RECORD_NOTIFY "/" RECORD_NOTIFY_SOCKET, 0); /* left by a start that was killed */
  if (fd < 0 || bind (fd, (struct sockaddr *)&address, sizeof address) < 0
      || fchmodat (record_directory, RECORD_NOTIFY "/" RECORD_NOTIFY_SOCKET, 0666, 0) < 0)
    return error_set (error, errno, "make the container's notify socket");
  *out_socket = take_fd (&fd);
  return 0;
}

/* Whether a line is a state that a service may report about itself. */
static bool
is_state (const char *line)
{
  static const char *const names[] = { "READY=1",        "RELOADING=1",     "STOPPING=1",          "STATUS=",
                                       "ERRNO=",         "BUSERROR=",       "WATCHDOG=1",          "WATCHDOG=trigger",
                                       "WATCHDOG_USEC=", "MONOTONIC_USEC=", "EXTEND_TIMEOUT_USEC=" };
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
    {
      size_t length = strlen (names[i]);
      if (strncmp (line, names[i], length) == 0 && (names[i][length - 1] == '=' || line[length] == '\0'))
        return true;
    }
  return false;
}

static void
notify_forward (const char *text, size_t size)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  const char *path = manager ();
  size_t length = path ? strlen (path) : 0;
  if (length == 0 || length >= sizeof address.sun_path)
    return;
  memcpy (address.sun_path, path, length);
  if (*path == '@')
    address.sun_path[0] = '\0';
  auto_close int fd = socket (AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd >= 0)
    (void)descriptor_send_to (fd, text, size, MSG_NOSIGNAL | MSG_DONTWAIT, (struct sockaddr *)&address,
                              (socklen_t)(offsetof (struct sockaddr_un, sun_path) + length));
}

bool
notify_relay (int socket, pid_t main_pid)
{
  char said[4097], passed[4160];
  size_t used = 0;
  bool ready = false;
  ssize_t got = descriptor_receive (socket, said, sizeof said, MSG_DONTWAIT); /* descriptors sent with it are dropped */
  if (got <= 0 || got >= (ssize_t)sizeof said || memchr (said, '\0', (size_t)got))
    return false;
  said[got] = '\0';
  for (char *rest = said, *line; (line = strsep (&rest, "\n"));)
    if (is_state (line))
      {
        used += (size_t)snprintf (passed + used, sizeof passed - used, "%s\n", line);
        ready |= strcmp (line, "READY=1") == 0;
      }
  if (ready && main_pid > 0)
    used += (size_t)snprintf (passed + used, sizeof passed - used, "MAINPID=%d\n", (int)main_pid);
  if (used > 0)
    notify_forward (passed, used);
  return ready;
}

/* No deadline: the service manager that has set NOTIFY_SOCKET has one, and ends husk by a signal. After the program's
 * end, at most a full queue is read, because other processes may keep writing. */
void
notify_wait (int socket, int pidfd, pid_t main_pid)
{
  int last = 0;
  for (bool ready = socket < 0; !ready && last < NOTIFY_QUEUE;)
    {
      struct pollfd polls[] = { { socket, POLLIN, 0 }, { pidfd, POLLIN, 0 } };
      if (descriptor_poll (polls, 2, -1) < 0)
        return;
      last += polls[1].revents != 0;
      if (polls[0].revents & POLLIN)
        ready = notify_relay (socket, main_pid);
      else if (polls[1].revents)
        return;
    }
}
