/*
 * libFuzzer: any bytes as the document of `exec --process`, for a container with a filter and a user namespace, to a
 * plan whose pointers must all lie inside of it; or one error that says why.
 */
#include <stdlib.h>
#include <string.h>

#include "husk/compile.h"

static const char config[]
    = "{\"ociVersion\":\"1.2.0\",\"root\":{\"path\":\"rootfs\"},\"process\":{\"args\":[\"true\"],\"cwd\":\"/\","
      "\"noNewPrivileges\":true},\"linux\":{\"namespaces\":[{\"type\":\"pid\"},{\"type\":\"mount\"},{\"type\":\"user\"}"
      "],"
      "\"uidMappings\":[{\"containerID\":0,\"hostID\":100000,\"size\":65536}],"
      "\"gidMappings\":[{\"containerID\":0,\"hostID\":100000,\"size\":65536}],"
      "\"seccomp\":{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"names\":[\"mkdir\"],"
      "\"action\":\"SCMP_ACT_ERRNO\"}]}}}";

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static void
compile (const uint8_t *data, size_t size, struct arena *arena, struct arena *plan_arena)
{
  struct json_document saved, document;
  struct error error = { 0 };
  struct report report = { .error = &error };
  struct spec spec;
  struct spec_process process;
  struct plan *plan;
  const struct host host = { .can_mount = true,
                             .permitted = ~0ull,
                             .bounding = ~0ull,
                             .known_capabilities = (1ull << 41) - 1,
                             .capabilities_sure = true,
                             .rootless = size % 5 == 0,
                             .apparmor = size % 3 == 0,
                             .cgroup_layout = CGROUP_NONE };
  const struct plan_exec_options options = { .id = "c1",
                                             .process = &process,
                                             .document = &document,
                                             .namespaces = size % 2 ? 0x30020000 : 0,
                                             .kept = { size % 4, size % 4, size % 8 ? "a:b" : NULL },
                                             .cgroup_late = size % 3 == 1 };
  if (json_parse (arena_copy (arena, config, sizeof config - 1), sizeof config - 1, "config.json", arena, &saved,
                  &error)
          < 0
      || spec_decode (&saved, arena, &spec, &report) < 0)
    abort ();
  int result = json_parse (arena_copy (arena, (const char *)data, size), size, "process", arena, &document, &error);
  if (result == 0)
    result = spec_decode_process (&document, arena, &process, &report);
  if (result == 0)
    result = plan_compile_exec (&spec, &host, &options, plan_arena, &plan, &report);
  if (result == 0 && plan_verify (plan, plan_arena, &error) < 0)
    abort ();
  if (result < 0 && !error.set)
    abort ();
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  struct arena arena, plan_arena;
  if (arena_open (&arena, 1ul << 30) < 0 || arena_open (&plan_arena, PLAN_SIZE_MAX) < 0)
    abort ();
  compile (data, size, &arena, &plan_arena);
  arena_close (&arena);
  arena_close (&plan_arena);
  return 0;
}
