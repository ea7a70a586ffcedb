/*
 * The plan: its invariants for several configs on several made-up hosts.
 */
#include "compiled.h"

#include <sched.h>

static const char *top_directory;

static const char *const additions[] = {
  "", /* the example as it is */
  ",\"hooks\":{\"prestart\":[{\"path\":\"/a\"}],\"createContainer\":[{\"path\":\"/"
  "b\"}],\"startContainer\":[{\"path\":\"/c\"}]}",
};

/* The first step of the kind; a plan without one fails the test. */
static int
index_of (const struct plan *plan, enum step_kind kind)
{
  for (uint32_t i = 0; i < plan->step_count; i++)
    if (plan->steps[i].kind == kind)
      return (int)i;
  fail_msg ("the plan has no step %s", step_word (kind));
  return -1;
}

static int
count_of (const struct plan *plan, enum step_kind kind)
{
  int count = 0;
  for (uint32_t i = 0; i < plan->step_count; i++)
    count += plan->steps[i].kind == kind;
  return count;
}

static bool
unshares (const struct plan *plan, uint64_t flag)
{
  for (uint32_t i = 0; i < plan->step_count; i++)
    if (plan->steps[i].kind == STEP_UNSHARE && plan->steps[i].number & flag)
      return true;
  return false;
}

/* The step that makes a new namespace; a plan without one fails the test. */
static int
index_of_unshare (const struct plan *plan, uint64_t flag)
{
  for (uint32_t i = 0; i < plan->step_count; i++)
    if (plan->steps[i].kind == STEP_UNSHARE && plan->steps[i].number & flag)
      return (int)i;
  fail_msg ("no step unshares 0x%llx", (unsigned long long)flag);
  return -1;
}

/* The step that joins the namespace that husk has made; a plan without one fails the test. */
static int
index_of_ahead (const struct plan *plan)
{
  for (uint32_t i = 0; i < plan->step_count; i++)
    if (plan->steps[i].kind == STEP_JOIN && plan->steps[i].join->ahead)
      return (int)i;
  fail_msg ("no step joins a namespace made ahead");
  return -1;
}

/* The first mount there or below. */
static int
index_of_mount (const struct plan *plan, const char *destination)
{
  for (uint32_t i = 0; i < plan->step_count; i++)
    if (plan->steps[i].kind == STEP_MOUNT
        && strncmp (plan->steps[i].mount->destination, destination, strlen (destination)) == 0)
      return (int)i;
  fail_msg ("nothing is mounted on %s", destination);
  return -1;
}

static const struct step *
step_of (const struct plan *plan, enum step_kind kind)
{
  return &plan->steps[index_of (plan, kind)];
}

static bool
needs_the_host (const struct step *step)
{
  return step->kind == STEP_ROOTFS || step->kind == STEP_JOIN
         || (step->kind == STEP_MOUNT && !step->mount->type && !step->mount->remount) || step->kind == STEP_DEVICE;
}

/* Files of the host's /proc: it is closed once the root has changed, and the container's may be anything. */
static bool
needs_the_hosts_proc (const struct step *step)
{
  return step->kind == STEP_SYSCTL || step->kind == STEP_OOM_SCORE || step->kind == STEP_LABEL;
}

static void
check_end (const struct plan *plan, int changed)
{
  int prove = index_of (plan, STEP_PROVE), identity = index_of (plan, STEP_IDENTITY);
  for (int i = changed + 1; i < (int)plan->step_count; i++)
    assert_false (needs_the_hosts_proc (&plan->steps[i]));
  assert_int_equal (count_of (plan, STEP_PROVE), 1);
  assert_true (prove > identity && prove > index_of (plan, STEP_NO_NEW_PRIVILEGES));
  assert_int_equal (plan->steps[prove + 1].kind, STEP_SECCOMP); /* the last name before execve's */
  if (count_of (plan, STEP_HOME))                               /* with the program's rights */
    assert_true (index_of (plan, STEP_HOME) > identity && index_of (plan, STEP_HOME) < prove);
}

