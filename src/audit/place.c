/*
 * Finds a process's container by the path of its cgroup. Engines and the kubelet put the container's id and the
 * pod's uid there ("kubepods-burstable-podUID.slice/cri-containerd-ID.scope", "/kubepods/podUID/ID"). A pid is trusted
 * only if its process began before the line was written and has the name that the line says.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "fields.h"
#include "husk/descriptor.h"
#include "husk/process.h"

/* ---- cgroups -------------------------------------------------------------------------------------------------- */

/* "cri-containerd-ID.scope", "crio-ID", "docker-ID.scope", "libpod-ID.scope", or an ID by itself. */
static bool
read_container (const char *name, size_t length, char *out, size_t size)
{
  size_t digits = 0;
  if (length > 6 && strncmp (name + length - 6, ".scope", 6) == 0)
    length -= 6;
  while (digits < length && isxdigit ((unsigned char)name[length - 1 - digits]))
    digits++;
  if (digits != 64 || (digits < length && name[length - 1 - digits] != '-'))
    return false;
  fields_copy (out, size, name + length - digits, digits);
  return true;
}

/* "pod1234-...", "kubepods-besteffort-pod1234_....slice": systemd's names have '_' for '-'. */
static bool
read_pod (const char *name, size_t length, char *out, size_t size)
{
  const char *last = NULL;
  for (const char *at = name; at + 3 < name + length; at++)
    if (strncmp (at, "pod", 3) == 0 && (at == name || at[-1] == '-') && isxdigit ((unsigned char)at[3]))
      last = at + 3;
  if (!last)
    return false;
  size_t uid = strspn (last, "0123456789abcdef-_");
  uid = uid < (size_t)(name + length - last) ? uid : (size_t)(name + length - last);
  if (uid < 32)
    return false;
  fields_copy (out, size, last, uid);
  for (char *letter = out; *letter; letter++)
    *letter = *letter == '_' ? '-' : *letter;
  return true;
}

void
audit_place_of (const char *cgroups, struct audit_place *out)
{
  *out = (struct audit_place){ .cgroup = "" };
  for (const char *line = cgroups; *line;)
    {
      size_t length = strcspn (line, "\n");
      const char *path = memchr (line, ':', length);
      path = path ? memchr (path + 1, ':', length - (size_t)(path + 1 - line)) : NULL;
      size_t size = path ? (size_t)(line + length - ++path) : 0;
      /* controllers that a container does not use stay at the top */
      if (size > strlen (out->cgroup))
        {
          fields_copy (out->cgroup, sizeof out->cgroup, path, size);
          out->container[0] = out->pod[0] = '\0';
          for (const char *name = path; name < path + size;)
            {
              size_t one = strcspn (name, "/\n");
              if (!read_container (name, one, out->container, sizeof out->container))
                (void)read_pod (name, one, out->pod, sizeof out->pod);
              name += one + 1;
            }
        }
      line += length + (line[length] == '\n');
    }
}

/* ---- the process ---------------------------------------------------------------------------------------------- */

/* When it began, in seconds since 1970. */
static bool
began_before (pid_t pid, int64_t seconds)
{
  struct timespec now, booted;
  struct error error = { 0 };
  uint64_t start;
  long ticks = sysconf (_SC_CLK_TCK);
  if (process_start_time (pid, &start, &error) < 0 || !start || ticks <= 0 || clock_gettime (CLOCK_REALTIME, &now) < 0
      || clock_gettime (CLOCK_BOOTTIME, &booted) < 0)
    return false;
  return now.tv_sec - booted.tv_sec + (int64_t)(start / (uint64_t)ticks) <= seconds + 1;
}

static bool
is_named (const struct audit_call *call)
{
  char path[48], text[AUDIT_PATH_SIZE];
  (void)snprintf (path, sizeof path, "/proc/%d/exe", (int)call->pid);
  ssize_t length = readlink (path, text, sizeof text - 1);
  text[length > 0 ? length : 0] = '\0';
  if (call->exe[0] && strcmp (text, call->exe) == 0)
    return true;
  (void)snprintf (path, sizeof path, "/proc/%d/comm", (int)call->pid);
  length = read_small (path, text, sizeof text);
  text[length > 0 ? length - 1 : 0] = '\0';
  return call->comm[0] && strcmp (text, call->comm) == 0;
}

bool
audit_place (const struct audit_call *call, struct audit_place *out)
{
  char path[48], text[16384];
  *out = (struct audit_place){ .cgroup = "" };
  if (call->pid <= 0 || !is_named (call) || (call->seconds && !began_before (call->pid, call->seconds)))
    return false;
  (void)snprintf (path, sizeof path, "/proc/%d/cgroup", (int)call->pid);
  if (read_small (path, text, sizeof text) <= 0)
    return false;
  audit_place_of (text, out);
  return true;
}
