/*
 * The specification's types: one change to a good config each, and the line that reports it.
 */
#include "document.h"

static const char good[] = "{\"ociVersion\":\"1.0.2\",\"root\":{\"path\":\"rootfs\"},"
                           "\"process\":{\"cwd\":\"/\",\"args\":[\"sh\"]%s},"
                           "\"linux\":{\"namespaces\":[{\"type\":\"mount\"},{\"type\":\"pid\"}%s]%s}%s}";

struct row
{
  const char *process, *namespaces, *linux_, *top; /* put into the good config at its four places */
  const char *says;                                /* a part of the line, or NULL: it is good */
};

static const struct row rows[] = {
  { "", "", "", "", NULL },
  { ",\"user\":{\"uid\":4294967294,\"gid\":0}", "", "", "", NULL },
  { ",\"user\":{\"uid\":4294967295,\"gid\":0}", "", "", "", "/process/user/uid: 4294967295 is out of range" },
  { ",\"oomScoreAdj\":-1001", "", "", "", "/process/oomScoreAdj: -1001 is out of range (-1000 to 1000)" },
  { ",\"env\":[\"A=b\",\"FOO\"]", "", "", "", "/process/env/1: \"FOO\" is not NAME=VALUE" },
  { ",\"rlimits\":[{\"type\":\"RLIMIT_NOFILES\",\"soft\":1,\"hard\":1}]", "", "", "",
    "/process/rlimits/0/type: \"RLIMIT_NOFILES\" is not a resource limit (did you mean RLIMIT_NOFILE?)" },
  { ",\"rlimits\":[{\"type\":\"RLIMIT_NOFILE\",\"soft\":1}]", "", "", "", "\"hard\" is required in a resource limit" },
  { ",\"capabilities\":{\"ambient\":[\"CAP_X\"]}", "", "", "", NULL }, /* a warning */
  { ",\"scheduler\":{\"policy\":\"SCHED_DEADLINE\",\"runtime\":18446744073709551615}", "", "", "", NULL },
  { ",\"scheduler\":{\"policy\":\"SCHED_OTHER\",\"flags\":[\"X\"]}", "", "", "", "\"X\" is not a scheduling flag" },
  { ",\"terminal\":1", "", "", "", "/process/terminal: expected a boolean, found a number" },
  { ",\"consoleSize\":{\"height\":70000,\"width\":1}", "", "", "", "70000 is out of range" },
  { "", ",{\"type\":\"pid\"}", "", "", "namespace type \"pid\" is listed twice" },
  { "", ",{\"type\":\"user\"}", "", "", "a new user namespace needs" },
  { "", "", ",\"uidMappings\":[{\"containerID\":0,\"hostID\":0,\"size\":1}]", "", "need a user namespace" },
  { "", ",{\"type\":\"user\"}",
    ",\"uidMappings\":[{\"containerID\":0,\"hostID\":0,\"size\":0}],\"gidMappings\":[{\"containerID\":0,\"hostID\":0,"
    "\"size\":1}]",
    "", "/linux/uidMappings/0/size: 0 is out of range" },
  { "", "", "", ",\"hostname\":\"x\"", "a hostname needs a uts namespace" },
  { "", ",{\"type\":\"uts\"}", "", ",\"hostname\":\"x\"", NULL },
  { "", "", ",\"timeOffsets\":{\"monotonic\":{\"secs\":1}}", "", "need a new time namespace" },
  { "", ",{\"type\":\"time\"}", ",\"timeOffsets\":{\"daytime\":{\"secs\":1}}", "", "\"daytime\" is not a clock" },
  { "", "", ",\"sysctl\":{\"net.core.somaxconn\":\"1\"}", "", "needs a network namespace" },
  { "", ",{\"type\":\"network\"}", ",\"sysctl\":{\"net/core/somaxconn\":\"1\"}", "", NULL },
  { "", ",{\"type\":\"network\"}", ",\"sysctl\":{\"net.//.kernel.panic\":\"1\"}", "", "must be a kernel parameter" },
  { "", ",{\"type\":\"ipc\"}", ",\"sysctl\":{\"fs.mqueue.//.//.kernel.panic\":\"1\"}", "",
    "must be a kernel parameter" },
  { "", ",{\"type\":\"ipc\"}", ",\"sysctl\":{\"fs.mqueue.msg_max\":\"1\",\"kernel.sem\":\"1 2\"}", "", NULL },
  { "", "", ",\"devices\":[{\"type\":\"c\",\"path\":\"/x\"}]", "", "\"major\" and \"minor\" are required" },
  { "", "", ",\"devices\":[{\"type\":\"p\",\"path\":\"/x\"}]", "", NULL },
  { "", "",
    ",\"seccomp\":{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"names\":[],\"action\":\"SCMP_ACT_LOG\"}]}", "",
    "/linux/seccomp/syscalls/0/names: the array is empty" },
  { "", "", ",\"seccomp\":{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"listenerMetadata\":\"x\"}", "",
    "\"listenerMetadata\" needs \"listenerPath\"" },
  { "", "", ",\"resources\":{\"memory\":{\"swappiness\":101}}", "", "101 is out of range (0 to 100)" },
  { "", "", ",\"resources\":{\"devices\":[{\"allow\":true,\"access\":\"rwx\"}]}", "", "may contain only r, w and m" },
  { "", "", ",\"resources\":{\"hugepageLimits\":[{\"pageSize\":\"2MB\",\"limit\":9223372036854772000}]}", "", NULL },
  { "", "", ",\"resources\":{\"memory\":{\"limit\":0,\"reservation\":0,\"swap\":0,\"kernel\":0,\"kernelTCP\":0}}", "",
    NULL },
  { "", "", ",\"resources\":{\"memory\":{\"limit\":-1,\"swap\":-1}}", "", NULL },
  { "", "", ",\"resources\":{\"memory\":{\"limit\":-2}}", "",
    "/linux/resources/memory/limit: -2 is neither a number of bytes nor -1" },
  { "", "", ",\"resources\":{\"memory\":{\"limit\":4095}}", "",
    "/linux/resources/memory/limit: 4095 bytes is less than a page" },
  { "", "", ",\"resources\":{\"memory\":{\"limit\":4096,\"swap\":4096}}", "", NULL },
  { "", "", ",\"resources\":{\"memory\":{\"limit\":8192,\"swap\":4096}}", "",
    "/memory/swap: memory plus swap cannot be less than memory" },
  { "", "", ",\"resources\":{\"memory\":{\"limit\":-1,\"swap\":4096}}", "", NULL },
  { "", "", ",\"resources\":{\"memory\":{\"reservation\":-5}}", "", "/memory/reservation: -5 is neither" },
  { "", "", ",\"resources\":{\"memory\":{\"kernelTCP\":-5}}", "", "/memory/kernelTCP: -5 is neither" },
  { "", "",
    ",\"resources\":{\"cpu\":{\"shares\":0,\"quota\":0,\"period\":0,\"cpus\":\"\",\"mems\":\"\",\"burst\":0,\"idle\":0}"
    "}",
    "", NULL },
  { "", "", ",\"resources\":{\"cpu\":{\"shares\":1}}", "", "/cpu/shares: 1 is out of range (2 to 262144)" },
  { "", "", ",\"resources\":{\"cpu\":{\"shares\":262144,\"quota\":1000,\"period\":1000000,\"burst\":1000,\"idle\":1}}",
    "", NULL },
  { "", "", ",\"resources\":{\"cpu\":{\"shares\":262145}}", "", "/cpu/shares: 262145 is out of range" },
  { "", "", ",\"resources\":{\"cpu\":{\"quota\":-1}}", "", NULL },
  { "", "", ",\"resources\":{\"cpu\":{\"quota\":999}}", "", "/cpu/quota: 999 is neither" },
  { "", "", ",\"resources\":{\"cpu\":{\"quota\":-2}}", "", "/cpu/quota: -2 is neither" },
  { "", "", ",\"resources\":{\"cpu\":{\"period\":999}}", "", "/cpu/period: 999 is out of range" },
  { "", "", ",\"resources\":{\"cpu\":{\"period\":1000001}}", "", "/cpu/period: 1000001 is out of range" },
  { "", "", ",\"resources\":{\"cpu\":{\"quota\":1000,\"burst\":1001}}", "",
    "/cpu/burst: the burst cannot be more than the quota" },
  { "", "", ",\"resources\":{\"cpu\":{\"quota\":-1,\"burst\":1001}}", "", NULL },
  { "", "", ",\"resources\":{\"cpu\":{\"idle\":2}}", "", "/cpu/idle: 2 is out of range (0 to 1)" },
  { "", "", ",\"resources\":{\"cpu\":{\"realtimeRuntime\":2,\"realtimePeriod\":1}}", "",
    "/cpu/realtimeRuntime: the realtime runtime cannot" },
  { "", "", ",\"resources\":{\"cpu\":{\"cpus\":\"0-3,7, 9\",\"mems\":\"0\"}}", "", NULL },
  { "", "", ",\"resources\":{\"cpu\":{\"cpus\":\"0-9:1/2\"}}", "", NULL },
  { "", "", ",\"resources\":{\"cpu\":{\"cpus\":\"x\"}}", "", "/cpu/cpus: \"x\" is not a list of CPUs" },
  { "", "", ",\"resources\":{\"cpu\":{\"cpus\":\"1-\"}}", "", "/cpu/cpus: \"1-\" is not a list of CPUs" },
  { "", "", ",\"resources\":{\"cpu\":{\"cpus\":\"3-1\"}}", "", "/cpu/cpus: \"3-1\" is not a list of CPUs" },
  { "", "", ",\"resources\":{\"cpu\":{\"cpus\":\"0,\"}}", "", "/cpu/cpus: \"0,\" is not a list of CPUs" },
  { "", "", ",\"resources\":{\"cpu\":{\"cpus\":\"0,,1\"}}", "", "/cpu/cpus: \"0,,1\" is not a list of CPUs" },
  { "", "", ",\"resources\":{\"cpu\":{\"cpus\":\"-1\"}}", "", "/cpu/cpus: \"-1\" is not a list of CPUs" },
  { "", "", ",\"resources\":{\"cpu\":{\"cpus\":\"1-2-3\"}}", "", "/cpu/cpus: \"1-2-3\" is not a list of CPUs" },
  { "", "", ",\"resources\":{\"cpu\":{\"cpus\":\"0:1\"}}", "", "/cpu/cpus: \"0:1\" is not a list of CPUs" },
  { "", "", ",\"resources\":{\"cpu\":{\"cpus\":\"0-1:1/0\"}}", "", "/cpu/cpus: \"0-1:1/0\" is not a list of CPUs" },
  { "", "", ",\"resources\":{\"cpu\":{\"cpus\":\" \"}}", "", "/cpu/cpus: \" \" is not a list of CPUs" },
  { "", "", ",\"resources\":{\"cpu\":{\"mems\":\"a\"}}", "", "/cpu/mems: \"a\" is not a list of memory nodes" },
  { "", "", ",\"resources\":{\"blockIO\":{\"weight\":0,\"leafWeight\":0}}", "", NULL },
  { "", "", ",\"resources\":{\"blockIO\":{\"weight\":9}}", "", "/blockIO/weight: 9 is out of range (10 to 1000)" },
  { "", "", ",\"resources\":{\"blockIO\":{\"leafWeight\":1001}}", "", "/blockIO/leafWeight: 1001 is out of range" },
  { "", "", ",\"resources\":{\"blockIO\":{\"weightDevice\":[{\"major\":8,\"minor\":0}]}}", "",
    "/weightDevice/0: \"weight\" or \"leafWeight\" is required" },
  { "", "", ",\"resources\":{\"blockIO\":{\"weightDevice\":[{\"major\":8,\"minor\":0,\"weight\":5}]}}", "",
    "/weightDevice/0/weight: 5 is out of range" },
  { "", "", ",\"resources\":{\"hugepageLimits\":[{\"pageSize\":\"MB\",\"limit\":1}]}", "",
    "/hugepageLimits/0/pageSize: \"MB\" is not a page size" },
  { "", "", ",\"resources\":{\"hugepageLimits\":[{\"pageSize\":\"2mb\",\"limit\":1}]}", "",
    "/hugepageLimits/0/pageSize: \"2mb\" is not a page size" },
  { "", "", ",\"resources\":{\"hugepageLimits\":[{\"pageSize\":\"2M\",\"limit\":1}]}", "",
    "/hugepageLimits/0/pageSize: \"2M\" is not a page size" },
  { "", "", ",\"resources\":{\"hugepageLimits\":[{\"pageSize\":\"02MB\",\"limit\":1}]}", "",
    "/hugepageLimits/0/pageSize: \"02MB\" is not a page size" },
  { "", "", ",\"resources\":{\"hugepageLimits\":[{\"pageSize\":\"2MiB\",\"limit\":1}]}", "",
    "/hugepageLimits/0/pageSize: \"2MiB\" is not a page size" },
  { "", "", ",\"resources\":{\"hugepageLimits\":[{\"pageSize\":\"../x\",\"limit\":1}]}", "",
    "/hugepageLimits/0/pageSize: \"../x\" is not a page size" },
  { "", "", ",\"resources\":{\"hugepageLimits\":[{\"pageSize\":\"2MB/\",\"limit\":1}]}", "",
    "/hugepageLimits/0/pageSize: \"2MB/\" is not a page size" },
  { "", "", ",\"resources\":{\"pids\":{\"limit\":-5}}", "", "/pids/limit: -5 is neither a number of tasks nor -1" },
  { "", "", ",\"resources\":{\"pids\":{\"limit\":0}}", "", NULL },
  { "", "", ",\"resources\":{\"rdma\":{\"mlx5_1\":{}}}", "",
    "/rdma/mlx5_1: \"hcaHandles\" or \"hcaObjects\" is required" },
  { "", "", ",\"resources\":{\"rdma\":{\"a b\":{\"hcaHandles\":1}}}", "", "\"a b\" is not the name of a device" },
  { "", "", ",\"resources\":{\"network\":{\"priorities\":[{\"name\":\"a b\",\"priority\":1}]}}", "",
    "\"a b\" is not the name of a network interface" },
  { "", "", ",\"resources\":{\"unified\":{\"memory.high\":\"max\"}}", "", NULL },
  { "", "", ",\"resources\":{\"unified\":{\"io.max\":\"8:0 rbps=1\\n8:16 rbps=2\"}}", "", NULL },
  { "", "", ",\"resources\":{\"unified\":{\"a/memory.high\":\"1\"}}", "",
    "\"a/memory.high\" is not a cgroup file name" },
  { "", "", ",\"resources\":{\"unified\":{\"memory\":\"1\"}}", "", "\"memory\" is not a cgroup file name" },
  { "", "", ",\"resources\":{\"unified\":{\".x\":\"1\"}}", "", "\".x\" is not a cgroup file name" },
  { "", "", ",\"resources\":{\"unified\":{\"memory.high x\":\"1\"}}", "",
    "\"memory.high x\" is not a cgroup file name" },
  { "", "", ",\"resources\":{\"unified\":{\"\":\"1\"}}", "", "\"\" is not a cgroup file name" },
  { "", "", ",\"resources\":{\"unified\":{\"cgroup.procs\":\"1\"}}", "", "cgroup.procs is not a resource limit" },
  { "", "", ",\"resources\":{\"unified\":{\"cgroup.kill\":\"1\"}}", "", "cgroup.kill is not a resource limit" },
  { "", "", ",\"resources\":{\"unified\":{\"cgroup.freeze\":\"1\"}}", "", "cgroup.freeze is not a resource limit" },
  { "", "", ",\"resources\":{\"unified\":{\"cgroup.threads\":\"1\"}}", "", "cgroup.threads is not a resource limit" },
  { "", "", ",\"resources\":{\"unified\":{\"cgroup.type\":\"1\"}}", "", "cgroup.type is not a resource limit" },
  { "", "", ",\"resources\":{\"unified\":{\"cgroup.subtree_control\":\"1\"}}", "",
    "cgroup.subtree_control is not a resource limit" },
  { "", "", ",\"resources\":{\"unified\":{\"cgroup.max.descendants\":\"1\"}}", "", NULL },
  { "", "", ",\"intelRdt\":{\"closID\":\".\"}", "", "is not a class name" },
  { "", "", ",\"intelRdt\":{\"closID\":\"a/b\"}", "", "is not a class name" },
  { "", "", ",\"intelRdt\":{\"closID\":\"/\"}", "", NULL },
  { "", "", ",\"intelRdt\":{\"memBwSchema\":\"L3:0=f\"}", "", "must be one line that starts with \"MB:\"" },
  { "", "", ",\"intelRdt\":{\"memBwSchema\":\"MB:0=20\\nMB:1=20\"}", "", "must be one line" },
  { "", "", ",\"rootfsPropagation\":\"upward\"", "", "is not a mount propagation" },
  { "", "", ",\"maskedPaths\":[\"x\"]", "", "/linux/maskedPaths/0: \"x\" is not an absolute path" },
  { "", ",{\"type\":\"network\"}", ",\"netDevices\":{\"eth0\":{\"name\":\"x\"},\"eth1\":{}}", "", NULL },
  { "", "", ",\"netDevices\":{\"eth0\":{}}", "", "/linux/netDevices: \"netDevices\" need a network namespace" },
  { "", "", ",\"intelRdt\":{\"schemata\":[\"L3:0=f\\n\"]}", "", "a schema must be one line" },
  { "", "", "", ",\"mounts\":[{\"destination\":\"/proc/sys\",\"type\":\"tmpfs\"}]", "is inside /proc" },
  { "", "", "", ",\"mounts\":[{\"destination\":\"/x\"}]", "a mount needs a \"type\"" },
  { "", "", "", ",\"mounts\":[{\"destination\":\"/x\",\"source\":\"/y\",\"options\":[\"rbind\",3]}]",
    "/mounts/0/options/1: expected a string, found a number" },
  { "", "", "", ",\"hooks\":{\"poststop\":[{\"path\":\"/x\",\"timeout\":0}]}",
    "/hooks/poststop/0/timeout: 0 is out of range" },
  { "", "", "", ",\"annotations\":{\"a\":1}", "/annotations/a: expected a string, found a number" },
  { "", "", "", ",\"annotations\":{\"a\":\"x\",\"\":\"x\"}", "/annotations/: the key of an annotation is empty" },
  { "", "", "", ",\"unknown\":{\"deep\":[1,2]}", NULL },
};

