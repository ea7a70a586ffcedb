/*
 * What /proc shows of a thread without touching it, and why its filters cannot be read. The kernel's errno is ambiguous
 * (ptrace's EPERM has six causes, EINVAL two), so the cause is looked up in /proc.
 */
#include "loaded.h"

#include <dirent.h>
#include <errno.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "husk/descriptor.h"

#define KERNEL_THREAD 0x00200000 /* PF_KTHREAD */
#define EXITING 0x00000004       /* PF_EXITING */
#define STATUS_SIZE 8192
#define NOT_THERE (-1)

/* "Seccomp:" of /proc/PID/status, in that base; -1: it has no such line. */
static int64_t
status_number (const char *status, const char *key, int base)
{
  const char *line = status;
  size_t length = strlen (key);
  while (line && (strncmp (line, key, length) != 0 || line[length] != ':'))
    line = (line = strchr (line, '\n')) ? line + 1 : NULL;
  return line ? (int64_t)strtoull (line + length + 1, NULL, base) : NOT_THERE;
}

static int
read_status (pid_t process, pid_t thread, char out[STATUS_SIZE])
{
  char path[64];
  (void)snprintf (path, sizeof path, "/proc/%d/task/%d/status", (int)process, (int)thread);
  return read_small (path, out, STATUS_SIZE) > 0 ? 0 : -1;
}

/* Filters are a thread's: those of others may be more or fewer. */
static int
count_threads (struct loaded_filters *loaded, int64_t filters)
{
  char path[40], status[STATUS_SIZE];
  (void)snprintf (path, sizeof path, "/proc/%d/task", (int)loaded->process);
  DIR *directory = opendir (path);
  if (!directory)
    return -1;
  for (struct dirent *entry; (entry = readdir (directory));)
    {
      pid_t thread = atoi (entry->d_name);
      if (thread <= 0 || read_status (loaded->process, thread, status) < 0)
        continue; /* it has just ended */
      loaded->threads++;
      if (status_number (status, "Seccomp_filters", 10) == filters)
        continue;
      loaded->unlike_thread = loaded->unlike++ ? loaded->unlike_thread : thread;
    }
  return closedir (directory);
}

/* The state's letter and the flags, of /proc/PID/stat. */
static int
read_flags (pid_t thread, char *out_state, unsigned long *out_flags)
{
  char path[40], text[1024];
  (void)snprintf (path, sizeof path, "/proc/%d/stat", (int)thread);
  const char *field = read_small (path, text, sizeof text) > 0 ? strrchr (text, ')') : NULL;
  if (!field || field[1] != ' ' || !field[2])
    return -1;
  *out_state = field[2];
  for (int i = 0; field && i < 7; i++) /* sscanf(3) would link 80 KB of libc for this one line */
    field = strchr (field + 1, ' ');
  *out_flags = field ? strtoul (field, NULL, 10) : 0;
  return field ? 0 : -1;
}

static void
copy_name (const char *status, char *out, size_t size)
{
  size_t length = strncmp (status, "Name:\t", 6) == 0 ? strcspn (status + 6, "\n") : 0;
  length = length < size ? length : size - 1;
  memcpy (out, status + 6, length);
  out[length] = '\0';
}

static int
set_no_filter (const struct loaded_filters *loaded, int64_t mode, struct error *error)
{
  if (mode == 1)
    return error_set (error, 0,
                      "process %d (%s) has no filter but is in strict mode: it may only read, write, exit and return "
                      "from signals",
                      (int)loaded->thread, loaded->name);
  (void)error_set (error, 0, "%s %d (%s) has no filter: every system call is allowed",
                   loaded->thread == loaded->process ? "process" : "thread", (int)loaded->thread, loaded->name);
  if (loaded->unlike)
    error_hint (error, "%u of its %u threads have filters: name one, as --pid %d", loaded->unlike, loaded->threads,
                (int)loaded->unlike_thread);
  else if (strcmp (loaded->name, "husk:init") == 0)
    error_hint (error, "its container has not been started: the filter is loaded just before the program's execve");
  return -1;
}

/* ptrace(2) and /proc must mean the same process by a number. */
static int
check_proc (struct error *error)
{
  char self[24], own[24];
  ssize_t length = readlink ("/proc/self", self, sizeof self - 1);
  self[length > 0 ? length : 0] = '\0';
  (void)snprintf (own, sizeof own, "%d", (int)getpid ());
  if (length < 0)
    return error_set (error, errno, "read /proc/self");
  if (strcmp (self, own) != 0)
    return error_set (error, 0, "/proc belongs to another pid namespace than husk: its numbers mean other processes");
  return 0;
}

