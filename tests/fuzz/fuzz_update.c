/*
 * libFuzzer: any bytes as the document of `update --resources`, to the settings of a cgroup of v1 and v2 and to the
 * properties of a unit; or one error that says why. A setting names a file and has a value for it.
 */
#include <stdlib.h>
#include <string.h>

#include "husk/limits.h"

static struct host_hierarchy of_v1[] = {
  { "/nowhere/cpu", "cpu", "cpu,cpuacct", "/", false },     { "/nowhere/cpuset", "cpuset", "cpuset", "/", false },
  { "/nowhere/memory", "memory", "memory", "/", false },    { "/nowhere/pids", "pids", "pids", "/", false },
  { "/nowhere/devices", "devices", "devices", "/", false }, { "/nowhere/blkio", "blkio", "blkio", "/", false },
};
static struct host_hierarchy of_v2[] = { { "/nowhere/unified", "unified", "", "/", true } };

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

/* The settings of an existing container; its cgroup's own values cannot be read here. */
static void
compile (const struct host *host, const struct json_document *document, struct spec_resources *resources,
         struct arena *arena)
{
  struct error error = { 0 };
  struct report report = { .error = &error };
  struct spec_linux none = { 0 }; /* as spec_decode leaves it where there is none */
  struct spec spec = { .linux_ = &none };
  struct cgroup cgroup;
  struct limits limits;
  if (cgroup_locate (host, CGROUP_MANAGER_CGROUPFS, &spec, "c1", arena, &cgroup, &report) < 0)
    abort ();
  struct spec_resources *whole = limits_complete (&cgroup, resources, arena);
  int result = limits_compile (host, &cgroup, whole, document, arena, &limits, &report);
  if (result == 0)
    result = unit_properties (whole, document, host->cgroup_layout == CGROUP_V2, arena, &limits.properties, &report);
  if (result < 0 && !error.set)
    abort ();
}

static void
decode (const uint8_t *data, size_t size, struct arena *arena)
{
  const struct host v1 = { .cgroup_layout = CGROUP_V1,
                           .hierarchies = of_v1,
                           .hierarchy_count = sizeof of_v1 / sizeof *of_v1,
                           .v2_controllers = "" };
  const struct host v2 = { .cgroup_layout = CGROUP_V2,
                           .hierarchies = of_v2,
                           .hierarchy_count = 1,
                           .v2_controllers = "cpuset cpu io memory hugetlb pids rdma misc" };
  struct json_document document;
  struct error error = { 0 };
  struct report report = { .error = &error };
  struct spec_resources resources;
  int result = json_parse (arena_copy (arena, (const char *)data, size), size, "resources", arena, &document, &error);
  if (result == 0)
    result = spec_decode_resources (&document, arena, &resources, &report);
  if (result < 0 && !error.set)
    abort ();
  if (result < 0)
    return;
  compile (&v1, &document, &resources, arena);
  compile (&v2, &document, &resources, arena);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  struct arena arena;
  if (arena_open (&arena, 1ul << 30) < 0)
    abort ();
  decode (data, size, &arena);
  arena_close (&arena);
  return 0;
}
