/*
 * libFuzzer: any bytes as a line of a log. What is read from it ends within its room, names a call, and is the same
 * when it is read again. The same bytes as /proc/PID/cgroup.
 */
#include <stdlib.h>
#include <string.h>

#include "husk/audit.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static void
must (bool holds)
{
  if (!holds)
    abort ();
}

static void
must_end (const char *text, size_t room)
{
  must (memchr (text, '\0', room) != NULL);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  static struct audit_call call, again;
  struct audit_place place;
  size = size < AUDIT_LINE_SIZE ? size : AUDIT_LINE_SIZE;
  enum audit_kind kind = audit_read ((const char *)data, size, &call);
  must (audit_read ((const char *)data, size, &again) == kind && memcmp (&call, &again, sizeof call) == 0);
  must_end (call.comm, sizeof call.comm);
  must_end (call.exe, sizeof call.exe);
  must_end (call.stamp, sizeof call.stamp);
  must_end (call.node, sizeof call.node);
  must_end (call.pod, sizeof call.pod);
  must (kind != AUDIT_CALL || call.pid >= 0);
  char *text = calloc (size + 1, 1);
  must (text != NULL);
  memcpy (text, data, size);
  audit_place_of (text, &place);
  must_end (place.container, sizeof place.container);
  must_end (place.pod, sizeof place.pod);
  free (text);
  return 0;
}
