/*
 * Units of systemd: names and cgroups from linux.cgroupsPath, properties from linux.resources on both layouts, and from
 * annotations. (test_request.c: what husk-systemd makes of these.)
 */
#include "document.h"

#include "husk/unit.h"

#define HEAD "{'ociVersion':'1.0.2','root':{'path':'rootfs'},'linux':{'namespaces':[{'type':'mount'}]%s%s}%s}"

/* Single quotes are double ones, so that the rows can be read; "`" is a single one. */
static char *
unquoted (char *text)
{
  for (char *at = text; *at; at++)
    *at = *at == '\'' ? '"' : *at == '`' ? '\'' : *at;
  return text;
}

struct decoded
{
  struct json_document document;
  struct spec spec;
  struct error error;
  struct report report;
};

static struct decoded *
decode (const char *linux_, const char *top)
{
  struct decoded *decoded = arena_new (&test_arena, struct decoded);
  char *text = unquoted (arena_format (&test_arena, HEAD, *linux_ ? "," : "", linux_, top));
  decoded->report.error = &decoded->error;
  assert_int_equal (parse (text, &decoded->document, &decoded->error), 0);
  if (spec_decode (&decoded->document, &test_arena, &decoded->spec, &decoded->report) < 0)
    fail_msg ("%s: %s", text, decoded->error.text);
  return decoded;
}

static const char *
line_of (const struct decoded *decoded)
{
  char *line = arena_alloc (&test_arena, 1536);
  error_line (&decoded->error, line, 1536);
  return line;
}

/* ---- names ------------------------------------------------------------------------------------------------------ */

#define LONG_50 "aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeee"

static const struct
{
  const char *path, *id;
  bool user;
  const char *unit, *slice, *cgroup; /* or NULL, NULL, a part of the line */
} names[] = {
  { "machine.slice:libpod:abc", "x", false, "libpod-abc.scope", "machine.slice", "machine.slice/libpod-abc.scope" },
  { ":docker:abc", "x", false, "docker-abc.scope", "system.slice", "system.slice/docker-abc.scope" },
  { "system.slice::abc", "x", false, "abc.scope", "system.slice", "system.slice/abc.scope" },
  { "", "c1", false, "husk-c1.scope", "system.slice", "system.slice/husk-c1.scope" },
  { NULL, "c1", true, "husk-c1.scope", "user.slice", "user.slice/husk-c1.scope" },
  { NULL, "a+b.c_d", false, "husk-a\\x2bb.c_d.scope", "system.slice", "system.slice/husk-a\\x2bb.c_d.scope" },
  { "kubepods-besteffort-pod1_2.slice:cri-containerd:a", "x", false, "cri-containerd-a.scope",
    "kubepods-besteffort-pod1_2.slice",
    "kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod1_2.slice/cri-containerd-a.scope" },
  { "-.slice:p:n", "x", false, "p-n.scope", "-.slice", "p-n.scope" },
  { ":p:a-b.slice", "x", false, "a-b.slice", "a.slice", "a.slice/a-b.slice" },
  { "system.slice::a.slice", "x", true, "a.slice", "-.slice", "a.slice" },
  { "user.slice:p:n@1", "x", true, "p-n@1.scope", "user.slice", "user.slice/p-n@1.scope" },
  /* names that could be taken for a control file in a cgroup */
  { ":memory.x:y", "x", false, "memory.x-y.scope", "system.slice", "system.slice/_memory.x-y.scope" },
  { "cpu.slice::pids", "x", false, "pids.scope", "cpu.slice", "_cpu.slice/_pids.scope" },
  { "_a.slice::.b", "x", false, ".b.scope", "_a.slice", "__a.slice/_.b.scope" },
  { "/a/b", "x", false, NULL, NULL, "config.json:1:103: /linux/cgroupsPath: \"/a/b\" is not slice:prefix:name" },
  { "a.slice:b", "x", false, NULL, NULL, "is not slice:prefix:name" },
  { "a.slice:b:c:d", "x", false, NULL, NULL, "is not slice:prefix:name" },
  { "a.slice:b:", "x", false, NULL, NULL, "is not slice:prefix:name" },
  { "::", "x", false, NULL, NULL, "is not slice:prefix:name" },
  { "machine:a:b", "x", false, NULL, NULL, "\"machine\" is not a valid name of a slice: it does not end in .slice" },
  { "a--b.slice:a:b", "x", false, NULL, NULL, "it has an empty level" },
  { "-a.slice:a:b", "x", false, NULL, NULL, "it has an empty level" },
  { "a-.slice:a:b", "x", false, NULL, NULL, "it has an empty level" },
  { ".slice:a:b", "x", false, NULL, NULL, "its name is empty" },
  { "a@b.slice:a:b", "x", false, NULL, NULL, "a slice cannot have instances" },
  { "../x.slice:a:b", "x", false, NULL, NULL, "only letters, digits and" },
  { "a.slice:..:../b", "x", false, NULL, NULL, "/linux/cgroupsPath: \"..-../b.scope\" is not a valid name of a unit" },
  { "a.slice:a:b c", "x", false, NULL, NULL, "only letters, digits and" },
  { "a.slice:a:b\\n", "x", false, NULL, NULL, "only letters, digits and" },
  { "a.slice:a:\xc3\xa9", "x", false, NULL, NULL, "only letters, digits and" },
  { "a.slice::n@", "x", false, NULL, NULL, "its name is empty" },
  { "a.slice::@n", "x", false, NULL, NULL, "its name is empty" },
  { "a.slice::-.slice", "x", false, NULL, NULL, "a container cannot be in the root slice" },
  { "a.slice::b--c.slice", "x", false, NULL, NULL, "\"b--c.slice\" is not a valid name of a slice" },
  { "a.slice:" LONG_50 LONG_50 LONG_50 ":" LONG_50 "123456789012345678901234567890123456789012345678", "x", false,
    LONG_50 LONG_50 LONG_50 "-" LONG_50 "123456789012345678901234567890123456789012345678.scope", "a.slice",
    "a.slice/" LONG_50 LONG_50 LONG_50 "-" LONG_50 "123456789012345678901234567890123456789012345678.scope" },
  { "a.slice:" LONG_50 LONG_50 LONG_50 ":" LONG_50 "1234567890123456789012345678901234567890123456789", "x", false,
    NULL, NULL, "it is longer than 255 bytes" },
  { NULL, LONG_50 LONG_50 LONG_50 LONG_50 LONG_50, false, NULL, NULL, "it is longer than 255 bytes" },
};

