/*
 * libFuzzer: a notified call, of any architecture and number, with arguments of any value or that point to any bytes.
 * Its text ends within every size of room, its paths are absolute and clean, and what is not mapped is an errno.
 */
#include <linux/audit.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "husk/agent.h"
#include "husk/calls.h"
#include "husk/seccomp.h"
#include "must.h"

#define ROOM 8192 /* longer than a path; what follows is not mapped */

/* The bytes lie at the end of what is mapped: a string without a NUL ends in a fault. */
static const char *
memory_of (const uint8_t *data, size_t size)
{
  static char *memory;
  if (!memory)
    {
      memory = mmap (NULL, ROOM + 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
      must (memory != MAP_FAILED && munmap (memory + ROOM, 4096) == 0);
    }
  if (size > ROOM)
    size = ROOM;
  memcpy (memory + ROOM - size, data, size);
  return memory + ROOM - size;
}

static bool
is_clean (const char *path)
{
  if (path[0] != '/' || strstr (path, "//"))
    return false;
  for (const char *at = path; at; at = strchr (at + 1, '/'))
    if (strncmp (at, "/./", 3) == 0 || strcmp (at, "/.") == 0 || strncmp (at, "/../", 4) == 0
        || strcmp (at, "/..") == 0)
      return false;
  return true;
}

static void
look (const struct seccomp_notif *call, const char *name)
{
  static struct caller_paths paths;
  char text[2048];
  caller_read_paths (call, name, &paths);
  must (paths.count <= CALLER_PATHS_MAX);
  for (uint32_t i = 0; i < paths.count; i++)
    must (paths.items[i].code > 0 || (paths.items[i].code == 0 && is_clean (paths.items[i].text)));
  const size_t sizes[] = { 1, 2, 20, 200, sizeof text };
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
    {
      memset (text, 'x', sizeof text);
      call_text (call, name, text, sizes[i]);
      must (memchr (text, '\0', sizes[i]) != NULL);
    }
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  struct
  {
    uint16_t number;
    uint8_t arch, pointers; /* a bit for each argument that points to the bytes */
    uint64_t arguments[6];
  } in = { 0 };
  size_t taken = size < sizeof in ? size : sizeof in;
  memcpy (&in, data, taken);
  const char *memory = memory_of (data + taken, size - taken);
  struct seccomp_notif call = { .pid = (uint32_t)getpid () };
  const struct arch *arch = arch_at (in.arch % 8);
  call.data.arch = arch ? arch->audit : in.arch;
  call.data.nr = (arch ? arch_base (arch) : 0) + in.number % 600;
  for (int i = 0; i < 6; i++)
    call.data.args[i] = in.pointers & 1 << i ? (uintptr_t)memory + in.arguments[i] % (ROOM + 1) : in.arguments[i];
  char *name = seccomp_data_name (&call.data);
  look (&call, name);
  free (name);
  return 0;
}