// proves: /linux/resources/memory/kernelTCP /linux/resources/cpu/realtimeRuntime
// proves: /linux/resources/cpu/realtimePeriod
// proves: namespace-once burst-within-quota weight-device-says-something rdma-says-something rdt-bandwidth-form
// proves: rdt-schema-one-line listener-metadata-alone seccomp-names masked-paths-absolute
static void
test_rows (void **state)
{
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
    {
      struct json_document document;
      struct error error;
      struct spec spec;
      struct report report = { .error = &error };
      char *text = arena_format (&test_arena, good, rows[i].process, rows[i].namespaces, rows[i].linux_, rows[i].top);
      char line[ERROR_LINE_SIZE];
      assert_int_equal (parse (text, &document, &error), 0);
      int result = spec_decode (&document, &test_arena, &spec, &report);
      error_line (&error, line, sizeof line);
      if ((result == 0) != (rows[i].says == NULL) || (rows[i].says && !strstr (line, rows[i].says)))
        fail_msg ("row %zu: %s\n  expected: %s\n  found:    %s", i, text, rows[i].says ? rows[i].says : "no error",
                  line);
    }
  (void)state;
}

/* Whole configs like those that the specification's schema is tested with, written for husk, and the result of each.
 * A mount namespace, which the schema does not require, is added if there is no other mistake. */