static void
test_names (void **state)
{
  (void)state;
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
    {
      const char *path = names[i].path;
      struct decoded *decoded = decode (path ? arena_format (&test_arena, "'cgroupsPath':'%s'", path) : "", "");
      struct unit unit;
      int result = unit_locate (&decoded->document, &decoded->spec.linux_->cgroups_path, names[i].id, names[i].user,
                                &test_arena, &unit, &decoded->report);
      if ((result == 0) != (names[i].unit != NULL))
        fail_msg ("row %zu: %s: %s", i, path, line_of (decoded));
      if (result < 0)
        {
          if (!strstr (line_of (decoded), names[i].cgroup))
            fail_msg ("row %zu: %s: expected: %s, found: %s", i, path, names[i].cgroup, line_of (decoded));
          continue;
        }
      assert_string_equal (unit.name, names[i].unit);
      assert_string_equal (unit.slice, names[i].slice);
      assert_string_equal (unit_path (&unit, &test_arena), names[i].cgroup);
      assert_true (unit.user == names[i].user);
      assert_int_equal (unit.origin, decoded->spec.linux_->cgroups_path.node);
    }
}

/* ---- resources -------------------------------------------------------------------------------------------------- */

static const char *
print (const struct unit_properties *properties)
{
  const char *text = "";
  for (uint32_t i = 0; i < properties->count; i++)
    {
      char *value = unit_property_text (&properties->items[i]);
      text = arena_format (&test_arena, "%s%s%s=%s", text, i ? ", " : "", properties->items[i].name, value);
      free (value);
    }
  return text;
}

#define INFINITE "infinity"
#define DEFAULTS                                                                                                       \
  "char-* m, block-* m, /dev/char/1:3 rwm, /dev/char/1:5 rwm, /dev/char/1:7 rwm, /dev/char/1:8 rwm, /dev/char/1:9 "    \
  "rwm, "                                                                                                              \
  "/dev/char/5:0 rwm, /dev/char/5:1 rwm, /dev/char/5:2 rwm, char-pts rwm"
