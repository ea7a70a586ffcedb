/*
 * intelRdt: which group, what is written to it and in which order, when an existing one is used. The groups are plain
 * directories with files of the kernel's names: few machines have the file system. What the kernel does by itself, the
 * files of a new group and their end with it, mkdirat(2) and unlinkat(2) do here (meson.build: --wrap).
 */
#include "document.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
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

static bool as_kernel;    /* groups are made and removed with their files */
static int monitors_left; /* how many monitoring groups the processor has */

static int written = -1; /* what is written to the schemata of a new group, one line after the other */

int __real_mkdirat (int at, const char *name, mode_t mode);
int __real_unlinkat (int at, const char *name, int flags);
int __wrap_mkdirat (int at, const char *name, mode_t mode);
int __wrap_unlinkat (int at, const char *name, int flags);

static bool
is_monitors (int fd)
{
  char link[64], path[256] = "";
  (void)snprintf (link, sizeof link, "/proc/self/fd/%d", fd);
  return readlink (link, path, sizeof path - 1) > 0 && strstr (path, "/mon_groups");
}

int
__wrap_mkdirat (int at, const char *name, mode_t mode)
{
  if (as_kernel && is_monitors (at) && monitors_left-- <= 0)
    {
      errno = ENOSPC;
      return -1;
    }
  if (__real_mkdirat (at, name, mode) < 0)
    return -1;
  if (as_kernel)
    {
      int group = openat (at, name, O_RDONLY | O_DIRECTORY);
      (void)close (openat (group, "tasks", O_WRONLY | O_CREAT, 0600));
      if (!is_monitors (at))
        {
          (void)close (written);
          (void)mkfifoat (group, "schemata", 0600);
          written = openat (group, "schemata", O_RDWR | O_NONBLOCK);
          (void)__real_mkdirat (group, "mon_groups", 0700);
        }
      (void)close (group);
    }
  return 0;
}

int
__wrap_unlinkat (int at, const char *name, int flags)
{
  int group = as_kernel && flags & AT_REMOVEDIR ? openat (at, name, O_RDONLY | O_DIRECTORY) : -1;
  if (group >= 0)
    {
      (void)__real_unlinkat (group, "tasks", 0);
      (void)__real_unlinkat (group, "schemata", 0);
      (void)__real_unlinkat (group, "mon_groups", AT_REMOVEDIR);
      (void)close (group);
    }
  return __real_unlinkat (at, name, flags);
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
// proves: rdt-bandwidth-form rdt-schema-one-line
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
// proves: rdt-group-compared rdt-group-looked-for rdt-group-joined rdt-tasks rdt-rules
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
      assert_non_null (strstr (error.text, "exists, but its schemata are not"));
    }
  memset (&error, 0, sizeof error);
  assert_int_equal (compile ("{'closID':'silver'}", &resctrl, &error), 0);
  assert_int_equal (resctrl_make (file_system, &resctrl, 1, &error), -1);
  assert_string_equal (error.text, "resctrl group \"silver\" does not exist, and there is no schema to make it from");
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
  assert_int_equal (faccessat (file_system, "gold", F_OK, 0), 0); /* not husk's to remove */
  (void)state;
}

/* If the process cannot be put into it, the monitoring group is removed: the group itself is not the container's. */
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

static const char *
get_written (void)
{
  char *text = arena_alloc (&test_arena, 4096);
  (void)!read (written, text, 4095);
  return text;
}

static bool
is_there (const char *path)
{
  return faccessat (file_system, path, F_OK, 0) == 0;
}

/* Makes the group of the config, as the kernel would. */
static void
make (const char *rdt, struct resctrl *out)
{
  struct error error = { 0 };
  as_kernel = true;
  monitors_left = 1;
  assert_int_equal (compile (rdt, out, &error), 0);
  assert_int_equal (resctrl_make (file_system, out, 4711, &error), 0);
}

static void
take_away (const struct resctrl *resctrl)
{
  struct error error = { 0 };
  assert_int_equal (resctrl_remove (file_system, resctrl, &error), 0);
}

/* Leftovers of a failed test would break the next one. */
static void
clear (void)
{
  static const char *const groups[] = { "c1/mon_groups/c1", "c1", "silver/mon_groups/c1", "silver" };
  as_kernel = true;
  for (size_t i = 0; i < sizeof groups / sizeof groups[0]; i++)
    (void)unlinkat (file_system, groups[i], AT_REMOVEDIR);
  as_kernel = false;
}

