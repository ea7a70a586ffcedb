/*
 * Device rules: what they mean (per bit of an access the last rule that matches decides) against what the cut-down
 * list, the BPF program and the lines for v1 say, for rules as engines write them and for thousands of generated lists.
 */
#include "document.h"

#include <linux/bpf.h>
#include <unistd.h>

#include "husk/limits.h"

static struct host_hierarchy v1[] = { { "/sys/fs/cgroup/devices", "devices", "devices", "/", false } };
static struct host_hierarchy v2[] = { { "/sys/fs/cgroup", "", "", "/", true } };
static const struct host hosts[] = {
  { .can_mount = true, .cgroup_layout = CGROUP_V1, .hierarchies = v1, .hierarchy_count = 1 },
  { .can_mount = true, .cgroup_layout = CGROUP_V2, .hierarchies = v2, .hierarchy_count = 1 },
};
static const struct cgroup places[] = {
  { .directories = { { "/sys/fs/cgroup/devices", "c1", false } }, .count = 1 },
  { .directories = { { "/sys/fs/cgroup", "c1", true } }, .count = 1 },
};

#define MAJORS 4
#define MINORS 4
static const int64_t majors[MAJORS] = { 1, 5, 10, 136 }, minors[MINORS] = { 0, 2, 3, 229 };

/* ---- the meaning ----------------------------------------------------------------------------------------------- */

struct rule
{
  bool allow;
  char type;
  int64_t major, minor;
  uint32_t access;
};

static const struct rule defaults[] = {
  { true, 'a', -1, -1, 1 }, { true, 'c', 1, 3, 7 },    { true, 'c', 1, 5, 7 }, { true, 'c', 1, 7, 7 },
  { true, 'c', 1, 8, 7 },   { true, 'c', 1, 9, 7 },    { true, 'c', 5, 0, 7 }, { true, 'c', 5, 1, 7 },
  { true, 'c', 5, 2, 7 },   { true, 'c', 136, -1, 7 },
};
#define DEFAULTS (sizeof defaults / sizeof defaults[0])

static bool
meant (const struct rule *rules, size_t count, char type, int64_t major, int64_t minor, uint32_t access)
{
  for (uint32_t bit = 1; bit <= 4; bit <<= 1)
    {
      bool allowed = true;
      for (size_t i = 0; i < count; i++)
        if ((rules[i].access & bit) && (rules[i].type == 'a' || rules[i].type == type)
            && (rules[i].major < 0 || rules[i].major == major) && (rules[i].minor < 0 || rules[i].minor == minor))
          allowed = rules[i].allow;
      if ((access & bit) && !allowed)
        return false;
    }
  return true;
}

/* ---- an interpreter of the few instructions that are used, which checks that every one is reached ------------------
 */

static bool reached[8192];

static uint64_t
execute (const struct device_program *program, const struct bpf_cgroup_dev_ctx *context)
{
  uint64_t registers[11] = { 0 };
  for (uint32_t at = 0; at < program->count; at++)
    {
      const struct bpf_insn *one = &program->instructions[at];
      uint64_t *destination = &registers[one->dst_reg], source = registers[one->src_reg];
      bool jump = false;
      reached[at] = true;
      switch (one->code)
        {
        case BPF_LDX | BPF_MEM | BPF_W:
          assert_int_equal (one->src_reg, 1);
          *destination = *(const uint32_t *)((const char *)context + one->off);
          break;
        case BPF_ALU64 | BPF_MOV | BPF_X:
          *destination = source;
          break;
        case BPF_ALU64 | BPF_MOV | BPF_K:
          *destination = (uint64_t)(int64_t)one->imm;
          break;
        case BPF_ALU64 | BPF_AND | BPF_K:
          *destination &= (uint64_t)(int64_t)one->imm;
          break;
        case BPF_ALU64 | BPF_RSH | BPF_K:
          *destination >>= one->imm;
          break;
        case BPF_JMP | BPF_JA:
          jump = true;
          break;
        case BPF_JMP | BPF_JEQ | BPF_K:
          jump = *destination == (uint64_t)(int64_t)one->imm;
          break;
        case BPF_JMP | BPF_JNE | BPF_K:
          jump = *destination != (uint64_t)(int64_t)one->imm;
          break;
        case BPF_JMP | BPF_JSET | BPF_K:
          jump = *destination & (uint64_t)(int64_t)one->imm;
          break;
        case BPF_JMP | BPF_EXIT:
          return registers[0];
        default:
          fail_msg ("instruction %u has the code %#x", at, one->code);
        }
      if (jump)
        {
          assert_true (one->off >= 0);
          at += (uint32_t)one->off;
        }
    }
  fail_msg ("the program has no end");
  return 0;
}

static bool
program_says (const struct device_program *program, char type, int64_t major, int64_t minor, uint32_t access)
{
  struct bpf_cgroup_dev_ctx context
      = { .access_type = access << 16 | (type == 'b' ? 1 : 2), .major = (uint32_t)major, .minor = (uint32_t)minor };
  return program->count == 0 || execute (program, &context) == 1;
}

