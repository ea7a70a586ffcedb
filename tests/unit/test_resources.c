/*
 * linux.resources as settings, on made-up layouts: which value goes into which file of which hierarchy; what cannot be
 * expressed there is an error at its place.
 */
#include "document.h"

#include <math.h>

#include "husk/limits.h"

static struct host_hierarchy v1[] = {
  { "/sys/fs/cgroup/memory", "memory", "memory", "/", false },
  { "/sys/fs/cgroup/cpu,cpuacct", "cpu,cpuacct", "cpu,cpuacct", "/", false },
  { "/sys/fs/cgroup/cpuset", "cpuset", "cpuset", "/", false },
  { "/sys/fs/cgroup/blkio", "blkio", "blkio", "/", false },
  { "/sys/fs/cgroup/pids", "pids", "pids", "/", false },
  { "/sys/fs/cgroup/net_cls,net_prio", "net_cls,net_prio", "net_cls,net_prio", "/", false },
  { "/sys/fs/cgroup/hugetlb", "hugetlb", "hugetlb", "/", false },
  { "/sys/fs/cgroup/rdma", "rdma", "rdma", "/", false },
};
static struct host_hierarchy hybrid[] = {
  { "/sys/fs/cgroup/memory", "memory", "memory", "/", false },
  { "/sys/fs/cgroup/unified", "unified", "", "/", true },
};
static struct host_hierarchy v2[] = { { "/sys/fs/cgroup", "", "", "/a/b", true } };

enum
{
  V1,
  HYBRID,
  V2,
  NONE
};
static const struct host hosts[] = {
  [V1] = { .can_mount = true, .cgroup_layout = CGROUP_V1, .hierarchies = v1, .hierarchy_count = 8 },
  [HYBRID] = { .can_mount = true,
               .cgroup_layout = CGROUP_HYBRID,
               .hierarchies = hybrid,
               .hierarchy_count = 2,
               .v2_controllers = "hugetlb pids" },
  [V2] = { .can_mount = true,
           .cgroup_layout = CGROUP_V2,
           .hierarchies = v2,
           .hierarchy_count = 1,
           .v2_controllers = "cpuset cpu io memory hugetlb pids rdma misc" },
  [NONE] = { .can_mount = true, .cgroup_layout = CGROUP_NONE },
};

/* resources in, "FILE=VALUE" in the order of writing out; an alternative for older kernels in brackets, "?" for what
 * need not be there. Or, with "!", what the error says. */
