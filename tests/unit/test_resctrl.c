/*
 * intelRdt: which group, what is written to it and in which order, when one that is there will do. The groups are plain
 * directories with files of the kernel's names: few machines have the file system.
 */
#include "document.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "husk/resctrl.h"

static char directory[] = "/tmp/husk-resctrl-XXXXXX";
static int file_system;

static void
put (const char *path, const char *text)
{
  int fd = openat (file_system, path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
  assert_true (fd >= 0);
  assert_int_equal (write (fd, text, strlen (text)), strlen (text));
  (void)close (fd);
}

static const char *
get (const char *path)
{
  char *text = arena_alloc (&test_arena, 4096);
  int fd = openat (file_system, path, O_RDONLY);
  assert_true (fd >= 0);
  assert_true (read (fd, text, 4095) >= 0);
  (void)close (fd);
  return text;
}

static void
make_group (const char *name, const char *schemata)
{
  (void)mkdirat (file_system, name, 0700);
  put (arena_format (&test_arena, "%s/schemata", name), schemata);
  put (arena_format (&test_arena, "%s/tasks", name), "");
}

static int
compile (const char *rdt, struct resctrl *out, struct error *error)
{
  struct json_document document;
  struct spec spec;
  struct report report = { .error = error };
  char *text = arena_format (&test_arena,
                             "{'ociVersion':'1.0.2','root':{'path':'r'},'linux':{'intelRdt':%s,"
                             "'namespaces':[{'type':'mount'}]}}",
                             rdt);
  for (char *quote = text; (quote = strchr (quote, '\''));)
    *quote = '"';
  assert_int_equal (parse (text, &document, error), 0);
  if (spec_decode (&document, &test_arena, &spec, &report) < 0)
    return -1;
  resctrl_compile (&spec, "c1", &test_arena, out);
  return 0;
}

// proves: /linux/intelRdt /linux/intelRdt/memBwSchema
static void
test_compile (void **state)
{
  struct resctrl resctrl;
  struct error error;
  assert_int_equal (compile ("{}", &resctrl, &error), 0);
  assert_string_equal (resctrl.group, "c1");
  assert_true (resctrl.own && !resctrl.must_exist && !resctrl.schemata && !resctrl.monitor);
  assert_int_equal (compile ("{'closID':'/'}", &resctrl, &error), 0);
  assert_string_equal (resctrl.group, "");
  assert_int_equal (compile ("{'closID':'gold'}", &resctrl, &error), 0);
  assert_true (!resctrl.own && resctrl.must_exist);
  /* the specification's order: cache, bandwidth, schemata */
  assert_int_equal (compile ("{'schemata':['L2:0=ff','L2:1=ff'],'memBwSchema':'MB:0=20','l3CacheSchema':'L3:0=7f',"
                             "'enableMonitoring':true}",
                             &resctrl, &error),
                    0);
  assert_string_equal (resctrl.schemata, "L3:0=7f\nMB:0=20\nL2:0=ff\nL2:1=ff\n");
  assert_string_equal (resctrl.monitor, "c1");
  static const char *const bad[] = { "{'closID':'a/b'}", "{'closID':'..'}", "{'memBwSchema':'L3:0=1'}",
                                     "{'memBwSchema':'MB:0=1\\nx'}", "{'schemata':['L2:0=f\\nL3:0=f']}" };
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
    {
      assert_int_equal (compile (bad[i], &resctrl, &error), -1);
      assert_non_null (strstr (error.place, "/linux/intelRdt/"));
    }
  (void)state;
}

// proves: /linux/intelRdt/closID /linux/intelRdt/schemata /linux/intelRdt/l3CacheSchema
static void
test_existing (void **state)
{
  struct resctrl resctrl;
  struct error error;
  make_group ("gold", "    L3:0=7ff;1=7ff\n    MB:0= 20;1=100\n");
  assert_int_equal (
      compile ("{'closID':'gold','l3CacheSchema':'L3:0=7FF;1=7ff','memBwSchema':'MB:0=20'}", &resctrl, &error), 0);
  assert_int_equal (resctrl_make (file_system, &resctrl, 4711, &error), 0);
  assert_string_equal (get ("gold/tasks"), "4711");
  assert_non_null (strstr (get ("gold/schemata"), "    L3:0=7ff")); /* compared, not written */
  static const char *const others[]
      = { "{'closID':'gold','l3CacheSchema':'L3:0=7f'}", "{'closID':'gold','l3CacheSchema':'L3:2=7ff'}",
          "{'closID':'gold','schemata':['L2:0=f']}" };
  for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
    {
      memset (&error, 0, sizeof error);
      assert_int_equal (compile (others[i], &resctrl, &error), 0);
      assert_int_equal (resctrl_make (file_system, &resctrl, 1, &error), -1);
      assert_non_null (strstr (error.text, "exists, and its schemata are not"));
    }
  memset (&error, 0, sizeof error);
  assert_int_equal (compile ("{'closID':'silver'}", &resctrl, &error), 0);
  assert_int_equal (resctrl_make (file_system, &resctrl, 1, &error), -1);
  assert_string_equal (error.text, "there is no resctrl group \"silver\", and nothing to make it from");
  (void)state;
}

static void
test_update_and_remove (void **state)
{
  struct resctrl resctrl;
  struct error error;
  make_group ("c1", "");
  assert_int_equal (compile ("{'l3CacheSchema':'L3:0=1'}", &resctrl, &error), 0);
  assert_int_equal (resctrl_update (file_system, &resctrl, "L3:0=3\n", &error), 0);
  assert_string_equal (get ("c1/schemata"), "L3:0=3\n");
  memset (&error, 0, sizeof error);
  assert_int_equal (resctrl_make (file_system, &resctrl, 1, &error), -1); /* the container's own must be new */
  assert_int_equal (unlinkat (file_system, "c1/schemata", 0), 0);
  assert_int_equal (unlinkat (file_system, "c1/tasks", 0), 0);
  memset (&error, 0, sizeof error);
  assert_int_equal (resctrl_remove (file_system, &resctrl, &error), 0);
  assert_int_equal (faccessat (file_system, "c1", F_OK, 0), -1);
  assert_int_equal (resctrl_remove (file_system, &resctrl, &error), 0); /* twice is once */
  assert_int_equal (compile ("{'closID':'gold'}", &resctrl, &error), 0);
  assert_int_equal (resctrl_remove (file_system, &resctrl, &error), 0);
  assert_int_equal (faccessat (file_system, "gold", F_OK, 0), 0); /* not ours to remove */
  (void)state;
}

/* A monitoring group goes again when the process cannot be put there: the group itself is not the container's. */
// proves: /linux/intelRdt/enableMonitoring
static void
test_undone (void **state)
{
  struct resctrl resctrl;
  struct error error;
  assert_int_equal (mkdirat (file_system, "gold/mon_groups", 0700), 0);
  assert_int_equal (compile ("{'closID':'gold','enableMonitoring':true}", &resctrl, &error), 0);
  assert_int_equal (resctrl_make (file_system, &resctrl, 1, &error), -1); /* a plain directory has no `tasks` */
  assert_int_equal (faccessat (file_system, "gold/mon_groups/c1", F_OK, 0), -1);
  assert_int_equal (faccessat (file_system, "gold", F_OK, 0), 0);
  assert_int_equal (unlinkat (file_system, "gold/mon_groups", AT_REMOVEDIR), 0);
  (void)state;
}

static int
begin (void **state)
{
  file_system = mkdtemp (directory) ? open (directory, O_RDONLY | O_DIRECTORY) : -1;
  return file_system < 0 ? -1 : setup_arena (state);
}

static int
end (void **state)
{
  (void)state;
  (void)unlinkat (file_system, "gold/schemata", 0);
  (void)unlinkat (file_system, "gold/tasks", 0);
  (void)unlinkat (file_system, "gold", AT_REMOVEDIR);
  return rmdir (directory);
}

int
main (void)
{
  const struct CMUnitTest tests[] = { cmocka_unit_test (test_compile), cmocka_unit_test (test_existing),
                                      cmocka_unit_test (test_update_and_remove), cmocka_unit_test (test_undone) };
  return cmocka_run_group_tests (tests, begin, end);
}