#define DENY_ALL "{'allow':false,'access':'rwm'}"
#define STRICT(entries) "DevicePolicy=strict, DeviceAllow=" entries
#define AUTO "DevicePolicy=auto, DeviceAllow="

static const struct
{
  bool v2;
  const char *resources, *properties;
} resources[] = {
  { true, "'memory':{'limit':10000,'swap':30000,'reservation':5000}",
    "MemoryMax=10000, MemoryLow=5000, MemorySwapMax=20000" },
  { false, "'memory':{'limit':10000,'swap':30000,'reservation':5000}", "MemoryLimit=10000" },
  { true, "'memory':{'limit':-1}", "MemoryMax=" INFINITE ", MemorySwapMax=" INFINITE },
  { true, "'memory':{'limit':10000,'swap':-1}", "MemoryMax=10000, MemorySwapMax=" INFINITE },
  { true, "'memory':{'limit':10000,'swap':10000}", "MemoryMax=10000, MemorySwapMax=0" },
  { true, "'memory':{'limit':-1,'swap':10000}", "MemoryMax=" INFINITE ", MemorySwapMax=10000" },
  { true, "'memory':{'limit':0,'swap':0,'reservation':-1}", "" },
  { true, "'memory':{'swap':10000}", "" },
  { true, "'cpu':{'shares':2}", "CPUWeight=1" },
  { true, "'cpu':{'shares':1024}", "CPUWeight=100" },
  { true, "'cpu':{'shares':262144}", "CPUWeight=10000" },
  { true, "'cpu':{'shares':0}", "" },
  { false, "'cpu':{'shares':1024}", "CPUShares=1024" },
  { false, "'cpu':{'shares':262144}", "CPUShares=262144" },
  { true, "'cpu':{'shares':1024,'idle':1}", "CPUWeight=0" },
  { true, "'cpu':{'shares':1024,'idle':0}", "CPUWeight=100" },
  { false, "'cpu':{'idle':1}", "" },
  { true, "'cpu':{'quota':50000,'period':100000}", "CPUQuotaPeriodUSec=100000, CPUQuotaPerSecUSec=500000" },
  { true, "'cpu':{'quota':50000}", "CPUQuotaPerSecUSec=500000" },
  { true, "'cpu':{'quota':33333,'period':100000}", "CPUQuotaPeriodUSec=100000, CPUQuotaPerSecUSec=340000" },
  { true, "'cpu':{'quota':-1}", "CPUQuotaPerSecUSec=" INFINITE },
  { false, "'cpu':{'period':2000}", "CPUQuotaPeriodUSec=2000" },
  { true, "'cpu':{'cpus':'0-3,9','mems':'1'}", "AllowedCPUs=0f02, AllowedMemoryNodes=02" },
  { false, "'cpu':{'cpus':'0-3'}", "" },
  { true, "'blockIO':{'weight':10}", "IOWeight=1" },
  { true, "'blockIO':{'weight':1000}", "IOWeight=10000" },
  { false, "'blockIO':{'weight':500}", "BlockIOWeight=500" },
  { true, "'blockIO':{'weightDevice':[{'major':8,'minor':0,'weight':1000},{'major':8,'minor':1,'leafWeight':10}]}",
    "IODeviceWeight=/dev/block/8:0 10000" },
  { false, "'blockIO':{'weightDevice':[{'major':8,'minor':0,'weight':1000}]}",
    "BlockIODeviceWeight=/dev/block/8:0 1000" },
  { true,
    "'blockIO':{'throttleReadBpsDevice':[{'major':8,'minor':0,'rate':600},{'major':8,'minor':16,'rate':7}],"
    "'throttleWriteBpsDevice':[{'major':8,'minor':0,'rate':1}],"
    "'throttleReadIOPSDevice':[{'major':8,'minor':0,'rate':2}],"
    "'throttleWriteIOPSDevice':[{'major':8,'minor':0,'rate':3},{'major':8,'minor':1,'rate':0}]}",
    "IOReadBandwidthMax=/dev/block/8:0 600, /dev/block/8:16 7, IOWriteBandwidthMax=/dev/block/8:0 1, "
    "IOReadIOPSMax=/dev/block/8:0 2, IOWriteIOPSMax=/dev/block/8:0 3" },
  { false,
    "'blockIO':{'throttleReadBpsDevice':[{'major':8,'minor':0,'rate':600}],"
    "'throttleReadIOPSDevice':[{'major':8,'minor':0,'rate':2}]}",
    "BlockIOReadBandwidth=/dev/block/8:0 600" },
  { true, "'pids':{'limit':50}", "TasksMax=50" },
  { false, "'pids':{'limit':-1}", "TasksMax=" INFINITE },
  { true, "'pids':{'limit':0}", "" },
  { true, "'network':{'classID':5},'hugepageLimits':[{'pageSize':'2MB','limit':5}],'rdma':{'a':{'hcaHandles':1}}", "" },
  /* devices */
  { true, "'devices':[]", "" },
  { true, "'devices':[" DENY_ALL "]", STRICT (DEFAULTS) },
  { false, "'devices':[" DENY_ALL ",{'allow':true,'type':'c','major':10,'minor':229,'access':'rw'}]",
    STRICT ("/dev/char/10:229 rw, " DEFAULTS) },
  { true, "'devices':[" DENY_ALL ",{'allow':true,'type':'b','major':8,'access':'r'}]",
    STRICT ("block-8 r, " DEFAULTS) },
  { true,
    "'devices':[" DENY_ALL ",{'allow':true,'type':'c','major':1,'minor':3,'access':'r'},"
    "{'allow':true,'type':'c','major':1,'minor':3,'access':'w'}]",
    STRICT ("/dev/char/1:3 rwm, char-* m, block-* m, /dev/char/1:5 rwm, /dev/char/1:7 rwm, /dev/char/1:8 rwm, "
            "/dev/char/1:9 rwm, /dev/char/5:0 rwm, /dev/char/5:1 rwm, /dev/char/5:2 rwm, char-pts rwm") },
  { true, "'devices':[" DENY_ALL ",{'allow':true,'major':7,'minor':1,'access':'rw'}]",
    STRICT ("/dev/char/7:1 rw, /dev/block/7:1 rw, " DEFAULTS) },
  { true, "'devices':[" DENY_ALL ",{'allow':true,'type':'b','access':'rwm'}]",
    STRICT ("block-* rwm, char-* m, /dev/char/1:3 rwm, /dev/char/1:5 rwm, /dev/char/1:7 rwm, /dev/char/1:8 rwm, "
            "/dev/char/1:9 rwm, /dev/char/5:0 rwm, /dev/char/5:1 rwm, /dev/char/5:2 rwm, char-pts rwm") },
  /* a later denial is left to husk's program */
  { true,
    "'devices':[" DENY_ALL ",{'allow':true,'type':'b','major':8,'access':'rw'},"
    "{'allow':false,'type':'b','major':8,'minor':1,'access':'w'}]",
    STRICT ("block-8 rw, " DEFAULTS) },
  /* nothing is listed before a denial of all */
  { true, "'devices':[{'allow':true,'type':'b','major':8,'access':'rw'}," DENY_ALL "]", STRICT (DEFAULTS) },
  { true, "'devices':[" DENY_ALL ",{'allow':true,'access':'rwm'}]", AUTO },
  { true, "'devices':[{'allow':false,'access':'w'}]", AUTO },
  { true, "'devices':[{'allow':true,'type':'b','major':8,'access':'rw'}]", AUTO },
  { true, "'devices':[" DENY_ALL ",{'allow':true,'type':'c','minor':3,'access':'r'}]", AUTO },
  /* one to read, one to write: systemd needs one entry for both */
  { true,
    "'devices':[" DENY_ALL ",{'allow':true,'type':'b','major':8,'access':'r'},"
    "{'allow':true,'type':'b','major':8,'minor':1,'access':'w'}]",
    AUTO },
  /* unified */
  { true,
    "'unified':{'memory.max':'1000','memory.high':' 900\\n','memory.low':'max','memory.min':'1','memory.swap.max':'0'}",
    "MemoryMax=1000, MemoryHigh=900, MemoryLow=" INFINITE ", MemoryMin=1, MemorySwapMax=0" },
  { true, "'unified':{'cpu.max':'50000 200000'}", "CPUQuotaPeriodUSec=200000, CPUQuotaPerSecUSec=250000" },
  { true, "'unified':{'cpu.max':'max 200000'}", "CPUQuotaPeriodUSec=200000, CPUQuotaPerSecUSec=" INFINITE },
  { true, "'unified':{'cpu.max':'50000'}", "CPUQuotaPerSecUSec=500000" },
  { true, "'unified':{'cpu.max':'lots'}", "" },
  { true, "'unified':{'cpu.idle':'1','cpu.weight':'50'}", "CPUWeight=0" },
  { true, "'unified':{'cpu.weight':'50','cpu.idle':'0'}", "CPUWeight=50" },
  { true, "'unified':{'cpu.weight':'0'}", "" },
  { true, "'unified':{'cpuset.cpus':'1','cpuset.mems':'0'}", "AllowedCPUs=02, AllowedMemoryNodes=01" },
  { true, "'unified':{'cpuset.cpus':'3-1','cpuset.mems':''}", "" },
  { true, "'unified':{'cpuset.cpus':'0,x','cpuset.mems':'8192'}", "" },
  { true, "'unified':{'cpuset.cpus':'8191-','cpuset.mems':','}", "" },
  { true, "'unified':{'io.weight':'default 70'}", "IOWeight=70" },
  { true, "'unified':{'io.weight':'8:0 70'}", "" },
  { true, "'unified':{'pids.max':'0'}", "" },
  { true, "'unified':{'pids.max':'max'}", "TasksMax=" INFINITE },
  { true, "'unified':{'memory.max':'1G','hugetlb.2MB.max':'1'}", "" },
  { true, "'memory':{'limit':10000},'unified':{'memory.max':'5'}", "MemoryMax=5" },
  { false, "'unified':{'memory.max':'5'}", "" },
};