static const struct
{
  int host;
  const char *resources, *settings;
} rows[] = {
  { V1, "'memory':{'limit':1000000,'swap':2000000,'reservation':500000}",
    "memory.limit_in_bytes=1000000 memory.memsw.limit_in_bytes=2000000 memory.soft_limit_in_bytes=500000" },
  { V2, "'memory':{'limit':1000000,'swap':3000000,'reservation':500000}",
    "memory.max=1000000 memory.swap.max=2000000 memory.low=500000" },
  { V1, "'memory':{'limit':-1}", "memory.limit_in_bytes=-1 memory.memsw.limit_in_bytes=-1?" },
  { V2, "'memory':{'limit':-1}", "memory.max=max memory.swap.max=max?" },
  { V2, "'memory':{'limit':1000000,'swap':1000000}", "memory.max=1000000 memory.swap.max=0?" },
  { V2, "'memory':{'limit':1000000,'swap':-1}", "memory.max=1000000 memory.swap.max=max?" },
  { V2, "'memory':{'swap':1000000}",
    "!/linux/resources/memory/swap: a limit of memory plus swap needs a memory limit" },
  { V2, "'memory':{'limit':0,'swap':1000000}",
    "!/linux/resources/memory/swap: a limit of memory plus swap needs a memory limit" },
  { V2, "'memory':{'limit':-1,'swap':1000000}", "memory.max=max memory.swap.max=1000000" },
  { V1, "'memory':{'limit':-1,'swap':1000000}",
    "!/linux/resources/memory/swap: a limit of memory plus swap needs a memory limit" },
  { V2, "'memory':{'limit':-1,'swap':-1}", "memory.max=max memory.swap.max=max?" },
  { V2, "'memory':{'swap':-1}", "memory.swap.max=max?" },
  { V2, "'memory':{'limit':1000000}", "memory.max=1000000" },
  { V2, "'memory':{'limit':1000000,'swap':0}", "memory.max=1000000" },
  { V2, "'memory':{'limit':1000000,'swap':999999}", "!/linux/resources/memory/swap: " },
  { V1, "'memory':{'limit':0,'swap':0,'reservation':0}", "" },
  { V1, "'memory':{'swappiness':0,'disableOOMKiller':true,'useHierarchy':true}",
    "memory.swappiness=0 memory.oom_control=1 memory.use_hierarchy=1" },
  { V2, "'memory':{'disableOOMKiller':false,'useHierarchy':true,'kernel':-1}", "" },
  { V2, "'memory':{'swappiness':10}",
    "!/linux/resources/memory/swappiness: cgroup v2 has no equivalent of swappiness" },
  { V2, "'memory':{'disableOOMKiller':true}", "!/linux/resources/memory/disableOOMKiller: cgroup v2 has no" },
  { V2, "'memory':{'useHierarchy':false}", "!/linux/resources/memory/useHierarchy: cgroup v2 has no" },
  { V2, "'memory':{'kernelTCP':1000000}",
    "!/linux/resources/memory/kernelTCP: cgroup v2 has no equivalent of a kernel memory limit" },
  { V1, "'memory':{'kernel':1000000,'kernelTCP':-1}",
    "memory.kmem.limit_in_bytes=1000000 memory.kmem.tcp.limit_in_bytes=-1?" },
  { V1, "'cpu':{'shares':1024,'quota':50000,'period':100000,'burst':1000,'cpus':'0-1','mems':'0'}",
    "cpu.shares=1024 cpu.cfs_period_us=100000 cpu.cfs_quota_us=50000 cpu.cfs_burst_us=1000 cpuset.cpus=0-1 "
    "cpuset.mems=0" },
  { V2, "'cpu':{'shares':1024,'quota':50000,'period':100000,'burst':1000,'cpus':'0-1','mems':'0'}",
    "cpu.weight=100 cpu.max=50000,100000 cpu.max.burst=1000 cpuset.cpus=0-1 cpuset.mems=0" },
  { V2, "'cpu':{'shares':2}", "cpu.weight=1" },
  { V2, "'cpu':{'shares':262144}", "cpu.weight=10000" },
  { V2, "'cpu':{'shares':512}", "cpu.weight=59" },
  { V2, "'cpu':{'shares':0,'quota':0,'period':0,'realtimeRuntime':0}", "" },
  { V2, "'cpu':{'quota':50000}", "cpu.max=50000" },
  { V2, "'cpu':{'quota':-1,'period':50000}", "cpu.max=max,50000" },
  { V1, "'cpu':{'quota':-1}", "cpu.cfs_quota_us=-1" },
  { V2, "'cpu':{'shares':1024,'idle':1}", "cpu.idle=1" },
  { V1, "'cpu':{'shares':1024,'idle':0}", "cpu.shares=1024 cpu.idle=0?" },
  { V1, "'cpu':{'realtimeRuntime':950000,'realtimePeriod':1000000}",
    "cpu.rt_period_us=1000000 cpu.rt_runtime_us=950000" },
  { V2, "'cpu':{'realtimeRuntime':950000}",
    "!/linux/resources/cpu/realtimeRuntime: cgroup v2 has no equivalent of a realtime runtime" },
  { V1, "'blockIO':{'weight':500,'leafWeight':10,'weightDevice':[{'major':8,'minor':0,'weight':100,'leafWeight':20}]}",
    "blkio.weight=500[blkio.bfq.weight=500] blkio.leaf_weight=10 "
    "blkio.weight_device=8:0,100[blkio.bfq.weight_device=8:0,"
    "100] blkio.leaf_weight_device=8:0,20" },
  { V2, "'blockIO':{'weight':1000,'weightDevice':[{'major':8,'minor':0,'weight':10}]}",
    "io.bfq.weight=1000[io.weight=10000] io.bfq.weight=8:0,10[io.weight=8:0,1]" },
  { V2, "'blockIO':{'leafWeight':10}",
    "!/linux/resources/blockIO/leafWeight: cgroup v2 has no equivalent of a leaf weight" },
  { V2, "'blockIO':{'weight':0}", "" },
  { V1,
    "'blockIO':{'throttleReadBpsDevice':[{'major':8,'minor':0,'rate':1000}],"
    "'throttleWriteIOPSDevice':[{'major':8,'minor':16,'rate':7}]}",
    "blkio.throttle.read_bps_device=8:0,1000 blkio.throttle.write_iops_device=8:16,7" },
  { V2,
    "'blockIO':{'throttleReadBpsDevice':[{'major':8,'minor':0,'rate':1000}],"
    "'throttleWriteIOPSDevice':[{'major':8,'minor':16,'rate':0}]}",
    "io.max=8:0,rbps=1000 io.max=8:16,wiops=max" },
  { V1, "'pids':{'limit':-1}", "pids.max=max" },
  { V2, "'pids':{'limit':0}", "pids.max=0" },
  { HYBRID, "'pids':{'limit':7}", "pids.max=7" },
  { V1, "'hugepageLimits':[{'pageSize':'2MB','limit':4194304}]",
    "hugetlb.2MB.limit_in_bytes=4194304 hugetlb.2MB.rsvd.limit_in_bytes=4194304?" },
  { HYBRID, "'hugepageLimits':[{'pageSize':'2MB','limit':4194304}]",
    "hugetlb.2MB.max=4194304 hugetlb.2MB.rsvd.max=4194304?" },
  { V1, "'network':{'classID':1048577,'priorities':[{'name':'eth0','priority':5},{'name':'lo','priority':1}]}",
    "net_cls.classid=1048577 net_prio.ifpriomap=eth0,5 net_prio.ifpriomap=lo,1" },
  { V2, "'network':{'classID':1048577}", "!/linux/resources/network/classID: the net_cls controller is not available" },
  { V2, "'rdma':{'mlx5_1':{'hcaHandles':3,'hcaObjects':10000},'mlx4_0':{'hcaObjects':5}}",
    "rdma.max=mlx5_1,hca_handle=3,hca_object=10000 rdma.max=mlx4_0,hca_object=5" },
  { V2, "'unified':{'memory.high':'1000','io.max':'8:0 rbps=1\\n8:16 wiops=2','cgroup.max.depth':'3'}",
    "memory.high=1000 io.max=8:0,rbps=1 io.max=8:16,wiops=2 cgroup.max.depth=3" },
  { V2, "'unified':{'nosuch.max':'1'}",
    "!/linux/resources/unified/nosuch.max: the nosuch controller is not available" },
  { HYBRID, "'unified':{'hugetlb.2MB.max':'2097152'}", "hugetlb.2MB.max=2097152" },
  { V1, "'unified':{'memory.max':'1000'}", "!/linux/resources/unified/memory.max: \"unified\" needs cgroup v2" },
  { HYBRID, "'cpu':{'shares':2}", "!/linux/resources/cpu: the cpu controller is not available on this host" },
  { NONE, "'pids':{'limit':7}", "!/linux/resources/pids/limit: the pids controller is not available" },
  { V2, "'memory':{'limit':1000000},'unified':{'memory.max':'2000000'}", "memory.max=1000000 memory.max=2000000" },
};