#define CONFIG(members) "{\"ociVersion\":\"1.2.0\",\"root\":{\"path\":\"tree\"}" members "}"
#define ON_LINUX(members)                                                                                              \
  CONFIG (",\"linux\":{\"namespaces\":[{\"type\":\"mount\"},{\"type\":\"network\"}]" members "}")
#define RESOURCES(members) ON_LINUX (",\"resources\":{" members "}")

static const struct
{
  const char *text, *says; /* NULL: it is good */
} configs[] = {
  { ON_LINUX (""), NULL },
  { ON_LINUX (",\"netDevices\":{\"eth1\":{\"name\":\"lan\"},\"wlan0\":{},\"dock0\":{\"name\":\"\"}}"), NULL },
  { RESOURCES ("\"rdma\":{\"mlx4_1\":{\"hcaObjects\":7},\"rxe0\":{\"hcaHandles\":2,\"hcaObjects\":400}}"), NULL },
  { RESOURCES ("\"hugepageLimits\":[{\"pageSize\":\"64KB\",\"limit\":65536}]"), NULL },
  { CONFIG (""), "config.json:1:1: \"linux\" is missing: the program would run on the host" },
  { CONFIG (",\"process\":{\"cwd\":\"/\",\"user\":{\"uid\":5,\"gid\":5},\"args\":[\"true\"]}"),
    "config.json:1:1: \"linux\" is missing: the program would run on the host" },
  { CONFIG (",\"linux\":{\"resources\":{}}"), NULL }, /* with a warning */
  { "[}\n", "config.json:1:2: not valid JSON" },
  { RESOURCES ("\"hugepageLimits\":[{\"pageSize\":\"2mB\",\"limit\":8}]"),
    "config.json:1:149: /linux/resources/hugepageLimits/0/pageSize: \"2mB\" is not a page size" },
  { ON_LINUX (",\"netDevices\":{\"wlan0\":{\"name\":[]}}"),
    "config.json:1:136: /linux/netDevices/wlan0/name: expected a string, found an array" },
  { RESOURCES ("\"rdma\":{\"rxe0\":{\"hcaObjects\":\"many\"}}"),
    "config.json:1:148: /linux/resources/rdma/rxe0/hcaObjects: expected a number, found a string" },
  { RESOURCES ("\"rdma\":{\"rxe0\":{\"hcaHandles\":4294967296}}"),
    "/linux/resources/rdma/rxe0/hcaHandles: 4294967296 is out of range" },
  { CONFIG (",\"freebsd\":{}"), "config.json:1:56: /freebsd: this config is for FreeBSD: husk runs Linux containers" },
  { CONFIG (",\"freebsd\":{\"jail\":{\"vnet\":\"never\"}}"), "/freebsd: this config is for FreeBSD" },
  { CONFIG (",\"zos\":{\"namespaces\":[{\"type\":\"ipc\"}]}"), "config.json:1:52: /zos: this config is for z/OS" },
  { CONFIG (",\"solaris\":{\"anet\":[]}"), "/solaris: this config is for Solaris" },
  { "{\"ociVersion\":\"1.2.0\",\"windows\":{\"layerFolders\":[\"C:\\\\x\"]}}", "/windows: this config is for Windows" },
  { CONFIG (",\"vm\":{\"kernel\":{\"path\":\"/vmlinuz\"}}"), "/vm: this config is for virtual machines" },
  { CONFIG (",\"windows\":{},\"vm\":{},\"linux\":{\"namespaces\":[{\"type\":\"mount\"}]}"), NULL },
};