/* Only in the container's own cgroup does a new cgroup namespace have that as its root. */
static void
check_placed (const struct plan *plan)
{
  int placed = index_of (plan, STEP_JOIN_CGROUP);
  assert_true (index_of_ahead (plan) < placed);
  assert_true (index_of_unshare (plan, CLONE_NEWCGROUP) > placed);
}

static void
check_invariants (const struct plan *plan, bool v1, bool hooks, bool run)
{
  int pivot = index_of (plan, STEP_PIVOT), created = index_of (plan, STEP_CREATED);
  assert_int_equal (plan->steps[plan->step_count - 1].kind, STEP_EXEC);
  assert_int_equal (plan->steps[plan->step_count - 2].kind, STEP_SECCOMP); /* the last call before execve */
  assert_true (pivot > 0 && created > pivot);
  for (uint32_t i = (uint32_t)pivot + 1; i < plan->step_count; i++)
    assert_false (needs_the_host (&plan->steps[i]));
  check_end (plan, pivot);
  assert_int_equal (count_of (plan, STEP_JOIN_CGROUP), v1 ? 1 : 0);
  assert_int_equal (count_of (plan, STEP_RUNTIME_HOOKS), hooks ? 1 : 0);
  assert_int_equal (count_of (plan, STEP_CREATED), 1);
  assert_int_equal (count_of (plan, STEP_WAIT), run ? 0 : 1);
  if (v1)
    check_placed (plan);
  assert_int_equal (count_of (plan, STEP_LOOPBACK), 0); /* it is up already */
  (void)index_of_ahead (plan);
  if (hooks)
    assert_true (index_of (plan, STEP_RUNTIME_HOOKS) < pivot);
  assert_true (index_of (plan, STEP_MASK) > index_of (plan, STEP_MOUNT));
  assert_true (index_of (plan, STEP_ROOT_READONLY) > index_of (plan, STEP_MASK));
  assert_true (index_of (plan, STEP_RLIMITS) < index_of (plan, STEP_IDENTITY));
  assert_true (index_of (plan, STEP_NO_NEW_PRIVILEGES) > index_of (plan, STEP_IDENTITY));
  assert_true (index_of (plan, STEP_LOOKUP) < index_of (plan, STEP_IDENTITY));
  assert_int_equal (plan->start, (uint32_t)created + (run ? 1 : 2));
}

static void
test_invariants (void **state)
{
  char *example = read_text (top_directory, "config.json.example");
  char *end = strrchr (example, '}');
  *end = '\0';
  for (size_t h = 0; h < sizeof hosts / sizeof hosts[0]; h++)
    for (size_t a = 0; a < sizeof additions / sizeof additions[0]; a++)
      for (int run = 0; run < 2; run++)
        {
          struct compiled compiled;
          compile (&compiled, arena_format (&test_arena, "%s%s}", example, additions[a]), &hosts[h], run);
          check_invariants (compiled.plan, hosts[h].cgroup_layout == CGROUP_HYBRID, a == 1, run);
          arena_close (&compiled.arena);
        }
  free (example);
  (void)state;
}

/* exec: what is written comes before the container's namespaces are entered. */
static void
test_exec (void **state)
{
  static const char text[]
      = "{\"ociVersion\":\"1.0.2\",\"root\":{\"path\":\"rootfs\"},\"process\":{\"cwd\":\"/\",\"args\":[\"sh\"],"
        "\"oomScoreAdj\":100,\"noNewPrivileges\":true},\"linux\":{\"namespaces\":[{\"type\":\"mount\"}],"
        "\"seccomp\":{\"defaultAction\":\"SCMP_ACT_ALLOW\"}},\"mounts\":[]}";
  struct compiled compiled;
  struct plan *plan;
  struct arena arena;
  struct error error = { 0 };
  struct report report = { .error = &error };
  compile (&compiled, text, &hosts[1], true);
  struct plan_exec_options options = { .process = compiled.spec.process,
                                       .document = &compiled.document,
                                       .namespaces = CLONE_NEWNS | CLONE_NEWPID,
                                       .kept = { .count = 2 } };
  assert_int_equal (arena_open (&arena, PLAN_SIZE_MAX), 0);
  assert_int_equal (plan_compile_exec (&compiled.spec, &hosts[1], &options, &arena, &plan, &report), 0);
  assert_true (index_of (plan, STEP_OOM_SCORE) < index_of (plan, STEP_JOIN));
  assert_int_equal (plan->kept, 5);
  check_end (plan, index_of (plan, STEP_JOIN));
  arena_close (&arena);
  arena_close (&compiled.arena);
  (void)state;
}