static void
print_settings (const struct limits *limits, char *out)
{
  for (uint32_t i = 0; i < limits->count; i++)
    {
      const struct limits_setting *setting = &limits->settings[i];
      out += sprintf (out, "%s%s=%s", i ? " " : "", setting->file, setting->value);
      for (char *space = out - strlen (setting->value); *space; space++)
        *space = *space == ' ' ? ',' : *space;
      if (setting->older_file)
        {
          char *from = out;
          out += sprintf (out, "[%s=%s]", setting->older_file, setting->older_value);
          for (; *from; from++)
            *from = *from == ' ' ? ',' : *from;
        }
      if (setting->optional)
        out += sprintf (out, "?");
    }
  *out = '\0';
}

// proves: /linux/resources /linux/resources/memory /linux/resources/memory/limit
// proves: /linux/resources/memory/reservation /linux/resources/memory/swap /linux/resources/memory/kernel
// proves: /linux/resources/memory/kernelTCP /linux/resources/memory/swappiness
// proves: /linux/resources/memory/disableOOMKiller /linux/resources/memory/useHierarchy /linux/resources/cpu
// proves: /linux/resources/cpu/shares /linux/resources/cpu/quota /linux/resources/cpu/burst
// proves: /linux/resources/cpu/period /linux/resources/cpu/realtimeRuntime /linux/resources/cpu/realtimePeriod
// proves: /linux/resources/cpu/cpus /linux/resources/cpu/mems /linux/resources/cpu/idle /linux/resources/blockIO
// proves: /linux/resources/blockIO/weight /linux/resources/blockIO/leafWeight
// proves: /linux/resources/blockIO/weightDevice /linux/resources/blockIO/weightDevice/*/major
// proves: /linux/resources/blockIO/weightDevice/*/minor /linux/resources/blockIO/weightDevice/*/weight
// proves: /linux/resources/blockIO/weightDevice/*/leafWeight /linux/resources/blockIO/throttleReadBpsDevice
// proves: /linux/resources/blockIO/throttleReadBpsDevice/*/major
// proves: /linux/resources/blockIO/throttleReadBpsDevice/*/minor
// proves: /linux/resources/blockIO/throttleReadBpsDevice/*/rate /linux/resources/blockIO/throttleWriteIOPSDevice
// proves: /linux/resources/blockIO/throttleWriteIOPSDevice/*/major
// proves: /linux/resources/blockIO/throttleWriteIOPSDevice/*/minor
// proves: /linux/resources/blockIO/throttleWriteIOPSDevice/*/rate /linux/resources/hugepageLimits
// proves: /linux/resources/hugepageLimits/*/pageSize /linux/resources/hugepageLimits/*/limit
// proves: /linux/resources/network /linux/resources/network/classID /linux/resources/network/priorities
// proves: /linux/resources/network/priorities/*/name /linux/resources/network/priorities/*/priority
// proves: /linux/resources/pids /linux/resources/pids/limit /linux/resources/rdma /linux/resources/rdma/*
// proves: /linux/resources/rdma/*/hcaHandles /linux/resources/rdma/*/hcaObjects /linux/resources/unified
// proves: /linux/resources/unified/*
// proves: v1-without-a-conversion unified-unknown-written
static void
test_rows (void **state)
{
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
    {
      struct json_document document;
      struct error error;
      struct spec spec;
      struct report report = { .error = &error };
      struct cgroup cgroup;
      struct limits limits;
      char printed[4096] = "",
           *text = arena_format (&test_arena,
                                 "{'ociVersion':'1.0.2','root':{'path':'r'},'linux':{'resources':{%s},'namespaces':["
                                 "{'type':'mount'}]}}",
                                 rows[i].resources);
      for (char *quote = text; (quote = strchr (quote, '\''));)
        *quote = '"';
      assert_int_equal (parse (text, &document, &error), 0);
      int result = spec_decode (&document, &test_arena, &spec, &report);
      if (result == 0)
        result = limits_plan (&hosts[rows[i].host], CGROUP_MANAGER_CGROUPFS, &spec, "c1", &test_arena, &cgroup, &limits,
                              &report);
      if (result == 0)
        print_settings (&limits, printed);
      else
        (void)snprintf (printed, sizeof printed, "!%s: %s", strchr (error.place, '/'), error.text);
      if (rows[i].settings[0] == '!' ? strncmp (printed, rows[i].settings, strlen (rows[i].settings)) != 0
                                     : strcmp (printed, rows[i].settings) != 0)
        fail_msg ("%s\n  gives      %s\n  instead of %s", rows[i].resources, printed, rows[i].settings);
    }
  (void)state;
}

