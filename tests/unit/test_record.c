/*
 * state.json: what is written is read back byte for byte, and records of an older husk are still read.
 */
#include "document.h"

#include <pthread.h>
#include <unistd.h>

#include "husk/process.h"
#include "record_json.h"

/* Each member has a value other than zero, and all are different. */
#define HEAD                                                                                                           \
  "{\"format\":1,\"id\":\"c1\",\"bundle\":\"bytes:/b%FF%25\",\"rootfs\":\"/b/r\",\"ociVersion\":\"1.3.0\","            \
  "\"created\":\"2026-11-28T21:04:09.9Z\",\"bootId\":\"boot\",\"owner\":4294967295,\"creator\":2147483647,"            \
  "\"creatorStart\":18446744073709551615,\"pid\":11,\"pidStart\":12,"
#define INIT "\"initDevice\":13,\"initInode\":14,"
#define STATE                                                                                                          \
  "\"createdDone\":true,\"started\":true,\"namespaces\":15,\"ownsCgroup\":true,\"cgroupNumber\":16,\"process\":true,"  \
  "\"poststart\":true,\"poststop\":true,\"listener\":true,\"notify\":true,\"profile\":\"/profiles/p.json\","           \
  "\"ownProfile\":true,\"privileged\":true,\"errnoForNewer\":true,\"noNewKeyring\":true,"
#define WORDS "\"confinement\":\"unconfinedByOption\",\"observing\":\"record\","
#define NUMBERS "\"confinement\":4,\"observing\":2,"
#define TAIL                                                                                                           \
  "\"observer\":17,\"observerStart\":18,\"cgroup\":[{\"mount\":\"/sys/fs/cgroup/pids\",\"path\":\"a/"                  \
  "c1\",\"v2\":false,"                                                                                                 \
  "\"found\":true},{\"mount\":\"/sys/fs/cgroup/unified\",\"path\":\"bytes:a/"                                          \
  "%FE\",\"v2\":true}],\"unit\":\"c1.scope\","                                                                         \
  "\"slice\":\"a.slice\",\"userUnit\":true,\"resctrl\":\"group\",\"ownResctrl\":true,\"resctrlMonitor\":\"c1\","       \
  "\"annotations\":{\"a\":\"b\",\"c\":\"bytes:%\"}}"
#define WHOLE HEAD INIT STATE WORDS TAIL

static const char whole_text[] = WHOLE;

static int
read_record (const char *text, struct record *out, struct error *error)
{
  struct json_document document;
  *out = (struct record){ .id = "c1" };
  if (parse (text, &document, error) < 0)
    return -1;
  return record_read_text (&document, &test_arena, out, error);
}

static char *
write_record (const struct record *record)
{
  struct json_writer writer;
  size_t size;
  assert_int_equal (json_write_open (&writer, false), 0);
  record_write_text (&writer, record);
  assert_false (writer.failed);
  const char *text = json_write_text (&writer, &size);
  char *copy = arena_copy (&test_arena, text, size);
  json_write_close (&writer);
  return copy;
}

static void
test_same (void **state)
{
  struct record record, again;
  struct error error;
  (void)state;
  assert_int_equal (read_record (WHOLE, &record, &error), 0);
  char *text = write_record (&record);
  assert_string_equal (text, WHOLE);
  assert_int_equal (read_record (text, &again, &error), 0);
  assert_string_equal (write_record (&again), WHOLE);
  /* a member that is written and read could still be the wrong one */
  assert_string_equal (record.bundle, "/b\xff%");
  assert_int_equal (record.confinement, UNCONFINED_BY_OPTION);
  assert_int_equal (record.observing, OBSERVE_RECORD);
  assert_true (record.creator_start == UINT64_MAX && record.creator == INT32_MAX && record.owner == UINT32_MAX);
  assert_int_equal (record.cgroup.count, 2);
  assert_string_equal (record.cgroup.directories[1].path, "a/\xfe");
  assert_true (record.cgroup.directories[0].found && record.cgroup.directories[1].v2);
  assert_string_equal (record.cgroup.unit.slice, "a.slice");
  assert_string_equal (record.resctrl.monitor, "c1");
}