static void
test_cgroup_namespace (void **state)
{
  char *example = read_text (top_directory, "config.json.example");
  struct compiled compiled;
  compile (&compiled, example, &hosts[0], true); /* v1: the namespace comes after the cgroup */
  assert_false (compiled.plan->parent.clone_flags & CLONE_NEWCGROUP);
  assert_true (index_of_unshare (compiled.plan, CLONE_NEWCGROUP) > index_of (compiled.plan, STEP_JOIN_CGROUP));
  compile (&compiled, example, &hosts[1], true); /* v2: the clone does both */
  assert_true (compiled.plan->parent.clone_flags & CLONE_NEWCGROUP);
  assert_int_equal (count_of (compiled.plan, STEP_JOIN_CGROUP), 0);
  assert_false (unshares (compiled.plan, CLONE_NEWCGROUP));
  assert_string_equal (compiled.cgroup.directories[0].path, "c1");
  free (example);
  (void)state;
}

/* It belongs to its maker's user namespace, and husk is not in the container's. */
static void
test_network_ahead (void **state)
{
  static const char text[] = "{\"ociVersion\":\"1.0.2\",\"root\":{\"path\":\"rootfs\"},\"linux\":{\"namespaces\":["
                             "{\"type\":\"mount\"},{\"type\":\"network\"%s}%s]%s}}";
  static const char maps[] = ",\"uidMappings\":[{\"containerID\":0,\"hostID\":1000,\"size\":9}],\"gidMappings\":"
                             "[{\"containerID\":0,\"hostID\":1000,\"size\":9}]";
  struct compiled compiled;
  compile (&compiled, arena_format (&test_arena, text, "", "", ""), &hosts[1], true);
  const struct step *step = &compiled.plan->steps[index_of_ahead (compiled.plan)];
  assert_true (step->join->flags == CLONE_NEWNET);
  assert_true (step->join->path != NULL); /* without one it would be exec's join of the whole container */
  assert_int_equal (step->origin, compiled.spec.linux_->namespaces.node);
  assert_false (unshares (compiled.plan, CLONE_NEWNET));
  compile (&compiled, arena_format (&test_arena, text, "", ",{\"type\":\"user\"}", maps), &hosts[1], true);
  assert_true (index_of_unshare (compiled.plan, CLONE_NEWNET) < index_of (compiled.plan, STEP_LOOPBACK));
  assert_int_equal (count_of (compiled.plan, STEP_JOIN), 0);
  compile (&compiled, arena_format (&test_arena, text, "", ",{\"type\":\"user\",\"path\":\"/u\"}", ""), &hosts[1],
           true);
  assert_true (unshares (compiled.plan, CLONE_NEWNET));
  compile (&compiled, arena_format (&test_arena, text, ",\"path\":\"/n\"", "", ""), &hosts[1], true);
  assert_false (plan_network_ahead (&compiled.spec));
  assert_false (step_of (compiled.plan, STEP_JOIN)->join->ahead);
  (void)state;
}

static const char config[]
    = "{\"ociVersion\":\"1.0.2\",\"root\":{\"path\":\"rootfs\"},\"process\":{\"cwd\":\"/\",\"args\":[\"sh\"],"
      "\"capabilities\":{%s}%s},\"linux\":{\"namespaces\":[{\"type\":\"mount\"}%s]%s},\"mounts\":[%s]}";

