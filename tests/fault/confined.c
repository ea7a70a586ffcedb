/*
 * The program of the containers that tests/fault/sweep makes: prints what confines it, one fact per line, and "end".
 * With the argument `stay` it then stays, and answers SIGUSR1 with a line.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/keyctl.h>
#include <net/if.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

extern char **environ;

static void
print_file (const char *path, const char *prefixes[])
{
  char line[4096];
  FILE *file = fopen (path, "re");
  if (!file)
    {
      (void)printf ("%s: %s\n", path, strerror (errno));
      return;
    }
  while (fgets (line, sizeof line, file))
    {
      int i = 0;
      while (prefixes && prefixes[i] && strncmp (line, prefixes[i], strlen (prefixes[i])) != 0)
        i++;
      if (!prefixes || prefixes[i])
        (void)printf ("%s: %s", path, line);
    }
  (void)fclose (file);
}

static void
print_links (const char *directory)
{
  char target[512];
  DIR *listing = opendir (directory);
  if (!listing)
    (void)printf ("%s: %s\n", directory, strerror (errno));
  for (struct dirent *entry; listing && (entry = readdir (listing));)
    {
      ssize_t length = readlinkat (dirfd (listing), entry->d_name, target, sizeof target - 1);
      int number = (int)strtol (entry->d_name, NULL, 10);
      if (length < 0 || (strcmp (directory, "/proc/self/fd") == 0 && number == dirfd (listing)))
        continue;
      target[length] = 0;
      (void)printf ("%s/%s: %s\n", directory, entry->d_name, target);
    }
  if (listing)
    (void)closedir (listing);
}

static void
print_session_keyring (void)
{
  char text[256] = "";
  long length = syscall (SYS_keyctl, KEYCTL_DESCRIBE, KEY_SPEC_SESSION_KEYRING, text, sizeof text - 1);
  (void)printf ("keyring: %s\n", length < 0 ? strerror (errno) : text);
}

static void
print_open (const char *path, int flags)
{
  int fd = open (path, flags | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0600);
  (void)printf ("open %s %d: %s\n", path, flags, fd < 0 ? strerror (errno) : "yes");
  if (fd >= 0)
    (void)close (fd);
}

static void
print_mode (const char *path)
{
  struct stat status;
  if (stat (path, &status) < 0)
    (void)printf ("stat %s: %s\n", path, strerror (errno));
  else
    (void)printf ("stat %s: %o %u:%u %llx\n", path, status.st_mode, status.st_uid, status.st_gid,
                  (unsigned long long)status.st_rdev);
}

static void
print_process (void)
{
  char directory[256], host[65] = "";
  int signal = -1;
  (void)prctl (PR_GET_PDEATHSIG, &signal);
  (void)gethostname (host, sizeof host - 1);
  (void)printf ("cwd: %s\nhost: %s\n", getcwd (directory, sizeof directory) ? directory : strerror (errno), host);
  (void)printf ("personality: %x\n", personality (0xffffffff));
  (void)printf ("parent death signal: %d, secure bits: %d, dumpable: %d\n", signal, prctl (PR_GET_SECUREBITS),
                prctl (PR_GET_DUMPABLE));
  (void)printf ("session: %d, leader: %d\n", getsid (0) == getpid (), getpgrp () == getpid ());
  for (char **variable = environ; *variable; variable++)
    (void)printf ("environment: %s\n", *variable);
}

static void
print_loopback (void)
{
  struct ifreq request = { .ifr_name = "lo" };
  int fd = socket (AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  int result = ioctl (fd, SIOCGIFFLAGS, &request);
  (void)printf ("lo: %d %x\n", result, (unsigned)request.ifr_flags);
  (void)close (fd);
}

static void
answer (int signal)
{
  (void)signal;
  (void)!write (STDOUT_FILENO, "signal\n", 7);
}

int
main (int argc, char **argv)
{
  const char *status[]
      = { "Umask:", "Uid:",    "Gid:",    "Groups:", "NoNewPrivs:",        "Seccomp:",           "Seccomp_filters:",
          "Cap",    "SigBlk:", "SigIgn:", "SigCgt:", "Cpus_allowed_list:", "Mems_allowed_list:", NULL };
  const char *files[] = { "/proc/self/limits",
                          "/proc/self/cgroup",
                          "/proc/self/oom_score_adj",
                          "/proc/self/attr/current",
                          "/proc/self/mountinfo",
                          "/proc/sys/net/ipv4/ip_forward",
                          "/sys/fs/cgroup/memory/memory.limit_in_bytes",
                          "/sys/fs/cgroup/pids/pids.max",
                          "/sys/fs/cgroup/cpu/cpu.shares",
                          "/sys/fs/cgroup/devices/devices.list",
                          "/sys/fs/cgroup/memory.max",
                          "/sys/fs/cgroup/pids.max",
                          "/sys/fs/cgroup/cpu.weight" };
  print_file ("/proc/self/status", status);
  for (size_t i = 0; i < sizeof files / sizeof *files; i++)
    print_file (files[i], NULL);
  print_links ("/proc/self/ns");
  print_links ("/proc/self/fd");
  print_process ();
  print_session_keyring ();
  print_loopback ();
  print_open ("/dev/null", O_RDWR);
  print_open ("/dev/denied", O_RDONLY);
  print_open ("/dev/tty", O_RDWR);
  print_open ("/new", O_WRONLY | O_CREAT);
  print_open ("/proc/sys/kernel/hostname", O_WRONLY);
  print_open ("/proc/sysrq-trigger", O_WRONLY);
  print_open ("/proc/kcore", O_RDONLY);
  print_mode ("/dev");
  print_mode ("/dev/null");
  print_mode ("/dev/denied");
  print_mode ("/dev/shm");
  print_mode ("/proc/keys");
  print_mode ("/sys/firmware");
  (void)printf ("end\n");
  (void)fflush (stdout);
  if (argc > 1 && strcmp (argv[1], "stay") == 0)
    {
      (void)signal (SIGUSR1, answer);
      (void)printf ("ready\n");
      (void)fflush (stdout);
      for (;;)
        (void)pause ();
    }
  return 0;
}
