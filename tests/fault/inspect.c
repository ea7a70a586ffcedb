/*
 * Runs a command and looks at every husk-init that it makes, at each of its system calls from the change of the root
 * on: `inspect KEPT COMMAND...` prints the call and what is open from descriptor KEPT on, each by its kind, to
 * descriptor 9. The kinds are those of tests/fault/open.
 */
#include <dirent.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define NEWNS 0x20000 /* CLONE_NEWNS */
#define OPTIONS                                                                                                        \
  (PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE          \
   | PTRACE_O_TRACEEXEC)

static struct process
{
  pid_t pid;
  bool inside;   /* its root is the container's */
  bool changing; /* the call that changes it has begun */
} processes[1024];
static int process_count;
static int first;

static struct process *
process_of (pid_t pid)
{
  for (int i = 0; i < process_count; i++)
    if (processes[i].pid == pid)
      return &processes[i];
  processes[process_count] = (struct process){ .pid = pid };
  return &processes[process_count++ % 1024];
}

static const char *
call_name (unsigned long number)
{
  static const struct
  {
    long number;
    const char *name;
  } calls[] = { { SYS_openat2, "openat2" },
                { SYS_execve, "execve" },
                { SYS_seccomp, "seccomp" },
                { SYS_close, "close" },
                { SYS_fchdir, "fchdir" },
                { SYS_faccessat2, "faccessat2" },
                { SYS_sendto, "sendto" },
                { SYS_recvfrom, "recvfrom" },
                { SYS_accept4, "accept4" },
                { SYS_prctl, "prctl" },
                { SYS_capset, "capset" },
                { SYS_umount2, "umount2" },
                { SYS_close_range, "close_range" },
                { SYS_setresuid, "setresuid" },
                { SYS_ioctl, "ioctl" },
                { SYS_wait4, "wait4" },
                { SYS_read, "read" } };
  static char digits[24];
  for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++)
    if ((unsigned long)calls[i].number == number)
      return calls[i].name;
  (void)snprintf (digits, sizeof digits, "call-%lu", number);
  return digits;
}

static bool
same_file (const char *a, const char *b)
{
  struct stat one, other;
  return stat (a, &one) == 0 && stat (b, &other) == 0 && one.st_dev == other.st_dev && one.st_ino == other.st_ino;
}

/* The kind of what /proc/PID/NAME leads to. */
static void
put_kind (pid_t pid, const char *name, char out[PATH_MAX])
{
  char path[64], root[64], target[PATH_MAX] = "", inside[PATH_MAX + 64];
  struct stat status;
  (void)snprintf (path, sizeof path, "/proc/%d/%s", (int)pid, name);
  (void)snprintf (root, sizeof root, "/proc/%d/root", (int)pid);
  ssize_t size = readlink (path, target, sizeof target - 1);
  target[size > 0 ? size : 0] = '\0';
  (void)snprintf (inside, sizeof inside, "%s%s", root, target);
  if (stat (path, &status) < 0)
    (void)strcpy (out, "unknown");
  else if (S_ISSOCK (status.st_mode))
    (void)strcpy (out, "socket");
  else if (S_ISFIFO (status.st_mode))
    (void)strcpy (out, "pipe");
  else if (strncmp (target, "anon_inode:", 11) == 0)
    (void)strcpy (out, target + 11);
  else if (S_ISDIR (status.st_mode) && same_file (path, root) && !same_file (path, "/"))
    (void)strcpy (out, "root");
  else if (S_ISCHR (status.st_mode) && (strncmp (target, "/dev/pts", 8) == 0 || strncmp (target, "/pt", 3) == 0))
    (void)strcpy (out, "terminal");
  else
    (void)snprintf (out, PATH_MAX, "%s:%s", !same_file (root, "/") && same_file (path, inside) ? "inside" : "HOST",
                    target);
}