// proves: /linux/resources/blockIO/weightDevice/*/leafWeight
static void
test_resources (void **state)
{
  (void)state;
  for (size_t i = 0; i < sizeof resources / sizeof resources[0]; i++)
    {
      struct decoded *decoded = decode (arena_format (&test_arena, "'resources':{%s}", resources[i].resources), "");
      struct unit_properties properties = { 0 };
      assert_int_equal (unit_properties (decoded->spec.linux_->resources, &decoded->document, resources[i].v2,
                                         &test_arena, &properties, &decoded->report),
                        0);
      if (strcmp (print (&properties), resources[i].properties) != 0)
        fail_msg ("row %zu: %s\n  expected: %s\n  found:    %s", i, resources[i].resources, resources[i].properties,
                  print (&properties));
      for (uint32_t j = 0; j < properties.count; j++)
        {
          assert_true (properties.items[j].optional);
          assert_true (properties.items[j].origin > 0);
        }
    }
}

static void
test_no_resources (void **state)
{
  (void)state;
  struct decoded *decoded = decode ("", "");
  struct unit_properties properties = { 0 };
  assert_int_equal (unit_properties (NULL, &decoded->document, true, &test_arena, &properties, &decoded->report), 0);
  assert_int_equal (properties.count, 0);
}

/* ---- annotations ------------------------------------------------------------------------------------------------- */

