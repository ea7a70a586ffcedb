/*
 * The terminal, from the container's own devpts. It is opened through checked descriptors, never by a path in the
 * container.
 */
#include "init.h"
#include "mount.h"
#include "syscalls.h"

#include <errno.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <termios.h>

static int
open_master (struct init *init)
{
  struct statfs fs;
  int master = path_open (init, "/dev/pts/ptmx", O_RDWR | O_NOCTTY);
  if (master < 0)
    return fail (init, errno, "open /dev/pts/ptmx");
  if (fstatfs (master, &fs) < 0 || fs.f_type != DEVPTS_SUPER_MAGIC)
    return fail (init, 0, "/dev/pts/ptmx is not on devpts");
  return master;
}

static int
plain_newlines (int slave)
{
  struct termios settings;
  if (tcgetattr (slave, &settings) < 0)
    return -1;
  settings.c_oflag &= ~(tcflag_t)ONLCR;
  return tcsetattr (slave, TCSANOW, &settings);
}

/* Opens the slave through the master, not by name: /dev/pts/N may have been replaced (CVE-2025-52565). */
static int
open_slave (struct init *init, int master)
{
  const struct plan_console *console = init->step->console;
  int unlocked = 0;
  if (ioctl (master, TIOCSPTLCK, &unlocked) < 0)
    return fail (init, errno, "unlock the terminal");
  int slave = ioctl (master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (slave < 0)
    return fail (init, errno, "open the terminal");
  if (console->width && console->height)
    {
      struct winsize size = { .ws_row = console->height, .ws_col = console->width };
      if (ioctl (master, TIOCSWINSZ, &size) < 0)
        return fail (init, errno, "set the size of the terminal");
    }
  if (console->relayed && plain_newlines (slave) < 0)
    return fail (init, errno, "set the terminal's line ends");
  if (console->uid && fchown (slave, console->uid, (gid_t)-1) < 0 && errno != EPERM && errno != EINVAL)
    return fail (init, errno, "make the user the owner of the terminal");
  return slave;
}

static int
send_master (struct init *init, int master)
{
  union
  {
    struct cmsghdr header;
    char bytes[CMSG_SPACE (sizeof (int))];
  } control = { 0 };
  static char name[] = "/dev/pts/ptmx";
  struct iovec data = { name, sizeof name - 1 };
  struct msghdr message
      = { .msg_iov = &data, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control.bytes };
  control.header.cmsg_level = SOL_SOCKET;
  control.header.cmsg_type = SCM_RIGHTS;
  control.header.cmsg_len = CMSG_LEN (sizeof master);
  memcpy (CMSG_DATA (&control.header), &master, sizeof master);
  if (RETRY (sendmsg (init->step->console->fd, &message, MSG_NOSIGNAL)) < 0)
    return fail (init, errno, "send the terminal over the console socket");
  (void)close (init->step->console->fd);
  return 0;
}

/* A symbolic link at /dev/console is not followed but refused (CVE-2024-45310). */
static int
bind_on_dev_console (struct init *init, int slave)
{
  const char *name;
  struct stat status;
  int parent = path_parent (init, "/dev/console", &name);
  if (parent < 0)
    return -1;
  int found = fstatat (parent, name, &status, AT_SYMLINK_NOFOLLOW) == 0;
  if (!found && errno != ENOENT)
    return fail (init, errno, "stat /dev/console");
  if (found && S_ISLNK (status.st_mode))
    return fail (init, 0, "/dev/console is a symlink in the root file system");
  int target = mount_target (init, "/dev/console", 0);
  int tree = sys_open_tree (slave, "", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH);
  if (target < 0)
    return -1;
  if (tree < 0 || sys_move_mount (tree, target, "") < 0)
    return fail (init, errno, "bind the terminal on /dev/console");
  (void)close (tree);
  (void)close (target);
  return 0;
}

int
step_console (struct init *init)
{
  const struct plan_console *console = init->step->console;
  if (root_of (init) < 0)
    return fail (init, errno, "open /");
  int master = open_master (init);
  int slave = master < 0 ? -1 : open_slave (init, master);
  if (slave < 0 || (console->in_dev && bind_on_dev_console (init, slave) < 0) || send_master (init, master) < 0)
    return -1;
  (void)close (master);
  if (ioctl (slave, TIOCSCTTY, 0) < 0)
    return fail (init, errno, "make the terminal the controlling terminal");
  for (int fd = 0; fd < 3; fd++)
    if (dup2 (slave, fd) < 0)
      return fail (init, errno, "make the terminal descriptors 0, 1 and 2");
  if (slave > 2)
    (void)close (slave);
  return 0;
}