// proves: /process/capabilities/effective
static void
test_capabilities (void **state)
{
  struct compiled compiled;
  struct host host = hosts[1];
  host.permitted = host.bounding = ~(1ull << 24); /* without CAP_SYS_RESOURCE */
  compile (&compiled,
           arena_format (&test_arena, config,
                         "\"bounding\":[\"CAP_SYS_RESOURCE\",\"CAP_KILL\"],\"permitted\":[\"CAP_KILL\"],\"effective\":"
                         "[\"CAP_KILL\",\"CAP_CHOWN\"],\"ambient\":[\"CAP_KILL\"]",
                         "", "", "", ""),
           &host, true);
  const struct plan_identity *identity = step_of (compiled.plan, STEP_IDENTITY)->identity;
  assert_int_equal (identity->bounding, 1 << 5);
  assert_int_equal (identity->effective, 1 << 5);
  assert_int_equal (identity->ambient, 0); /* not inheritable: the kernel would refuse it */
  assert_false (identity->keep_admin);
  (void)state;
}

static void
test_user_namespace (void **state)
{
  struct compiled compiled;
  compile (&compiled,
           arena_format (&test_arena, config, "", ",\"rlimits\":[{\"type\":\"RLIMIT_NOFILE\",\"soft\":1,\"hard\":2}]",
                         ",{\"type\":\"user\"},{\"type\":\"network\",\"path\":\"/n\"}",
                         ",\"uidMappings\":[{\"containerID\":0,\"hostID\":100000,\"size\":65536}],\"gidMappings\":"
                         "[{\"containerID\":5,\"hostID\":100000,\"size\":1}]",
                         "{\"destination\":\"/d\",\"source\":\"/s\",\"options\":[\"rbind\"]}"),
           &hosts[1], true);
  const struct plan_parent *parent = &compiled.plan->parent;
  assert_string_equal (parent->uid_map, "0 100000 65536\n");
  assert_int_equal (parent->mapped_uid, 0);
  assert_int_equal (parent->mapped_gid, 5);
  assert_int_equal (parent->join_before_count, 1); /* the host's rights over the network namespace */
  assert_int_equal (count_of (compiled.plan, STEP_JOIN), 0);
  assert_int_equal (parent->rlimits->count, 1); /* raised with the host's rights, before the user namespace */
  assert_int_equal (count_of (compiled.plan, STEP_RLIMITS), 0);
  assert_int_equal (step_of (compiled.plan, STEP_MOUNT)->mount->fd, PLAN_PREPARE);
  assert_int_equal (step_of (compiled.plan, STEP_DEVICE)->device->fd, PLAN_PREPARE);
  (void)state;
}

/* The label of a mount: its option, or "" if it has none. */
static const char *
label_of (const struct plan *plan, const char *destination)
{
  const struct plan_mount *mount = plan->steps[index_of_mount (plan, destination)].mount;
  for (uint32_t i = 0; i < mount->option_count; i++)
    if (strstr (mount->options[i].key, "context"))
      return arena_format (&test_arena, "%s=%s", mount->options[i].key, mount->options[i].value);
  return "";
}

