/*
 * A plan without the machine's rights: maps by newuidmap, devices bound, namespaces entered by a process
 * in between; and which cgroups remain.
 */
#include "compiled.h"

#include <sched.h>

static struct host_hierarchy hybrid[] = {
  { "/sys/fs/cgroup/memory", "memory", "memory", "/", false },
  { "/sys/fs/cgroup/cpu,cpuacct", "cpu,cpuacct", "cpu,cpuacct", "/", false },
  { "/sys/fs/cgroup/unified", "unified", "", "/user/own", true },
};
static struct host_hierarchy v2[] = { { "/sys/fs/cgroup", "", "", "/user/own", true } };

#define ALL ((1ull << 41) - 1)

enum
{
  ORDINARY,
  INNER_ROOT,
  ROOT,
};
static const struct host users[] = {
  [ORDINARY] = { .uid = 1000, .gid = 100, .outer_uid = 1000, .rootless = true, .known_capabilities = ALL },
  [INNER_ROOT] = { .outer_uid = 1000,
                   .user_namespace = true,
                   .rootless = true,
                   .can_mount = true,
                   .permitted = ALL,
                   .bounding = ALL,
                   .known_capabilities = ALL },
  [ROOT] = { .can_mount = true, .permitted = ALL, .bounding = ALL, .known_capabilities = ALL },
};

/* '...' for "..." */
static const char *
quoted (const char *format, const char *argument)
{
  char *text = arena_format (&test_arena, format, argument);
  for (char *quote = text; (quote = strchr (quote, '\''));)
    *quote = '"';
  return text;
}

static const char linux_config[] = "{'ociVersion':'1.0.2','root':{'path':'rootfs'},'process':{'cwd':'/','args':['sh']},"
                                   "'mounts':[{'destination':'/sys','type':'sysfs','source':'sysfs'}],'linux':{%s}}";

#define NAMESPACES(more) "'namespaces':[{'type':'mount'},{'type':'pid'}" more "]"
#define MAPS(uid, gid) ",'uidMappings':[" uid "],'gidMappings':[" gid "]"
#define OWN "{'containerID':0,'hostID':1000,'size':1}"
#define OWN_GROUP "{'containerID':0,'hostID':100,'size':1}"
#define RANGE "{'containerID':0,'hostID':100000,'size':65536}"

static const struct step *
first (const struct plan *plan, enum step_kind kind)
{
  for (uint32_t i = 0; i < plan->step_count; i++)
    if (plan->steps[i].kind == kind)
      return &plan->steps[i];
  fail_msg ("no step %s", step_word (kind));
  return NULL;
}

static void
test_maps (void **state)
{
  static const struct
  {
    int user;
    const char *config;
    bool uid_program, gid_program, denied;
  } rows[] = {
    { ORDINARY, NAMESPACES (",{'type':'user'}") MAPS (OWN, OWN_GROUP), false, false, true },
    { ORDINARY, NAMESPACES (",{'type':'user'}") MAPS (RANGE, RANGE), true, true, false },
    { ORDINARY, NAMESPACES (",{'type':'user'}") MAPS (OWN, RANGE), false, true, false },
    { ORDINARY, NAMESPACES (",{'type':'user'}") MAPS (RANGE, OWN_GROUP), true, false, true },
    /* one id, but not the user's own; more than the user's own */
    { ORDINARY, NAMESPACES (",{'type':'user'}") MAPS (OWN_GROUP, OWN), true, true, false },
    { ORDINARY, NAMESPACES (",{'type':'user'}") MAPS ("{'containerID':0,'hostID':1000,'size':2}", OWN_GROUP), true,
      false, true },
    { INNER_ROOT, NAMESPACES (",{'type':'user'}") MAPS (RANGE, RANGE), false, false, false },
    { ROOT, NAMESPACES (",{'type':'user'}") MAPS (OWN, OWN_GROUP), false, false, false },
  };
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
    {
      struct compiled compiled;
      compile (&compiled, quoted (linux_config, rows[i].config), &users[rows[i].user], true);
      const struct plan_parent *parent = &compiled.plan->parent;
      if (parent->uid_map_program != rows[i].uid_program || parent->gid_map_program != rows[i].gid_program
          || parent->deny_setgroups != rows[i].denied)
        fail_msg ("%s", rows[i].config);
      assert_int_equal (first (compiled.plan, STEP_IDENTITY)->identity->set_groups, !rows[i].denied);
      arena_close (&compiled.arena);
    }
  (void)state;
}

/* Only the machine's root makes nodes; other users bind them, cloned by the parent if it may clone mounts. */
static void
test_devices (void **state)
{
  static const struct
  {
    int user;
    const char *config;
    bool bind;
    int fd;
  } rows[] = {
    { ORDINARY, NAMESPACES (",{'type':'user'}") MAPS (OWN, OWN_GROUP), true, PLAN_NO_FD },
    { INNER_ROOT, NAMESPACES (""), true, PLAN_PREPARE },
    { ROOT, NAMESPACES (",{'type':'user'}") MAPS (RANGE, RANGE), true, PLAN_PREPARE },
    { ROOT, NAMESPACES (""), false, PLAN_NO_FD },
  };
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
    {
      struct compiled compiled;
      compile (&compiled, quoted (linux_config, rows[i].config), &users[rows[i].user], true);
      const struct plan_device *device = first (compiled.plan, STEP_DEVICE)->device;
      if (device->bind != rows[i].bind || device->fd != rows[i].fd)
        fail_msg ("%s", rows[i].config);
      arena_close (&compiled.arena);
    }
  (void)state;
}

