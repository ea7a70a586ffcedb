/*
 * The floor: only what the kernel itself needs for one container of `run`: namespaces, mounts, devices,
 * masks, pivot_root, capabilities, execve, cgroups (with v2 alone the one, into which it is cloned). No JSON, no
 * record, no protection. `floor ROOTFS CGROUP PROGRAM`
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *const hierarchies[]
    = { "cpu", "cpuacct", "cpuset", "memory", "devices", "freezer", "blkio", "pids", "systemd", "unified" };
#define HIERARCHY_COUNT (sizeof hierarchies / sizeof hierarchies[0])

/* A cgroup2 tree beside the v1 hierarchies need not be there. */
static int
there (size_t index)
{
  char path[64];
  (void)snprintf (path, sizeof path, "/sys/fs/cgroup/%s", hierarchies[index]);
  return access (path, F_OK) == 0;
}

/* cgroup2 without v1 hierarchies. */
static int
unified (void)
{
  return access ("/sys/fs/cgroup/cgroup.procs", F_OK) == 0;
}

static void
must (long result, const char *what)
{
  if (result >= 0)
    return;
  perror (what);
  _exit (99);
}

static void
mount_all (const char *rootfs)
{
  must (mount (NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), "private");
  must (mount (rootfs, rootfs, NULL, MS_BIND | MS_REC, NULL), "rootfs");
  must (chdir (rootfs), "chdir");
  must (mount ("proc", "proc", "proc", 0, NULL), "proc");
  must (mount ("tmpfs", "dev", "tmpfs", MS_NOSUID | MS_STRICTATIME, "mode=755,size=65536k"), "dev");
  must (mkdir ("dev/pts", 0755), "pts");
  must (mkdir ("dev/shm", 0755), "shm");
  must (mkdir ("dev/mqueue", 0755), "mqueue");
  must (mount ("devpts", "dev/pts", "devpts", MS_NOSUID | MS_NOEXEC, "newinstance,ptmxmode=0666,mode=0620,gid=5"),
        "pts");
  must (mount ("shm", "dev/shm", "tmpfs", MS_NOSUID | MS_NOEXEC | MS_NODEV, "mode=1777,size=65536k"), "shm");
  must (mount ("mqueue", "dev/mqueue", "mqueue", MS_NOSUID | MS_NOEXEC | MS_NODEV, NULL), "mqueue");
  must (mount ("sysfs", "sys", "sysfs", MS_NOSUID | MS_NOEXEC | MS_NODEV | MS_RDONLY, NULL), "sys");
}

static void
mount_cgroups (const char *cgroup)
{
  unsigned long flags = MS_NOSUID | MS_NOEXEC | MS_NODEV;
  if (unified ())
    {
      must (mount ("cgroup", "sys/fs/cgroup", "cgroup2", flags | MS_RDONLY, NULL), "cgroup");
      return;
    }
  must (mount ("tmpfs", "sys/fs/cgroup", "tmpfs", flags, "mode=755"), "cgroup");
  for (size_t i = 0; i < HIERARCHY_COUNT && there (i); i++)
    {
      char source[256], target[256];
      (void)snprintf (source, sizeof source, "/sys/fs/cgroup/%s/%s", hierarchies[i], cgroup);
      (void)snprintf (target, sizeof target, "sys/fs/cgroup/%s", hierarchies[i]);
      must (mkdir (target, 0755), target);
      must (mount (source, target, NULL, MS_BIND, NULL), target);
      must (mount (NULL, target, NULL, MS_BIND | MS_REMOUNT | MS_RDONLY | flags, NULL), target);
    }
  must (mount (NULL, "sys/fs/cgroup", NULL, MS_BIND | MS_REMOUNT | MS_RDONLY | flags, NULL), "cgroup");
}

static void
make_devices (void)
{
  static const struct
  {
    const char *name;
    unsigned major, minor;
  } devices[] = { { "null", 1, 3 }, { "zero", 1, 5 },   { "full", 1, 7 },
                  { "tty", 5, 0 },  { "random", 1, 8 }, { "urandom", 1, 9 } };
  char path[32];
  umask (0);
  for (size_t i = 0; i < sizeof devices / sizeof devices[0]; i++)
    {
      (void)snprintf (path, sizeof path, "dev/%s", devices[i].name);
      must (mknod (path, S_IFCHR | 0666, makedev (devices[i].major, devices[i].minor)), path);
    }
  umask (022);
  must (symlink ("/proc/self/fd", "dev/fd"), "fd");
  must (symlink ("/proc/self/fd/0", "dev/stdin"), "stdin");
  must (symlink ("/proc/self/fd/1", "dev/stdout"), "stdout");
  must (symlink ("/proc/self/fd/2", "dev/stderr"), "stderr");
  must (symlink ("pts/ptmx", "dev/ptmx"), "ptmx");
}