/* As on a host with SELinux. */
static void
test_mount_label (void **state)
{
  static const char mounts[]
      = "{\"destination\":\"/t\",\"type\":\"tmpfs\",\"source\":\"t\",\"options\":[\"size=1m\"]},"
        "{\"destination\":\"/o\",\"type\":\"tmpfs\",\"source\":\"t\",\"options\":[\"context=own\"]},"
        "{\"destination\":\"/c\",\"type\":\"tmpfs\",\"source\":\"t\",\"options\":[\"fscontext=\\\"a:b:c,d\\\"\"]},"
        "{\"destination\":\"/b\",\"source\":\"/s\",\"options\":[\"rbind\"]},"
        "{\"destination\":\"/q\",\"type\":\"mqueue\",\"source\":\"q\"},"
        "{\"destination\":\"/r\",\"type\":\"sysfs\",\"source\":\"r\"}";
  static const char *const annotations[]
      = { "", "],\"annotations\":{\"run.oci.mount_context_type\":\"rootcontext\"},\"x\":[" };
  static const char *const options[] = { "context=a:b:c,d", "rootcontext=a:b:c,d" };
  struct host host = hosts[1];
  struct compiled compiled;
  host.selinux = true;
  for (int i = 0; i < 2; i++)
    {
      const char *list = arena_format (&test_arena, "%s%s", mounts, annotations[i]);
      compile (&compiled, arena_format (&test_arena, config, "", "", "", ",\"mountLabel\":\"a:b:c,d\"", list), &host,
               true);
      assert_string_equal (label_of (compiled.plan, "/t"), options[i]);
      assert_string_equal (label_of (compiled.plan, "/o"), "context=own");
      assert_string_equal (label_of (compiled.plan, "/c"), "fscontext=a:b:c,d");
      assert_string_equal (label_of (compiled.plan, "/b"), "");
      assert_string_equal (label_of (compiled.plan, "/q"), "");
      const struct step *queue = &compiled.plan->steps[index_of_mount (compiled.plan, "/q")];
      assert_string_equal (queue->mount->root_label, "a:b:c,d");
      assert_string_equal (label_of (compiled.plan, "/r"), "");
      arena_close (&compiled.arena);
    }
  (void)state;
}

static void
test_mount_options (void **state)
{
  struct compiled compiled;
  compile (
      &compiled,
      arena_format (&test_arena, config, "", "", "", "",
                    "{\"destination\":\"/m\",\"type\":\"tmpfs\",\"source\":\"t\",\"options\":[\"ro\",\"rw\",\"nosuid\","
                    "\"noatime\",\"strictatime\",\"size=1m\",\"huge=never\"]}"),
      &hosts[1], true);
  const struct plan_mount *mount = step_of (compiled.plan, STEP_MOUNT)->mount;
  assert_int_equal (mount->set, 0x2 | 0x20); /* the last option of each pair counts */
  assert_int_equal (mount->option_count, 2);
  assert_string_equal (mount->options[0].key, "size");
  assert_string_equal (mount->options[0].value, "1m");
  (void)state;
}

static void
test_net_devices (void **state)
{
  struct compiled compiled;
  compile (&compiled,
           arena_format (&test_arena, config, "", "", ",{\"type\":\"network\"}",
                         ",\"netDevices\":{\"eth1\":{\"name\":\"eth0\"},\"eth2\":{}}},\"hooks\":{\"createRuntime\":"
                         "[{\"path\":\"/h\"}]",
                         ""),
           &hosts[0], true);
  const struct plan_net_devices *devices = compiled.plan->parent.net_devices;
  int asked = index_of (compiled.plan, STEP_NET_DEVICES);
  assert_int_equal (devices->count, 2);
  assert_string_equal (devices->items[0].name, "eth0");
  assert_string_equal (devices->items[1].name, "eth2");
  assert_int_equal (count_of (compiled.plan, STEP_NET_DEVICES), 1);
  /* requests come in the order of their enum, and hooks find the devices in the namespace */
  assert_true (asked > index_of_ahead (compiled.plan) && asked > index_of (compiled.plan, STEP_JOIN_CGROUP));
  assert_true (asked < index_of (compiled.plan, STEP_RUNTIME_HOOKS));
  (void)state;
}

static const struct plan *
compile_whole (const struct host *host, const char *text, struct arena *arena)
{
  static struct compilation compilation;
  struct json_document *document = arena_new (&test_arena, struct json_document);
  struct error error = { 0 };
  struct report report = { .error = &error };
  struct plan_options options = { .id = "c1", .bundle = "/bundle" };
  memset (&compilation, 0, sizeof compilation);
  assert_int_equal (parse (text, document, &error), 0);
  assert_int_equal (arena_open (arena, PLAN_SIZE_MAX), 0);
  if (compile_document (document, host, CGROUP_MANAGER_CGROUPFS, &options, &test_arena, arena, &compilation, &report,
                        &error)
      < 0)
    fail_msg ("%s: %s", error.place, error.text);
  return compilation.plan;
}