/* What a container lacks is left out or zero, and read back as that. */
static void
test_least (void **state)
{
  struct record record = { .id = "c1", .bundle = "/", .rootfs = "/r", .created = "now", .boot_id = "boot" }, again;
  struct error error;
  (void)state;
  char *text = write_record (&record);
  assert_null (strstr (text, "unit\""));
  assert_null (strstr (text, "esctrl"));
  assert_int_equal (read_record (text, &again, &error), 0);
  assert_string_equal (write_record (&again), text);
  assert_null (again.resctrl.group);
  assert_null (again.cgroup.unit.name);
}

/* In records without a format number enums were numbers, and strings were plain bytes. */
static void
test_old (void **state)
{
  struct record record;
  struct error error;
  (void)state;
  const char *old = HEAD STATE NUMBERS TAIL;
  char text[4096];
  (void)snprintf (text, sizeof text, "{%s", old + strlen ("{\"format\":1,"));
  assert_int_equal (read_record (text, &record, &error), 0);
  assert_string_equal (record.bundle, "bytes:/b%FF%25");
  assert_string_equal (record.cgroup.directories[1].path, "bytes:a/%FE");
  assert_int_equal (record.confinement, UNCONFINED_BY_OPTION);
  assert_int_equal (record.observing, OBSERVE_RECORD);
  assert_true (record.init_inode == PROCESS_INIT_UNKNOWN);
  char *now = write_record (&record);
  assert_non_null (strstr (now, "\"bytes:bytes:/b%25FF%2525\""));
  assert_int_equal (read_record (now, &record, &error), 0);
  assert_string_equal (record.bundle, "bytes:/b%FF%25");
  /* today a number is not accepted for an enum, nor is an unknown word */
  assert_int_equal (read_record (HEAD INIT STATE NUMBERS TAIL, &record, &error), -1);
  assert_non_null (strstr (error.text, "expected a string"));
  old = HEAD STATE "\"confinement\":9,\"observing\":2," TAIL;
  (void)snprintf (text, sizeof text, "{%s", old + strlen ("{\"format\":1,"));
  assert_int_equal (read_record (text, &record, &error), -1);
}

/* A member left out is an error, unless older records did not have it or it is not in every container. */
static void
test_needed (void **state)
{
  static const char *const spared[]
      = { "format",       "ociVersion", "initDevice", "initInode", "cgroupNumber", "profile",
          "noNewKeyring", "unit",       "slice",      "resctrl",   "ownResctrl",   "resctrlMonitor" };
  struct json_document whole;
  struct error error;
  struct record record;
  (void)state;
  assert_int_equal (parse (WHOLE, &whole, &error), 0);
  for (origin_t node = json_node (&whole, JSON_ROOT)->first; node; node = json_node (&whole, node)->next)
    {
      struct json_document document;
      const char *key = json_node (&whole, node)->key;
      bool needed = true;
      for (size_t i = 0; i < sizeof spared / sizeof *spared; i++)
        needed &= strcmp (spared[i], key) != 0;
      assert_int_equal (parse (WHOLE, &document, &error), 0);
      document.nodes[node].kind = JSON_NULL; /* the same as left out */
      record = (struct record){ .id = "c1" };
      if (strcmp (key, "format") == 0)
        continue; /* without it the rest is read as an old record's */
      int result = record_read_text (&document, &test_arena, &record, &error);
      if ((result < 0) != needed)
        fail_msg ("%s: %d", key, result);
      if (needed)
        assert_non_null (strstr (error.text, key));
    }
}