static void
hide (void)
{
  static const char *const fixed[] = { "proc/bus", "proc/fs", "proc/irq", "proc/sys", "proc/sysrq-trigger" };
  static const char *const hidden[]
      = { "proc/acpi",       "proc/asound",      "proc/kcore",       "proc/keys",    "proc/latency_stats",
          "proc/timer_list", "proc/timer_stats", "proc/sched_debug", "sys/firmware", "proc/scsi" };
  struct stat status;
  for (size_t i = 0; i < sizeof fixed / sizeof fixed[0]; i++)
    if (mount (fixed[i], fixed[i], NULL, MS_BIND | MS_REC, NULL) == 0)
      must (mount (NULL, fixed[i], NULL, MS_BIND | MS_REMOUNT | MS_RDONLY, NULL), fixed[i]);
  for (size_t i = 0; i < sizeof hidden / sizeof hidden[0]; i++)
    if (stat (hidden[i], &status) == 0)
      must (S_ISDIR (status.st_mode) ? mount ("tmpfs", hidden[i], "tmpfs", MS_RDONLY, "size=0k")
                                     : mount ("dev/null", hidden[i], NULL, MS_BIND, NULL),
            hidden[i]);
  must (mount (NULL, ".", NULL, MS_BIND | MS_REMOUNT | MS_RDONLY, NULL), "read-only root");
}

static _Noreturn void
container (const char *rootfs, const char *cgroup, char **argv, int go)
{
  char byte;
  uint64_t kept = 1ull << 29 | 1ull << 10 | 1ull << 5;
  if (!unified ())
    must (read (go, &byte, 1), "go");
  must (unshare (CLONE_NEWCGROUP), "cgroup namespace");
  must (sethostname ("floor", 5), "hostname");
  mount_all (rootfs);
  mount_cgroups (cgroup);
  make_devices ();
  hide ();
  must (syscall (SYS_pivot_root, ".", "."), "pivot_root");
  must (umount2 (".", MNT_DETACH), "old root");
  must (chdir ("/"), "chdir");
  for (int i = 0; i <= 40; i++)
    if (!(kept >> i & 1))
      must (prctl (PR_CAPBSET_DROP, i, 0, 0, 0), "bounding");
  must (prctl (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no_new_privs");
  static char *const environment[] = { NULL };
  (void)execve (argv[0], argv, environment);
  must (-1, argv[0]);
  _exit (99);
}

static void
each_cgroup (const char *cgroup, const char *pid)
{
  for (size_t i = 0; i < HIERARCHY_COUNT && there (i); i++)
    {
      char path[256];
      (void)snprintf (path, sizeof path, "/sys/fs/cgroup/%s/%s%s", hierarchies[i], cgroup, pid ? "/cgroup.procs" : "");
      int fd = pid ? open (path, O_WRONLY | O_CLOEXEC) : -1;
      if (pid)
        must (write (fd, pid, strlen (pid)), path);
      if (pid)
        (void)close (fd);
    }
}

static void
make_cgroups (const char *cgroup, int make)
{
  for (size_t i = 0; i < HIERARCHY_COUNT && there (i); i++)
    {
      char path[256], value[64];
      (void)snprintf (path, sizeof path, "/sys/fs/cgroup/%s/%s", hierarchies[i], cgroup);
      must (make ? mkdir (path, 0755) : rmdir (path), path);
      if (!make || strcmp (hierarchies[i], "cpuset") != 0)
        continue;
      static const char *const files[] = { "cpuset.cpus", "cpuset.mems" };
      for (int f = 0; f < 2; f++)
        {
          (void)snprintf (path, sizeof path, "/sys/fs/cgroup/cpuset/%s", files[f]);
          int from = open (path, O_RDONLY | O_CLOEXEC);
          ssize_t size = read (from, value, sizeof value);
          (void)snprintf (path, sizeof path, "/sys/fs/cgroup/cpuset/%s/%s", cgroup, files[f]);
          int to = open (path, O_WRONLY | O_CLOEXEC);
          must (write (to, value, (size_t)size), path);
          (void)close (from);
          (void)close (to);
        }
    }
}

/* The status of the program. */
static int
run (char **argv, int cgroup)
{
  int go[2], status;
  char text[24];
  must (pipe2 (go, O_CLOEXEC), "pipe");
  struct clone_args arguments
      = { .flags = CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWNET, .exit_signal = SIGCHLD };
  if (cgroup >= 0)
    {
      arguments.flags |= CLONE_INTO_CGROUP;
      arguments.cgroup = (uint64_t)cgroup;
    }
  long pid = syscall (SYS_clone3, &arguments, sizeof arguments);
  if (pid == 0)
    container (argv[1], argv[2], argv + 3, go[0]);
  must (pid, "clone3");
  if (cgroup < 0)
    {
      (void)snprintf (text, sizeof text, "%ld", pid);
      each_cgroup (argv[2], text);
      must (write (go[1], "x", 1), "go");
    }
  (void)waitpid ((pid_t)pid, &status, 0);
  return status;
}

int
main (int argc, char **argv)
{
  char path[256];
  int cgroup = -1, status;
  if (argc < 4)
    return 2;
  if (!unified ())
    {
      make_cgroups (argv[2], 1);
      status = run (argv, -1);
      make_cgroups (argv[2], 0);
      return status ? 1 : 0;
    }
  (void)snprintf (path, sizeof path, "/sys/fs/cgroup/%s", argv[2]);
  must (mkdir (path, 0755), path);
  must (cgroup = open (path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), path);
  status = run (argv, cgroup);
  must (rmdir (path), path);
  return status ? 1 : 0;
}