/* So that all mistakes are found, not only the first. */
static void
ignore (struct report *report, enum severity severity, const struct error *finding)
{
  (void)report;
  (void)severity;
  (void)finding;
}

static void
test_configs (void **state)
{
  for (size_t i = 0; i < sizeof configs / sizeof configs[0]; i++)
    {
      struct json_document document;
      struct error error;
      struct spec spec;
      char line[ERROR_LINE_SIZE];
      struct report report = { .error = &error, .each = ignore };
      int result = parse (configs[i].text, &document, &error);
      if (result == 0)
        result = spec_decode (&document, &test_arena, &spec, &report);
      error_line (&error, line, sizeof line);
      if ((result == 0) != (configs[i].says == NULL) || (configs[i].says && !strstr (line, configs[i].says))
          || report.errors > 1)
        fail_msg ("%s\n  expected: %s\n  found:    %s, %u errors", configs[i].text,
                  configs[i].says ? configs[i].says : "no error", line, report.errors);
    }
  (void)state;
}

static void
test_case_variants (void **state)
{
  struct json_document document;
  struct error error;
  struct spec spec;
  struct report report = { .error = &error };
  char *text = arena_format (&test_arena, good, ",\"noNewprivileges\":true", "", ",\"Seccomp\":{}", "");
  assert_int_equal (parse (text, &document, &error), 0);
  assert_int_equal (spec_decode (&document, &test_arena, &spec, &report), 0);
  assert_int_equal (report.warnings, 2);
  (void)state;
}