int
loaded_inspect (struct loaded_filters *loaded, struct error *error)
{
  char path[40], status[STATUS_SIZE], state;
  unsigned long flags;
  if (check_proc (error) < 0)
    return -1;
  (void)snprintf (path, sizeof path, "/proc/%d/status", (int)loaded->thread);
  if (loaded->thread <= 0 || read_small (path, status, sizeof status) <= 0
      || read_flags (loaded->thread, &state, &flags) < 0)
    {
      if (loaded->thread > 0 && errno != ENOENT && errno != ESRCH)
        return error_set (error, errno, "read %s", path);
      return error_set (error, 0, "there is no process %d", (int)loaded->thread);
    }
  copy_name (status, loaded->name, sizeof loaded->name);
  loaded->process = (pid_t)status_number (status, "Tgid", 10);
  int64_t mode = status_number (status, "Seccomp", 10);
  if (flags & KERNEL_THREAD)
    return error_set (error, 0, "process %d (%s) is a kernel thread: it makes no system calls", (int)loaded->thread,
                      loaded->name);
  if (mode == NOT_THERE)
    return error_set (error, 0, "this kernel has no seccomp");
  if (count_threads (loaded, status_number (status, "Seccomp_filters", 10)) < 0)
    return error_set (error, errno, "read the threads of process %d", (int)loaded->process);
  if (state == 'Z' || state == 'X')
    {
      (void)error_set (error, 0, "process %d (%s) has ended", (int)loaded->thread, loaded->name);
      if (loaded->threads > 1)
        error_hint (error, "other threads of it have not: name one of those in /proc/%d/task", (int)loaded->process);
      return -1;
    }
  return mode == 2 ? 0 : set_no_filter (loaded, mode, error);
}

static bool
has_capability (const char *status, int capability)
{
  return (uint64_t)status_number (status, "CapEff", 16) >> capability & 1;
}

static int
refuse_seize (const struct loaded_filters *loaded, int code, struct error *error)
{
  char own[STATUS_SIZE], status[STATUS_SIZE], scope[16] = "";
  int pid = (int)loaded->thread;
  if (loaded->process == getpid ())
    return error_set (error, 0, "husk cannot read the filters of its own process");
  int64_t tracer
      = read_status (loaded->process, loaded->thread, status) < 0 ? 0 : status_number (status, "TracerPid", 10);
  if (tracer > 0)
    return error_set (error, code, "process %d is already traced by process %lld, and can have only one tracer", pid,
                      (long long)tracer);
  (void)read_small ("/proc/sys/kernel/yama/ptrace_scope", scope, sizeof scope);
  (void)error_set (error, code, "trace process %d", pid);
  if (scope[0] == '3')
    error_hint (error, "Yama forbids tracing until the next boot (kernel.yama.ptrace_scope is 3)");
  else if (read_status (getpid (), getpid (), own) == 0 && !has_capability (own, CAP_SYS_PTRACE))
    error_hint (error, "it needs CAP_SYS_PTRACE and CAP_SYS_ADMIN: run husk as root");
  else
    error_hint (error, "its user namespace is not below husk's, or a security module forbids it");
  return -1;
}

static int
refuse_get (const struct loaded_filters *loaded, int code, struct error *error)
{
  char own[STATUS_SIZE];
  int64_t mode = read_status (getpid (), getpid (), own) < 0 ? 0 : status_number (own, "Seccomp", 10);
  (void)error_set (error, code, "read the filters of process %d", (int)loaded->thread);
  if (code == EACCES && mode > 0)
    error_hint (error, "the kernel shows filters only to a process without a filter of its own, and husk has one");
  else if (code == EACCES)
    error_hint (error, "it needs CAP_SYS_ADMIN in the first user namespace: run husk as root, outside of containers");
  else if (code == EINVAL || code == ENOSYS || code == EIO)
    error_hint (error, "this kernel is built without CONFIG_CHECKPOINT_RESTORE, which this needs");
  else if (code == EMEDIUMTYPE)
    error_hint (error, "the kernel did not keep a copy of one of them");
  return -1;
}

int
loaded_refuse (const struct loaded_filters *loaded, enum loaded_attempt attempt, int code, struct error *error)
{
  unsigned long flags;
  char state;
  /* of a thread that is ending the errno may be any: EPERM while it is a zombie */
  if (code == ESRCH || read_flags (loaded->thread, &state, &flags) < 0 || flags & EXITING)
    return error_set (error, 0, "process %d has just ended", (int)loaded->thread);
  if (attempt == LOADED_SEIZE)
    return refuse_seize (loaded, code, error);
  if (attempt == LOADED_GET)
    return refuse_get (loaded, code, error);
  (void)error_set (error, 0, "process %d does not stop to be read", (int)loaded->thread);
  error_hint (error, "it is frozen, as in a paused container, or waits in the kernel for a device or file system");
  return -1;
}

const char *
loaded_text (const struct loaded_filters *loaded, struct arena *arena)
{
  if (loaded->thread == loaded->process)
    return arena_format (arena, "process %d (%s)", (int)loaded->process, loaded->name);
  return arena_format (arena, "thread %d (%s) of process %d", (int)loaded->thread, loaded->name, (int)loaded->process);
}
