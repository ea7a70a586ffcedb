/*
 * Two spellings of one config give the same plan, and what is refused in one spelling is refused in all.
 */
#include "compiled.h"
#include "dump.h"

#define CONFIG(mounts, linux_)                                                                                         \
  "{\"ociVersion\":\"1.2.0\",\"root\":{\"path\":\"r\"},\"process\":{\"cwd\":\"/\",\"args\":[\"sh\"]},"                 \
  "\"mounts\":[" mounts "],\"linux\":{\"namespaces\":[{\"type\":\"mount\"},{\"type\":\"cgroup\"}]" linux_ "}}"
#define MOUNTS(mounts) CONFIG (mounts, "")
#define TMPFS(path, options)                                                                                           \
  MOUNTS ("{\"destination\":\"" path "\",\"type\":\"tmpfs\",\"source\":\"t\",\"options\":[" options "]}")
#define BIND(path, options) MOUNTS ("{\"destination\":\"" path "\",\"source\":\"/s\",\"options\":[" options "]}")
#define PATHS(root, cwd, masked, readonly)                                                                             \
  "{\"ociVersion\":\"1.2.0\",\"root\":{\"path\":\"" root "\"},\"process\":{\"cwd\":\"" cwd "\",\"args\":[\"sh\"]},"    \
  "\"linux\":{\"namespaces\":[{\"type\":\"mount\"}],\"maskedPaths\":[\"" masked "\"],\"readonlyPaths\":[\"" readonly   \
  "\"]}}"
#define IN_LINUX(linux_) CONFIG ("", "," linux_)

/* ---- equal ------------------------------------------------------------------------------------------------------- */

static char *
dump (const char *text, const struct host *host)
{
  struct compiled compiled;
  compile (&compiled, text, host, true);
  char *dumped = dump_plan (compiled.plan, &compiled.document);
  arena_close (&compiled.arena);
  return dumped;
}