static const struct
{
  const char *name, *value, *property; /* or with "!" a part of the line */
  bool seconds;
} annotations[] = {
  { "TimeoutStopUSec", "uint64 30000000", "TimeoutStopUSec=uint64 30000000", false },
  { "TimeoutStopSec", "30", "TimeoutStopUSec=30", true },
  { "DefaultDependencies", "true", "DefaultDependencies=true", false },
  { "After", "[`a.service`]", "After=['a.service']", false },
  /* what the text says is for husk-systemd to find out */
  { "After", "[", "After=[", false },
  { "Sec", "5", "Sec=5", false },
  { "Slice", "`x.slice`", "!/annotations/org.systemd.property.Slice: \"Slice\" is set by husk", false },
  { "PIDs", "[uint32 1]", "!is set by husk", false },
  { "Delegate", "false", "!is set by husk", false },
  { "", "true", "!is not a property name", false },
  { "after", "true", "!is not a property name", false },
  { "A.B", "true", "!is not a property name", false },
};

static void
test_annotations (void **state)
{
  (void)state;
  for (size_t i = 0; i < sizeof annotations / sizeof annotations[0]; i++)
    {
      struct decoded *decoded
          = decode ("", arena_format (&test_arena, ",'annotations':{'other':'[','org.systemd.property.%s':'%s'}",
                                      annotations[i].name, annotations[i].value));
      struct unit_properties properties = { 0 };
      const char *expected = annotations[i].property;
      int result = unit_annotations (&decoded->spec.annotations, &decoded->document, &test_arena, &properties,
                                     &decoded->report);
      const char *found = result < 0 ? line_of (decoded) : print (&properties);
      bool good = expected[0] == '!' ? result < 0 && strstr (found, expected + 1) && strstr (found, "/annotations/")
                                     : result == 0 && strcmp (found, expected) == 0;
      if (!good)
        fail_msg ("row %zu: %s %s\n  expected: %s\n  found:    %s", i, annotations[i].name, annotations[i].value,
                  expected, found);
      if (result == 0)
        {
          assert_false (properties.items[0].optional);
          assert_true (properties.items[0].seconds == annotations[i].seconds);
        }
    }
}

