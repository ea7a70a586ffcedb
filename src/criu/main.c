/*
 * husk-criu: the one program of husk's that speaks CRIU's protocol, so that husk itself needs no protobuf.
 *
 *     husk-criu dump|pre-dump|restore KEY=VALUE...
 *
 * Descriptor 3 is a socket to husk. Before it begins, and before it lets processes be restored, it waits for a byte
 * there. It writes lines: namespaces PID      restore: the first process's namespaces are there; a byte lets it go on
 *     pid PID             restore: that is the restored process, a child of husk-criu's
 *     error TAB text TAB hint
 * Descriptor 4, if it is open, takes the terminal's master of a restored process as a console socket does. Descriptors
 * 0 to 2 are what a restored process inherits. Exit status 0, or 1 after an error's line.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "conversation.h"
#include "husk/descriptor.h"
#include "husk/text.h"
#include "mount_points.h"

#define HUSK 3
#define CONSOLE 4

static int
fail (const struct error *error)
{
  char text[TEXT_ESCAPED * sizeof error->text], hint[TEXT_ESCAPED * sizeof error->hint],
      line[sizeof text + sizeof hint + 16];
  (void)text_escape (error->text, text, sizeof text);
  (void)text_escape (error->hint, hint, sizeof hint);
  (void)write_all (HUSK, line, (size_t)snprintf (line, sizeof line, "error\t%s\t%s\n", text, hint));
  return 1;
}

/* Before any directory is opened: CRIU mounts below them. */
static int
leave_mounts (struct error *error)
{
  if (unshare (CLONE_NEWNS) < 0 || mount (NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) < 0)
    return error_set (error, errno, "make a mount namespace");
  return 0;
}

/* What follows "KEY=", or NULL. request_make has split the words there. */
static const char *
value_of (const char *word, const char *key)
{
  return strcmp (word, key) == 0 ? word + strlen (key) + 1 : NULL;
}

/* The root that CRIU restores onto must be the root of a mount, one that nobody else sees, with mount points. */
static int
bind_root (const char *onto, char **words, struct error *error)
{
  const char *root = "/", *path;
  for (char **word = words; *word; word++)
    if ((path = value_of (*word, "root")))
      root = path;
  if (mount (root, onto, NULL, MS_BIND | MS_REC, NULL) < 0)
    return error_set (error, errno, "bind the root file system %s", root);
  auto_close int fd = open (onto, O_PATH | O_DIRECTORY | O_CLOEXEC);
  for (char **word = words; fd >= 0 && *word; word++)
    if ((path = value_of (*word, "directory")) || (path = value_of (*word, "file")))
      mount_point_make (fd, path, **word == 'd');
  return 0;
}

static int
send_master (int master, struct error *error)
{
  if (master < 0 || fcntl (CONSOLE, F_GETFD) < 0)
    return 0;
  return descriptors_send (CONSOLE, "ptmx", 4, &master, 1) < 0 ? error_set (error, errno, "send the terminal") : 0;
}

static int
run (char **argv, struct error *error)
{
  static struct request request; /* what it holds is as old as the process */
  struct conversation conversation = { .socket = -1, .pidfd = -1, .words = -1, .master = -1, .husk = HUSK };
  char go;
  bool restore = strcmp (argv[1], "restore") == 0;
  /* A dump is not killed half way: what is seized would not go on as it was. When husk is gone it is called off. */
  if (restore ? prctl (PR_SET_PDEATHSIG, SIGKILL) < 0 : setpgid (0, 0) < 0)
    return error_set (error, errno, "tie husk-criu to husk, or a dump to nobody");
  if ((restore && leave_mounts (error) < 0) || request_make (&request, argv[1], argv + 2, error) < 0)
    return -1;
  if (descriptor_read (HUSK, &go, 1) != 1) /* husk has died, also before the signal was asked for, or thinks better */
    return error_set (error, 0, "husk has gone");
  if (restore && bind_root (request.mount ? request.mount : "/", argv + 2, error) < 0)
    return -1;
  /* with those two it waits for others */
  conversation.watched = !restore && !request.options.lazy_pages && !request.options.ps;
  if (conversation_begin (&conversation, error) < 0 || conversation_hold (&conversation, &request, error) < 0)
    return -1;
  if (restore && send_master (conversation.master, error) < 0)
    {
      (void)kill (conversation.pid, SIGKILL);
      return -1;
    }
  if (restore)
    {
      char line[32];
      int size = snprintf (line, sizeof line, "pid %d\n", (int)conversation.pid);
      if (write_all (HUSK, line, (size_t)size) < 0) /* nobody would know of the process */
        {
          (void)kill (conversation.pid, SIGKILL);
          return error_set (error, errno, "tell husk of the process");
        }
    }
  return 0;
}

int
main (int argc, char **argv)
{
  struct error error = { 0 };
  if (argc < 3
      || (strcmp (argv[1], "dump") != 0 && strcmp (argv[1], "pre-dump") != 0 && strcmp (argv[1], "restore") != 0))
    {
      (void)fputs ("husk-criu is run by husk checkpoint and husk restore\n", stderr);
      return 1;
    }
  if (fcntl (HUSK, F_SETFD, FD_CLOEXEC) < 0)
    return 1; /* nobody is there who could be told */
  return run (argv, &error) < 0 ? fail (&error) : 0;
}
