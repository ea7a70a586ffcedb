/*
 * Processes by pid, as records name them: whether one exists, and whether it is still husk-init. src/container asks
 * about its records, launch/dialogue.c about a husk-init that has closed its socket. ENOENT from /proc means "gone"
 * only if kill(2) agrees, since a /proc may hide processes. process_open compares the start time after opening the
 * pidfd: in the other order the pid could be reused in between.
 */
#include "husk/process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>

#include "husk/descriptor.h"
#include "husk/kernel.h"

#define INIT_NAME "husk:init"

/* 1: read; 0: the process is gone. A /proc that is not mounted or hides processes also fails with ENOENT, so kill(2) is
 * asked as well. */
static int
read_file (pid_t pid, const char *file, char *out, size_t size, struct error *error)
{
  char path[48];
  (void)snprintf (path, sizeof path, "/proc/%d/%s", (int)pid, file);
  ssize_t got = read_small (path, out, size);
  if (got > 0)
    return 1;
  int code = got < 0 ? errno : 0;
  if (code == ESRCH || (code == ENOENT && kill (pid, 0) < 0 && errno == ESRCH))
    return 0;
  if (got == 0)
    return error_set (error, 0, "cannot inspect process %d: %s is empty", (int)pid, path);
  return error_set (error, code, "cannot inspect process %d: read %s", (int)pid, path);
}

static const char *
stat_field (const char *field, int from, int to)
{
  for (; from < to && field; from++)
    field = strchr (field + 1, ' ');
  return field;
}

/* The name may contain anything, even ")", so fields are counted from the last ")". */
static long
thread_count (const char *stat)
{
  const char *threads = stat_field (strrchr (stat, ')'), 2, 20);
  return threads ? strtol (threads + 1, NULL, 10) : 0;
}

/* *out is 0 for a zombie. A process whose first thread alone has ended looks like one, except for its threads. */
static int
read_start_time (pid_t pid, const char *stat, uint64_t *out, struct error *error)
{
  const char *field = strrchr (stat, ')');
  *out = 0;
  if (field && field[1] && (field[2] == 'Z' || field[2] == 'X') && thread_count (stat) < 2)
    return 0;
  field = stat_field (field, 2, 22);
  *out = field ? strtoull (field + 1, NULL, 10) : 0;
  if (*out == 0)
    return error_set (error, 0, "cannot inspect process %d: /proc/%d/stat has no start time", (int)pid, (int)pid);
  return 0;
}

#define STAT_SIZE 1024

/* Reads /proc/PID/stat, and from it the start time, 0 if there is no such process. */
static int
read_stat (pid_t pid, char stat[STAT_SIZE], uint64_t *out_start, struct error *error)
{
  *out_start = 0;
  stat[0] = '\0';
  if (pid <= 0)
    return 0;
  int there = read_file (pid, "stat", stat, STAT_SIZE, error);
  return there <= 0 ? there : read_start_time (pid, stat, out_start, error);
}

int
process_start_time (pid_t pid, uint64_t *out, struct error *error)
{
  char stat[STAT_SIZE];
  return read_stat (pid, stat, out, error);
}

int
process_self (pid_t *out_pid, uint64_t *out_start, struct error *error)
{
  char stat[1024];
  if (read_small ("/proc/self/stat", stat, sizeof stat) <= 0)
    return error_set (error, errno, "cannot inspect this process: read /proc/self/stat");
  *out_pid = (pid_t)atoi (stat);
  return read_start_time (*out_pid, stat, out_start, error);
}

int
process_look (pid_t pid, uint64_t start, bool *out_alive, bool *out_named_init, struct error *error)
{
  static const char name[] = "(" INIT_NAME ")";
  char stat[STAT_SIZE];
  uint64_t now;
  *out_alive = *out_named_init = false;
  if (pid <= 0 || start == 0)
    return 0;
  if (read_stat (pid, stat, &now, error) < 0)
    return -1;
  const char *begin = strchr (stat, '('), *end = strrchr (stat, ')');
  *out_alive = now == start;
  *out_named_init
      = *out_alive && end - begin + 1 == (ptrdiff_t)sizeof name - 1 && strncmp (begin, name, sizeof name - 1) == 0;
  return 0;
}

int
process_alive (pid_t pid, uint64_t start, bool *out, struct error *error)
{
  bool named_init;
  return process_look (pid, start, out, &named_init, error);
}

bool
process_gone (int code)
{
  return code == ESRCH || code == EINVAL || code == ENOENT;
}

