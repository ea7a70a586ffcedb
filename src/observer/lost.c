/*
 * What an observer does once the agent of a profile that notifies has died. The loop of observe.c calls lost_answer for
 * each call that is notified from then on. It calls lost_repeat several times for the calls that the agent had already
 * received: their callers are interrupted or killed, so that none waits forever. A thread that is not in the
 * kernel's wait for an agent must not be touched: it is running, or it sleeps for another reason.
 */
#include "lost.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "husk/descriptor.h"

int
lost_answer (const struct observer *observer, struct notification *notification, int listener)
{
  if (observer->lost != OBSERVE_KILL)
    return notification_refuse (notification, listener, observer->lost);
  notification_kill (notification, listener);
  return notification_refuse (notification, listener, EPERM);
}

/* ---- calls in flight ----------------------------------------------------------------------------------------------
 */

static ino_t
pid_namespace (pid_t pid)
{
  char path[64];
  struct stat status;
  (void)snprintf (path, sizeof path, "/proc/%d/ns/pid", (int)pid);
  return stat (path, &status) < 0 ? 0 : status.st_ino;
}

/* Reads a file of the thread; "" if it cannot be read. */
static const char *
thread_file (pid_t process, pid_t thread, const char *name, char *text, size_t size)
{
  char path[96];
  (void)snprintf (path, sizeof path, "/proc/%d/task/%d/%s", (int)process, (int)thread, name);
  return read_small (path, text, size) > 0 ? text : "";
}

/* Whether the kernel function that the thread sleeps in is the one that waits for an agent. Before Linux 5.16 wchan is
 * 0 for all threads if the kernel has no frame pointers: then the stack of one that does not run is searched. */
static bool
awaits_agent (pid_t process, pid_t thread)
{
  char text[1024];
  const char *function = thread_file (process, thread, "wchan", text, sizeof text);
  if (strcmp (function, "0") != 0)
    return strstr (function, "seccomp");
  if (strncmp (thread_file (process, thread, "syscall", text, sizeof text), "running", strlen ("running")) == 0)
    return false;
  return strstr (thread_file (process, thread, "stack", text, sizeof text), "seccomp_do_user_notification")
         || strstr (text, "__seccomp_filter");
}

/* The kernel restarts a call that a tracer interrupts, so it is notified again. */
static bool
interrupt (pid_t thread)
{
  int status;
  bool stopped = false;
  if (ptrace (PTRACE_SEIZE, thread, NULL, NULL) < 0)
    return false;
  for (int i = 0; i < 500 && !stopped && ptrace (PTRACE_INTERRUPT, thread, NULL, NULL) == 0; i++)
    {
      struct timespec moment = { .tv_nsec = 200000 };
      (void)nanosleep (&moment, NULL);
      stopped = process_wait (thread, &status, __WALL | WNOHANG) == thread;
    }
  (void)ptrace (PTRACE_DETACH, thread, NULL, NULL);
  return stopped;
}

static void
repeat (const struct observer *observer, pid_t process, pid_t thread)
{
  if (!awaits_agent (process, thread))
    return;
  if (observer->killable || !interrupt (thread))
    (void)syscall (SYS_tgkill, process, thread, SIGKILL);
}

static void
repeat_threads (const struct observer *observer, pid_t process)
{
  char path[64];
  (void)snprintf (path, sizeof path, "/proc/%d/task", (int)process);
  DIR *threads = opendir (path);
  for (struct dirent *entry; threads && (entry = readdir (threads));)
    if (isdigit ((unsigned char)entry->d_name[0]))
      repeat (observer, process, (pid_t)strtol (entry->d_name, NULL, 10));
  if (threads)
    (void)closedir (threads);
}

/* The container's processes are those in its pid namespace. If it shares husk's, only its first process is known. */
void
lost_repeat (const struct observer *observer)
{
  pid_t first = pidfd_pid (observer->pidfd);
  ino_t namespace = first > 0 ? pid_namespace (first) : 0;
  if (!namespace || namespace == pid_namespace (getpid ()))
    {
      if (first > 0)
        repeat_threads (observer, first);
      return;
    }
  DIR *processes = opendir ("/proc");
  for (struct dirent *entry; processes && (entry = readdir (processes));)
    {
      pid_t process = isdigit ((unsigned char)entry->d_name[0]) ? (pid_t)strtol (entry->d_name, NULL, 10) : 0;
      if (process && pid_namespace (process) == namespace)
        repeat_threads (observer, process);
    }
  if (processes)
    (void)closedir (processes);
}