static void
test_sysfs (void **state)
{
  static const struct
  {
    int user;
    const char *config, *type, *source, *instead;
  } rows[] = {
    { INNER_ROOT, NAMESPACES (""), NULL, "/sys", NULL },
    { INNER_ROOT, NAMESPACES (",{'type':'network'}"), "sysfs", "sysfs", NULL },
    { INNER_ROOT, NAMESPACES (",{'type':'network','path':'/n'}"), "sysfs", "sysfs", "/sys" },
    { ROOT, NAMESPACES (",{'type':'network','path':'/n'}"), "sysfs", "sysfs", NULL },
  };
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
    {
      struct compiled compiled;
      compile (&compiled, quoted (linux_config, rows[i].config), &users[rows[i].user], true);
      const struct plan_mount *mount = first (compiled.plan, STEP_MOUNT)->mount;
      const char *got[] = { mount->type, mount->source, mount->fallback_bind };
      const char *wanted[] = { rows[i].type, rows[i].source, rows[i].instead };
      for (int word = 0; word < 3; word++)
        if (!got[word] != !wanted[word] || (got[word] && strcmp (got[word], wanted[word]) != 0))
          fail_msg ("%s: %s", rows[i].config, got[word] ? got[word] : "nothing");
      arena_close (&compiled.arena);
    }
  (void)state;
}

/* If husk could not return to its namespaces, a process in between joins them. */
static void
test_between (void **state)
{
  static const char by_path[] = "'namespaces':[{'type':'mount'},{'type':'pid','path':'/p'}]";
  struct compiled compiled;
  compile (&compiled, quoted (linux_config, by_path), &users[INNER_ROOT], true);
  assert_true (compiled.plan->parent.in_between);
  compile (&compiled, quoted (linux_config, by_path), &users[ROOT], true);
  assert_false (compiled.plan->parent.in_between);
  compile (&compiled, quoted (linux_config, NAMESPACES ("")), &users[INNER_ROOT], true);
  assert_false (compiled.plan->parent.in_between);
  (void)state;
}

static void
test_exec (void **state)
{
  static const struct
  {
    int user;
    uint64_t namespaces, before, inside;
    bool forked, in_between;
  } rows[] = {
    { ORDINARY, CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNS, 0, CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNS, true,
      false },
    { ORDINARY, CLONE_NEWUSER | CLONE_NEWNS, 0, CLONE_NEWUSER | CLONE_NEWNS, false, false },
    { INNER_ROOT, CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNS, CLONE_NEWPID, CLONE_NEWUSER | CLONE_NEWNS, false, true },
    { INNER_ROOT, CLONE_NEWPID | CLONE_NEWNS, CLONE_NEWPID, CLONE_NEWNS, false, true },
    { ROOT, CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNS, CLONE_NEWPID, CLONE_NEWUSER | CLONE_NEWNS, false, false },
    { ROOT, CLONE_NEWNS, 0, CLONE_NEWNS, false, false },
  };
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
    {
      struct compiled compiled;
      struct error error = { 0 };
      struct report report = { .error = &error };
      struct plan *plan;
      const char *config = NAMESPACES (",{'type':'user'}") MAPS (OWN, OWN_GROUP);
      compile (&compiled, quoted (linux_config, config), &users[rows[i].user], true);
      struct plan_exec_options options = {
        .id = "c", .process = compiled.spec.process, .document = &compiled.document, .namespaces = rows[i].namespaces
      };
      assert_int_equal (
          plan_compile_exec (&compiled.spec, &users[rows[i].user], &options, &compiled.arena, &plan, &report), 0);
      const struct plan_parent *parent = &plan->parent;
      assert_int_equal (parent->join_before_count ? parent->joins_before[0].flags : 0, rows[i].before);
      assert_int_equal (parent->forked, rows[i].forked);
      assert_int_equal (first (plan, STEP_JOIN)->join->flags, rows[i].inside);
      assert_int_equal (parent->in_between, rows[i].in_between);
      assert_int_equal (plan_verify (plan, &compiled.arena, &error), 0);
      arena_close (&compiled.arena);
    }
  (void)state;
}

/* ---- cgroups ---------------------------------------------------------------------------------------------------- */

