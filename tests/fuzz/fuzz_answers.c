/*
 * libFuzzer: any bytes as what a program prints that husk runs: newuidmap's error, husk-systemd's answer, husk-criu's
 * messages. Each is understood, or there is one error, which is one line. The first byte says which program, and how
 * it ended; the linker puts program_run and its kin of this file in place of husk's.
 */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "husk/criu.h"
#include "husk/descriptor.h"
#include "husk/program.h"
#include "husk/unit.h"
#include "idmap.h"
#include "must.h"

static const uint8_t *printed;
static size_t printed_size;
static uint8_t fate;

bool __wrap_program_search (const char *name, const char *directories, char *out, size_t size);
bool __wrap_program_find (const char *name, char *out, size_t size);
int __wrap_program_run (struct program *program, struct program_end *out_end, struct error *error);

bool
__wrap_program_search (const char *name, const char *directories, char *out, size_t size)
{
  (void)directories;
  (void)snprintf (out, size, "/%s", name);
  return true;
}

bool
__wrap_program_find (const char *name, char *out, size_t size)
{
  return __wrap_program_search (name, NULL, out, size);
}

/* As program.c keeps it: the end of the output, in which a NUL is a space. */
static void
keep (struct program_output *output, const uint8_t *bytes, size_t size)
{
  if (!output->text)
    return;
  output->used = size < output->size ? size : output->size - 1;
  output->cut = output->used < size;
  memcpy (output->text, bytes + size - output->used, output->used);
  for (size_t i = 0; i < output->used; i++)
    if (!output->text[i])
      output->text[i] = ' ';
  output->text[output->used] = '\0';
}

int
__wrap_program_run (struct program *program, struct program_end *out_end, struct error *error)
{
  (void)error;
  *out_end = (struct program_end){ .way = fate % 4, .number = fate / 4 % 3, .alive = fate & 64, .spared = fate & 128 };
  size_t errors = program->out.text ? printed_size / 4 : 0; /* husk-systemd prints both */
  keep (program->out.text ? &program->out : &program->errors, printed + errors, printed_size - errors);
  if (program->out.text)
    keep (&program->errors, printed, errors);
  return 0;
}

static void
must_be_one_line (const struct error *error)
{
  char line[ERROR_LINE_SIZE];
  must (error->set && error->text[0]);
  error_line (error, line, sizeof line);
  must (memchr (line, '\0', sizeof line) && !strpbrk (line, "\n\r\033"));
}

static void
map_ids (void)
{
  struct error error = { 0 };
  const struct idmap map = { .file = "uid_map", .text = "0 1000 1\n1 100000 65536\n", .program = "newuidmap" };
  if (idmap_run_program (1, &map, &error) < 0)
    must_be_one_line (&error);
  else
    must (fate % 4 == PROGRAM_EXITED && fate / 4 % 3 == 0);
}

static void
start_unit (void)
{
  struct error error = { 0 };
  char *cgroup = NULL;
  struct unit_property property = { .name = "MemoryMax", .number = 5, .origin = 7 };
  const struct unit_properties properties = { .items = &property, .count = 1 };
  const struct unit unit = { .name = "a.scope", .slice = "a.slice", .origin = 3 };
  if (unit_start (&unit, &properties, 1, &cgroup, &error) < 0)
    must_be_one_line (&error);
  else
    must (fate % 4 == PROGRAM_EXITED && fate / 4 % 3 == 0 && cgroup && cgroup[0] == '/');
  free (cgroup);
}

static void
hear_criu (bool request)
{
  int pair[2], heard;
  struct arena arena;
  struct error error = { 0 };
  struct criu_message message;
  struct criu_request asked;
  must (arena_open (&arena, 1ul << 30) == 0 && socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == 0);
  must (write_all (pair[1], printed, printed_size) == 0);
  (void)close (pair[1]);
  struct criu_listener listener = { .socket = pair[0], .arena = &arena };
  do
    heard = request ? criu_receive (&listener, &criu_request_type, &asked, &error)
                    : criu_receive (&listener, &criu_message_type, &message, &error);
  while (heard > 0);
  if (heard < 0)
    must_be_one_line (&error);
  else
    must (printed_size == 0 || printed[printed_size - 1] == '\n');
  (void)close (pair[0]);
  arena_close (&arena);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  if (size == 0 || size > 100000) /* a socket's buffer */
    return 0;
  fate = data[0] / 4;
  printed = data + 1;
  printed_size = size - 1;
  switch (data[0] % 4)
    {
    case 0:
      map_ids ();
      break;
    case 1:
      start_unit ();
      break;
    default:
      hear_criu (data[0] % 4 == 3);
      break;
    }
  return 0;
}