/* ---- the kernel's v1 list (security/device_cgroup.c): a default and exceptions from it ------------------------------
 */

static bool
v1_says (const struct limits *limits, char type, int64_t major, int64_t minor, uint32_t access)
{
  bool allow_all = true, found = false;
  for (uint32_t i = 0; i < limits->device_count; i++)
    {
      const struct limits_device *device = &limits->devices[i];
      if (device->type == 'a')
        allow_all = device->allow; /* and the exceptions are emptied: it comes first */
    }
  for (uint32_t i = 0; i < limits->device_count; i++)
    {
      const struct limits_device *device = &limits->devices[i];
      if (device->type != type || (device->major >= 0 && device->major != major)
          || (device->minor >= 0 && device->minor != minor))
        continue;
      assert_true (device->allow != allow_all);
      /* allowed: by one exception that has all that is asked for; denied: by any that has some of it */
      found = found || (allow_all ? (device->access & access) != 0 : (device->access & access) == access);
    }
  return found != allow_all;
}

/* ---- comparing --------------------------------------------------------------------------------------------------- */

static const char *
as_json (const struct rule *rules, size_t count)
{
  char *text = arena_alloc (&test_arena, 256 * (count + 1));
  size_t used = (size_t)sprintf (text, "{\"ociVersion\":\"1.0.2\",\"root\":{\"path\":\"r\"},\"linux\":{\"resources\":"
                                       "{\"devices\":[");
  for (size_t i = 0; i < count; i++)
    {
      used += (size_t)sprintf (text + used, "%s{\"allow\":%s,\"type\":\"%c\"", i ? "," : "",
                               rules[i].allow ? "true" : "false", rules[i].type);
      if (rules[i].major >= 0)
        used += (size_t)sprintf (text + used, ",\"major\":%d", (int)rules[i].major);
      if (rules[i].minor >= 0)
        used += (size_t)sprintf (text + used, ",\"minor\":%d", (int)rules[i].minor);
      used += (size_t)sprintf (text + used, ",\"access\":\"%s%s%s\"}", rules[i].access & 2 ? "r" : "",
                               rules[i].access & 4 ? "w" : "", rules[i].access & 1 ? "m" : "");
    }
  (void)sprintf (text + used, "]},\"namespaces\":[{\"type\":\"mount\"}]}}");
  return text;
}

static int
compile (const struct rule *rules, size_t count, int layout, struct limits *out)
{
  struct json_document document;
  struct error error;
  struct spec spec;
  struct report report = { .error = &error };
  assert_int_equal (parse (as_json (rules, count), &document, &error), 0);
  if (spec_decode (&document, &test_arena, &spec, &report) < 0)
    fail_msg ("%s: %s", error.place, error.text);
  return limits_compile (&hosts[layout], &places[layout], spec.linux_->resources, &document, &test_arena, out, &report);
}

/* Returns whether v1 can express it. */
static bool
compare (const struct rule *rules, size_t count)
{
  struct limits on_v1, on_v2;
  struct rule all[64];
  memcpy (all, rules, count * sizeof *rules);
  memcpy (all + count, defaults, sizeof defaults);
  bool v1_can = compile (rules, count, 0, &on_v1) == 0;
  assert_int_equal (compile (rules, count, 1, &on_v2), 0);
  memset (reached, 0, sizeof reached);
  for (int device = 0; device < 2 * (MAJORS + 1) * (MINORS + 1); device++)
    for (uint32_t access = 1; access <= 7; access++)
      {
        char type = device & 1 ? 'b' : 'c';
        int64_t major = device / 2 % (MAJORS + 1) == MAJORS ? 200 : majors[device / 2 % (MAJORS + 1)];
        int64_t minor = device / 2 / (MAJORS + 1) == MINORS ? 77 : minors[device / 2 / (MAJORS + 1)];
        bool wanted = meant (all, count + DEFAULTS, type, major, minor, access);
        bool on_v1_says = v1_can ? v1_says (&on_v1, type, major, minor, access) : wanted;
        /* v1 is never asked for mknod with others; for both of read and write it needs one line that has both */
        bool v1_right = on_v1_says == wanted || (access & 1 && access != 1) || (access == 6 && !on_v1_says);
        if (program_says (&on_v2.program, type, major, minor, access) != wanted || !v1_right)
          fail_msg ("%s: %c %d:%d %u", as_json (rules, count), type, (int)major, (int)minor, access);
      }
  return v1_can;
}

static struct rule
generated (void)
{
  return (struct rule){ random () & 1, "abcc"[random () % 4], random () % 3 ? majors[random () % MAJORS] : -1,
                        random () % 3 ? minors[random () % MINORS] : -1, (uint32_t)(1 + random () % 7) };
}