// proves: /linux/resources/cpu/mems /linux/resources/blockIO/weightDevice
// proves: /linux/resources/blockIO/weightDevice/*/major /linux/resources/blockIO/weightDevice/*/minor
// proves: /linux/resources/blockIO/weightDevice/*/weight /linux/resources/rdma/*/hcaHandles
static void
test_delegated (void **state)
{
  static const struct
  {
    bool hybrid;
    bool delegated[3];
    const char *resources, *left; /* mounts' last letters; or what the error says */
  } rows[] = {
    { false, { true }, "'memory':{'limit':1000000}", "cgroup" },
    { false, { false }, "", "" },
    { false, { false }, "'devices':[{'allow':false,'access':'rwm'}]", "" },
    { false, { false }, "'memory':{'limit':-1},'cpu':{'shares':0,'quota':-1},'pids':{'limit':-1}", "" },
    { false, { false }, "'memory':{'limit':1000000}", "!/linux/resources/memory/limit" },
    { false, { false }, "'memory':{'swappiness':0}", "!/linux/resources/memory/swappiness" },
    { false, { false }, "'memory':{'disableOOMKiller':true}", "!/linux/resources/memory/disableOOMKiller" },
    { false, { false }, "'memory':{'limit':0},'cpu':{'mems':'0'}", "!/linux/resources/cpu/mems" },
    { false, { false }, "'cpu':{'idle':1}", "!/linux/resources/cpu/idle" },
    { false, { false }, "'pids':{'limit':0}", "!/linux/resources/pids/limit" },
    { false,
      { false },
      "'blockIO':{'weightDevice':[{'major':8,'minor':0,'weight':10}]}",
      "!/linux/resources/blockIO/weightDevice/0" },
    { false, { false }, "'network':{'classID':1}", "!/linux/resources/network/classID" },
    { false, { false }, "'rdma':{'a':{'hcaHandles':3}}", "!/linux/resources/rdma/a" },
    { false, { false }, "'unified':{'cgroup.max.depth':'3'}", "!/linux/resources/unified/cgroup.max.depth" },
    { true, { false, false, true }, "", "unified" },
    { true, { false, false, true }, "'pids':{'limit':5}", "unified" }, /* no v1 hierarchy has it */
    { true, { false, false, true }, "'unified':{'pids.max':'5'}", "unified" },
    { true, { false, false, true }, "'cpu':{'shares':5}", "!/linux/resources/cpu/shares" },
    { true, { true, false, false }, "'memory':{'limit':1000000}", "memory" },
    { true, { true, true, false }, "'pids':{'limit':5}", "!/linux/resources/pids/limit" },
  };
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
    {
      struct json_document document;
      struct error error;
      struct spec spec;
      struct report report = { .error = &error };
      struct cgroup cgroup;
      struct host host = users[ORDINARY];
      char got[512] = "";
      host.hierarchies = rows[i].hybrid ? hybrid : v2;
      host.hierarchy_count = rows[i].hybrid ? 3 : 1;
      assert_int_equal (parse (quoted ("{'ociVersion':'1.0.2','root':{'path':'r'},'linux':{'resources':{%s},"
                                       "'namespaces':[{'type':'mount'}]}}",
                                       rows[i].resources),
                               &document, &error),
                        0);
      if (spec_decode (&document, &test_arena, &spec, &report) < 0)
        fail_msg ("%s: %s", error.place, error.text);
      assert_int_equal (cgroup_locate (&host, CGROUP_MANAGER_CGROUPFS, &spec, "c1", &test_arena, &cgroup, &report), 0);
      if (cgroup_keep_delegated (&host, &spec, rows[i].delegated, &cgroup, &report) < 0)
        (void)snprintf (got, sizeof got, "!%s", strchr (error.place, '/'));
      else
        for (uint32_t d = 0; d < cgroup.count; d++)
          (void)snprintf (got + strlen (got), sizeof got - strlen (got), "%s",
                          strrchr (cgroup.directories[d].mount, '/') + 1);
      if (strcmp (got, rows[i].left) != 0)
        fail_msg ("%s: %s", rows[i].resources, got);
    }
  (void)state;
}

static void
test_refusal (void **state)
{
  struct json_document document;
  struct error error;
  struct spec spec;
  struct report report = { .error = &error };
  struct cgroup cgroup;
  struct host host = users[INNER_ROOT];
  const bool none[1] = { false };
  host.hierarchies = v2;
  host.hierarchy_count = 1;
  assert_int_equal (
      parse (quoted ("{'ociVersion':'1.0.2','root':{'path':'r'},'linux':{'resources':{'pids':{'limit':9}},"
                     "'namespaces':[{'type':'mount'}]}}%s",
                     ""),
             &document, &error),
      0);
  assert_int_equal (spec_decode (&document, &test_arena, &spec, &report), 0);
  assert_int_equal (cgroup_locate (&host, CGROUP_MANAGER_CGROUPFS, &spec, "c1", &test_arena, &cgroup, &report), 0);
  assert_int_equal (cgroup_keep_delegated (&host, &spec, none, &cgroup, &report), -1);
  assert_string_equal (error.text, "uid 1000 cannot make a cgroup in /sys/fs/cgroup/user");
  (void)state;
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (test_maps),    cmocka_unit_test (test_devices), cmocka_unit_test (test_sysfs),
    cmocka_unit_test (test_between), cmocka_unit_test (test_exec),    cmocka_unit_test (test_delegated),
    cmocka_unit_test (test_refusal),
  };
  return cmocka_run_group_tests (tests, setup_arena, NULL);
}
