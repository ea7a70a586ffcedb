/*
 * husk-criu: the program that speaks CRIU's protocol, so that husk itself needs no protobuf. It takes no arguments:
 * husk/criu.h describes its descriptors and the messages between it and husk. A restored process inherits descriptors 0
 * to 2. The exit status is 0, or 1 after it has sent an error.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "conversation.h"
#include "husk/descriptor.h"
#include "mount_points.h"

#define ARENA (2ul << 30) /* address space for a request of 16 MiB */

/* Sends the error to husk, or prints it if that fails, because a user may have run this program. */
static int
fail (const struct error *error)
{
  struct criu_message message = { .error = error->text, .hint = error->hint[0] ? error->hint : NULL };
  char line[ERROR_LINE_SIZE], text[sizeof error->place + sizeof error->text + 4];
  struct error trouble = { 0 };
  if (error->place[0])
    {
      (void)snprintf (text, sizeof text, "%s: %s", error->place, error->text);
      message.error = text;
    }
  else if (error->code)
    {
      (void)snprintf (text, sizeof text, "%s: %s", error->text, errno_text (error->code));
      message.error = text;
    }
  if (criu_send (CRIU_SOCKET, &criu_message_type, &message, &trouble) == 0)
    return 1;
  error_line (error, line, sizeof line);
  (void)fprintf (stderr, "husk-criu: %s\n", line);
  return 1;
}

/* Must come before any directory is opened, because CRIU mounts below them. */
static int
leave_mounts (struct error *error)
{
  if (unshare (CLONE_NEWNS) < 0 || mount (NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) < 0)
    return error_set (error, errno, "make a mount namespace");
  return 0;
}

/* CRIU restores into a root that must be the root of a mount, must have all mount points, and is private to husk-criu.
 */
static int
bind_root (const struct criu_request *asked, struct error *error)
{
  const char *onto = asked->mount ? asked->mount : "/";
  if (mount (asked->root, onto, NULL, MS_BIND | MS_REC, NULL) < 0)
    return error_set (error, errno, "bind the root file system %s", asked->root);
  auto_close int fd = open (onto, O_PATH | O_DIRECTORY | O_CLOEXEC);
  for (uint32_t i = 0; fd >= 0 && i < asked->points.count; i++)
    mount_point_make (fd, asked->points.items[i].path, asked->points.items[i].directory);
  return 0;
}

/* Fails if husk has died, perhaps before the death signal was requested, or has given up. */
static int
await_go (struct criu_listener *husk, struct error *error)
{
  struct criu_message message;
  int heard = criu_receive (husk, &criu_message_type, &message, error);
  return heard > 0 && message.go ? 0 : error_set (error, 0, "husk has ended");
}

/* Only if husk has passed CRIU_CONSOLE: otherwise this number may be any descriptor opened here. */
static int
send_master (const struct criu_request *asked, int master, struct error *error)
{
  if (master < 0 || !asked->has_console)
    return 0;
  return descriptors_send (CRIU_CONSOLE, "ptmx", 4, &master, 1) < 0 ? error_set (error, errno, "send the terminal") : 0;
}

/* If husk does not learn of the process, it is killed: nobody would know of it. */
static int
report_process (const struct criu_request *asked, const struct conversation *conversation, struct error *error)
{
  struct criu_message message = { .process = conversation->pid };
  if (send_master (asked, conversation->master, error) == 0
      && criu_send (CRIU_SOCKET, &criu_message_type, &message, error) == 0)
    return 0;
  (void)kill (conversation->pid, SIGKILL);
  return -1;
}

static int
request_run (struct arena *arena, struct error *error)
{
  struct criu_listener husk = { .socket = CRIU_SOCKET, .arena = arena };
  struct criu_request asked;
  struct request request;
  struct conversation conversation = { .socket = -1, .pidfd = -1, .words = -1, .master = -1, .husk = &husk };
  int heard = criu_receive (&husk, &criu_request_type, &asked, error);
  if (heard <= 0)
    return heard < 0 ? -1 : error_set (error, 0, "husk has ended");
  bool restore = asked.verb == CRIU_RESTORE;
  /* A dump must not be killed halfway, because the seized processes might not survive. If husk dies, it is cancelled.
   */
  if (restore ? prctl (PR_SET_PDEATHSIG, SIGKILL) < 0 : setpgid (0, 0) < 0)
    return error_set (error, errno, "set the parent death signal of husk-criu");
  if ((restore && leave_mounts (error) < 0) || request_make (&request, &asked, arena, error) < 0
      || await_go (&husk, error) < 0 || (restore && bind_root (&asked, error) < 0))
    return -1;
  /* with lazy pages or a page server, criu waits for others */
  conversation.watched = !restore && !asked.lazy_pages && !asked.page_server;
  if (conversation_begin (&conversation, error) < 0 || conversation_hold (&conversation, &request, error) < 0)
    return -1;
  return restore ? report_process (&asked, &conversation, error) : 0;
}

int
main (int argc, char **argv)
{
  struct error error = { 0 };
  struct arena arena;
  (void)argv;
  if (argc != 1 || fcntl (CRIU_SOCKET, F_SETFD, FD_CLOEXEC) < 0)
    {
      (void)fputs ("husk-criu is run by husk checkpoint and husk restore, which send it a request over descriptor 3\n",
                   stderr);
      return 1;
    }
  if (arena_open (&arena, ARENA) < 0)
    (void)error_set (&error, errno, "reserve memory");
  return error.set || request_run (&arena, &error) < 0 ? fail (&error) : 0;
}