static void
test_places (void **state)
{
  static const struct
  {
    int host;
    const char *path, *mount, *expected;
  } places[] = { { V2, "", "/sys/fs/cgroup", "a/c1" }, /* beside husk's own, which has processes */
                 { V2, "x", "/sys/fs/cgroup", "a/x" },
                 { V2, "/x/y/", "/sys/fs/cgroup", "x/y" },
                 { V2, "/x/../y", "/sys/fs/cgroup", "y" },
                 { V2, "x/./../y/z/..", "/sys/fs/cgroup", "a/y" },
                 { V2, "xx/y/../../zz", "/sys/fs/cgroup", "a/zz" },
                 { V1, "/x", "/sys/fs/cgroup/pids", "x" } };
  for (size_t i = 0; i < sizeof places / sizeof places[0]; i++)
    {
      struct json_document document;
      struct error error;
      struct spec spec;
      struct cgroup cgroup;
      struct report report = { .error = &error };
      char *text
          = arena_format (&test_arena,
                          "{\"ociVersion\":\"1.0.2\",\"root\":{\"path\":\"r\"},\"linux\":{\"cgroupsPath\":\"%s\","
                          "\"namespaces\":[{\"type\":\"mount\"}]}}",
                          places[i].path);
      assert_int_equal (parse (text, &document, &error), 0);
      assert_int_equal (spec_decode (&document, &test_arena, &spec, &report), 0);
      assert_int_equal (
          cgroup_locate (&hosts[places[i].host], CGROUP_MANAGER_CGROUPFS, &spec, "c1", &test_arena, &cgroup, &report),
          0);
      bool found = false;
      for (uint32_t d = 0; d < cgroup.count; d++)
        if (strcmp (cgroup.directories[d].mount, places[i].mount) == 0)
          {
            assert_string_equal (cgroup.directories[d].path, places[i].expected);
            found = true;
          }
      assert_true (found);
    }
  (void)state;
}

/* What runc and crun calculate with libm, for every number of shares that the formula is used for. */
static void
test_weights (void **state)
{
  for (uint64_t shares = 3; shares < 262144; shares++)
    {
      double l = log2 ((double)shares);
      assert_int_equal (spec_weight_of_shares (shares), ceil (pow (10, (l * l + 125 * l) / 612.0 - 7.0 / 34.0)));
    }
  assert_int_equal (spec_weight_of_shares (1024), 100);
  assert_int_equal (spec_weight_of_shares (2), 1);
  assert_int_equal (spec_weight_of_shares (262144), 10000);
  (void)state;
}

int
main (void)
{
  const struct CMUnitTest tests[]
      = { cmocka_unit_test (test_rows), cmocka_unit_test (test_places), cmocka_unit_test (test_weights) };
  return cmocka_run_group_tests (tests, setup_arena, NULL);
}