/* v1's cgroups are entered late, and v2's device rules are loaded late; but before whatever opens or makes a device,
 * uses memory or shows a cgroup, before hooks, and before an answer is awaited, which the parent's word could be taken
 * for. */
static void
test_place (void **state)
{
  static const char text[] = "{\"ociVersion\":\"1.0.2\",\"root\":{\"path\":\"r\"},\"mounts\":[{\"destination\":\"/"
                             "a\",\"type\":\"tmpfs\"}%s],"
                             "\"linux\":{\"namespaces\":[{\"type\":\"network\"},{\"type\":\"mount\"}]%s}%s}";
  const struct
  {
    const char *mounts, *linux_, *rest;
    enum step_kind before;   /* it comes before this, though not before the first mount unless that is it */
    const char *destination; /* of a mount that it comes before */
  } rows[]
      = { { "", "", "", STEP_DEVICE, NULL },
          { ",{\"destination\":\"/d\",\"type\":\"ext4\",\"source\":\"/dev/x\"}", "", "", STEP_MOUNT, NULL },
          { ",{\"destination\":\"/c\",\"type\":\"cgroup\"}", "", "", STEP_DEVICE, "/c" },
          { ",{\"destination\":\"/u\",\"type\":\"tmpfs\",\"options\":[\"tmpcopyup\"]}", "", "", STEP_DEVICE, "/u" },
          { "", ",\"netDevices\":{\"eth1\":{}}", "", STEP_NET_DEVICES, NULL },
          { "", "", ",\"hooks\":{\"createRuntime\":[{\"path\":\"/h\"}]}", STEP_RUNTIME_HOOKS, NULL },
          { "", "", ",\"hooks\":{\"createContainer\":[{\"path\":\"/h\"}]}", STEP_HOOK, NULL } };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
    for (size_t h = 0; h < sizeof hosts / sizeof hosts[0]; h++)
      {
        struct arena arena;
        const struct plan *plan = compile_whole (
            &hosts[h], arena_format (&test_arena, text, rows[i].mounts, rows[i].linux_, rows[i].rest), &arena);
        bool v1 = hosts[h].cgroup_layout == CGROUP_HYBRID, v2 = hosts[h].cgroup_layout == CGROUP_V2;
        assert_int_equal (count_of (plan, STEP_LIMITED), v2);
        assert_int_equal (count_of (plan, STEP_JOIN_CGROUP), v1);
        if (v1 || v2)
          {
            int place = index_of (plan, v1 ? STEP_JOIN_CGROUP : STEP_LIMITED);
            assert_true (place < index_of (plan, rows[i].before) && place < index_of (plan, STEP_DEVICE));
            assert_true (rows[i].before == STEP_MOUNT || rows[i].before == STEP_NET_DEVICES
                         || place > index_of (plan, STEP_MOUNT));
            assert_true (!rows[i].destination || place < index_of_mount (plan, rows[i].destination));
            assert_true (v2 || index_of (plan, STEP_AFFINITY) > place); /* of its cpuset */
          }
        arena_close (&arena);
      }
  (void)state;
}

int
main (int argc, char **argv)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (test_invariants),       cmocka_unit_test (test_exec),
    cmocka_unit_test (test_cgroup_namespace), cmocka_unit_test (test_network_ahead),
    cmocka_unit_test (test_capabilities),     cmocka_unit_test (test_user_namespace),
    cmocka_unit_test (test_mount_label),      cmocka_unit_test (test_mount_options),
    cmocka_unit_test (test_net_devices),      cmocka_unit_test (test_place),
  };
  top_directory = argc > 1 ? argv[1] : ".";
  return cmocka_run_group_tests_name ("plan", tests, setup_arena, NULL);
}