static const struct
{
  const char *one, *other;
} same[] = {
  { TMPFS ("/a/b", ""), TMPFS ("a/b", "") },
  { TMPFS ("/a/b", ""), TMPFS ("//a/./b/", "") },
  { TMPFS ("/a/b", ""), TMPFS ("/x/y/../../a/z/.././b", "") },
  { TMPFS ("/a/b", ""), TMPFS ("/../..//a/b/c/..", "") },
  { TMPFS ("/a/b", ""), TMPFS ("a/../../a/b/", "") },
  { TMPFS ("/...", ""), TMPFS ("/a/../.../b..c/..", "") },
  { TMPFS ("/dev", "\"ro\""), TMPFS ("/dev/pts/..", "\"ro\"") },
  { BIND ("/", "\"bind\""), BIND ("/a/../..", "\"bind\"") },
  { BIND ("/proc/uptime", "\"bind\""), BIND ("/proc/self/../uptime", "\"bind\"") },
  { TMPFS ("/dev", "\"ro\""), TMPFS ("/dev/", "\"ro\"") },
  { TMPFS ("/dev", "\"ro\""), TMPFS ("dev", "\"ro\"") },
  { TMPFS ("/dev", "\"ro\""), TMPFS ("/./dev/.", "\"rw\",\"ro\"") },
  { TMPFS ("/dev", "\"rw\""), TMPFS ("//dev", "\"ro\",\"rw\"") },
  { TMPFS ("/dev", "\"rro\""), TMPFS ("dev/", "\"rrw\",\"rro\"") },
  { TMPFS ("/m", "\"nosuid\",\"noexec\""), TMPFS ("/m", "\"noexec\",\"nosuid\"") },
  { TMPFS ("/m", "\"nosuid\""), TMPFS ("/m", "\"suid\",\"defaults\",\"nosuid\"") },
  { BIND ("/dev", "\"bind\""), BIND ("/dev/.", "\"bind\"") },
  { BIND ("/dev", "\"rbind\""), BIND ("dev", "\"rbind\",\"bind\"") },
  { BIND ("/dev", "\"rbind\""), BIND ("dev", "\"bind\",\"rbind\"") },
  { BIND ("/proc", "\"bind\""), BIND ("/./proc/", "\"bind\"") },
  { BIND ("/proc/uptime", "\"bind\""), BIND ("proc//uptime", "\"bind\"") },
  { BIND ("/sys", "\"bind\""), BIND ("//sys", "\"bind\"") },
  { MOUNTS ("{\"destination\":\"/b\",\"type\":\"bind\",\"source\":\"/s\"}"),
    MOUNTS ("{\"destination\":\"/b\",\"type\":\"none\",\"source\":\"/s\",\"options\":[\"bind\"]}") },
  { MOUNTS ("{\"destination\":\"/b\",\"source\":\"/proc/self/fd/3\",\"type\":\"bind\"}"),
    MOUNTS ("{\"type\":\"bind\",\"source\":\"/proc/self/fd/3\",\"destination\":\"/b/\",\"options\":null}") },
  { MOUNTS ("{\"destination\":\"/proc\",\"type\":\"proc\",\"source\":\"proc\"}"),
    MOUNTS ("{\"destination\":\"proc/\",\"type\":\"proc\",\"source\":\"proc\"}") },
  { MOUNTS ("{\"destination\":\"/sys/fs/cgroup\",\"type\":\"cgroup\",\"source\":\"cgroup\"}"),
    MOUNTS ("{\"destination\":\"//sys/fs//cgroup/\",\"type\":\"cgroup\",\"source\":\"cgroup\"}") },
  { IN_LINUX ("\"devices\":[{\"path\":\"/dev/null\",\"type\":\"c\",\"major\":1,\"minor\":3}]"),
    IN_LINUX ("\"devices\":[{\"path\":\"/dev//./null\",\"type\":\"u\",\"major\":1,\"minor\":3}]") },
  { PATHS ("r", "/w", "/proc/kcore", "/proc/sys"), PATHS ("./r/", "//w/", "/proc/kcore/", "/proc//sys/.") },
  { PATHS ("r/s", "/", "/proc/kcore", "/proc/sys"), PATHS ("r//./s/.", "/./", "//proc/./kcore", "/./proc/sys/") },
  { PATHS ("/r/s", "/", "/proc/kcore", "/proc/sys"), PATHS ("//r/s/", "//", "/proc/kcore/.", "/proc/sys") },
  { PATHS (".", "/", "/k", "/s"), PATHS ("./", "/.", "/k/", "/s/") },
  { IN_LINUX ("\"memoryPolicy\":{\"mode\":\"MPOL_BIND\",\"nodes\":\"0-3\"}"),
    IN_LINUX ("\"memoryPolicy\":{\"nodes\":\"3, 0,1-2\",\"mode\":\"MPOL_BIND\"}") },
};

static void
test_same (void **state)
{
  for (size_t h = 0; h < 2; h++)
    for (size_t i = 0; i < sizeof same / sizeof same[0]; i++)
      {
        char *one = dump (same[i].one, &hosts[h]), *other = dump (same[i].other, &hosts[h]);
        if (strcmp (one, other) != 0)
          fail_msg ("%s\n%s\n%s\n%s", same[i].one, one, same[i].other, other);
        free (one);
        free (other);
      }
  (void)state;
}

/* ---- refused ----------------------------------------------------------------------------------------------------- */

static void
expect_refusal (const char *text, const char *says)
{
  struct json_document document;
  struct error error;
  struct spec spec;
  struct report report = { .error = &error };
  assert_int_equal (parse (text, &document, &error), 0);
  if (spec_decode (&document, &test_arena, &spec, &report) == 0 || !strstr (error.text, says))
    fail_msg ("%s\n  expected: %s\n  found:    %s", text, says, error.text);
}

