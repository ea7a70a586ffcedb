/*
 * libFuzzer: any bytes as a config.json, from the parser over the tables and the filter's compiler to a plan, whose
 * pointers must all lie inside of it; or one error with its place. Nothing may be read or written out of bounds.
 */
#include <stdlib.h>
#include <string.h>

#include "husk/compile.h"

static struct host_hierarchy hierarchies[] = {
  { "/sys/fs/cgroup/pids", "pids", "pids", "/", false },
  { "/sys/fs/cgroup/unified", "unified", "", "/", true },
};

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static void
ignore (struct report *report, enum severity severity, const struct error *finding)
{
  (void)report;
  (void)severity;
  (void)finding;
}

/* Stops at the first error, or collects all, as check and create do. */
static void
compile (char *bytes, size_t size, bool all, struct arena *arena, struct arena *plan_arena)
{
  struct json_document document;
  struct error error = { 0 };
  struct report report = { .error = &error, .each = all ? ignore : NULL };
  struct compilation compilation;
  const struct host host = { .can_mount = true,
                             .permitted = ~0ull,
                             .bounding = ~0ull,
                             .known_capabilities = (1ull << 41) - 1,
                             .cgroup_layout = CGROUP_HYBRID,
                             .hierarchies = hierarchies,
                             .hierarchy_count = 2 };
  const struct plan_options options = { .id = "c1", .bundle = "/bundle", .run = size % 2 };
  int result = json_parse (bytes, size, "config.json", arena, &document, &error);
  if (result == 0)
    result = compile_document (&document, &host, CGROUP_MANAGER_CGROUPFS, &options, arena, plan_arena, &compilation,
                               &report, &error);
  if (result < 0 && (!error.set || !error.place[0]))
    abort (); /* a refusal must have a reason and a place: a plan whose pointers lie outside of it has no place */
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  for (int all = 0; all < 2; all++)
    {
      struct arena arena, plan_arena;
      if (arena_open (&arena, 1ul << 30) < 0 || arena_open (&plan_arena, PLAN_SIZE_MAX) < 0)
        abort ();
      char *bytes = arena_copy (&arena, (const char *)data, size);
      compile (bytes, size, all, &arena, &plan_arena);
      arena_close (&arena);
      arena_close (&plan_arena);
    }
  return 0;
}
