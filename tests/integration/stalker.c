/*
 * A hostile program inside a container: as long as it runs it inspects each process that it did not start, and
 * prints which it could trace or whose descriptors it could list (CVE-2016-9962). It is quick: it tries the next pid
 * before that exists.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

/* Attached: which program is it by now? The program that follows husk-init may be traced. */
static void
trace (int pid)
{
  char path[64], image[128] = "";
  (void)snprintf (path, sizeof path, "/proc/%d/exe", pid);
  ssize_t length = readlink (path, image, sizeof image - 1);
  if (length < 0 ? errno == EACCES : strstr (image, "husk") != NULL) /* ENOENT: it has ended */
    printf ("traced: %d %s\n", pid, image);
  if (ptrace (PTRACE_INTERRUPT, pid, NULL, NULL) == 0 && waitpid (pid, NULL, __WALL) == pid)
    (void)ptrace (PTRACE_DETACH, pid, NULL, NULL);
}

static void
look (int pid)
{
  char path[64], name[32] = "", image[128] = "";
  (void)snprintf (path, sizeof path, "/proc/%d/exe", pid);
  ssize_t length = readlink (path, image, sizeof image - 1);
  int seen = errno;
  if (length < 0 && (seen == ENOENT || seen == ESRCH))
    return;
  (void)snprintf (path, sizeof path, "/proc/%d/comm", pid);
  int fd = open (path, O_RDONLY);
  ssize_t got = fd < 0 ? -1 : read (fd, name, sizeof name - 1);
  name[got > 0 ? got - 1 : 0] = '\0';
  (void)close (fd);
  if (length >= 0 && strstr (image, "husk"))
    printf ("open: %d %s %s\n", pid, name, image);
  else if (length < 0)
    printf ("closed: %d %s\n", pid, name);
  if (length < 0 && ptrace (PTRACE_SEIZE, pid, NULL, NULL) == 0)
    trace (pid);
}

int
main (void)
{
  setvbuf (stdout, NULL, _IOLBF, 0);
  puts ("ready");
  for (;;)
    for (int pid = 2; pid < 400; pid++)
      look (pid);
}