// proves: rdt-tasks rdt-both-written rdt-cache-first rdt-schemata-written rdt-either-written rdt-nothing-written
// proves: rdt-group-of-the-id rdt-group-removed rdt-rules
static void
test_own_group (void **state)
{
  struct resctrl resctrl;
  clear ();
  make ("{'schemata':['L2:0=ff'],'memBwSchema':'MB:0=20','l3CacheSchema':'L3:0=7f'}", &resctrl);
  assert_string_equal (get_written (), "L3:0=7f\nMB:0=20\nL2:0=ff\n");
  assert_string_equal (get ("c1/tasks"), "4711");
  take_away (&resctrl);
  assert_false (is_there ("c1"));
  make ("{'memBwSchema':'MB:0=20'}", &resctrl);
  assert_string_equal (get_written (), "MB:0=20\n");
  take_away (&resctrl);
  make ("{}", &resctrl);
  assert_string_equal (get_written (), "");
  assert_string_equal (get ("c1/tasks"), "4711");
  take_away (&resctrl);
  as_kernel = false;
  (void)state;
}

// proves: rdt-group-made rdt-group-kept rdt-group-joined rdt-nothing-written rdt-tasks rdt-default-class rdt-rules
static void
test_named_group (void **state)
{
  struct resctrl resctrl;
  clear ();
  make ("{'closID':'silver','l3CacheSchema':'L3:0=7f'}", &resctrl);
  assert_string_equal (get_written (), "L3:0=7f\n");
  take_away (&resctrl);
  assert_true (is_there ("silver"));
  put ("silver/tasks", "");
  make ("{'closID':'silver'}", &resctrl);
  assert_string_equal (get_written (), "");
  assert_string_equal (get ("silver/tasks"), "4711");
  take_away (&resctrl);
  assert_int_equal (unlinkat (file_system, "silver", AT_REMOVEDIR), 0);
  put ("tasks", "");
  put ("schemata", "");
  make ("{'closID':'/'}", &resctrl);
  assert_string_equal (get ("tasks"), "4711");
  assert_string_equal (get ("schemata"), "");
  take_away (&resctrl);
  assert_int_equal (unlinkat (file_system, "tasks", 0), 0);
  assert_int_equal (unlinkat (file_system, "schemata", 0), 0);
  as_kernel = false;
  (void)state;
}

// proves: rdt-monitored rdt-monitor-of-the-id rdt-monitor-removed rdt-monitor-refused rdt-group-kept rdt-rules
static void
test_monitors (void **state)
{
  static const char monitored[] = "{'closID':'silver','l3CacheSchema':'L3:0=7f','enableMonitoring':true}";
  struct resctrl resctrl;
  struct error error = { 0 };
  clear ();
  make (monitored, &resctrl);
  assert_string_equal (get ("silver/mon_groups/c1/tasks"), "4711");
  take_away (&resctrl);
  assert_false (is_there ("silver/mon_groups/c1"));
  assert_true (is_there ("silver/mon_groups"));
  assert_int_equal (unlinkat (file_system, "silver", AT_REMOVEDIR), 0);
  make ("{'enableMonitoring':true}", &resctrl);
  assert_string_equal (get ("c1/mon_groups/c1/tasks"), "4711");
  take_away (&resctrl);
  assert_false (is_there ("c1"));
  monitors_left = 0;
  assert_int_equal (compile (monitored, &resctrl, &error), 0);
  assert_int_equal (resctrl_make (file_system, &resctrl, 4711, &error), -1);
  assert_int_equal (error.code, ENOSPC);
  assert_false (is_there ("silver"));
  as_kernel = false;
  (void)state;
}

static int
begin (void **state)
{
  file_system = mkdtemp (directory) ? open (directory, O_RDONLY | O_DIRECTORY) : -1;
  return file_system < 0 ? -1 : setup_arena (state);
}

static int
remove_one (const char *path, const struct stat *status, int kind, struct FTW *at)
{
  (void)status, (void)kind, (void)at;
  return remove (path);
}