static void
list (pid_t pid, const char *call)
{
  char path[64], line[8192] = "", kind[PATH_MAX];
  (void)snprintf (path, sizeof path, "/proc/%d/fd", (int)pid);
  DIR *listing = opendir (path);
  for (struct dirent *entry; listing && (entry = readdir (listing));)
    {
      if (entry->d_name[0] == '.' || atoi (entry->d_name) < first)
        continue;
      (void)snprintf (path, sizeof path, "fd/%.20s", entry->d_name);
      put_kind (pid, path, kind);
      size_t used = strlen (line);
      (void)snprintf (line + used, sizeof line - used, " %s", kind);
    }
  if (listing)
    (void)closedir (listing);
  put_kind (pid, "cwd", kind);
  (void)dprintf (9, "%s cwd=%s%s\n", call, kind, line);
}

static bool
is_init (pid_t pid)
{
  char path[64], name[32] = "";
  (void)snprintf (path, sizeof path, "/proc/%d/comm", (int)pid);
  FILE *file = fopen (path, "re");
  bool read = file && fgets (name, sizeof name, file);
  if (file)
    (void)fclose (file);
  return read && strcmp (name, "husk:init\n") == 0;
}

static void
look (struct process *process)
{
  struct __ptrace_syscall_info info;
  if (ptrace (PTRACE_GET_SYSCALL_INFO, process->pid, sizeof info, &info) < 0)
    return;
  if (info.op == PTRACE_SYSCALL_INFO_ENTRY)
    {
      process->changing = info.entry.nr == SYS_pivot_root || info.entry.nr == SYS_chroot
                          || (info.entry.nr == SYS_setns && info.entry.args[1] & NEWNS);
      if (process->inside && is_init (process->pid))
        list (process->pid, call_name (info.entry.nr));
    }
  else if (info.op == PTRACE_SYSCALL_INFO_EXIT && process->changing)
    process->inside = info.exit.rval == 0;
}

/* A child starts where its parent is. */
static void
follow (const struct process *process)
{
  unsigned long child = 0;
  bool inside = process->inside;
  if (ptrace (PTRACE_GETEVENTMSG, process->pid, NULL, &child) == 0)
    process_of ((pid_t)child)->inside = inside;
}

static int
attend (pid_t command)
{
  int status, result = 1;
  for (pid_t pid; (pid = waitpid (-1, &status, __WALL)) > 0;)
    {
      struct process *process = process_of (pid);
      long signal = 0;
      if (!WIFSTOPPED (status))
        {
          if (pid == command)
            result = WIFEXITED (status) ? WEXITSTATUS (status) : 1;
          process->pid = 0;
          continue;
        }
      int event = status >> 16;
      if (WSTOPSIG (status) == (SIGTRAP | 0x80))
        look (process);
      else if (event == PTRACE_EVENT_EXEC && process->inside && !is_init (pid))
        {
          process->pid = 0; /* the container's program is not inspected */
          (void)ptrace (PTRACE_DETACH, pid, NULL, 0);
          continue;
        }
      else if (event == PTRACE_EVENT_FORK || event == PTRACE_EVENT_VFORK || event == PTRACE_EVENT_CLONE)
        follow (process);
      else if (!event && WSTOPSIG (status) != SIGSTOP && WSTOPSIG (status) != SIGTRAP)
        signal = WSTOPSIG (status);
      (void)ptrace (PTRACE_SYSCALL, pid, NULL, signal);
    }
  return result;
}

int
main (int argc, char **argv)
{
  if (argc < 3)
    return 2;
  first = atoi (argv[1]);
  pid_t child = fork ();
  if (child == 0)
    {
      (void)close (9);
      (void)ptrace (PTRACE_TRACEME, 0, NULL, NULL);
      (void)raise (SIGSTOP);
      (void)execvp (argv[2], argv + 2);
      _exit (127);
    }
  (void)waitpid (child, NULL, 0);
  (void)ptrace (PTRACE_SETOPTIONS, child, NULL, OPTIONS);
  (void)ptrace (PTRACE_SYSCALL, child, NULL, 0);
  return attend (child);
}
