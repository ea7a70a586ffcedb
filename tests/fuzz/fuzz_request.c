/*
 * libFuzzer: any bytes as husk-systemd's request, whose values in GVariant's text format come from a container's
 * annotations, up to the message to systemd. A request is refused with a reason, or its properties are appended: what
 * was read has a type that D-Bus has.
 */
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "must.h"
#include "properties.h"
#include "request.h"

/* A bus that nobody answers: a message needs one. */
static sd_bus *
make_bus (void)
{
  sd_bus *bus = NULL;
  int pair[2];
  must (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == 0 && sd_bus_new (&bus) >= 0);
  must (sd_bus_set_fd (bus, pair[0], pair[0]) >= 0 && sd_bus_start (bus) >= 0);
  return bus;
}

static void
append (sd_bus *bus, struct unit_request *request)
{
  sd_bus_message *call = NULL;
  struct error error = { 0 };
  must (sd_bus_message_new_method_call (bus, &call, "a.b", "/", "a.b", "C") >= 0);
  /* sd-bus nests less deeply than GLib, and refuses some texts */
  must (properties_append (call, request, NULL, 0, &error) == 0 ? !error.set : error.set && request->refused);
  sd_bus_message_unref (call);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  static sd_bus *bus;
  static int file = -1;
  struct arena arena;
  struct error error = { 0 };
  struct unit_request request;
  if (!bus)
    {
      bus = make_bus ();
      file = memfd_create ("request", MFD_CLOEXEC);
    }
  must (arena_open (&arena, 1ul << 30) == 0);
  must (ftruncate (file, 0) == 0 && pwrite (file, data, size, 0) == (ssize_t)size && lseek (file, 0, SEEK_SET) == 0);
  if (request_read (file, &arena, &request, &error) < 0)
    must (error.set && error.text[0]);
  else
    {
      must (request.name && (request.verb != VERB_ATTACH || request.pid > 0));
      append (bus, &request);
    }
  request_close (&request);
  arena_close (&arena);
  return 0;
}
