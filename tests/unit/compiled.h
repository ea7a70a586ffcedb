/*
 * Configs compiled for made-up hosts.
 */
#ifndef HUSK_TESTS_COMPILED_H
#define HUSK_TESTS_COMPILED_H

#include "document.h"

#include "husk/compile.h"

static struct host_hierarchy v1_hierarchies[] = {
  { "/sys/fs/cgroup/pids", "pids", "pids", "/", false },
  { "/sys/fs/cgroup/cpu,cpuacct", "cpu,cpuacct", "cpu,cpuacct", "/a", false },
  { "/sys/fs/cgroup/unified", "unified", "", "/", true },
};
static struct host_hierarchy v2_hierarchies[] = { { "/sys/fs/cgroup", "", "", "/user.slice", true } };

static const struct host hosts[] = {
  { .can_mount = true,
    .permitted = ~0ull,
    .bounding = ~0ull,
    .known_capabilities = (1ull << 41) - 1,
    .capabilities_sure = true,
    .cgroup_layout = CGROUP_HYBRID,
    .hierarchies = v1_hierarchies,
    .hierarchy_count = 3 },
  { .can_mount = true,
    .permitted = ~0ull,
    .bounding = ~0ull,
    .known_capabilities = (1ull << 41) - 1,
    .capabilities_sure = true,
    .cgroup_layout = CGROUP_V2,
    .hierarchies = v2_hierarchies,
    .hierarchy_count = 1 },
  { .uid = 1000, .known_capabilities = (1ull << 41) - 1, .capabilities_sure = true, .cgroup_layout = CGROUP_NONE },
};

struct compiled
{
  struct json_document document;
  struct spec spec;
  struct cgroup cgroup;
  struct arena arena;
  struct plan *plan;
};

static inline void
compile (struct compiled *compiled, const char *text, const struct host *host, bool run)
{
  struct error error = { 0 };
  struct report report = { .error = &error };
  struct plan_options options = { .id = "c1", .bundle = "/bundle", .cgroup = &compiled->cgroup, .run = run };
  assert_int_equal (parse (text, &compiled->document, &error), 0);
  if (spec_decode (&compiled->document, &test_arena, &compiled->spec, &report) < 0)
    fail_msg ("%s: %s", error.place, error.text);
  assert_int_equal (
      cgroup_locate (host, CGROUP_MANAGER_CGROUPFS, &compiled->spec, "c1", &test_arena, &compiled->cgroup, &report), 0);
  options.network_ahead = plan_network_ahead (&compiled->spec);
  assert_int_equal (arena_open (&compiled->arena, PLAN_SIZE_MAX), 0);
  if (plan_compile (&compiled->spec, host, &options, &compiled->arena, &compiled->plan, &report) < 0)
    fail_msg ("%s: %s", error.place, error.text);
  if (plan_verify (compiled->plan, &compiled->arena, &error) < 0)
    fail_msg ("%s", error.text);
}

#endif