// proves: device-rules-in-order
static void
test_generated (void **state)
{
  char *start = test_arena.next;
  unsigned lists = getenv ("HUSK_PROFILES") ? 2000 : 20000, said_by_v1 = 0;
  srandom (1);
  for (unsigned i = 0; i < lists; i++)
    {
      struct rule rules[16];
      size_t count = 1 + (size_t)random () % 12;
      for (size_t r = 0; r < count; r++)
        rules[r] = generated ();
      if (i % 2) /* as engines begin */
        rules[0] = (struct rule){ false, 'a', -1, -1, 7 };
      if (i % 4 == 3)
        for (size_t r = 1; r < count; r++)
          rules[r].allow = true;
      said_by_v1 += compare (rules, count);
      memset (start, 0, (size_t)(test_arena.next - start));
      test_arena.next = start;
    }
  assert_true (said_by_v1 > lists / 4);
  (void)state;
}

static void
test_smallest (void **state)
{
  static const struct rule docker[]
      = { { false, 'a', -1, -1, 7 }, { true, 'c', 1, 5, 7 }, { true, 'c', 1, 3, 7 }, { true, 'c', 1, 9, 7 },
          { true, 'c', 1, 8, 7 },    { true, 'c', 5, 0, 7 }, { true, 'c', 5, 1, 7 }, { false, 'c', 10, 229, 7 } };
  static const struct rule privileged[]
      = { { false, 'a', -1, -1, 7 }, { true, 'c', 1, 5, 7 }, { true, 'a', -1, -1, 7 } };
  static const struct rule one[] = { { false, 'c', 10, 229, 7 } };
  struct limits limits;
  assert_int_equal (compile (docker, 8, 1, &limits), 0);
  assert_int_equal (limits.device_count, 11); /* all denied but mknod; ten that are allowed */
  assert_int_equal (limits.program.count, 27);
  compare (docker, 8);
  assert_int_equal (compile (privileged, 3, 1, &limits), 0);
  assert_int_equal (limits.device_count, 0);
  assert_int_equal (limits.program.count, 0); /* nothing is denied: no program */
  compare (privileged, 3);
  assert_int_equal (compile (one, 1, 1, &limits), 0);
  assert_int_equal (limits.device_count, 1);
  compare (one, 1);
  (void)state;
}

/* The kernel refuses a program with an instruction that nothing reaches. */
static void
test_all_reached (void **state)
{
  static const struct rule rules[] = { { false, 'a', -1, -1, 7 }, { true, 'c', 10, 229, 2 }, { true, 'b', 10, -1, 4 } };
  struct limits limits;
  compare (rules, 3);
  assert_int_equal (compile (rules, 3, 1, &limits), 0);
  for (uint32_t i = 0; i < limits.program.count; i++)
    assert_true (reached[i]);
  (void)state;
}

static void
test_v1_cannot (void **state)
{
  static const struct rule hole[] = { { false, 'a', -1, -1, 7 }, { true, 'c', 10, -1, 7 }, { false, 'c', 10, 229, 6 } };
  struct limits limits;
  assert_false (compare (hole, 3)); /* and v2 can express it */
  assert_int_equal (compile (hole, 3, 0, &limits), -1);
  (void)state;
}

/* devices.list has the config's lines first, in their order and unchanged. */
static void
test_v1_as_written (void **state)
{
  static const struct rule rules[]
      = { { false, 'a', -1, -1, 7 }, { true, 'c', 10, 229, 7 }, { true, 'b', 8, 20, 6 }, { true, 'b', 10, 200, 2 } };
  struct limits limits;
  assert_int_equal (compile (rules, 4, 0, &limits), 0);
  for (uint32_t i = 0; i < 4; i++)
    {
      assert_int_equal (limits.devices[i].type, rules[i].type);
      assert_int_equal (limits.devices[i].major, rules[i].major);
      assert_int_equal (limits.devices[i].minor, rules[i].minor);
      assert_int_equal (limits.devices[i].access, rules[i].access);
    }
  (void)state;
}

/* A program may have as many instructions as each kernel takes, and no more. */
static void
test_largest (void **state)
{
  static struct rule rules[3000] = { { .allow = false, .type = 'a', .major = -1, .minor = -1, .access = 7 } };
  struct limits limits;
  uint32_t largest = 0;
  size_t count = 1;
  for (; count < sizeof rules / sizeof *rules; count++)
    {
      rules[count]
          = (struct rule){ .allow = true, .type = 'c', .major = (int)count, .minor = 3, .access = count % 2 ? 2 : 6 };
      if (count < 500 || (largest && largest < BPF_MAXINSNS - 64 && count % 8))
        continue;
      if (compile (rules, count + 1, 1, &limits) < 0)
        break;
      largest = limits.program.count;
    }
  assert_true (count < sizeof rules / sizeof *rules);
  assert_in_range (largest, BPF_MAXINSNS - 16, BPF_MAXINSNS);
  (void)state;
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (test_generated), cmocka_unit_test (test_smallest),      cmocka_unit_test (test_all_reached),
    cmocka_unit_test (test_v1_cannot), cmocka_unit_test (test_v1_as_written), cmocka_unit_test (test_largest),
  };
  return cmocka_run_group_tests (tests, setup_arena, NULL);
}