static int
end (void **state)
{
  (void)state;
  return nftw (directory, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static void
put_all (const char *const files[][2], size_t count)
{
  for (size_t i = 0; i < count; i++)
    {
      char *path = arena_format (&test_arena, "%s", files[i][0]);
      for (char *slash = path; (slash = strchr (slash, '/')); *slash++ = '/')
        {
          *slash = '\0';
          (void)__real_mkdirat (file_system, path, 0700);
        }
      put (files[i][0], files[i][1]);
    }
}

static const char *
report_of (const char *rdt)
{
  struct json_writer writer;
  struct resctrl resctrl;
  struct error error = { 0 };
  assert_int_equal (compile (rdt, &resctrl, &error), 0);
  assert_int_equal (json_write_open (&writer, false), 0);
  json_write_object (&writer, NULL);
  assert_int_equal (resctrl_report (file_system, &resctrl, &writer, &error), 0);
  json_write_object_end (&writer);
  const char *text = arena_format (&test_arena, "%s", json_write_text (&writer, NULL));
  json_write_close (&writer);
  return text;
}

/* In runc's form (types/events.go): what is 0, and what the processor lacks, is left out. */
static void
test_report (void **state)
{
  static const char *const files[][2]
      = { { "bronze/schemata", "    MB:0= 20\n    L3:0=7f\n" }, { "bronze/tasks", "" } };
  static const char *const more[][2] = { { "schemata", "    MB:0=100\n    L3:0=7ff\n" },
                                         { "info/L3/cbm_mask", "7ff\n" },
                                         { "info/L3/min_cbm_bits", "1\n" },
                                         { "info/L3/num_closids", "16\n" },
                                         { "info/MB/bandwidth_gran", "10\n" },
                                         { "info/MB/delay_linear", "1\n" },
                                         { "info/MB/min_bandwidth", "10\n" },
                                         { "info/MB/num_closids", "8\n" },
                                         { "bronze/mon_data/mon_L3_01/llc_occupancy", "Unavailable\n" },
                                         { "bronze/mon_data/mon_L3_00/llc_occupancy", "4096\n" },
                                         { "bronze/mon_data/mon_L3_00/mbm_total_bytes", "100\n" },
                                         { "bronze/mon_data/mon_L3_00/mbm_local_bytes", "60\n" },
                                         { "bronze/mon_groups/c1/mon_data/mon_L3_00/mbm_total_bytes", "7\n" } };
  struct resctrl resctrl;
  struct error error = { 0 };
  put_all (files, sizeof files / sizeof files[0]);
  assert_string_equal (report_of ("{'closID':'bronze'}"),
                       "{\"l3_cache_schema\":\"L3:0=7f\",\"mem_bw_schema\":\"MB:0= 20\"}");
  put_all (more, sizeof more / sizeof more[0]);
  assert_string_equal (
      report_of ("{'closID':'bronze'}"),
      "{\"l3_cache_info\":{\"cbm_mask\":\"7ff\",\"min_cbm_bits\":1,\"num_closids\":16},"
      "\"l3_cache_schema_root\":\"L3:0=7ff\",\"l3_cache_schema\":\"L3:0=7f\","
      "\"mem_bw_info\":{\"num_closids\":8,\"bandwidth_gran\":10,\"delay_linear\":1,\"min_bandwidth\":10},"
      "\"mem_bw_schema_root\":\"MB:0=100\",\"mem_bw_schema\":\"MB:0= 20\","
      "\"mbm_stats\":[{\"mbm_total_bytes\":100,\"mbm_local_bytes\":60}],"
      "\"cmt_stats\":[{\"llc_occupancy\":4096},{}]}");
  assert_non_null (
      strstr (report_of ("{'closID':'bronze','enableMonitoring':true}"), "\"mbm_stats\":[{\"mbm_total_bytes\":7}]"));
  assert_null (strstr (report_of ("{'closID':'bronze','enableMonitoring':true}"), "cmt_stats"));
  assert_int_equal (compile ("{'closID':'lost'}", &resctrl, &error), 0);
  struct json_writer writer;
  assert_int_equal (json_write_open (&writer, false), 0);
  assert_int_equal (resctrl_report (file_system, &resctrl, &writer, &error), -1);
  assert_string_equal (error.text, "open resctrl group \"lost\"");
  json_write_close (&writer);
  (void)state;
}

int
main (void)
{
  const struct CMUnitTest tests[] = { cmocka_unit_test (test_compile),           cmocka_unit_test (test_existing),
                                      cmocka_unit_test (test_update_and_remove), cmocka_unit_test (test_undone),
                                      cmocka_unit_test (test_own_group),         cmocka_unit_test (test_named_group),
                                      cmocka_unit_test (test_monitors),          cmocka_unit_test (test_report) };
  return cmocka_run_group_tests (tests, begin, end);
}