int
process_open (pid_t pid, uint64_t start, int *out, struct error *error)
{
  bool alive;
  *out = -1;
  if (pid <= 0 || start == 0)
    return 0;
  auto_close int pidfd = (int)syscall (SYS_pidfd_open, pid, 0);
  if (pidfd < 0 && process_gone (errno))
    return 0;
  if (pidfd < 0)
    return error_set (error, errno, "cannot inspect process %d: open a pidfd", (int)pid);
  /* checked after opening: if another process has got the pid meanwhile, its start time differs */
  if (process_alive (pid, start, &alive, error) < 0)
    return -1;
  if (alive)
    *out = take_fd (&pidfd);
  return 0;
}

/* key selects the signals pending for the first thread or for the whole process. */
static bool
is_pending (const char *status, const char *key, int signal)
{
  const char *mask = strstr (status, key);
  return mask && strtoull (mask + strlen (key), NULL, 16) >> (signal - 1) & 1;
}

#define EXITING 0x4 /* the kernel's PF_EXITING (include/linux/sched.h), in field 9 of /proc/PID/stat */

int
process_is_ending (pid_t pid, bool *out, struct error *error)
{
  char stat[1024], status[4096];
  *out = true;
  int there = read_file (pid, "status", status, sizeof status, error);
  if (there <= 0)
    return there;
  if (is_pending (status, "\nSigPnd:", SIGKILL) || is_pending (status, "\nShdPnd:", SIGKILL))
    return 0;
  if ((there = read_file (pid, "stat", stat, sizeof stat, error)) <= 0)
    return there;
  const char *flags = stat_field (strrchr (stat, ')'), 2, 9);
  if (!flags)
    return error_set (error, 0, "cannot inspect process %d: /proc/%d has no flags", (int)pid, (int)pid);
  *out = strtoul (flags + 1, NULL, 10) & EXITING;
  return 0;
}

/* The pidfd's "NSpid:" has a number for each pid namespace. The last one is for the process's own. */
int
process_is_first (int pidfd, bool *out, struct error *error)
{
  char path[48], text[1024];
  (void)snprintf (path, sizeof path, "/proc/self/fdinfo/%d", pidfd);
  if (read_small (path, text, sizeof text) < 0)
    return error_set (error, errno, "read %s", path);
  const char *numbers = strstr (text, "\nNSpid:");
  size_t length = numbers ? strcspn (numbers + 1, "\n") : 0;
  if (length < 2)
    return error_set (error, 0, "cannot tell the container's pid namespace: %s has no NSpid", path);
  *out = strncmp (numbers + length - 1, "\t1", 2) == 0;
  return 0;
}

/* A process without an executable is ending, and may still be husk-init. If only its first thread has ended it can stay
 * like that, but it is not husk-init, which has one thread. */
static int
ends_without_program (pid_t pid, struct error *error)
{
  char stat[1024];
  int there = read_file (pid, "stat", stat, sizeof stat, error);
  return there < 0 ? -1 : there == 0 || thread_count (stat) < 2;
}

/* The name is cheap to check, but a program may take the same name and may run from a memfd too. Its inode differs.
 * Where husk may not look, as an ordinary user, the name must do.
 *
 * The program may be on a FUSE or network file system whose server does not answer, so the server is not asked. Device
 * and inode are known without it. */
int
process_runs_init (pid_t pid, uint64_t device, uint64_t inode, struct error *error)
{
  char path[48];
  struct statx program;
  if (inode == PROCESS_INIT_UNKNOWN)
    return 1;
  (void)snprintf (path, sizeof path, "/proc/%d/exe", (int)pid);
  if (syscall (SYS_statx, AT_FDCWD, path, AT_STATX_DONT_SYNC | AT_NO_AUTOMOUNT, STATX_INO, &program) < 0)
    return errno == EACCES || errno == EPERM || errno == ESRCH ? 1
           : errno == ENOENT                                   ? ends_without_program (pid, error)
                             : error_set (error, errno, "cannot inspect process %d: stat %s", (int)pid, path);
  return program.stx_ino == inode && makedev (program.stx_dev_major, program.stx_dev_minor) == device;
}

int
process_is_init (pid_t pid, uint64_t device, uint64_t inode, bool *out_there, struct error *error)
{
  char comm[32];
  int there = read_file (pid, "comm", comm, sizeof comm, error);
  *out_there = there > 0;
  if (there <= 0)
    return there;
  return strcmp (comm, INIT_NAME "\n") == 0 ? process_runs_init (pid, device, inode, error) : 0;
}

const char *
process_boot_id (struct error *error)
{
  static const char path[] = "/proc/sys/kernel/random/boot_id";
  static char text[64];
  if (text[0])
    return text;
  ssize_t got = read_small (path, text, sizeof text);
  text[strcspn (text, "\n")] = '\0';
  if (got < 0)
    return error_set (error, errno, "cannot identify the current boot: read %s", path), NULL;
  if (!text[0])
    return error_set (error, 0, "cannot identify the current boot: %s is empty", path), NULL;
  return text;
}