static void
test_long_annotation (void **state)
{
  (void)state;
  char text[65538];
  struct json_pair pair = { .node = 1, .key = "org.systemd.property.Some", .value = text };
  struct json_pairs pairs = { .items = &pair, .count = 1 };
  struct decoded *decoded = decode ("", "");
  struct unit_properties properties = { 0 };
  memset (text, '1', sizeof text);
  text[65536] = '\0';
  assert_int_equal (unit_annotations (&pairs, &decoded->document, &test_arena, &properties, &decoded->report), 0);
  text[65536] = '1', text[65537] = '\0';
  assert_int_equal (unit_annotations (&pairs, &decoded->document, &test_arena, &properties, &decoded->report), -1);
  assert_non_null (strstr (line_of (decoded), "\"Some\" is longer than 64 KiB"));
}

/* What an annotation says takes the place of what the resources say. */
static void
test_annotation_replaces (void **state)
{
  (void)state;
  struct decoded *decoded = decode ("'resources':{'memory':{'limit':5000},'pids':{'limit':6}}",
                                    ",'annotations':{'org.systemd.property.MemoryMax':'uint64 7'}");
  struct unit_properties properties = { 0 };
  assert_int_equal (unit_properties (decoded->spec.linux_->resources, &decoded->document, true, &test_arena,
                                     &properties, &decoded->report),
                    0);
  assert_int_equal (
      unit_annotations (&decoded->spec.annotations, &decoded->document, &test_arena, &properties, &decoded->report), 0);
  assert_string_equal (print (&properties), "MemoryMax=uint64 7, TasksMax=6");
}

/* Which of two would be meant cannot be told, whatever their order. */
static void
test_annotated_twice (void **state)
{
  static const char *const both[] = {
    "'org.systemd.property.TimeoutStopSec':'5','org.systemd.property.TimeoutStopUSec':'uint64 7'",
    "'org.systemd.property.TimeoutStopUSec':'uint64 7','org.systemd.property.TimeoutStopSec':'5'",
  };
  (void)state;
  for (size_t i = 0; i < sizeof both / sizeof both[0]; i++)
    {
      struct decoded *decoded = decode ("", arena_format (&test_arena, ",'annotations':{%s}", both[i]));
      struct unit_properties properties = { 0 };
      assert_int_equal (
          unit_annotations (&decoded->spec.annotations, &decoded->document, &test_arena, &properties, &decoded->report),
          -1);
      assert_non_null (strstr (line_of (decoded), "another annotation sets \"TimeoutStopUSec\" as well"));
    }
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (test_names),
    cmocka_unit_test (test_resources),
    cmocka_unit_test (test_no_resources),
    cmocka_unit_test (test_annotations),
    cmocka_unit_test (test_annotation_replaces),
    cmocka_unit_test (test_annotated_twice),
    cmocka_unit_test (test_long_annotation),
  };
  return cmocka_run_group_tests (tests, setup_arena, NULL);
}