static void
test_refused (void **state)
{
  static const struct
  {
    const char *from, *to, *says;
  } rows[] = {
    { "\"format\":1", "\"format\":2", "written by a newer husk" },
    { "\"id\":\"c1\"", "\"id\":\"c2\"", "it is the record of container \"c2\"" },
    { "\"bootId\":\"boot\"", "\"bootId\":\"\"", "empty" },
    { "\"owner\":4294967295", "\"owner\":4294967296", "out of range" },
    { "\"creator\":2147483647", "\"creator\":2147483648", "out of range" },
    { "\"pid\":11", "\"pid\":-1", "out of range" },
    { "\"pid\":11", "\"pid\":1.5", "not a whole number" },
    { "\"started\":true", "\"started\":1", "expected a boolean" },
    { "%FF%25", "%FF%2", "a % without two digits" },
    { "%FF%25", "%FF%00", "a % without two digits" },
    { "\"path\":\"a/c1\"", "\"path\":\"a/../c1\"", "invalid cgroup path" },
    { "\"path\":\"a/c1\"", "\"path\":\"\"", "invalid cgroup path" },
    { "\"path\":\"bytes:a/%FE\"", "\"path\":\"bytes:a/.%2E\"", "invalid cgroup path" },
    { "\"mount\":\"/sys/fs/cgroup/pids\"", "\"mount\":\"sys\"", "is not a mount point" },
  };
  (void)state;
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
    {
      struct record record;
      struct error error;
      char text[4096];
      const char *at = strstr (whole_text, rows[i].from);
      assert_non_null (at);
      (void)snprintf (text, sizeof text, "%.*s%s%s", (int)(at - whole_text), whole_text, rows[i].to,
                      at + strlen (rows[i].from));
      if (read_record (text, &record, &error) == 0 || !strstr (error.text, rows[i].says))
        fail_msg ("%s: %s", rows[i].to, error.text);
      assert_string_equal (record.id, "c1");
      assert_null (record.bundle); /* no part of it is used */
    }
}

static void
test_many_cgroups (void **state)
{
  char text[8192] = "", *end = text;
  struct record record;
  struct error error;
  (void)state;
  for (int i = 0; i <= CGROUP_MAX_HIERARCHIES; i++)
    end += sprintf (end, "%s{\"mount\":\"/m\",\"path\":\"p\",\"v2\":false}", i ? "," : "");
  const char *open = strstr (whole_text, "\"cgroup\":["), *close = strstr (whole_text, "],\"unit\"");
  char whole[16384];
  (void)snprintf (whole, sizeof whole, "%.*s%s%s", (int)(open + strlen ("\"cgroup\":[") - whole_text), whole_text, text,
                  close);
  assert_int_equal (read_record (whole, &record, &error), -1);
  assert_non_null (strstr (error.text, "more than 32 elements"));
}

static void *
open_own_thread (void *out)
{
  struct error error = { 0 };
  int *pidfd = out;
  *pidfd = -2;
  if (process_open (gettid (), 1, pidfd, &error) < 0)
    fprintf (stderr, "%s\n", error.text);
  return NULL;
}

/* A pid may be taken by a thread after its process has died. The kernel has three errors for that. */
static void
test_pid_of_thread (void **state)
{
  (void)state;
  pthread_t thread;
  int pidfd;
  assert_int_equal (pthread_create (&thread, NULL, open_own_thread, &pidfd), 0);
  assert_int_equal (pthread_join (thread, NULL), 0);
  assert_int_equal (pidfd, -1);
}

/* list reads one record after another into the same memory. */
static void
test_cleared (void **state)
{
  (void)state;
  struct arena arena;
  assert_int_equal (arena_open (&arena, 1 << 16), 0);
  char *text = arena_string (&arena, "annotation");
  (void)arena_string (&arena, "and another");
  arena_clear (&arena);
  char *again = arena_alloc (&arena, 64);
  assert_ptr_equal (again, text);
  for (int i = 0; i < 64; i++)
    assert_int_equal (again[i], 0);
  arena_close (&arena);
}

int
main (void)
{
  const struct CMUnitTest tests[]
      = { cmocka_unit_test (test_same),          cmocka_unit_test (test_least),   cmocka_unit_test (test_old),
          cmocka_unit_test (test_needed),        cmocka_unit_test (test_refused), cmocka_unit_test (test_many_cgroups),
          cmocka_unit_test (test_pid_of_thread), cmocka_unit_test (test_cleared) };
  return cmocka_run_group_tests_name ("record", tests, setup_arena, NULL);
}