// proves: create-id-refused
static void
test_ids (void **state)
{
  static const char *const bad[] = { "", ".", "..", "a/b", "-x", "a b", "\n", "\xc3\xa9" };
  static const char *const fine[] = { "a", "A-1_2.3+4", "_", "..." };
  struct error error;
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
    {
      memset (&error, 0, sizeof error);
      assert_int_equal (spec_check_id (bad[i], &error), -1);
    }
  for (size_t i = 0; i < sizeof fine / sizeof fine[0]; i++)
    assert_int_equal (spec_check_id (fine[i], &error), 0);
  (void)state;
}

/* The check and the step read a name in the same way, and its path stays below /proc/sys. */
static void
test_sysctl_paths (void **state)
{
  static const struct
  {
    const char *name, *path;
  } names[] = {
    { "net.ipv4.ip_forward", "net/ipv4/ip_forward" },
    { "net/ipv4/ip_forward", "net/ipv4/ip_forward" },
    { "net.ipv4.conf.eth0/1.mtu", "net/ipv4/conf/eth0.1/mtu" },
    { "net/ipv4/conf/eth0.1/mtu", "net/ipv4/conf/eth0.1/mtu" },
    { "net/ipv4/conf/a..b/mtu", "net/ipv4/conf/a..b/mtu" },
    { "panic", "panic" },
    { "net.//.kernel.panic", NULL },
    { "net/../kernel/panic", NULL },
    { "net./.panic", NULL },
    { "net/./panic", NULL },
    { "net..panic", NULL },
    { "net//panic", NULL },
    { "net.panic.", NULL },
    { "/net/panic", NULL },
    { ".net.panic", NULL },
    { "//.panic", NULL },
    { "..", NULL },
    { "", NULL },
  };
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
    {
      const char *path = spec_sysctl_path (names[i].name, &test_arena);
      if (!path != !names[i].path || (path && strcmp (path, names[i].path) != 0))
        fail_msg ("\"%s\": %s", names[i].name, path ? path : "none");
    }
  (void)state;
}

int
main (void)
{
  const struct CMUnitTest tests[]
      = { cmocka_unit_test (test_rows), cmocka_unit_test (test_configs), cmocka_unit_test (test_case_variants),
          cmocka_unit_test (test_ids), cmocka_unit_test (test_sysctl_paths) };
  return cmocka_run_group_tests_name ("spec", tests, setup_arena, NULL);
}