static void
test_refused (void **state)
{
  static const char *const roots[]
      = { "/proc",    "proc",       "//proc",   "/./proc",    "/proc/.",      "/proc/",
          "./proc//", ".//proc/./", "/../proc", "/a/../proc", "../proc/x/..", "/proc/../proc" };
  static const char *const below[]
      = { "/sys", "//sys/", "/./sys", "/sys/.", "/./sys/kernel", "/self", "/1", "/uptime/../sys" };
  static const char *const tops[] = { "/", ".", "//", "/./", "./.", "/..", "a/..", "/proc/../.." };
  for (size_t r = 0; r < sizeof roots / sizeof roots[0]; r++)
    {
      expect_refusal (arena_format (&test_arena, MOUNTS ("{\"destination\":\"%s\",\"type\":\"tmpfs\"}"), roots[r]),
                      "/proc must be procfs");
      for (size_t b = 0; b < sizeof below / sizeof below[0]; b++)
        {
          expect_refusal (
              arena_format (&test_arena, MOUNTS ("{\"destination\":\"%s%s\",\"type\":\"tmpfs\"}"), roots[r], below[b]),
              "is inside /proc");
          expect_refusal (arena_format (&test_arena,
                                        MOUNTS ("{\"destination\":\"%s%s\",\"source\":\"/s\",\"options\":[\"rbind\"]}"),
                                        roots[r], below[b]),
                          "is inside /proc");
        }
    }
  for (size_t i = 0; i < sizeof tops / sizeof tops[0]; i++)
    expect_refusal (arena_format (&test_arena, MOUNTS ("{\"destination\":\"%s\",\"type\":\"tmpfs\"}"), tops[i]),
                    "only a bind mount can replace");
  (void)state;
}

/* ---- a read-only /dev -------------------------------------------------------------------------------------------- */

/* No step makes /dev read-only before the last device is made; the return value is its final state. */
static uint64_t
dev_at_the_end (const char *mounts)
{
  struct compiled compiled;
  uint64_t left = 0;
  uint32_t devices = 0;
  compile (&compiled, arena_format (&test_arena, MOUNTS ("%s"), mounts), &hosts[1], true);
  const struct plan *plan = compiled.plan;
  for (uint32_t i = 0; i < plan->step_count; i++)
    if (plan->steps[i].kind == STEP_DEVICE || plan->steps[i].kind == STEP_LINK)
      devices = i;
  for (uint32_t i = 0; i < plan->step_count; i++)
    if (plan->steps[i].kind == STEP_MOUNT && strcmp (plan->steps[i].mount->destination, "/dev") == 0)
      {
        left = (plan->steps[i].mount->set | plan->steps[i].mount->recursive_set) & (uint64_t)MOUNT_ATTR_RDONLY;
        assert_true (i > devices || !left);
      }
  arena_close (&compiled.arena);
  return left;
}

#define ON_DEV(options) "{\"destination\":\"/dev\",\"type\":\"tmpfs\",\"options\":[" options "]}"
#define REMOUNT(options) ",{\"destination\":\"dev/\",\"options\":[\"remount\"," options "]}"

static void
test_dev (void **state)
{
  static const struct
  {
    const char *mounts;
    bool readonly;
  } rows[] = {
    { ON_DEV ("\"ro\""), true },
    { ON_DEV ("\"nosuid\",\"ro\",\"size=1m\""), true },
    { ON_DEV ("\"rro\""), true },
    { ON_DEV ("\"ro\",\"rw\""), false },
    { ON_DEV ("\"rw\",\"ro\""), true },
    { ON_DEV ("\"rro\",\"rrw\""), false },
    { ON_DEV ("\"nosuid\"") REMOUNT ("\"ro\""), true },
    { ON_DEV ("\"nosuid\"") REMOUNT ("\"bind\",\"rro\""), true },
    { ON_DEV ("\"ro\"") REMOUNT ("\"rw\""), false },
    { ON_DEV ("\"ro\"") "," ON_DEV ("\"rw\""), false }, /* the upper one is seen */
    { ON_DEV ("\"rw\"") "," ON_DEV ("\"ro\""), true },
    { "{\"destination\":\"dev/.\",\"source\":\"/dev\",\"options\":[\"rbind\",\"ro\"]}", true },
  };
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
    if ((dev_at_the_end (rows[i].mounts) != 0) != rows[i].readonly)
      fail_msg ("%s: %sread-only at the end", rows[i].mounts, rows[i].readonly ? "not " : "");
  (void)state;
}

