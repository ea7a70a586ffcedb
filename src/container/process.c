#include "process.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "husk/descriptor.h"

uint64_t
process_start_time (pid_t pid)
{
  char path[32], stat[1024];
  (void)snprintf (path, sizeof path, "/proc/%d/stat", (int)pid);
  if (pid <= 0 || read_small (path, stat, sizeof stat) <= 0)
    return 0;
  /* the name may hold anything, also ")": fields are counted from the last one */
  char *field = strrchr (stat, ')');
  if (!field || !field[1] || field[2] == 'Z' || field[2] == 'X')
    return 0;
  for (int number = 2; number < 22 && field; number++)
    field = strchr (field + 1, ' ');
  return field ? strtoull (field + 1, NULL, 10) : 0;
}

void
process_comm (pid_t pid, char out[32])
{
  char path[32];
  (void)snprintf (path, sizeof path, "/proc/%d/comm", (int)pid);
  (void)read_small (path, out, 32);
  out[strcspn (out, "\n")] = '\0';
}

const char *
process_boot_id (struct arena *arena)
{
  char text[64];
  (void)read_small ("/proc/sys/kernel/random/boot_id", text, sizeof text);
  text[strcspn (text, "\n")] = '\0';
  return arena_string (arena, text);
}