/* ---- lists of numbers -------------------------------------------------------------------------------------------- */

/* Every member that takes a list reads it in the same way. */
static const char *const lists[] = {
  IN_LINUX ("\"resources\":{\"cpu\":{\"cpus\":\"%s\"}}"),
  IN_LINUX ("\"resources\":{\"cpu\":{\"mems\":\"%s\"}}"),
  IN_LINUX ("\"memoryPolicy\":{\"mode\":\"MPOL_PREFERRED\",\"nodes\":\"%s\"}"),
  "{\"ociVersion\":\"1.2.0\",\"root\":{\"path\":\"r\"},\"linux\":{},\"process\":{\"cwd\":\"/\",\"args\":[\"sh\"],"
  "\"execCPUAffinity\":{\"initial\":\"%s\"}}}",
  "{\"ociVersion\":\"1.2.0\",\"root\":{\"path\":\"r\"},\"linux\":{},\"process\":{\"cwd\":\"/\",\"args\":[\"sh\"],"
  "\"execCPUAffinity\":{\"final\":\"%s\"}}}",
};

static void
test_lists (void **state)
{
  static const struct
  {
    const char *list, *same; /* the shortest spelling; NULL: it is not a list */
  } rows[] = {
    { "0", "0" },
    { "0-3,7", "0-3,7" },
    { "7, 0,1 ,2,3", "0-3,7" },
    { "0-3,2-5,6", "0-6" },
    { " 1 ", "1" },
    { "0-9:1/2", "0,2,4,6,8" },
    { "8191", "8191" },
    { "0-8191", "0-8191" },
    { "63-64", "63-64" },
    { "00,01", "0-1" },
    { "x", NULL },
    { "-1", NULL },
    { "1-", NULL },
    { "3-1", NULL },
    { "0,", NULL },
    { ",0", NULL },
    { "0,,1", NULL },
    { "1-2-3", NULL },
    { "0 1", NULL },
    { "0-1:1", NULL },
    { "0-1:0/2", NULL },
    { "0-1:3/2", NULL },
    { "0-1:1/0", NULL },
    { "8192", NULL },
    { "18446744073709551616", NULL },
    { "0x1", NULL },
    { "+1", NULL },
    { "0;1", NULL },
    { " ", NULL },
    { "0\\n", NULL },
  };
  struct spec_numbers numbers;
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
    for (size_t k = 0; k < sizeof lists / sizeof lists[0]; k++)
      {
        char *text = arena_format (&test_arena, lists[k], rows[i].list);
        if (!rows[i].same)
          expect_refusal (text, "such as 0-3,7");
        else
          free (dump (text, &hosts[0]));
      }
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
    if (rows[i].same)
      {
        assert_int_equal (spec_read_numbers (rows[i].list, &numbers), 0);
        assert_string_equal (spec_numbers_text (&numbers, &test_arena), rows[i].same);
      }
  assert_int_equal (spec_read_numbers ("", &numbers), 0);
  assert_int_equal (numbers.bits, 0);
  (void)state;
}

int
main (void)
{
  const struct CMUnitTest tests[] = { cmocka_unit_test (test_same), cmocka_unit_test (test_refused),
                                      cmocka_unit_test (test_dev), cmocka_unit_test (test_lists) };
  return cmocka_run_group_tests_name ("spelling", tests, setup_arena, NULL);
}
